//! Access, looked at: everything a member may do and why, drawn and listed; everyone who may do something.

use super::form::Choice;
use super::member::Header;
use super::part::{Avatar, Pager};
use super::picture::Picture;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Template)]
#[template(path = "access/member.html")]
pub struct Member {
    pub shell: Shell,
    pub header: Header,
    pub question: Question,
    /// None: not asked yet.
    pub answer: Option<Answer>,
    pub picture: Picture,
    pub modules: Vec<Module>,
    pub projects: Vec<Project>,
}

/// The form that asks whether and why.
#[derive(Clone, Debug, Default)]
pub struct Question {
    pub permissions: Vec<Choice>,
    pub projects: Vec<Choice>,
    /// What cannot be asked; empty where it can.
    pub problem: String,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub allowed: bool,
    /// Such as "Mia may roster.member.view in Acme".
    pub sentence: String,
    pub because: Vec<Vec<Step>>,
    pub would_take: Vec<Remedy>,
}

/// One link of a chain, as it is read.
#[derive(Clone, Debug)]
pub struct Step {
    pub kind: String,
    pub name: String,
    /// Such as "by Olivia on 3 Nov 2026, until 3 Dec 2026"; may be empty.
    pub remark: String,
}

#[derive(Clone, Debug)]
pub struct Remedy {
    pub detail: String,
    /// Such as "and 3 further permissions"; may be empty.
    pub besides: String,
    /// Where it is done; empty where the viewer may not.
    pub href: String,
}

#[derive(Clone, Debug)]
pub struct Module {
    pub name: String,
    pub permissions: Vec<Permission>,
}

#[derive(Clone, Debug)]
pub struct Permission {
    pub name: String,
    pub description: String,
    pub because: Vec<Vec<Step>>,
}

#[derive(Clone, Debug)]
pub struct Project {
    pub name: String,
    pub href: String,
    /// Such as "Reader, everyone's role".
    pub ways: Vec<String>,
    pub permissions: usize,
}

#[derive(Clone, Debug, Template)]
#[template(path = "access/holders.html")]
pub struct Holders {
    pub shell: Shell,
    pub base: String,
    pub permission: String,
    pub description: String,
    pub question: Question,
    /// The permission is one of projects and none is chosen yet.
    pub wants_project: bool,
    pub rows: Vec<Holder>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Holder {
    pub name: String,
    /// Empty for a service account.
    pub href: String,
    pub ways: Vec<String>,
}

impl Holder {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

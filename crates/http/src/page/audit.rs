//! Who did what: the plain page of it.

use super::form::Choice;
use super::part::{Avatar, Pager, Time};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "audit/list.html")]
pub struct List {
    pub shell: Shell,
    pub base: String,
    pub query: String,
    /// Entries of the drop-down, the empty value ("Any action") first.
    pub actions: Vec<Choice>,
    pub filtered: bool,
    pub rows: Vec<Row>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub at: Time,
    pub actor: String,
    /// What was done, in words, such as "changed the role of".
    pub sentence: String,
    /// The stable name, such as `member.role_changed`.
    pub action: String,
    pub target: String,
    /// Empty where it has no page.
    pub target_href: String,
    /// Web, API, CLI or System.
    pub medium: String,
    pub address: String,
    pub request_id: String,
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub field: String,
    pub before: String,
    pub after: String,
}

impl Row {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.actor)
    }
}

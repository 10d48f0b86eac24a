//! Groups: the list, the form of a new one, and one with whoever is in it.

use super::form::{Choice, Errors};
use super::part::{Avatar, Pager, Role};
use super::shell::Shell;
use askama::Template;
use domain::words::Words;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "group/list.html")]
pub struct List {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub query: String,
    pub rows: Vec<Row>,
    pub count: String,
    pub may_create: bool,
    /// Whether the People tab is this viewer's to open.
    pub may_see_people: bool,
    pub pager: Pager,
}

#[derive(Clone, Debug, Default)]
pub struct Row {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub role: Role,
    /// Such as "3 members".
    pub members: String,
    /// The group it is shown below; empty where there is none.
    pub parent: String,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "group/create.html")]
pub struct Create {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub errors: Errors,
    pub name: String,
    pub description: String,
    pub roles: Vec<Choice>,
    /// Whom to put in, as they are typed.
    pub add: String,
    /// People to be completed while typing.
    pub known: Vec<Choice>,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "group/show.html")]
pub struct Show {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub errors: Errors,
    pub slug: String,
    /// As it is called now.
    pub title: String,
    pub name: String,
    pub description: String,
    pub role: Role,
    /// Who gave the group its role, and when.
    pub role_remark: String,
    pub parent: String,
    pub may_change: bool,
    pub add: String,
    pub add_until: String,
    pub known: Vec<Choice>,
    pub members: Vec<Member>,
    pub count: String,
    pub pager: Pager,
}

/// Somebody in the group.
#[derive(Clone, Debug, Default)]
pub struct Member {
    pub id: String,
    pub name: String,
    /// E-mail address, or what it is where it is no person.
    pub contact: String,
    /// Empty where there is no page of their own.
    pub href: String,
    /// Such as "until 3 Dec 2026"; empty without end.
    pub until: String,
    pub ended: bool,
    /// Where it came from, such as "Added by Olivia, 3 Nov 2026".
    pub origin: String,
}

/// Until when somebody is in a group.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "group/until.html")]
pub struct Until {
    pub shell: Shell,
    pub errors: Errors,
    pub heading: String,
    pub lead: String,
    pub action: String,
    pub until: String,
    pub cancel_href: String,
}

impl Member {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

/// A group that somebody is in, as a row shows it.
#[derive(Clone, Debug, Default)]
pub struct Chip {
    pub label: String,
    /// Empty where this viewer may not open it.
    pub href: String,
    /// Such as "until 3 Dec 2026" or "ended 3 Dec 2026"; empty without end.
    pub until: String,
    pub ended: bool,
}

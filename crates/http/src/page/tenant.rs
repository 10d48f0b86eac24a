//! The organizations of the instance, as superusers see them.

use super::form::{Choice, Errors};
use super::part::{Avatar, Pager, Time};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "tenant/list.html")]
pub struct List {
    pub shell: Shell,
    pub query: String,
    pub statuses: Vec<Choice>,
    pub filtered: bool,
    pub rows: Vec<Row>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub slug: String,
    pub status: Status,
    /// What is the matter, such as that nobody owns it; may be empty.
    pub remark: String,
    /// Such as "12" or "12 of 20".
    pub members: String,
    pub preset: String,
    pub created: Time,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Active,
    AwaitingOwner,
    Disabled,
    Deleted,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "tenant/show.html")]
pub struct Show {
    pub shell: Shell,
    pub errors: Errors,
    pub name: String,
    pub slug: String,
    pub status: Status,
    /// Why it is not as others are, with who did it; empty where it is.
    pub banner: String,
    pub preset: String,
    pub created: Time,
    pub members: i64,
    /// Empty: no limit.
    pub member_limit: String,
    /// Whether it can still be brought back.
    pub restorable: bool,
}

impl Status {
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::AwaitingOwner => "Awaiting its Owner",
            Self::Disabled => "Disabled",
            Self::Deleted => "Deleted",
        }
    }

    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::Active => "status--active",
            Self::AwaitingOwner => "status--waiting",
            Self::Disabled => "status--disabled",
            Self::Deleted => "status--suspended",
        }
    }
}

impl Row {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

impl Show {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }

    #[must_use]
    pub fn is(&self, status: &str) -> bool {
        match self.status {
            Status::Active | Status::AwaitingOwner => status == "open",
            Status::Disabled => status == "disabled",
            Status::Deleted => status == "deleted",
        }
    }
}

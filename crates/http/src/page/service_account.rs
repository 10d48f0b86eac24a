//! Service accounts: all of them, and one with its tokens.

use super::form::{Choice, Errors};
use super::part::{May, Pager, Role, Standing, Time};
use super::shell::Shell;
use super::token;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "service_account/list.html")]
pub struct List {
    pub shell: Shell,
    pub base: String,
    pub may_manage: bool,
    pub rows: Vec<Row>,
    pub count: String,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub description: String,
    pub role: Role,
    /// Such as "until 3 Dec 2026"; empty where it has no end.
    pub role_end: String,
    pub active: bool,
    pub last_used: Time,
}

/// A new one, or one to be changed.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "service_account/edit.html")]
pub struct Edit {
    pub shell: Shell,
    pub errors: Errors,
    pub heading: String,
    pub name: String,
    pub description: String,
    pub roles: Vec<Choice>,
    /// A day.
    pub until: String,
    pub action: String,
    pub submit: String,
    pub back_href: String,
    pub back_label: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "service_account/show.html")]
pub struct Show {
    pub shell: Shell,
    pub base: String,
    pub id: String,
    pub name: String,
    pub description: String,
    pub role: Role,
    pub role_end: String,
    pub groups: Vec<String>,
    /// By whom and when; empty where it is active.
    pub deactivated: String,
    pub created: Time,
    pub last_used: Time,
    pub manage: May,
    pub tokens: Vec<token::Row>,
}

impl Row {
    #[must_use]
    pub fn state(&self) -> Standing {
        if self.active {
            Standing::Active
        } else {
            Standing::Disabled
        }
    }

    #[must_use]
    pub fn state_label(&self) -> &'static str {
        if self.active { "Active" } else { "Deactivated" }
    }
}

impl Show {
    /// Where its own pages begin.
    #[must_use]
    pub fn here(&self) -> String {
        format!("{}/service-accounts/{}", self.base, self.id)
    }

    #[must_use]
    pub fn tokens_base(&self) -> String {
        format!("{}/tokens", self.here())
    }
}

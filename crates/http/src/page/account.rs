//! The accounts of the instance, as superusers see them.

use super::form::Choice;
use super::part::{Avatar, Pager, Time};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "account/list.html")]
pub struct List {
    pub shell: Shell,
    pub query: String,
    /// Everybody, suspended ones, superusers.
    pub statuses: Vec<Choice>,
    pub filtered: bool,
    pub rows: Vec<Row>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub username: String,
    /// Empty where it has none.
    pub email: String,
    pub superuser: bool,
    pub suspended: bool,
    pub last_sign_in: Time,
    pub created: Time,
}

impl Row {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

//! Superusers: who they are, and making one more.

use super::form::Errors;
use super::part::{Avatar, May, Time};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "superuser/list.html")]
pub struct List {
    pub shell: Shell,
    pub errors: Errors,
    pub rows: Vec<Row>,
    /// What was typed into the form: a username or an address.
    pub account: String,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub username: String,
    pub contact: String,
    pub you: bool,
    pub suspended: bool,
    pub last_sign_in: Time,
    pub revoke: May,
}

impl Row {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

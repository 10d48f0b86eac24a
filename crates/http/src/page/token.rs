//! Tokens: made, shown once, and as rows on the pages of whoever holds them.

use super::form::{Choice, Errors};
use super::part::Time;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub name: String,
    /// Where it works; empty where that goes without saying.
    pub place: String,
    /// Such as "Everything you may".
    pub scopes: String,
    pub expires: Time,
    pub expired: bool,
    pub last_used: Time,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "token/create.html")]
pub struct Create {
    pub shell: Shell,
    pub errors: Errors,
    pub heading: String,
    pub lead: String,
    pub name: String,
    /// Where it is to work; none where that is not to be chosen.
    pub organizations: Vec<Choice>,
    /// A day.
    pub expires_at: String,
    pub scopes: String,
    pub action: String,
    pub submit: String,
    pub back_href: String,
    pub back_label: String,
}

/// Answers the POST itself, and must be sent with `Cache-Control: no-store`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "token/shown.html")]
pub struct Shown {
    pub shell: Shell,
    pub heading: String,
    pub lead: String,
    pub name: String,
    pub secret: String,
    pub done_label: String,
    pub done_href: String,
}

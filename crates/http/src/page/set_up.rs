//! The first page of an empty instance: its first organization and its first superuser.

use super::form::{Choice, Errors};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "set_up/page.html")]
pub struct Page {
    pub shell: Shell,
    pub errors: Errors,
    /// Where the form goes: `/set-up/{token}`.
    pub action: String,
    pub organization_name: String,
    pub slug: String,
    /// The presets, with a sentence each.
    pub presets: Vec<Choice>,
    pub name: String,
    pub username: String,
    pub email: String,
    /// What a good password is here.
    pub password_advice: String,
}

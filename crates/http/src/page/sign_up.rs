//! Signing up by oneself: the form, what is said then, and the page behind the mailed link.

use super::form::{Choice, Errors};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "sign_up/ask.html")]
pub struct Ask {
    pub shell: Shell,
    pub errors: Errors,
    pub name: String,
    pub email: String,
    pub password_advice: String,
    /// Why nobody can sign up here, and what to do then; empty where they can.
    pub impossible: String,
}

/// Says the same whoever asked.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "sign_up/asked.html")]
pub struct Asked {
    pub shell: Shell,
    pub email: String,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "sign_up/verify.html")]
pub struct Verify {
    pub shell: Shell,
    pub errors: Errors,
    /// `/sign-ups/{token}`
    pub action: String,
    pub name: String,
    pub email: String,
    /// The one organization that is open; empty where one is to be chosen.
    pub organization: String,
    pub organizations: Vec<Choice>,
    pub ask_password: bool,
    pub password_advice: String,
}

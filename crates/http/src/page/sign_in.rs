//! The door.

use super::form::Errors;
use super::identity::Offer;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "sign_in/page.html")]
pub struct Page {
    pub shell: Shell,
    pub errors: Errors,
    /// What was typed, so that only the password has to be typed again.
    pub login: String,
    /// Where to go afterwards; empty for the usual place.
    pub next: String,
    /// Accounts elsewhere that people can sign in with.
    pub offers: Vec<Offer>,
    /// Why nobody can sign in from here right now; empty where they can.
    pub throttled: String,
    /// Whether some organization lets people sign up by themselves.
    pub offers_sign_up: bool,
    /// How to enter the demonstration; empty elsewhere.
    pub hint: String,
}

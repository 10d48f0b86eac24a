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
    /// Whether one can sign in with a passkey here.
    pub passkeys: bool,
    /// How to enter the demonstration; empty elsewhere.
    pub hint: String,
}

/// The step after the password.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "sign_in/second_factor.html")]
pub struct SecondFactor {
    pub shell: Shell,
    pub errors: Errors,
    pub has_totp: bool,
    pub has_passkey: bool,
    pub next: String,
    /// Why nothing can be tried just now; empty where it can.
    pub throttled: String,
}

impl SecondFactor {
    #[must_use]
    pub fn code_label(&self) -> &'static str {
        if self.has_totp { "Code" } else { "Recovery code" }
    }

    #[must_use]
    pub fn code_hint(&self) -> &'static str {
        if self.has_totp {
            "The six digits that your authenticator app shows, or one of your recovery codes."
        } else {
            "One of those that you kept when you added your passkey."
        }
    }
}

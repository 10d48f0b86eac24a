//! One's own second factors: what there is, enrolling an app, and codes that are shown once.

use super::form::Errors;
use super::part::Time;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "mfa/overview.html")]
pub struct Overview {
    pub shell: Shell,
    pub errors: Errors,
    /// Why one has to be enrolled now; empty where nobody asks.
    pub required: String,
    /// Since when there is an authenticator app.
    pub totp: Option<Time>,
    pub passkeys: Vec<Passkey>,
    /// Why there can be no passkeys here; empty where there can.
    pub no_passkeys: String,
    /// How many recovery codes are left.
    pub codes_left: i64,
}

#[derive(Clone, Debug)]
pub struct Passkey {
    pub id: String,
    pub name: String,
    pub made: Time,
    pub last_used: Time,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "mfa/totp.html")]
pub struct Totp {
    pub shell: Shell,
    pub errors: Errors,
    /// In groups of four, as people type.
    pub secret: String,
    /// A `data:` URI.
    pub picture: String,
    /// Opens the app where it is on this very device.
    pub uri: String,
}

/// Such a page answers the POST itself, and must be sent with `Cache-Control: no-store`.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "mfa/codes.html")]
pub struct Codes {
    pub shell: Shell,
    pub heading: String,
    pub lead: String,
    pub codes: Vec<String>,
    pub done_href: String,
}

impl Overview {
    #[must_use]
    pub fn has_any(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

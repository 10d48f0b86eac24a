//! One's own account.

use super::form::{Choice, Errors};
use super::identity::{Connected, Offer};
use super::organization::Row as Organization;
use super::part::{Avatar, Session};
use super::shell::Shell;
use super::token;
use askama::Template;
use domain::words::Words;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "me/profile.html")]
pub struct Profile {
    pub shell: Shell,
    /// Of the organization the account has its home in.
    pub words: Words,
    pub errors: Errors,
    pub name: String,
    pub username: String,
    pub email: String,
    pub email_verified: bool,
    /// The new address that has yet to answer; empty where there is none.
    pub pending_email: String,
    /// What was typed as another address.
    pub new_email: String,
    /// Why the address cannot be changed here; empty where it can.
    pub email_fixed: String,
    pub phone: String,
    pub time_zones: Vec<Choice>,
    pub languages: Vec<Choice>,
    /// Such as "Changed 3 weeks ago".
    pub password: String,
    /// False for whoever has none here.
    pub has_password: bool,
    pub identities: Vec<Connected>,
    /// What can be connected besides.
    pub offers: Vec<Offer>,
    /// Such as "Authenticator app, 2 passkeys".
    pub second_factors: String,
    pub tokens: Vec<token::Row>,
    pub sessions: Vec<Session>,
    pub organizations: Vec<Organization>,
}

/// Behind the link that a new address got.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "me/email.html")]
pub struct VerifyEmail {
    pub shell: Shell,
    /// `/email-changes/{token}`
    pub action: String,
    pub username: String,
    pub email: String,
}

impl Profile {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }

    #[must_use]
    pub fn has_other_sessions(&self) -> bool {
        self.sessions.iter().any(|session| !session.current)
    }
}

//! Where the audit log goes as it is written, and how that goes.

use super::form::{Choice, Errors};
use super::part::Time;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "audit/forwarding.html")]
pub struct Settings {
    pub shell: Shell,
    /// Where the log stands.
    pub base: String,
    pub errors: Errors,
    /// What of it is sent, as a sentence.
    pub lead: String,
    /// None where it goes nowhere yet.
    pub standing: Option<Standing>,
    pub url: String,
    pub authentications: Vec<Choice>,
    pub has_secret: bool,
    pub trusted_certificate: String,
    pub starts: Vec<Choice>,
}

/// How far it has come.
#[derive(Clone, Debug)]
pub struct Standing {
    pub behind: String,
    pub delivered_at: Time,
    /// What went wrong last; empty while all is well.
    pub error: String,
    pub failing_since: Time,
    pub next_try_at: Time,
}

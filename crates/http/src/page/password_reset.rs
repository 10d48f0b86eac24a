//! A forgotten password: asking for a mail, what is said then, and the page behind the mailed link.

use super::form::Errors;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "password_reset/ask.html")]
pub struct Ask {
    pub shell: Shell,
    pub errors: Errors,
    pub email: String,
    /// Why no mail can be sent, and what to do then; empty where it can.
    pub no_mail: String,
}

/// Says the same whether anybody has the address or not.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "password_reset/asked.html")]
pub struct Asked {
    pub shell: Shell,
    pub email: String,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "password_reset/redeem.html")]
pub struct Redeem {
    pub shell: Shell,
    pub errors: Errors,
    /// `/password-resets/{token}`
    pub action: String,
    /// For whom; also for the browser's memory of passwords.
    pub username: String,
    pub password_advice: String,
}

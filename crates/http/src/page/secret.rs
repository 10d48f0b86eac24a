//! Passwords shown once. Such a page answers the POST itself, and must be sent with `Cache-Control: no-store`.

use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Template)]
#[template(path = "secret/page.html")]
pub struct Page {
    pub shell: Shell,
    /// Such as "Grace Hopper has an account".
    pub heading: String,
    /// What to do with it, in a sentence or two.
    pub lead: String,
    pub secrets: Vec<Secret>,
    /// What else happened, line by line, such as "Every session was ended."
    pub notes: Vec<String>,
    /// Where the way on leads, and what it says.
    pub done_label: String,
    pub done_href: String,
    pub again_label: String,
    /// Empty where there is nothing to do again.
    pub again_href: String,
}

#[derive(Clone, Debug)]
pub struct Secret {
    pub name: String,
    /// What they sign in with.
    pub username: String,
    pub email: String,
    /// The temporary password; empty where the account existed already.
    pub password: String,
    /// What stands in place of a password, such as why there is none.
    pub remark: String,
}

impl Page {
    /// All of it as one text to copy, a person per line.
    #[must_use]
    pub fn everything(&self) -> String {
        self.secrets
            .iter()
            .filter(|secret| !secret.password.is_empty())
            .map(|secret| format!("{}\t{}\t{}\n", secret.username, secret.email, secret.password))
            .collect()
    }

    #[must_use]
    pub fn has_passwords(&self) -> bool {
        self.secrets.iter().any(|secret| !secret.password.is_empty())
    }
}

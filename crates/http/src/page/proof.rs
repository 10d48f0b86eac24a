//! Proving again that it is oneself, before what was asked for goes on.

use super::form::Errors;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "proof/page.html")]
pub struct Page {
    pub shell: Shell,
    pub errors: Errors,
    /// Why it is asked.
    pub lead: String,
    pub has_password: bool,
    pub has_code: bool,
    pub has_passkey: bool,
    /// What was asked for, to be sent again afterwards: names and values.
    pub hidden: Vec<(String, String)>,
    /// Where the form goes.
    pub action: String,
    pub cancel_href: String,
    /// Why nothing can be tried just now; empty where it can.
    pub throttled: String,
}

impl Page {
    #[must_use]
    pub fn code_label(&self) -> &'static str {
        if self.has_password { "Or a code" } else { "Code" }
    }
}

//! Changing one's own password: because one wants to, or because nothing else goes before it.

use super::form::Errors;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "password/page.html")]
pub struct Page {
    pub shell: Shell,
    pub errors: Errors,
    /// Why it must be done now; empty where the person chose to. A forced page has no way round it.
    pub reason: String,
    /// Whether the present password is asked for.
    pub ask_current: bool,
    pub password_advice: String,
    pub next: String,
}

impl Page {
    #[must_use]
    pub fn is_forced(&self) -> bool {
        !self.reason.is_empty()
    }
}

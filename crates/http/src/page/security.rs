//! How people have to sign in to an organization.

use super::form::{Choice, Errors};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "security/settings.html")]
pub struct Settings {
    pub shell: Shell,
    pub base: String,
    pub errors: Errors,
    pub may_see_general: bool,
    pub may_see_roles: bool,
    /// Those that count selected.
    pub methods: Vec<Choice>,
    pub mfa_required: bool,
    pub mfa_grace_days: String,
    /// Empty in these: as the instance has it.
    pub session_idle_minutes: String,
    pub session_lifetime_minutes: String,
    pub sign_in_attempts: String,
    pub lock_out_minutes: String,
    pub password_length: String,
}

impl Settings {
    #[must_use]
    pub fn organization(&self) -> &str {
        let organization = self.shell.organization.as_ref();
        organization.map_or("", |organization| organization.name.as_str())
    }
}

//! The page of an organization's security policy.

use super::{Sample, inside};
use crate::page::form::{Choice, Errors};
use crate::page::security::Settings;
use crate::page::shell::Section;

impl Sample for Settings {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Security", Section::Settings),
            base: "/o/analytical".to_owned(),
            may_see_general: true,
            may_see_roles: true,
            methods: vec![
                Choice::new("password", "Password").selected(true),
                Choice::new("passkey", "Passkey").selected(true),
                Choice::new("saml", "SAML"),
            ],
            mfa_required: true,
            mfa_grace_days: "7".to_owned(),
            session_idle_minutes: "480".to_owned(),
            ..Self::default()
        };
        let wrong = Self {
            errors: Errors::none().with(
                "security_password_length",
                "The number must be 8 to 64 characters, or null.",
            ),
            password_length: "3".to_owned(),
            ..page.clone()
        };
        vec![("security-settings", page), ("security-settings-error", wrong)]
    }
}

//! Configuring self sign-up: the section of the people page, and the dialogs behind it.

use super::form::{Choice, Errors};
use super::part::{Role, Time};
use super::shell::Shell;
use askama::Template;

/// The section of the people page.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    pub allowed: bool,
    /// Why nobody could sign up even so; empty where they can.
    pub impossible: String,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub domain: String,
    /// Such as "password".
    pub method: String,
    pub role: Role,
    /// When the claim was proved; none where it is not.
    pub proved: Option<Time>,
}

/// The dialog "Add allowlisted domain", and the one that changes what is listed.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "signup_domain/edit.html")]
pub struct Edit {
    pub shell: Shell,
    pub errors: Errors,
    pub base: String,
    pub heading: String,
    pub action: String,
    pub submit: String,
    /// What was typed; a listed one stays what it is.
    pub domain: String,
    pub is_new: bool,
    pub methods: Vec<Choice>,
    pub roles: Vec<Choice>,
}

/// How the organization proves that a domain is its own.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "signup_domain/proof.html")]
pub struct Proof {
    pub shell: Shell,
    pub base: String,
    pub domain: String,
    pub action: String,
    pub record_name: String,
    pub record_value: String,
    /// What the last look at it found; empty before the first.
    pub problem: String,
}

//! The accounts of the instance, as superusers see them.

use super::form::Choice;
use super::member::SignIn;
use super::part::{Avatar, May, Pager, Role, Session, Time};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "account/list.html")]
pub struct List {
    pub shell: Shell,
    pub query: String,
    /// Everybody, suspended ones, superusers.
    pub statuses: Vec<Choice>,
    pub filtered: bool,
    pub rows: Vec<Row>,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub username: String,
    /// Empty where it has none.
    pub email: String,
    pub superuser: bool,
    pub suspended: bool,
    pub last_sign_in: Time,
    pub created: Time,
}

impl Row {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

/// One account with all that a superuser sees of it.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "account/show.html")]
pub struct Show {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub username: String,
    pub email: String,
    pub email_verified: bool,
    pub you: bool,
    pub superuser: bool,
    /// Who suspended it, when and why; empty where it is not.
    pub banner: String,
    /// What the organization is called that it began in; empty where it began in none.
    pub home: String,
    pub authentication_method: String,
    pub multi_factor: String,
    pub last_sign_in: Time,
    pub created: Time,
    pub memberships: Vec<Membership>,
    pub sessions: Vec<Session>,
    pub sign_ins: Vec<SignIn>,
    pub mail_password_reset: May,
    pub suspend: May,
    pub delete: May,
    pub revoke_superuser: May,
}

#[derive(Clone, Debug)]
pub struct Membership {
    pub name: String,
    pub slug: String,
    pub member: String,
    pub role: Role,
    /// Such as "Disabled"; empty where it is as usual.
    pub remark: String,
}

impl Membership {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

impl Show {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }

    #[must_use]
    pub fn suspended(&self) -> bool {
        !self.banner.is_empty()
    }
}

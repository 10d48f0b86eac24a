//! Who does something, and from where.

use serde::Serialize;

use crate::grant::Grants;
use crate::id::{AccountId, MemberId, SessionId};

/// By which way in a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    Web,
    Api,
    Cli,
    /// The program itself: jobs, and commands that work on the database.
    System,
}

impl Medium {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }
}

/// Where a request came from; written into what it leaves behind.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The caller's address, without port; empty where there is none (a command on the machine).
    pub address: String,
    pub user_agent: String,
    pub medium: Medium,
    pub request_id: String,
}

/// An account that proved who it is, by a live session.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account: AccountId,
    pub session: SessionId,
    pub name: String,
    pub superuser: bool,
    /// Until the password is changed nothing else may be done.
    pub must_change_password: bool,
}

/// A caller in an organization, with what they hold there.
#[derive(Clone, Debug)]
pub struct Actor {
    pub account: AccountId,
    /// None for a superuser who looks in from outside.
    pub member: Option<MemberId>,
    pub name: String,
    pub superuser: bool,
    pub owner: bool,
    pub grants: Grants,
}

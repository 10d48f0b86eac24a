//! Who does something, and from where.

use std::sync::Arc;

use serde::Serialize;

use crate::audit::Target;
use crate::grant::Grants;
use crate::id::{AccountId, MemberId, OrganizationId, ProjectId, ServiceAccountId, SessionId, TokenId};
use crate::permission::PermissionSet;
use crate::security::Visitor;
use crate::{Refusal, Timestamp};

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

/// Who makes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    Account(AccountId),
    ServiceAccount(ServiceAccountId),
    /// A project's token, which acts for nobody but what its capabilities say.
    Project(ProjectId),
}

impl Identity {
    /// Its noun.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::ServiceAccount(_) => "service_account",
            Self::Project(_) => "project",
        }
    }

    /// As the log keeps it.
    pub fn target(self, name: &str) -> Target {
        match self {
            Self::Account(id) => Target::new(self.kind(), id, name),
            Self::ServiceAccount(id) => Target::new(self.kind(), id, name),
            Self::Project(id) => Target::new(self.kind(), id, name),
        }
    }
}

/// What proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    Session(SessionId),
    Token(TokenId),
}

/// How far a credential reaches: a session everywhere, a token as far as it was made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The one organization it is for; none: all of its account's.
    pub organization: Option<OrganizationId>,
    /// The permissions it is narrowed to; none: nothing is left out.
    pub scopes: Option<Arc<PermissionSet>>,
}

/// Somebody who proved who they are.
#[derive(Clone, Debug)]
pub struct Caller {
    pub identity: Identity,
    pub credential: Credential,
    pub reach: Reach,
    /// Whose standing it lives by, where that is not the caller: the owner of a project's token.
    pub answers: Option<AccountId>,
    pub name: String,
    /// By an unnarrowed credential of a superuser.
    pub superuser: bool,
    /// Until the password is changed nothing else may be done.
    pub must_change_password: bool,
    /// As organizations look at it when it enters.
    pub visitor: Visitor,
}

impl Caller {
    /// # Errors
    /// It is no person.
    pub fn account(&self) -> Result<AccountId, Refusal> {
        match self.identity {
            Identity::Account(account) => Ok(account),
            _ => Err(Refusal::PersonOnly),
        }
    }

    /// For acts on the account itself, which a narrowed token does not reach.
    ///
    /// # Errors
    /// It is no person, came with a token that is for less than everything, or was proved by an organization that the
    /// account does not belong to alone.
    pub fn whole(&self) -> Result<AccountId, Refusal> {
        if self.visitor.confined.is_some() {
            return Err(Refusal::OtherIdentityProvider);
        }
        if self.reach == Reach::default() {
            self.account()
        } else {
            Err(Refusal::SessionOnly)
        }
    }

    /// For sensitive acts: a session that was proved within the last ten minutes.
    ///
    /// # Errors
    /// It came with a token, or the last proof is older.
    pub fn recently_proved(&self, now: Timestamp) -> Result<SessionId, Refusal> {
        let session = self.session()?;
        match self.visitor.proof {
            Some(proof) if proof.is_recent(now) => Ok(session),
            _ => Err(Refusal::ProofRequired),
        }
    }

    /// # Errors
    /// It came with a token: what touches credentials takes the person, signed in.
    pub fn session(&self) -> Result<SessionId, Refusal> {
        match self.credential {
            Credential::Session(session) => Ok(session),
            Credential::Token(_) => Err(Refusal::SessionOnly),
        }
    }
}

/// A caller in an organization, with what they hold there.
#[derive(Clone, Debug)]
pub struct Actor {
    pub identity: Identity,
    /// None for a superuser who looks in from outside, and for programs.
    pub member: Option<MemberId>,
    pub name: String,
    pub superuser: bool,
    pub owner: bool,
    pub grants: Grants,
}

impl Actor {
    pub fn is(&self, account: AccountId) -> bool {
        self.identity == Identity::Account(account)
    }
}

//! A token: what a program carries. Its scopes only narrow what its holder may; it dies with its holder.

use crate::Timestamp;
use crate::actor::Identity;
use crate::audit::Target;
use crate::id::{AccountId, OrganizationId, ProjectId, ServiceAccountId, TokenId};
use crate::permission::PermissionSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenHolder {
    /// For one organization, or (none) for all of the account's.
    Account(AccountId, Option<OrganizationId>),
    ServiceAccount(OrganizationId, ServiceAccountId),
    Project(OrganizationId, ProjectId),
}

impl TokenHolder {
    /// The one organization that the token is for.
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Account(_, organization) => organization,
            Self::ServiceAccount(organization, _) | Self::Project(organization, _) => Some(organization),
        }
    }
}

impl From<TokenHolder> for Identity {
    fn from(holder: TokenHolder) -> Self {
        match holder {
            TokenHolder::Account(id, _) => Self::Account(id),
            TokenHolder::ServiceAccount(_, id) => Self::ServiceAccount(id),
            TokenHolder::Project(_, id) => Self::Project(id),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Token {
    pub id: TokenId,
    pub holder: TokenHolder,
    pub name: String,
    /// None: everything the holder may. Of a project's token: its capabilities.
    pub scopes: Option<PermissionSet>,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub created_by: Target,
    pub last_used_at: Option<Timestamp>,
}

impl Token {
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// When it would end with a secret made now: as long after as it was given first.
    pub fn expires_anew(&self, now: Timestamp) -> Option<Timestamp> {
        self.expires_at.map(|end| now.plus(end.since(self.created_at)))
    }
}

//! A token: what a program carries. Its scopes only narrow what its holder may; it dies with its holder.

use crate::Timestamp;
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
}

//! An organization: the tenant. Everything but accounts belongs to exactly one.

use serde::Serialize;

use crate::Timestamp;
use crate::id::OrganizationId;
use crate::policy::Policies;
use crate::words::Words;

#[derive(Clone, Debug)]
pub struct Organization {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
    /// The preset it was made from: told, never asked.
    pub preset: String,
    pub status: OrganizationStatus,
    pub policies: Policies,
    pub words: Words,
    pub created_at: Timestamp,
    /// Moves with every change in the organization.
    pub revision: i64,
    /// Moves with every change of who may do what.
    pub access_revision: i64,
    /// The revision at which the organization's own data last changed.
    pub changed_at_revision: i64,
}

/// What is the matter with an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Its first Owner has not joined yet, or a superuser suspended the only one.
    NoActiveOwner,
}

impl Flag {
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoActiveOwner => "no_active_owner",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationStatus {
    Active,
    /// Its first Owner has not joined yet.
    AwaitingOwner,
    Disabled,
    Deleted,
}

impl OrganizationStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::AwaitingOwner => "awaiting_owner",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::AwaitingOwner, Self::Disabled, Self::Deleted]
            .into_iter()
            .find(|status| status.name() == text)
    }
}

//! An organization: the tenant. Everything but accounts belongs to exactly one.

use serde::{Deserialize, Serialize};

use crate::id::OrganizationId;
use crate::permission::Level;
use crate::policy::Policies;
use crate::time::DAY;
use crate::words::Words;
use crate::{Refusal, Timestamp};

#[derive(Clone, Debug)]
pub struct Organization {
    pub id: OrganizationId,
    pub slug: String,
    pub name: String,
    /// The preset it was made from: told, never asked.
    pub preset: String,
    pub status: OrganizationStatus,
    /// Since when nobody is let in; also of a deleted one that was disabled before.
    pub disabled: Option<Ending>,
    pub deleted: Option<Ending>,
    pub policies: Policies,
    pub words: Words,
    pub access_model: AccessModel,
    pub created_at: Timestamp,
    /// Moves with every change in the organization.
    pub revision: i64,
    /// Moves with every change of who may do what.
    pub access_revision: i64,
    /// The revision at which the organization's own data last changed.
    pub changed_at_revision: i64,
}

/// Who disabled or deleted an organization, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    pub at: Timestamp,
    /// The name of whoever did it, as it was then.
    pub by: String,
    pub reason: Option<String>,
}

/// How long a deleted organization can be restored: microseconds.
pub const RESTORABLE: i64 = 30 * DAY;

impl Ending {
    /// When a deleted organization is gone for good.
    pub fn final_at(&self) -> Timestamp {
        self.at.plus(RESTORABLE)
    }
}

impl Organization {
    /// Bringing it back.
    ///
    /// # Errors
    /// It was not deleted, or too long ago.
    pub fn restorable(&self, now: Timestamp) -> Result<(), Refusal> {
        match &self.deleted {
            Some(ending) if now < ending.final_at() => Ok(()),
            _ => Err(Refusal::NotRestorable {
                organization: self.name.clone(),
            }),
        }
    }
}

/// What comes with a place in the organization on its projects, and what the organization goes without: chosen by its
/// preset. Roles are slugs of the project level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessModel {
    pub custom_roles: bool,
    pub groups: bool,
    /// What everyone but guests has on a project open to everyone, until somebody is mapped.
    pub everyone_role: Option<String>,
    /// What an organization's Owners act as on every project.
    pub owner_project_role: Option<String>,
    /// What an organization's Admins act as on every project.
    pub admin_project_role: Option<String>,
    /// What writing to, or administrating, a project's repository gives.
    pub repository_write_role: Option<String>,
    /// What reading a project's repository gives.
    pub repository_read_role: Option<String>,
    /// Roles that hold all there is, or all but what their preset names: what is declared later comes to them by itself.
    pub complete_roles: Vec<String>,
    pub complete_project_roles: Vec<String>,
}

impl AccessModel {
    /// Whether the hosts of projects' repositories are asked who works there.
    pub fn asks_hosts(&self) -> bool {
        self.repository_write_role.is_some() || self.repository_read_role.is_some()
    }

    pub fn complete(&self, level: Level) -> &[String] {
        match level {
            Level::Organization => &self.complete_roles,
            Level::Project => &self.complete_project_roles,
        }
    }
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

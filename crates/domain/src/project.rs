//! A project: a thing owned by one member, with roles of its own for members, groups and service accounts.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::grant::Granting;
use crate::id::{GroupId, MemberId, ProjectId, ServiceAccountId};
use crate::role::Role;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone but guests has the organization's everyone role on it, until somebody is mapped.
    Everyone,
    /// Nobody but those who are mapped, its owner, and whoever acts on every project.
    MembersOnly,
}

impl Visibility {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::MembersOnly => "members_only",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Everyone, Self::MembersOnly]
            .into_iter()
            .find(|visibility| visibility.name() == text)
    }
}

/// Where a project's code is hosted: `github.com`, `acme/website`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    pub host: String,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Owner {
    pub id: MemberId,
    pub name: String,
    pub granted: Granting,
}

#[derive(Clone, Debug)]
pub struct Project {
    pub id: ProjectId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub owner: Owner,
    pub repository: Option<Repository>,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// Who is mapped to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mapped {
    Member(MemberId),
    ServiceAccount(ServiceAccountId),
    Group(GroupId),
}

/// One role on one project.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub subject: Mapped,
    pub name: String,
    pub role: Role,
    pub until: Option<Timestamp>,
    pub granted: Granting,
}

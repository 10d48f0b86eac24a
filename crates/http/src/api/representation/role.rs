//! Roles, and the permissions that they are made of.

use domain::role::Role as DomainRole;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::maybe;

#[derive(Debug, Serialize, ToSchema)]
pub struct RoleName {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub colour: String,
    /// When it ends by itself.
    pub until: Option<String>,
    /// Whether that is over: it gives nothing any more.
    pub ended: bool,
}

impl RoleName {
    /// One that has no end.
    pub fn of(role: &DomainRole) -> Self {
        Self::held(role, None, Timestamp::default())
    }

    /// As somebody has it.
    pub fn held(role: &DomainRole, until: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            id: role.id.to_string(),
            slug: role.slug.clone(),
            name: role.name.clone(),
            colour: role.colour.clone(),
            until: maybe(until),
            ended: until.is_some_and(|until| until <= now),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Role {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub colour: String,
    pub built_in: bool,
    /// organization or project
    pub applies_to: String,
    pub shown: bool,
    pub permissions: Vec<String>,
    /// How many members have it directly.
    pub members: i64,
    pub groups: i64,
}

impl From<service::role::Counted> for Role {
    fn from(counted: service::role::Counted) -> Self {
        let role = counted.role;
        Self {
            id: role.id.to_string(),
            slug: role.slug,
            name: role.name,
            description: role.description,
            colour: role.colour,
            built_in: role.built_in,
            applies_to: role.applies_to.name().to_owned(),
            shown: role.shown,
            permissions: role.permissions.iter().map(str::to_owned).collect(),
            members: counted.members,
            groups: counted.groups,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Permission {
    pub name: String,
    pub applies_to: String,
    pub module: Option<String>,
    pub description: String,
    /// Roster's own permissions that come with it.
    pub carries: Vec<String>,
    /// The host application that declared it; none for Roster's own and the preset's.
    pub application: Option<String>,
}

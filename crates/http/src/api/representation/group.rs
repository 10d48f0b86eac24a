//! Groups and who is in them.

use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Granted, RoleName, maybe, text};

#[derive(Debug, Serialize, ToSchema)]
pub struct GroupName {
    pub id: String,
    pub slug: String,
    pub name: String,
}

impl From<domain::group::GroupName> for GroupName {
    fn from(group: domain::group::GroupName) -> Self {
        Self {
            id: group.id.to_string(),
            slug: group.slug,
            name: group.name,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Group {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub description: String,
    /// What everyone in it has besides their own.
    pub role: RoleName,
    pub role_granted: Granted,
    /// Shown only: nothing is inherited through it.
    pub parent: Option<GroupName>,
    /// How many are in it now.
    pub members: i64,
    pub created_at: String,
}

impl From<domain::group::Group> for Group {
    fn from(group: domain::group::Group) -> Self {
        Self {
            id: group.id.to_string(),
            slug: group.slug,
            name: group.name,
            description: group.description,
            role: RoleName::of(&group.role),
            role_granted: group.role_granted.into(),
            parent: group.parent.map(GroupName::from),
            members: group.members,
            created_at: text(group.created_at),
        }
    }
}

/// Somebody in a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupMember {
    pub id: String,
    /// member or service_account
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub username: Option<String>,
    pub email: Option<String>,
    /// When it ends by itself.
    pub until: Option<String>,
    /// Whether that is over.
    pub ended: bool,
    /// `hand`, `invitation`, or whatever provisions it.
    pub origin: String,
    pub granted: Granted,
}

impl GroupMember {
    pub fn at(member: domain::group::GroupMember, now: Timestamp) -> Self {
        use domain::access::Principal;
        let (kind, id) = match member.principal {
            Principal::Member(id) => ("member", id.to_string()),
            Principal::ServiceAccount(id) => ("service_account", id.to_string()),
            Principal::Account(id) => ("account", id.to_string()),
        };
        Self {
            id,
            kind: kind.to_owned(),
            ended: !member.is_live(now),
            name: member.name,
            username: member.username,
            email: member.email,
            until: maybe(member.until),
            origin: member.origin,
            granted: member.granted.into(),
        }
    }
}

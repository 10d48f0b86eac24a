//! A group: members and service accounts that share a role, which adds to theirs.

use crate::Timestamp;
use crate::access::Principal;
use crate::grant::Granting;
use crate::id::GroupId;
use crate::role::Role;

/// How a membership of a group came about when a person made it.
pub const BY_HAND: &str = "hand";

#[derive(Clone, Debug)]
pub struct Group {
    pub id: GroupId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub role: Role,
    /// Who gave the group its role.
    pub role_granted: Granting,
    /// Shown only: nothing is inherited through it.
    pub parent: Option<GroupId>,
    pub members: i64,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// Somebody in a group.
#[derive(Clone, Debug)]
pub struct GroupMember {
    pub principal: Principal,
    pub name: String,
    /// None for a service account.
    pub username: Option<String>,
    pub email: Option<String>,
    pub until: Option<Timestamp>,
    /// [`BY_HAND`], or whatever provisions it.
    pub origin: String,
    pub granted: Granting,
}

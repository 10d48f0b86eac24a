//! A group: members and service accounts that share a role, which adds to theirs.

use serde::Serialize;

use crate::Timestamp;
use crate::access::Principal;
use crate::grant::Granting;
use crate::id::GroupId;
use crate::role::Role;

/// How a membership of a group came about when a person made it.
pub const BY_HAND: &str = "hand";
/// How it came about when an accepted invitation named the group.
pub const BY_INVITATION: &str = "invitation";

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
    pub parent: Option<GroupName>,
    /// How many are in it now; those whose time is over do not count.
    pub members: i64,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// A group as others name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupName {
    pub id: GroupId,
    pub slug: String,
    pub name: String,
}

impl Group {
    pub fn named(&self) -> GroupName {
        GroupName {
            id: self.id,
            slug: self.slug.clone(),
            name: self.name.clone(),
        }
    }
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

impl GroupMember {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

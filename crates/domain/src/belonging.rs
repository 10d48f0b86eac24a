//! A place in a group, a member's or a service account's.

use crate::Timestamp;
use crate::grant::Granting;
use crate::id::{GroupId, RoleId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    pub group: GroupId,
    pub slug: String,
    pub name: String,
    /// The group's role.
    pub role: RoleId,
    pub until: Option<Timestamp>,
    /// `hand`, or whatever provisions it.
    pub origin: String,
    pub granted: Granting,
}

impl Belonging {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

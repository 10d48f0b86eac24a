//! A service account: a program's place in one organization. It has a role and groups like a member, and tokens instead of a
//! person's credentials.

use crate::grant::{Granting, Grants};
use crate::id::ServiceAccountId;
use crate::member::{Act, Belonging};
use crate::role::Role;
use crate::{Refusal, Timestamp};

#[derive(Clone, Debug)]
pub struct ServiceAccount {
    pub id: ServiceAccountId,
    pub name: String,
    pub description: String,
    pub role: Role,
    pub role_until: Option<Timestamp>,
    pub role_granted: Granting,
    pub groups: Vec<Belonging>,
    pub deactivated: Option<Granting>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revision: i64,
}

impl ServiceAccount {
    /// Whether it holds by its role or a group's what these grants do not.
    ///
    /// # Errors
    /// It does: the lesser never acts on the greater, nor for it.
    pub fn within(&self, grants: &Grants) -> Result<(), Refusal> {
        let groups_covered = self.groups.iter().all(|belonging| grants.covers(belonging.role));
        if groups_covered && grants.lacking(&self.role).is_empty() {
            return Ok(());
        }
        Err(self.greater())
    }

    pub fn greater(&self) -> Refusal {
        Refusal::GreaterThanYou {
            name: self.name.clone(),
            act: Act::Manage,
        }
    }
}

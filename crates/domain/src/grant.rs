//! The decision: who may do what, and because of which grant. *Why* is not a second implementation; it is the answer's
//! other half.

use serde::Serialize;

use crate::id::RoleId;
use crate::permission::{Permission, PermissionSet};

/// Where permissions come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Source {
    Role { id: RoleId, name: String },
    Policy { name: &'static str },
    Superuser,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub source: Source,
    pub permissions: PermissionSet,
}

/// All that an account holds in one organization.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    grants: Vec<Grant>,
    all: PermissionSet,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// Never empty: one source for each grant that gives the permission.
    Allowed {
        because: Vec<&'a Source>,
    },
    Denied,
}

impl Grants {
    pub fn new(grants: Vec<Grant>) -> Self {
        let mut all = PermissionSet::default();
        for grant in &grants {
            all.extend(&grant.permissions);
        }
        Self { grants, all }
    }

    /// A superuser holds every permission of Roster's own, and `declared`: those of the organization's catalogue.
    pub fn superuser(declared: impl IntoIterator<Item = String>) -> Grant {
        let mut permissions: PermissionSet = Permission::ALL.iter().map(|permission| permission.name()).collect();
        for name in declared {
            permissions.insert(name);
        }
        Grant {
            source: Source::Superuser,
            permissions,
        }
    }

    pub fn permissions(&self) -> &PermissionSet {
        &self.all
    }

    pub fn has(&self, permission: Permission) -> bool {
        self.all.has(permission)
    }

    /// Nobody gives what they do not hold: the names that are missing, if any.
    pub fn lacking<'a>(&'a self, wanted: &'a PermissionSet) -> Vec<&'a str> {
        wanted.missing_from(&self.all).collect()
    }
}

pub fn decide(grants: &Grants, permission: Permission) -> Decision<'_> {
    let because: Vec<_> = grants
        .grants
        .iter()
        .filter(|grant| grant.permissions.has(permission))
        .map(|grant| &grant.source)
        .collect();
    if because.is_empty() {
        Decision::Denied
    } else {
        Decision::Allowed { because }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_names_every_grant_that_gives_the_permission() {
        let policy = Grant {
            source: Source::Policy {
                name: "members_may_invite",
            },
            permissions: [Permission::InvitationSend.name()].into_iter().collect(),
        };
        let grants = Grants::new(vec![policy, Grants::superuser([])]);
        assert_eq!(
            decide(&grants, Permission::InvitationSend),
            Decision::Allowed {
                because: vec![
                    &Source::Policy {
                        name: "members_may_invite"
                    },
                    &Source::Superuser
                ]
            }
        );
        assert_eq!(decide(&Grants::default(), Permission::MemberView), Decision::Denied);
    }
}

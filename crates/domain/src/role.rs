//! A role: a named set of permissions, of an organization or of a project.

use serde::Serialize;

use crate::Refusal;
use crate::grant::Grants;
use crate::id::RoleId;
use crate::permission::{Level, PermissionSet};

pub const OWNER: &str = "owner";
pub const ADMIN: &str = "admin";
pub const MEMBER: &str = "member";
pub const GUEST: &str = "guest";

/// The names a role's badge may be coloured with: a closed set, because a free one would reach the style sheet.
pub const COLOURS: &[&str] = &[
    "grey", "red", "orange", "amber", "green", "teal", "blue", "indigo", "violet", "pink",
];

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    pub id: RoleId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub colour: String,
    pub built_in: bool,
    pub applies_to: Level,
    /// Whether pages show and offer it; a preset hides the built-in ones its product does not know.
    pub shown: bool,
    /// As the role lists them, Roster's own that declared ones carry included.
    pub permissions: PermissionSet,
    pub revision: i64,
}

impl Role {
    pub fn is_owner(&self) -> bool {
        self.slug == OWNER && self.applies_to == Level::Organization
    }

    /// Whether whoever holds `grants` may hand out this role. Serves every writer: direct, invitation, bulk, edit.
    ///
    /// # Errors
    /// The role is Owner, which moves only by its own act, or holds permissions the giver lacks.
    pub fn can_be_granted_by(&self, grants: &Grants) -> Result<(), Refusal> {
        if self.is_owner() {
            return Err(Refusal::OwnerNeverOffered);
        }
        let missing = grants.lacking(self);
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::CannotGrant {
            role: self.name.clone(),
            missing,
        })
    }

    /// Whether whoever holds `grants` may change or end this role: a built-in one stays as it is, and the lesser never acts
    /// on the greater.
    ///
    /// # Errors
    /// The role is built in, or holds permissions that the editor lacks.
    pub fn can_be_changed_by(&self, grants: &Grants) -> Result<(), Refusal> {
        if self.built_in {
            return Err(Refusal::BuiltInRole {
                role: self.name.clone(),
            });
        }
        self.can_be_made_by(grants)
    }

    /// Whether whoever holds `grants` may build this role, or give it wherever roles of its level are given.
    ///
    /// # Errors
    /// The role is Owner, or holds permissions that the maker lacks.
    pub fn can_be_made_by(&self, grants: &Grants) -> Result<(), Refusal> {
        let missing = match self.applies_to {
            Level::Organization => return self.can_be_granted_by(grants),
            Level::Project => grants.lacking_on_every_project(&self.permissions),
        };
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::CannotGrant {
            role: self.name.clone(),
            missing,
        })
    }

    /// Whether the organization's policy lets this role be chosen for somebody new.
    pub fn is_offered(&self, offered: Option<&[String]>) -> bool {
        !self.is_owner()
            && self.applies_to == Level::Organization
            && match offered {
                Some(slugs) => slugs.contains(&self.slug),
                None => self.shown,
            }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Timestamp;
    use crate::access::{HeldRole, Holding, OrganizationAccess, Through};
    use crate::catalogue::Catalogue;
    use crate::id::{Id, OrganizationId};
    use crate::organization::{AccessModel, Organization, OrganizationStatus};
    use crate::preset::DeclaredPermission;

    pub fn role(slug: &str, permissions: &[&str]) -> Role {
        let mut entropy = [0; 10];
        for (byte, letter) in entropy.iter_mut().zip(slug.bytes()) {
            *byte = letter;
        }
        Role {
            id: RoleId::new(Timestamp::default(), entropy),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            description: String::new(),
            colour: "grey".to_owned(),
            built_in: true,
            applies_to: Level::Organization,
            shown: true,
            permissions: permissions.iter().copied().collect(),
            revision: 1,
        }
    }

    pub fn organization() -> Organization {
        Organization {
            id: OrganizationId::new(Timestamp::default(), [9; 10]),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            preset: "standard".to_owned(),
            status: OrganizationStatus::Active,
            disabled: None,
            deleted: None,
            policies: crate::policy::Policies::default(),
            words: crate::words::Words::default(),
            access_model: AccessModel::default(),
            created_at: Timestamp::default(),
            revision: 1,
            access_revision: 1,
            changed_at_revision: 1,
        }
    }

    /// With a few permissions of short names besides Roster's own.
    pub fn catalogue() -> Catalogue {
        Catalogue::new(["a", "b", "c", "view", "manage", "own"].map(|name| DeclaredPermission {
            name: name.to_owned(),
            applies_to: Level::Organization,
            module: None,
            description: String::new(),
            carries: Vec::new(),
            application: None,
        }))
    }

    pub fn grants(role: &Role) -> Grants {
        let access = OrganizationAccess::new(&organization(), catalogue(), std::slice::from_ref(role));
        let held = access.find_role(role.id).map(|role| HeldRole {
            role,
            through: Through::Oneself,
            until: None,
        });
        let holding = Holding::new(held.into_iter().collect(), Vec::new(), Vec::new());
        Grants::new(Arc::new(access), Arc::new(holding), None, Timestamp::default())
    }

    #[test]
    fn nobody_hands_out_what_they_do_not_hold() {
        let admin = grants(&role("admin", &["a", "b"]));
        assert_eq!(role("helper", &["a"]).can_be_granted_by(&admin), Ok(()));
        let refusal = role("wizard", &["a", "c"]).can_be_granted_by(&admin);
        assert_eq!(
            refusal,
            Err(Refusal::CannotGrant {
                role: "wizard".into(),
                missing: vec!["c".into()]
            })
        );
        assert_eq!(
            role(OWNER, &["a"]).can_be_granted_by(&admin),
            Err(Refusal::OwnerNeverOffered)
        );
    }

    #[test]
    fn the_owner_is_never_offered_and_the_policy_narrows_the_rest() {
        let all = None;
        let guests = ["guest".to_owned(), "owner".to_owned()];
        assert!(!role(OWNER, &[]).is_offered(all) && !role(OWNER, &[]).is_offered(Some(&guests)));
        assert!(role(ADMIN, &[]).is_offered(all) && !role(ADMIN, &[]).is_offered(Some(&guests)));
        assert!(role(GUEST, &[]).is_offered(Some(&guests)));
    }
}

//! What a caller holds in an organization, at the moment of the request: the same grants that the access check walks.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::access::{self, Holding, OrganizationAccess, ProjectFacts, Resource, RolePlace, Source};
use crate::audit::Target;
use crate::catalogue::{Bits, Place};
use crate::id::{ProjectId, RoleId};
use crate::permission::{Level, Permission, PermissionSet};
use crate::role::Role;

/// Who granted something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granting {
    pub by: Target,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Grants {
    pub access: Arc<OrganizationAccess>,
    pub holding: Arc<Holding>,
    /// What the token that was used narrows it to; none: nothing is left out.
    scope: Option<Bits>,
    /// The one project that counts, of a project's token; none: all that the holder reaches.
    only: Option<ProjectId>,
    now: Timestamp,
    in_organization: Bits,
}

impl Grants {
    pub fn new(access: Arc<OrganizationAccess>, holding: Arc<Holding>, scope: Option<Bits>, now: Timestamp) -> Self {
        let held = access::holds(&access, &holding, Resource::Organization, now);
        let in_organization = narrowed(held, scope.as_ref());
        Self {
            access,
            holding,
            scope,
            only: None,
            now,
            in_organization,
        }
    }

    /// What a project's token has: its capabilities on that project, as long as its owner, whose holding it is, has them too.
    /// One without capabilities has nothing.
    pub fn of_project(
        access: Arc<OrganizationAccess>,
        holding: Arc<Holding>,
        (project, capabilities): (ProjectId, Option<Bits>),
        now: Timestamp,
    ) -> Self {
        let none = access.catalogue.none();
        Self {
            scope: Some(capabilities.unwrap_or_else(|| none.clone())),
            access,
            holding,
            only: Some(project),
            now,
            in_organization: none,
        }
    }

    pub fn has(&self, permission: Permission) -> bool {
        self.in_organization.has(Place::from(permission))
    }

    pub fn has_on(&self, permission: Permission, project: &ProjectFacts) -> bool {
        let place = Place::from(permission);
        self.reaches(project)
            && self.scope.as_ref().is_none_or(|scope| scope.has(place))
            && access::decide(&self.access, &self.holding, place, Resource::Project(project), self.now)
    }

    fn reaches(&self, project: &ProjectFacts) -> bool {
        self.only.is_none_or(|only| only == project.id)
    }

    /// Whether the holder has it, and only the token leaves it out.
    pub fn is_out_of_scope(&self, permission: Permission) -> bool {
        let place = Place::from(permission);
        (self.only.is_some() || self.leaves_out(place))
            && access::decide(&self.access, &self.holding, place, Resource::Organization, self.now)
    }

    /// The same of a project. Any but its own is not there for a project's token.
    pub fn is_out_of_scope_on(&self, permission: Permission, project: &ProjectFacts) -> bool {
        let place = Place::from(permission);
        self.reaches(project)
            && self.leaves_out(place)
            && access::decide(&self.access, &self.holding, place, Resource::Project(project), self.now)
    }

    fn leaves_out(&self, place: Place) -> bool {
        self.scope.as_ref().is_some_and(|scope| !scope.has(place))
    }

    /// All of the organization level.
    pub fn permissions(&self) -> PermissionSet {
        self.access.catalogue.set(&self.in_organization)
    }

    pub fn bits(&self) -> &Bits {
        &self.in_organization
    }

    pub fn on(&self, project: &ProjectFacts) -> Bits {
        if !self.reaches(project) {
            return self.access.catalogue.none();
        }
        let held = access::holds(&self.access, &self.holding, Resource::Project(project), self.now);
        narrowed(held, self.scope.as_ref())
    }

    pub fn because(&self, permission: Permission) -> Vec<Source> {
        let place = Place::from(permission);
        access::because(&self.access, &self.holding, place, Resource::Organization, self.now).collect()
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Nobody gives what they do not hold: the names of what a role of the organization would give and the giver lacks,
    /// on every project too where it acts on all of them.
    pub fn lacking(&self, role: &Role) -> Vec<String> {
        let catalogue = &self.access.catalogue;
        let mut missing = catalogue.expand(&role.permissions).without(&self.in_organization);
        let known = self.access.find_role(role.id).map(|place| self.access.role(place));
        if let Some(acting) = known.and_then(|known| known.on_every_project) {
            missing.extend(&self.access.role(acting).bits.without(&self.on_every_project()));
        }
        catalogue.names(&missing).map(str::to_owned).collect()
    }

    /// Whether whoever has the role through one of their groups holds nothing there that this holder lacks.
    pub fn covers(&self, role: RoleId) -> bool {
        let known = self.access.find_role(role).map(|place| self.access.role(place));
        known.is_none_or(|role| {
            let acting = role.on_every_project.map(|acting| &self.access.role(acting).bits);
            role.bits.without(&self.in_organization).is_empty()
                && acting.is_none_or(|bits| bits.without(&self.on_every_project()).is_empty())
        })
    }

    /// The same of plain permissions of the organization.
    pub fn lacking_permissions(&self, wanted: &PermissionSet) -> Vec<String> {
        let missing = self.access.catalogue.expand(wanted).without(&self.in_organization);
        self.access.catalogue.names(&missing).map(str::to_owned).collect()
    }

    /// The same of a project role on a project.
    pub fn lacking_on(&self, role: RolePlace, project: &ProjectFacts) -> Vec<String> {
        let missing = self.access.role(role).bits.without(&self.on(project));
        self.access.catalogue.names(&missing).map(str::to_owned).collect()
    }

    /// The same of plain permissions of projects, for a role that could then be given on any of them.
    pub fn lacking_on_every_project(&self, wanted: &PermissionSet) -> Vec<String> {
        let missing = self.access.catalogue.expand(wanted).without(&self.on_every_project());
        self.access.catalogue.names(&missing).map(str::to_owned).collect()
    }

    /// What the holder has on every project, whichever it is.
    pub fn on_every_project(&self) -> Bits {
        self.on(&self.anywhere(false))
    }

    /// Whether the holder has it on every project, whichever it is.
    pub fn has_on_every_project(&self, permission: Permission) -> bool {
        self.has_on(permission, &self.anywhere(false))
    }

    /// Whether the holder has it on every project that is open to everyone.
    pub fn has_on_open_projects(&self, permission: Permission) -> bool {
        self.has_on(permission, &self.anywhere(true))
    }

    /// [`Self::lacking_on`] of a project that is yet to be.
    pub fn lacking_anywhere(&self, role: RolePlace) -> Vec<String> {
        self.lacking_on(role, &self.anywhere(false))
    }

    /// The project roles that give the permission, as far as what the holder came with reaches.
    pub fn roles_giving(&self, permission: Permission) -> Vec<RoleId> {
        let place = Place::from(permission);
        if self.only.is_some() || self.leaves_out(place) {
            return Vec::new();
        }
        let roles = self.access.roles().map(|(_, role)| role);
        roles
            .filter(|role| role.applies_to == Level::Project && role.bits.has(place))
            .map(|role| role.id)
            .collect()
    }

    /// No project has this id: what reaches it reaches all.
    fn anywhere(&self, open: bool) -> ProjectFacts {
        ProjectFacts {
            id: crate::id::Id::from_uuid(uuid::Uuid::nil()),
            organization: self.access.organization,
            open,
        }
    }
}

fn narrowed(held: Bits, scope: Option<&Bits>) -> Bits {
    match scope {
        Some(scope) => held.within(scope),
        None => held,
    }
}

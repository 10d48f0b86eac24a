//! An organization's roles and groups at one moment, before or after a change, and what a signature holds in it.

use std::collections::HashMap;

use domain::Timestamp;
use domain::access::{
    HeldOnProject, HeldRole, Holding, OnProject, OrganizationAccess, ProjectFacts, Resource, Through, holds,
};
use domain::catalogue::{Bits, Catalogue};
use domain::effect::Subject;
use domain::id::{GroupId, Id, RoleId};
use domain::project::Mapped;
use store::signature::{self, Person, ProjectState, Signature};
use store::{Mode, Scope};

use crate::Result;

pub(crate) struct Model {
    pub access: OrganizationAccess,
    groups: HashMap<GroupId, RoleId>,
    replaced: HashMap<RoleId, RoleId>,
}

impl Model {
    pub async fn read<M: Mode>(scope: &mut Scope<M>) -> Result<Self> {
        Ok(Self {
            access: store::access::of_organization(scope).await?,
            groups: signature::group_roles(scope).await?,
            replaced: HashMap::new(),
        })
    }

    pub fn replacing(self, replaced: HashMap<RoleId, RoleId>) -> Self {
        Self { replaced, ..self }
    }

    pub fn role_of(&self, group: GroupId) -> Option<RoleId> {
        self.groups.get(&group).copied()
    }

    pub fn groups_with(&self, role: RoleId) -> impl Iterator<Item = GroupId> + '_ {
        self.groups
            .iter()
            .filter(move |(_, given)| **given == role)
            .map(|(group, _)| *group)
    }

    /// The holding of whoever has this signature, on this project if one is meant.
    pub fn holding(&self, signature: &Signature, id: Option<Mapped>, project: Option<&ProjectState>) -> Holding {
        let direct = signature
            .role
            .map(|role| (self.replaced.get(&role).copied().unwrap_or(role), Through::Oneself));
        let through = |index: usize| Through::Group(u16::try_from(index).unwrap_or(u16::MAX));
        let by_groups = signature
            .groups
            .iter()
            .enumerate()
            .filter_map(|(index, group)| Some((self.role_of(*group)?, through(index))));
        let roles = direct
            .into_iter()
            .chain(by_groups)
            .filter_map(|(role, through)| {
                let role = self.access.find_role(role)?;
                Some(HeldRole {
                    role,
                    through,
                    until: None,
                })
            })
            .collect();
        let projects = project
            .map(|project| self.on_project(signature, id, project))
            .unwrap_or_default();
        Holding {
            is_member: !matches!(id, Some(Mapped::ServiceAccount(_))),
            ..Holding::new(roles, signature.groups.clone(), projects)
        }
    }

    fn on_project(&self, signature: &Signature, id: Option<Mapped>, project: &ProjectState) -> Vec<HeldOnProject> {
        let mut held = Vec::new();
        for granted in &project.mappings {
            let through = match &granted.subject {
                Mapped::Group(group) => signature
                    .groups
                    .iter()
                    .position(|known| known == group)
                    .map(|index| Through::Group(u16::try_from(index).unwrap_or(u16::MAX))),
                one => (id == Some(*one)).then_some(Through::Oneself),
            };
            if let (Some(through), Some(role)) = (through, self.access.find_role(granted.role)) {
                held.push(HeldOnProject {
                    project: project.facts.id,
                    role,
                    through,
                    by: granted.by,
                    until: granted.until,
                });
            }
        }
        if id == Some(Mapped::Member(project.owner))
            && let Some(role) = self.access.owner_role()
        {
            held.push(HeldOnProject {
                project: project.facts.id,
                role,
                through: Through::Oneself,
                by: OnProject::Ownership,
                until: None,
            });
        }
        held
    }

    /// What whoever has this signature gains and loses in the organization from this model to that.
    pub fn difference(&self, after: &Self, signature: &Signature, now: Timestamp) -> Difference {
        self.difference_on(after, signature, Resource::Organization, now)
    }

    fn difference_on(&self, after: &Self, signature: &Signature, on: Resource<'_>, now: Timestamp) -> Difference {
        let held = |model: &Self| holds(&model.access, &model.holding(signature, None, None), on, now);
        difference(
            (&self.access.catalogue, &held(self)),
            (&after.access.catalogue, &held(after)),
        )
    }

    /// What a role of the organization brings along on projects: on every one of them, and on those open to everyone.
    pub fn differences_on_projects(
        &self,
        after: &Self,
        signature: &Signature,
        now: Timestamp,
    ) -> [(&'static str, Difference); 2] {
        // No project has this id: what reaches it reaches all.
        let nowhere = |open| ProjectFacts {
            id: Id::from_uuid(uuid::Uuid::nil()),
            organization: self.access.organization,
            open,
        };
        let on = |facts: &ProjectFacts| self.difference_on(after, signature, Resource::Project(facts), now);
        let everywhere = on(&nowhere(false));
        let mut open = on(&nowhere(true));
        open.gained.retain(|name| !everywhere.gained.contains(name));
        open.lost.retain(|name| !everywhere.lost.contains(name));
        [("every project", everywhere), ("projects open to everyone", open)]
    }
}

pub(crate) fn subject(person: &Person) -> Subject {
    let (kind, id) = crate::holder::named(person.id);
    Subject {
        kind,
        id,
        name: person.name.clone(),
    }
}

/// Permissions by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    pub gained: Vec<String>,
    pub lost: Vec<String>,
}

impl Difference {
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty()
    }
}

/// By name, for the change may be one of the catalogue itself.
pub(crate) fn difference(before: (&Catalogue, &Bits), after: (&Catalogue, &Bits)) -> Difference {
    let lacking = |(catalogue, bits): (&Catalogue, &Bits), (others, theirs): (&Catalogue, &Bits)| {
        catalogue
            .names(bits)
            .filter(|name| !others.place(name).is_some_and(|place| theirs.has(place)))
            .map(str::to_owned)
            .collect()
    };
    Difference {
        gained: lacking(after, before),
        lost: lacking(before, after),
    }
}

//! The decision: who may do what on what, and through which grants. One walk over the grants serves the check, *why* and
//! *who*: whoever asks looks at the same sources in the same order.
// tidy: long because check, why and who are one walk over one shape

use std::ops::Deref;
use std::sync::Arc;

use crate::Timestamp;
use crate::catalogue::{Bits, Catalogue, Place};
use crate::id::{AccountId, GroupId, MemberId, OrganizationId, ProjectId, RoleId, ServiceAccountId};
use crate::organization::{Organization, OrganizationStatus};
use crate::permission::{Level, Permission};
use crate::role::{ADMIN, GUEST, MEMBER, OWNER, Role};
use crate::security::SecurityPolicy;

/// The project role of whoever owns a project.
pub const PROJECT_OWNER_ROLE: &str = ADMIN;
/// The policy by which the Member role may invite.
pub const MEMBERS_MAY_INVITE: &str = "members_may_invite";

/// A role by its place among the organization's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RolePlace(u16);

/// A role as the check sees it.
#[derive(Clone, Debug)]
pub struct AccessRole {
    /// As it is kept, its permissions without what they carry; shared with the members of a list.
    pub role: Arc<Role>,
    pub bits: Bits,
    /// The project role that comes with it on every project.
    pub on_every_project: Option<RolePlace>,
}

impl Deref for AccessRole {
    type Target = Role;

    fn deref(&self) -> &Role {
        &self.role
    }
}

impl AccessRole {
    fn is(&self, slug: &str) -> bool {
        self.applies_to == Level::Organization && self.slug == slug
    }
}

/// What all checks in one organization share: its catalogue, roles and policies.
#[derive(Clone, Debug)]
pub struct OrganizationAccess {
    pub organization: OrganizationId,
    pub slug: Box<str>,
    /// Disabled by whoever runs the instance: nobody may anything.
    pub disabled: bool,
    pub revision: i64,
    pub catalogue: Catalogue,
    roles: Vec<AccessRole>,
    owner_of_project: Option<RolePlace>,
    everyone: Option<RolePlace>,
    members_may_invite: Option<Bits>,
    /// Asked of whoever enters.
    pub security: SecurityPolicy,
    /// What most members hold, role by role: that role for ever and nothing else.
    plain: Box<[Arc<Holding>]>,
}

impl OrganizationAccess {
    pub fn new(organization: &Organization, catalogue: Catalogue, roles: &[Role]) -> Self {
        let find = |slug: &str| {
            let at = |role: &Role| role.applies_to == Level::Project && role.slug == slug;
            roles
                .iter()
                .position(at)
                .and_then(|place| u16::try_from(place).ok())
                .map(RolePlace)
        };
        let model = &organization.access_model;
        let acting = |slug: &Option<String>| slug.as_deref().and_then(find);
        let access_roles = roles
            .iter()
            .map(|role| AccessRole {
                role: Arc::new(role.clone()),
                bits: catalogue.expand(&role.permissions),
                on_every_project: match (role.applies_to, role.slug.as_str()) {
                    (Level::Organization, OWNER) => acting(&model.owner_project_role),
                    (Level::Organization, ADMIN) => acting(&model.admin_project_role),
                    _ => None,
                },
            })
            .collect();
        let invite = || catalogue.expand(&[Permission::InvitationSend.name()].into_iter().collect());
        Self {
            organization: organization.id,
            slug: organization.slug.as_str().into(),
            disabled: matches!(
                organization.status,
                OrganizationStatus::Disabled | OrganizationStatus::Deleted
            ),
            revision: organization.access_revision,
            roles: access_roles,
            owner_of_project: find(PROJECT_OWNER_ROLE),
            everyone: acting(&model.everyone_role),
            members_may_invite: organization.policies.members_may_invite.then(invite),
            security: organization.policies.security.clone(),
            plain: (0_u16..)
                .zip(roles)
                .map(|(place, _)| Arc::new(Holding::plain(RolePlace(place))))
                .collect(),
            catalogue,
        }
    }

    /// The holding, to be kept: those who hold no more than one role for ever share theirs.
    pub fn shared(&self, holding: Holding) -> Arc<Holding> {
        let plain = match &*holding.roles {
            [only] => self.plain.get(usize::from(only.role.0)),
            _ => None,
        };
        match plain {
            Some(plain) if **plain == holding => Arc::clone(plain),
            _ => Arc::new(holding),
        }
    }

    pub fn role(&self, place: RolePlace) -> &AccessRole {
        &self.roles[usize::from(place.0)]
    }

    pub fn roles(&self) -> impl Iterator<Item = (RolePlace, &AccessRole)> {
        (0_u16..).map(RolePlace).zip(&self.roles)
    }

    pub fn find_role(&self, id: RoleId) -> Option<RolePlace> {
        self.roles().find(|(_, role)| role.id == id).map(|(place, _)| place)
    }

    /// What whoever owns a project has on it.
    pub fn owner_role(&self) -> Option<RolePlace> {
        self.owner_of_project
    }

    /// What everyone but guests has on a project open to everyone.
    pub fn everyone_role(&self) -> Option<RolePlace> {
        self.everyone
    }

    /// What a source gives.
    pub fn bits(&self, source: &Source) -> SourceBits<'_> {
        match source.kind {
            SourceKind::Superuser => SourceBits::All,
            SourceKind::Policy => self
                .members_may_invite
                .as_ref()
                .map_or(SourceBits::None, SourceBits::Some),
            _ => source
                .role
                .map_or(SourceBits::None, |role| SourceBits::Some(&self.role(role).bits)),
        }
    }
}

#[derive(Clone, Copy)]
pub enum SourceBits<'a> {
    All,
    None,
    Some(&'a Bits),
}

impl SourceBits<'_> {
    fn has(self, place: Place) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Some(bits) => bits.has(place),
        }
    }
}

/// Who holds grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    Account(AccountId),
    Member(MemberId),
    ServiceAccount(ServiceAccountId),
}

/// Where a grant comes to somebody: straight, or through a group of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Through {
    Oneself,
    /// By its place among the holder's groups.
    Group(u16),
}

/// An organization's role, held until a time; for ever where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    pub role: RolePlace,
    pub through: Through,
    pub until: Option<Timestamp>,
}

/// A project's role, held on one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldOnProject {
    pub project: ProjectId,
    pub role: RolePlace,
    pub through: Through,
    pub by: OnProject,
    pub until: Option<Timestamp>,
}

/// How somebody comes to a role on one project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnProject {
    Mapping,
    Ownership,
    /// What they may do in the project's repository.
    Repository,
}

/// Everything one principal holds in one organization. Those who are disabled, suspended or deactivated hold nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    pub superuser: bool,
    /// A member, and not a service account: whom *everyone* means.
    pub is_member: bool,
    /// The direct one first, then those of groups.
    pub roles: Box<[HeldRole]>,
    pub groups: Box<[GroupId]>,
    /// By project.
    pub projects: Box<[HeldOnProject]>,
}

impl Holding {
    pub fn new(roles: Vec<HeldRole>, groups: Vec<GroupId>, mut projects: Vec<HeldOnProject>) -> Self {
        projects.sort_by_key(|held| held.project);
        Self {
            superuser: false,
            is_member: false,
            roles: roles.into(),
            groups: groups.into(),
            projects: projects.into(),
        }
    }

    fn plain(role: RolePlace) -> Self {
        let held = HeldRole {
            role,
            through: Through::Oneself,
            until: None,
        };
        Self {
            is_member: true,
            ..Self::new(vec![held], Vec::new(), Vec::new())
        }
    }

    fn on(&self, project: ProjectId) -> &[HeldOnProject] {
        let start = self.projects.partition_point(|held| held.project < project);
        let rest = &self.projects[start..];
        let count = rest.iter().take_while(|held| held.project == project).count();
        &rest[..count]
    }

    fn live_roles(&self, now: Timestamp) -> impl Iterator<Item = &HeldRole> {
        self.roles.iter().filter(move |held| is_live(held.until, now))
    }
}

fn is_live(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_none_or(|until| now < until)
}

/// A project as the check sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProjectFacts {
    pub id: ProjectId,
    pub organization: OrganizationId,
    /// Visible to everyone, and nobody is mapped to it yet.
    pub open: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Resource<'a> {
    Organization,
    Project(&'a ProjectFacts),
}

impl Resource<'_> {
    pub fn level(&self) -> Level {
        match self {
            Self::Organization => Level::Organization,
            Self::Project(_) => Level::Project,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A role of the organization.
    Role,
    /// What a policy adds to a role.
    Policy,
    /// A project role given on this project.
    Mapping,
    /// Owning the project.
    Ownership,
    /// What somebody may do in the project's repository.
    Repository,
    /// A role of the organization that acts on every project.
    EveryProject,
    /// The project is open to everyone.
    Everyone,
    Superuser,
}

/// One grant that reaches the resource now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    pub kind: SourceKind,
    /// The role whose permissions count.
    pub role: Option<RolePlace>,
    /// The role of the organization that it came with, where that is another one.
    pub by: Option<RolePlace>,
    pub through: Through,
    pub until: Option<Timestamp>,
}

impl Source {
    const SUPERUSER: Self = Self {
        kind: SourceKind::Superuser,
        role: None,
        by: None,
        through: Through::Oneself,
        until: None,
    };

    fn of(kind: SourceKind, role: RolePlace, held: &HeldRole) -> Self {
        Self {
            kind,
            role: Some(role),
            by: Some(held.role),
            through: held.through,
            until: held.until,
        }
    }
}

/// The walk: every grant of the holder's that reaches the resource at that time.
pub fn sources<'a>(
    access: &'a OrganizationAccess,
    holding: &'a Holding,
    resource: Resource<'a>,
    now: Timestamp,
) -> impl Iterator<Item = Source> + 'a {
    let (organization, project) = match resource {
        Resource::Organization => (Some(in_organization(access, holding, now)), None),
        Resource::Project(facts) => (None, Some(on_project(access, holding, facts, now))),
    };
    let superuser = holding.superuser.then_some(Source::SUPERUSER);
    organization
        .into_iter()
        .flatten()
        .chain(project.into_iter().flatten())
        .chain(superuser)
}

fn in_organization<'a>(
    access: &'a OrganizationAccess,
    holding: &'a Holding,
    now: Timestamp,
) -> impl Iterator<Item = Source> + 'a {
    let roles = holding
        .live_roles(now)
        .map(|held| Source::of(SourceKind::Role, held.role, held));
    let policies = holding
        .live_roles(now)
        .filter(|held| access.members_may_invite.is_some() && access.role(held.role).is(MEMBER))
        .map(|held| Source::of(SourceKind::Policy, held.role, held));
    roles.chain(policies)
}

fn on_project<'a>(
    access: &'a OrganizationAccess,
    holding: &'a Holding,
    facts: &'a ProjectFacts,
    now: Timestamp,
) -> impl Iterator<Item = Source> + 'a {
    let mapped = holding
        .on(facts.id)
        .iter()
        .filter(move |held| is_live(held.until, now))
        .map(|held| Source {
            kind: match held.by {
                OnProject::Mapping => SourceKind::Mapping,
                OnProject::Ownership => SourceKind::Ownership,
                OnProject::Repository => SourceKind::Repository,
            },
            role: Some(held.role),
            by: None,
            through: held.through,
            until: held.until,
        });
    let everywhere = holding.live_roles(now).filter_map(|held| {
        let role = access.role(held.role).on_every_project?;
        Some(Source::of(SourceKind::EveryProject, role, held))
    });
    // Everyone but guests: whoever holds any other role of the organization.
    let everyone = access
        .everyone
        .filter(|_| facts.open && holding.is_member)
        .into_iter()
        .flat_map(move |role| {
            holding
                .live_roles(now)
                .filter(|held| !access.role(held.role).is(GUEST))
                .map(move |held| Source::of(SourceKind::Everyone, role, held))
        });
    mapped.chain(everywhere).chain(everyone)
}

/// The check.
pub fn decide(
    access: &OrganizationAccess,
    holding: &Holding,
    permission: Place,
    resource: Resource<'_>,
    now: Timestamp,
) -> bool {
    because(access, holding, permission, resource, now).next().is_some()
}

/// *Why*: the grants that give the permission; none where it is denied.
pub fn because<'a>(
    access: &'a OrganizationAccess,
    holding: &'a Holding,
    permission: Place,
    resource: Resource<'a>,
    now: Timestamp,
) -> impl Iterator<Item = Source> + 'a {
    // A permission of projects is not held on an organization, nor the other way round.
    let fits = access.catalogue.at(permission).applies_to == resource.level();
    fits.then(|| sources(access, holding, resource, now))
        .into_iter()
        .flatten()
        .filter(move |source| access.bits(source).has(permission))
}

/// Everything the holder may on the resource.
pub fn holds(access: &OrganizationAccess, holding: &Holding, resource: Resource<'_>, now: Timestamp) -> Bits {
    let level = resource.level();
    let mut bits = access.catalogue.none();
    for source in sources(access, holding, resource, now) {
        match access.bits(&source) {
            SourceBits::Some(more) => bits.extend(more),
            SourceBits::None => {}
            SourceBits::All => {
                let all = access.catalogue.iter().filter(|(_, known)| known.applies_to == level);
                all.for_each(|(place, _)| bits.insert(place));
            }
        }
    }
    bits
}

#[cfg(test)]
mod tests;

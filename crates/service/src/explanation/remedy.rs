//! The smallest changes that would turn a no into a yes, and which of them whoever asks could make.

use domain::Timestamp;
use domain::access::{AccessRole, RolePlace, holds};
use domain::catalogue::{Bits, Place};
use domain::explanation::{Remedy, RemedyKind};
use domain::member::{Act, Member, MemberStatus, Standing};
use domain::permission::{Level, OrganizationView, Permission};
use domain::role::{MEMBER, OWNER};
use store::Reading;
use store::granted::NamedGroup;

use super::Known;
use crate::Authorized;

/// Of each kind, so many at most.
const OF_A_KIND: usize = 3;

type Seen = Authorized<OrganizationView, Reading>;

pub fn would_take(seen: &Seen, known: &Known, permission: Place, now: Timestamp) -> Vec<Remedy> {
    let mut remedies: Vec<Remedy> = standing(seen, known).into_iter().collect();
    remedies.extend(extensions(seen, known, permission, now));
    let mut changes = Vec::new();
    match &known.project {
        None => changes.extend(smallest(roles(seen, known, permission, now))),
        Some(_) => changes.extend(smallest(project_roles(seen, known, permission, now))),
    }
    changes.extend(smallest(groups(seen, known, permission, now)));
    changes.sort_by_key(|remedy| remedy.besides);
    remedies.extend(policy(seen, known, permission));
    remedies.extend(changes);
    remedies
}

fn smallest(mut remedies: Vec<Remedy>) -> Vec<Remedy> {
    remedies.sort_by_key(|remedy| (!remedy.possible, remedy.besides));
    remedies.truncate(OF_A_KIND);
    remedies
}

fn manages(seen: &Seen, member: &Member, act: Act) -> bool {
    seen.actor().grants.has(Permission::MemberManage) && member.may_be_subject_to(act, seen.actor()).is_ok()
}

/// Whoever is disabled, suspended or has not agreed holds nothing until that changes.
fn standing(seen: &Seen, known: &Known) -> Option<Remedy> {
    let member = known.member.as_ref()?;
    let name = &member.account.name;
    let (kind, detail, possible) = match member.status() {
        MemberStatus::Active => return None,
        MemberStatus::Suspended => (
            RemedyKind::LiftSuspension,
            format!("Lift the suspension of {name}"),
            manages(seen, member, Act::LiftSuspension),
        ),
        MemberStatus::Disabled => (
            RemedyKind::Enable,
            format!("Enable the access of {name} again"),
            matches!(member.standing, Standing::Disabled(_)) && manages(seen, member, Act::Enable),
        ),
        MemberStatus::AwaitingConsent => (RemedyKind::Consent, format!("{name} has yet to agree to join"), false),
    };
    Some(Remedy {
        kind,
        id: member.id.to_string(),
        name: name.clone(),
        detail,
        besides: 0,
        possible,
    })
}

/// Grants that would do, had they not ended.
fn extensions(seen: &Seen, known: &Known, permission: Place, now: Timestamp) -> Vec<Remedy> {
    let Some(member) = &known.member else { return Vec::new() };
    let gives = |role| {
        known
            .access
            .find_role(role)
            .is_some_and(|place| known.access.role(place).bits.has(permission))
    };
    let mut ended = Vec::new();
    if member.role_until.is_some_and(|until| until <= now) && gives(member.role.id) {
        ended.push(Remedy {
            kind: RemedyKind::Extend,
            id: member.role.id.to_string(),
            name: member.role.name.clone(),
            detail: format!("Extend the role {}, which has ended", member.role.name),
            besides: 0,
            possible: manages(seen, member, Act::ChangeRole) && seen.actor().grants.covers(member.role.id),
        });
    }
    let places = member
        .groups
        .iter()
        .filter(|place| !place.is_live(now) && gives(place.role));
    ended.extend(places.map(|place| Remedy {
        kind: RemedyKind::Extend,
        id: place.group.to_string(),
        name: place.name.clone(),
        detail: format!("Extend the place in the group {}, which has ended", place.name),
        besides: 0,
        possible: seen.actor().grants.has(Permission::GroupManage) && seen.actor().grants.covers(place.role),
    }));
    ended
}

fn held(known: &Known, now: Timestamp) -> Bits {
    holds(&known.access, &known.holding, known.resource(), now)
}

fn giving<'a>(
    known: &'a Known,
    level: Level,
    permission: Place,
) -> impl Iterator<Item = (RolePlace, &'a AccessRole)> + 'a {
    known
        .access
        .roles()
        .filter(move |(_, role)| role.applies_to == level && role.bits.has(permission))
}

/// Another role in place of the one the person has.
fn roles(seen: &Seen, known: &Known, permission: Place, now: Timestamp) -> Vec<Remedy> {
    let Some(member) = &known.member else { return Vec::new() };
    let (held, own) = (held(known, now), known.access.find_role(member.role.id));
    let may = manages(seen, member, Act::ChangeRole);
    giving(known, Level::Organization, permission)
        .filter(|(place, role)| role.slug != OWNER && Some(*place) != own)
        .map(|(_, role)| Remedy {
            kind: RemedyKind::Role,
            id: role.id.to_string(),
            name: role.name.clone(),
            detail: format!("Change the role of {} to {}", member.account.name, role.name),
            besides: role.bits.without(&held).len() - 1 + held.without(&role.bits).len(),
            possible: may && seen.actor().grants.covers(role.id),
        })
        .collect()
}

/// A role on the project, besides what the person has there.
fn project_roles(seen: &Seen, known: &Known, permission: Place, now: Timestamp) -> Vec<Remedy> {
    let Some((project, facts)) = &known.project else {
        return Vec::new();
    };
    let (held, grants) = (held(known, now), &seen.actor().grants);
    let manages = grants.has_on(Permission::ProjectAccessManage, facts);
    giving(known, Level::Project, permission)
        .map(|(place, role)| Remedy {
            kind: RemedyKind::ProjectAccess,
            id: role.id.to_string(),
            name: role.name.clone(),
            detail: format!("Give {} the role {} on {}", known.subject.name, role.name, project.name),
            besides: role.bits.without(&held).len().saturating_sub(1),
            possible: manages && grants.lacking_on(place, facts).is_empty(),
        })
        .collect()
}

/// A group whose role, or whose role on the project, gives it.
fn groups(seen: &Seen, known: &Known, permission: Place, now: Timestamp) -> Vec<Remedy> {
    let (held, grants) = (held(known, now), &seen.actor().grants);
    let manages = grants.has(Permission::GroupManage);
    let gives = |group: &NamedGroup| {
        let role = match &known.project {
            None => group.role,
            Some(_) => known.mappings.get(&domain::project::Mapped::Group(group.id))?.role,
        };
        let role = known.access.role(known.access.find_role(role)?);
        role.bits.has(permission).then_some(role)
    };
    known
        .groups
        .iter()
        .filter(|group| !known.holding.groups.contains(&group.id))
        .filter_map(|group| Some((group, gives(group)?)))
        .map(|(group, role)| Remedy {
            kind: RemedyKind::Group,
            id: group.id.to_string(),
            name: group.name.clone(),
            detail: format!("Add {} to the group {}", known.subject.name, group.name),
            besides: role.bits.without(&held).len().saturating_sub(1),
            possible: manages && grants.covers(group.role),
        })
        .collect()
}

fn policy(seen: &Seen, known: &Known, permission: Place) -> Option<Remedy> {
    let member = known.member.as_ref()?;
    let grants = &seen.actor().grants;
    let fits = permission == Place::from(Permission::InvitationSend) && member.role.slug == MEMBER;
    fits.then(|| Remedy {
        kind: RemedyKind::Policy,
        id: domain::access::MEMBERS_MAY_INVITE.to_owned(),
        name: "members may invite".to_owned(),
        detail: "Let everyone with the Member role invite people".to_owned(),
        besides: 0,
        possible: grants.has(Permission::OrganizationManage) && grants.has(Permission::InvitationSend),
    })
}

//! The smallest changes that would turn a no into a yes, and which of them whoever asks could make.

use domain::Timestamp;
use domain::access::{AccessRole, RolePlace, holds};
use domain::catalogue::{Bits, Place};
use domain::explanation::{Remedy, RemedyKind};
use domain::id::{GroupId, RoleId};
use domain::member::{Act, Member, MemberStatus, Standing};
use domain::permission::{Level, OrganizationView, Permission};
use domain::role::{MEMBER, OWNER};
use store::Reading;
use store::granted::NamedGroup;

use super::Known;
use crate::{Authorized, Result};

/// Of each kind, so many at most.
const OF_A_KIND: usize = 3;
/// Of so many groups it is asked what they give on projects.
const WEIGHED: usize = 20;

type Seen = Authorized<OrganizationView, Reading>;

/// # Errors
/// The database does not answer.
pub async fn would_take(seen: &mut Seen, known: &Known, permission: Place, now: Timestamp) -> Result<Vec<Remedy>> {
    let mut remedies: Vec<Remedy> = standing(seen, known).into_iter().collect();
    remedies.extend(extension_of_role(seen, known, permission, now));
    remedies.extend(extensions_in_groups(seen, known, permission, now).await?);
    let joining = fillable(seen, groups(seen, known, permission, now)).await?;
    let mut changes = Vec::new();
    match &known.project {
        None => changes.extend(smallest(roles(seen, known, permission, now))),
        Some(_) => changes.extend(smallest(project_roles(seen, known, permission, now))),
    }
    changes.extend(smallest(joining));
    changes.sort_by_key(|remedy| remedy.besides);
    remedies.extend(policy(seen, known, permission));
    remedies.extend(changes);
    Ok(remedies)
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

fn gives(known: &Known, role: RoleId, permission: Place) -> bool {
    let place = known.access.find_role(role);
    place.is_some_and(|place| known.access.role(place).bits.has(permission))
}

/// A role that would do, had it not ended.
fn extension_of_role(seen: &Seen, known: &Known, permission: Place, now: Timestamp) -> Option<Remedy> {
    let member = known.member.as_ref()?;
    let ended = member.role_until.is_some_and(|until| until <= now) && gives(known, member.role.id, permission);
    ended.then(|| Remedy {
        kind: RemedyKind::Extend,
        id: member.role.id.to_string(),
        name: member.role.name.clone(),
        detail: format!("Extend the role {}, which has ended", member.role.name),
        besides: 0,
        possible: manages(seen, member, Act::ChangeRole) && seen.actor().grants.covers(member.role.id),
    })
}

/// Places in groups that would do, had they not ended.
async fn extensions_in_groups(
    seen: &mut Seen,
    known: &Known,
    permission: Place,
    now: Timestamp,
) -> Result<Vec<Remedy>> {
    let mut ended = Vec::new();
    for place in known.member.iter().flat_map(|member| &member.groups) {
        if place.is_live(now) || !gives(known, place.role, permission) {
            continue;
        }
        ended.push(Remedy {
            kind: RemedyKind::Extend,
            id: place.group.to_string(),
            name: place.name.clone(),
            detail: format!("Extend the place in the group {}, which has ended", place.name),
            besides: 0,
            possible: may_fill(seen, place.group, place.role).await?,
        });
    }
    Ok(ended)
}

/// Whether the caller may put somebody into the group: they hold what it gives, on every one of its projects too.
async fn may_fill(seen: &mut Seen, group: GroupId, role: RoleId) -> Result<bool> {
    let grants = &seen.actor().grants;
    if !grants.has(Permission::GroupManage) || !grants.covers(role) {
        return Ok(false);
    }
    Ok(crate::group::lacking_on_projects(seen, group).await?.is_none())
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

/// A group whose role, or whose role on the project, gives it; with its own role.
fn groups(seen: &Seen, known: &Known, permission: Place, now: Timestamp) -> Vec<(GroupId, RoleId, Remedy)> {
    let held = held(known, now);
    let manages = seen.actor().grants.has(Permission::GroupManage);
    let gives = |group: &NamedGroup| {
        let role = match &known.project {
            None => group.role,
            Some(_) => {
                known
                    .mappings
                    .get(&(domain::project::Mapped::Group(group.id), false))?
                    .role
            }
        };
        let role = known.access.role(known.access.find_role(role)?);
        role.bits.has(permission).then_some(role)
    };
    let joined = |group: &NamedGroup, besides| Remedy {
        kind: RemedyKind::Group,
        id: group.id.to_string(),
        name: group.name.clone(),
        detail: format!("Add {} to the group {}", known.subject.name, group.name),
        besides,
        possible: manages && seen.actor().grants.covers(group.role),
    };
    let others = known
        .groups
        .iter()
        .filter(|group| !known.holding.groups.contains(&group.id));
    let mut found: Vec<_> = others
        .filter_map(|group| Some((group, gives(group)?)))
        .map(|(group, role)| {
            let besides = role.bits.without(&held).len().saturating_sub(1);
            (group.id, group.role, joined(group, besides))
        })
        .collect();
    found.sort_by_key(|(.., remedy)| (!remedy.possible, remedy.besides));
    found
}

/// Says of the smallest which of them the caller could really make, until there are enough that are.
async fn fillable(seen: &mut Seen, groups: Vec<(GroupId, RoleId, Remedy)>) -> Result<Vec<Remedy>> {
    let (mut asked, mut enough) = (Vec::new(), 0);
    for (group, role, mut remedy) in groups.into_iter().take(WEIGHED) {
        if enough == OF_A_KIND {
            break;
        }
        remedy.possible = remedy.possible && may_fill(seen, group, role).await?;
        enough += usize::from(remedy.possible);
        asked.push(remedy);
    }
    Ok(asked)
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

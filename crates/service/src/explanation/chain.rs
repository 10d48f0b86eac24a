//! From a source that the walk met to the chain of those who made it.

use domain::Timestamp;
use domain::access::{Source, SourceKind, Through, because as sources};
use domain::catalogue::Place;
use domain::explanation::{Chain, Link};
use domain::project::Mapped;
use store::granted::NamedGroup;

use super::Known;

/// One chain for each grant that gives the permission, from the person to it.
pub fn because(known: &Known, permission: Place, now: Timestamp) -> Vec<Chain> {
    sources(&known.access, &known.holding, permission, known.resource(), now)
        .map(|source| chain(known, &source, permission))
        .collect()
}

fn chain(known: &Known, source: &Source, permission: Place) -> Chain {
    let mut chain = vec![known.subject.clone()];
    let through = group(known, source.through);
    if let Some(group) = through {
        chain.push(belonging(known, group));
    }
    match source.kind {
        SourceKind::Superuser => chain.push(Link::new("superuser", "", "superuser of the instance")),
        SourceKind::Role => chain.extend(by_role(known, source, through)),
        SourceKind::Policy => {
            chain.extend(by_role(known, source, through));
            chain.push(Link::new("policy", "members_may_invite", "members may invite"));
        }
        SourceKind::EveryProject => {
            chain.extend(by_role(known, source, through));
            chain.extend(project_role(known, source));
        }
        SourceKind::Everyone => {
            chain.extend(by_role(known, source, through));
            chain.extend(on_project(known, "everyone"));
            chain.extend(project_role(known, source));
        }
        SourceKind::Ownership => {
            let owner = known.project.as_ref().map(|(project, _)| &project.owner.granted);
            chain.extend(on_project(known, "ownership").map(|link| link.granted(owner)));
            chain.extend(project_role(known, source));
        }
        SourceKind::Mapping => {
            chain.extend(given(known, through, ("project", false)));
            chain.extend(project_role(known, source));
        }
        SourceKind::Repository => {
            chain.extend(given(known, through, ("repository", true)));
            chain.extend(project_role(known, source));
        }
    }
    chain.extend(carrier(known, source, permission));
    let name = &known.access.catalogue.at(permission).name;
    chain.push(Link::new("permission", name, name));
    chain
}

/// The project as what gives the role there, with who made that so.
fn given(known: &Known, through: Option<&NamedGroup>, (kind, by_repository): (&'static str, bool)) -> Option<Link> {
    let mapping = mapped(known, through).and_then(|subject| known.mappings.get(&(subject, by_repository)));
    on_project(known, kind).map(|link| {
        link.granted(mapping.map(|mapping| &mapping.granted))
            .until(mapping.and_then(|mapping| mapping.until))
    })
}

pub fn group(known: &Known, through: Through) -> Option<&NamedGroup> {
    let Through::Group(index) = through else { return None };
    let id = known.holding.groups.get(usize::from(index))?;
    known.groups.iter().find(|group| group.id == *id)
}

/// The place in the group, and who put the person there.
fn belonging(known: &Known, group: &NamedGroup) -> Link {
    let link = Link::new("group", group.id, &group.name);
    let place = known
        .member
        .as_ref()
        .and_then(|member| member.groups.iter().find(|place| place.group == group.id));
    match place {
        Some(place) => link.granted(Some(&place.granted)).until(place.until),
        None => link,
    }
}

/// The organization's role that counts, given to the person or to the group.
fn by_role(known: &Known, source: &Source, through: Option<&NamedGroup>) -> Option<Link> {
    let role = known.access.role(source.by?);
    let link = Link::new("role", role.id, &role.name);
    Some(match (through, &known.member) {
        (Some(group), _) => link.granted(Some(&group.granted)),
        (None, Some(member)) => link.granted(member.role_granted.as_ref()).until(source.until),
        (None, None) => link.granted(known.service_account_granted.as_ref()).until(source.until),
    })
}

fn project_role(known: &Known, source: &Source) -> Option<Link> {
    let role = known.access.role(source.role?);
    Some(Link::new("role", role.id, &role.name))
}

fn on_project(known: &Known, kind: &'static str) -> Option<Link> {
    let (project, _) = known.project.as_ref()?;
    Some(Link::new(kind, project.id, &project.name))
}

fn mapped(known: &Known, through: Option<&NamedGroup>) -> Option<Mapped> {
    match (through, &known.member) {
        (Some(group), _) => Some(Mapped::Group(group.id)),
        (None, Some(member)) => Some(Mapped::Member(member.id)),
        (None, None) => known.subject.id.parse().ok().map(Mapped::ServiceAccount),
    }
}

/// The declared permission that brings one of Roster's own along, where the role does not name that itself.
fn carrier(known: &Known, source: &Source, permission: Place) -> Option<Link> {
    let role = known.access.role(source.role?);
    let name = &known.access.catalogue.at(permission).name;
    if source.kind == SourceKind::Policy || role.permissions.iter().any(|listed| listed == name) {
        return None;
    }
    let carrying = known
        .access
        .catalogue
        .iter()
        .find(|(place, declared)| role.bits.has(*place) && declared.carries.contains(name));
    carrying.map(|(_, declared)| Link::new("permission", &declared.name, &declared.name))
}

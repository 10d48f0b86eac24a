//! Groups: seen, made, changed and deleted. A group gives its role and its places on projects to whoever is in it, so
//! whoever strengthens one, or puts somebody into it, holds all of that themselves.

pub mod invited;
pub mod making;
pub mod membership;

use domain::Refusal;
use domain::access::Principal;
use domain::audit::Target;
use domain::effect::Subject;
use domain::group::{Group, GroupMember};
use domain::id::GroupId;
use domain::permission::{GroupView, Needs};
use serde_json::json;
use store::people::Place;
use store::{Mode, Reading};

use crate::{Authorized, Result};

pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<Place>,
}

pub fn etag(group: &Group) -> String {
    format!("\"{}\"", group.revision)
}

/// By name.
///
/// # Errors
/// The database does not answer.
pub async fn list<P: Needs>(
    seen: &mut Authorized<P, Reading>,
    needle: Option<&str>,
    after: Option<Place>,
    limit: usize,
) -> Result<Page<Group>> {
    let needle = needle.map(str::trim).filter(|needle| !needle.is_empty());
    let now = seen.now();
    let found = store::group::list(seen.scope(), needle, after, now, one_more(limit)).await?;
    Ok(page(found, limit))
}

/// # Errors
/// There is no such group.
pub async fn get(seen: &mut Authorized<GroupView, Reading>, reference: &str) -> Result<Group> {
    let now = seen.now();
    Ok(store::group::get(seen.scope(), reference, now).await?)
}

/// Who is in it, by name; those whose time is over too.
///
/// # Errors
/// There is no such group.
pub async fn members(
    seen: &mut Authorized<GroupView, Reading>,
    reference: &str,
    needle: Option<&str>,
    after: Option<Place>,
    limit: usize,
) -> Result<Page<GroupMember>> {
    let needle = needle.map(str::trim).filter(|needle| !needle.is_empty());
    let now = seen.now();
    let group = store::group::get(seen.scope(), reference, now).await?;
    let found = store::group::members(seen.scope(), group.id, needle, after, one_more(limit)).await?;
    Ok(page(found, limit))
}

/// # Errors
/// They are not in the group.
pub async fn member(seen: &mut Authorized<GroupView, Reading>, group: &Group, member: &str) -> Result<GroupMember> {
    let missing = Refusal::NotFound { what: "group member" };
    let Some(principal) = principal(member) else {
        return Err(missing.into());
    };
    let found = store::group::member(seen.scope(), group.id, principal).await?;
    Ok(found.ok_or(missing)?)
}

fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
}

fn page<T>(mut found: Vec<(Place, T)>, limit: usize) -> Page<T> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(place, _)| place.clone());
    Page {
        items: found.into_iter().map(|(_, item)| item).collect(),
        next,
    }
}

/// # Errors
/// The group gives what the caller lacks: by its role, or on a project.
pub async fn gives_what_the_caller_holds<P: Needs, M: Mode>(
    authorized: &mut Authorized<P, M>,
    group: &Group,
) -> Result<()> {
    group.role.can_be_granted_by(&authorized.actor().grants)?;
    match lacking_on_projects(authorized, group.id).await? {
        None => Ok(()),
        Some((role, missing)) => Err(Refusal::CannotGrant {
            role: format!("{role}, which {} has on a project", group.name),
            missing,
        }
        .into()),
    }
}

/// A role that the group has on a project, and what the caller lacks of it there.
pub(crate) async fn lacking_on_projects<P: Needs, M: Mode>(
    authorized: &mut Authorized<P, M>,
    group: GroupId,
) -> Result<Option<(String, Vec<String>)>> {
    for (project, role) in store::group::project_roles(authorized.scope(), group).await? {
        let facts = store::access::of_project(authorized.scope(), project).await?;
        let grants = &authorized.actor().grants;
        let place = grants.access.find_role(role);
        if let (Some(facts), Some(place)) = (facts, place) {
            let missing = grants.lacking_on(place, &facts);
            if !missing.is_empty() {
                return Ok(Some((grants.access.role(place).name.clone(), missing)));
            }
        }
    }
    Ok(None)
}

pub(crate) fn exist<P: Needs, M: Mode>(authorized: &Authorized<P, M>) -> Result<()> {
    if authorized.organization().access_model.groups {
        return Ok(());
    }
    Err(Refusal::NotInThisOrganization { what: "groups" }.into())
}

pub(crate) fn target(group: &Group) -> Target {
    Target::new("group", group.id, &group.name)
}

pub(crate) fn subject(group: &Group) -> Subject {
    Subject {
        kind: "group",
        id: group.id.to_string(),
        name: group.name.clone(),
    }
}

/// What the audit log keeps of a group before and after.
pub(crate) fn state(group: &Group) -> serde_json::Value {
    json!({
        "name": group.name,
        "slug": group.slug,
        "description": group.description,
        "role": group.role.slug,
        "parent": group.parent.as_ref().map(|parent| &parent.slug),
    })
}

/// The principal of an id in a path or a body: a member's or a service account's.
pub fn principal(text: &str) -> Option<Principal> {
    let member = text.parse().map(Principal::Member);
    member.or_else(|_| text.parse().map(Principal::ServiceAccount)).ok()
}

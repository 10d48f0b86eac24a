//! *Who*: everyone who may do something, and through which grants. The same walk, over candidates that could have it.

use domain::Refusal;
use domain::access::{AccessRole, OrganizationAccess, Source, SourceKind, Through, because};
use domain::catalogue::Place;
use domain::id::{GroupId, Id, RoleId};
use domain::permission::{AccessEvaluate, Level, Permission};
use domain::project::Mapped;
use domain::role::{GUEST, MEMBER};
pub use store::people::Place as PlaceInList;
use store::signature::{self, Person, ProjectState};
use store::{Reading, Scope};

use crate::model::Model;
use crate::{Authorized, Result};

/// Somebody who may, and by what.
pub struct Holder {
    pub person: Person,
    pub ways: Vec<HeldBy>,
}

/// One grant in words.
pub struct HeldBy {
    pub kind: SourceKind,
    /// The role of the organization or, on a project, of the project.
    pub role: String,
    pub group: Option<GroupId>,
}

pub struct Page {
    pub holders: Vec<Holder>,
    pub next: Option<PlaceInList>,
    /// Names of the groups that appear.
    pub groups: std::collections::HashMap<GroupId, String>,
}

/// Service accounts in the order in which they were made, then members by name. Superusers hold everything everywhere and
/// are not listed.
///
/// # Errors
/// There is no such permission or project here.
pub async fn list(
    seen: &mut Authorized<AccessEvaluate, Reading>,
    permission: &str,
    project: Option<&str>,
    after: Option<PlaceInList>,
    limit: usize,
) -> Result<Page> {
    let now = seen.now();
    let model = Model::read(seen.scope()).await?;
    let state = match project {
        Some(reference) => {
            let project = store::project::get(seen.scope(), reference).await?;
            let state = signature::project(seen.scope(), project.id).await?;
            Some(state.ok_or(Refusal::NotFound { what: "project" })?)
        }
        None => None,
    };
    let place = crate::explanation::permission(&model.access, permission, state.is_some())?;
    let roles = roles_of_candidates(&model.access, place, state.as_ref());
    let mut from = after.unwrap_or(BEGINNING);
    let mut holders = Vec::new();
    if from.name_key.is_empty() {
        for (at, person) in service_accounts(seen.scope(), &from, now).await? {
            from = at;
            holders.extend(holder(&model, person, place, state.as_ref(), now));
            if holders.len() >= limit {
                return page(seen, holders, Some(from)).await;
            }
        }
        from = BEGINNING;
    }
    let batch = i64::try_from(limit).unwrap_or(200) + 1;
    let project = state.as_ref().map(|state| state.facts.id);
    let next = loop {
        let found = signature::candidates(seen.scope(), &roles, project, &from, now, batch).await?;
        let more = found.len() > limit;
        for (at, person) in found.into_iter().take(limit) {
            from = at;
            holders.extend(holder(&model, person, place, state.as_ref(), now));
            if holders.len() >= limit {
                break;
            }
        }
        if !more && holders.len() < limit {
            break None;
        }
        if holders.len() >= limit {
            break Some(from);
        }
    };
    page(seen, holders, next).await
}

/// Nobody's name is empty: what has none is a place among the service accounts.
const BEGINNING: PlaceInList = PlaceInList {
    name_key: String::new(),
    id: uuid::Uuid::nil(),
};

async fn service_accounts(
    scope: &mut Scope<Reading>,
    after: &PlaceInList,
    now: domain::Timestamp,
) -> Result<Vec<(PlaceInList, Person)>> {
    let found = signature::service_accounts(scope, now).await?;
    let mut placed: Vec<_> = found
        .into_iter()
        .filter_map(|person| match person.id {
            Mapped::ServiceAccount(id) => Some((
                PlaceInList {
                    id: id.uuid(),
                    ..BEGINNING
                },
                person,
            )),
            Mapped::Member(_) | Mapped::Group(_) => None,
        })
        .filter(|(place, _)| place.id > after.id)
        .collect();
    placed.sort_by_key(|(place, _)| place.id);
    Ok(placed)
}

async fn page(
    seen: &mut Authorized<AccessEvaluate, Reading>,
    holders: Vec<Holder>,
    next: Option<PlaceInList>,
) -> Result<Page> {
    let named = store::granted::groups(seen.scope()).await?;
    Ok(Page {
        holders,
        next,
        groups: named.into_iter().map(|group| (group.id, group.name)).collect(),
    })
}

/// Roles of the organization by which somebody could have it.
fn roles_of_candidates(access: &OrganizationAccess, place: Place, project: Option<&ProjectState>) -> Vec<RoleId> {
    let gives = |role: &AccessRole| match project {
        None => role.bits.has(place) || (place == Place::from(Permission::InvitationSend) && role.slug == MEMBER),
        Some(state) => {
            let everywhere = role
                .on_every_project
                .is_some_and(|acting| access.role(acting).bits.has(place));
            let everyone = access
                .everyone_role()
                .is_some_and(|acting| access.role(acting).bits.has(place));
            everywhere || (state.facts.open && everyone && role.slug != GUEST)
        }
    };
    access
        .roles()
        .filter(|(_, role)| role.applies_to == Level::Organization && gives(role))
        .map(|(_, role)| role.id)
        .collect()
}

fn holder(
    model: &Model,
    person: Person,
    place: Place,
    state: Option<&ProjectState>,
    now: domain::Timestamp,
) -> Option<Holder> {
    let holding = model.holding(&person.signature, Some(person.id), state);
    let resource = match state {
        Some(state) => domain::access::Resource::Project(&state.facts),
        None => domain::access::Resource::Organization,
    };
    let ways: Vec<HeldBy> = because(&model.access, &holding, place, resource, now)
        .map(|source| way(&model.access, &holding.groups, &source))
        .collect();
    (!ways.is_empty()).then_some(Holder { person, ways })
}

fn way(access: &OrganizationAccess, groups: &[GroupId], source: &Source) -> HeldBy {
    let role = source.role.or(source.by);
    HeldBy {
        kind: source.kind,
        role: role.map(|role| access.role(role).name.clone()).unwrap_or_default(),
        group: match source.through {
            Through::Group(index) => groups.get(usize::from(index)).copied(),
            Through::Oneself => None,
        },
    }
}

/// The kind and id of whoever holds something, as the API names them.
pub fn named(id: Mapped) -> (&'static str, String) {
    match id {
        Mapped::Member(id) => ("member", id.to_string()),
        Mapped::ServiceAccount(id) => ("service_account", id.to_string()),
        Mapped::Group(id) => ("group", id.to_string()),
    }
}

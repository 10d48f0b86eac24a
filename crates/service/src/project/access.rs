//! Who is mapped to a project: members, groups and service accounts, each with one project role, for good or until a time.

use domain::access::{ProjectFacts, RolePlace};
use domain::actor::Actor;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind, Subject};
use domain::member::Act;
use domain::permission::{Level, Needs, ProjectAccessManage, ProjectAccessView};
use domain::project::{Mapped, Mapping, Project};
use domain::role::Role;
use domain::{Refusal, Timestamp};
use serde_json::{Value, json};
pub use store::project_access::Place;
use store::{Mode, Reading};

use crate::authorization::Outcome;
use crate::error::Check;
use crate::project::repository::Followed;
use crate::project::{gives, target};
use crate::{Authorized, Error, FieldError, Result};

/// Who reaches a project.
pub struct Access {
    pub project: Project,
    /// What everyone but guests has on it, as long as nobody is mapped.
    pub everyone: Option<Role>,
    pub mappings: Vec<Mapping>,
    pub next: Option<Place>,
    pub followed: Option<Followed>,
}

/// # Errors
/// The database does not answer.
pub async fn list(
    seen: &mut Authorized<ProjectAccessView, Reading>,
    needle: Option<&str>,
    after: Option<Place>,
    limit: usize,
) -> Result<Access> {
    let (project, facts) = (seen.project()?.clone(), seen.facts()?);
    let everyone = if facts.open { everyone_role(seen).await? } else { None };
    let (mappings, next) = store::project_access::list(seen.scope(), project.id, needle, after, limit).await?;
    let followed = super::repository::followed(seen, &project).await?;
    Ok(Access {
        project,
        everyone,
        mappings,
        next,
        followed,
    })
}

/// One mapping of the project that was opened.
///
/// # Errors
/// The subject is not mapped to it.
pub async fn find(seen: &mut Authorized<ProjectAccessManage, Reading>, subject: &str) -> Result<Mapping> {
    let project = seen.project()?.id;
    let (subject, _) = store::project_access::subject(seen.scope(), subject).await?;
    let found = store::project_access::find(seen.scope(), project, subject).await?;
    Ok(found.ok_or(Refusal::NotFound { what: "access" })?)
}

/// What everyone but guests has on projects that are open to everyone.
///
/// # Errors
/// The database does not answer.
pub async fn everyone_role<P: Needs, M: Mode>(seen: &mut Authorized<P, M>) -> Result<Option<Role>> {
    let access = &seen.actor().grants.access;
    let Some(id) = access.everyone_role().map(|place| access.role(place).id) else {
        return Ok(None);
    };
    Ok(Some(
        store::role::get_at(seen.scope(), Level::Project, &id.to_string()).await?,
    ))
}

/// The project roles that the caller could give on the project that was opened.
///
/// # Errors
/// The database does not answer.
pub async fn assignable<P: Needs, M: Mode>(seen: &mut Authorized<P, M>) -> Result<Vec<Role>> {
    let facts = seen.facts()?;
    let roles = store::role::list(seen.scope()).await?;
    let grants = &seen.actor().grants;
    let may_give = |role: &Role| {
        let place = grants.access.find_role(role.id);
        place.is_some_and(|place| grants.lacking_on(place, &facts).is_empty())
    };
    Ok(roles
        .into_iter()
        .filter(|role| role.applies_to == Level::Project && role.shown && may_give(role))
        .collect())
}

/// Maps somebody, or changes with what and until when.
///
/// # Errors
/// There is nobody of that name, or the caller lacks what the role, or the one it replaces, gives.
pub async fn grant(
    mut authorized: Authorized<ProjectAccessManage>,
    subject: &str,
    role: &str,
    until: Option<Timestamp>,
) -> Result<Outcome<Mapping>> {
    let mut check = Check::default();
    let until = crate::account::future(&mut check, "until", until, authorized.now());
    check.done()?;
    let (project, facts) = (authorized.project()?.clone(), authorized.facts()?);
    let (subject, name) = store::project_access::subject(authorized.scope(), subject).await?;
    let role = grantable(&mut authorized, &facts, role).await?;
    let before = store::project_access::find(authorized.scope(), project.id, subject).await?;
    if let Some(mapping) = &before {
        not_greater(authorized.actor(), &facts, mapping)?;
    }
    authorized.watch_project(project.id).await?;
    let granted = authorized.granting();
    store::project_access::put(authorized.scope(), project.id, subject, role.id, until, &granted).await?;
    let mapping = Mapping {
        subject,
        name,
        role,
        until,
        granted,
    };
    let kind = if before.is_some() { Kind::Changed } else { Kind::Created };
    let ends = until.map(|until| format!(" until {until}")).unwrap_or_default();
    let detail = format!("{} on {}{ends}", mapping.role.name, project.name);
    authorized.effect(Effect::new(kind, named(subject, &mapping.name)).detail(detail));
    if facts.open {
        closes(&mut authorized, &project);
    }
    authorized.touch_access().await?;
    let event = Event::new(Action::ProjectAccessGranted, target(&project))
        .before(before.as_ref().map_or(Value::Null, state))
        .after(state(&mapping));
    authorized.commit(event, mapping).await
}

/// # Errors
/// The subject is not mapped, or has more than the caller.
pub async fn revoke(mut authorized: Authorized<ProjectAccessManage>, subject: &str) -> Result<Outcome<()>> {
    let (project, facts) = (authorized.project()?.clone(), authorized.facts()?);
    let (subject, name) = store::project_access::subject(authorized.scope(), subject).await?;
    let found = store::project_access::find(authorized.scope(), project.id, subject).await?;
    let mapping = found.ok_or(Refusal::NotFound { what: "access" })?;
    not_greater(authorized.actor(), &facts, &mapping)?;
    authorized.watch_project(project.id).await?;
    store::project_access::delete(authorized.scope(), project.id, subject).await?;
    let detail = format!("{} on {}", mapping.role.name, project.name);
    authorized.effect(Effect::new(Kind::Deleted, named(subject, &name)).detail(detail));
    let left = store::project_access::count(authorized.scope(), project.id).await?;
    if left == 0 && project.visibility == domain::project::Visibility::Everyone {
        let detail = "opens to everyone again: nobody else is mapped";
        authorized.effect(Effect::new(Kind::Changed, crate::project::subject(&project)).detail(detail));
    }
    authorized.touch_access().await?;
    let event = Event::new(Action::ProjectAccessRevoked, target(&project)).before(state(&mapping));
    authorized.commit(event, ()).await
}

/// The first mapping ends what everyone had.
fn closes(authorized: &mut Authorized<ProjectAccessManage>, project: &Project) {
    let access = &authorized.actor().grants.access;
    let everyone = access.everyone_role().map(|place| access.role(place).name.clone());
    let Some(role) = everyone else { return };
    let detail = format!("everyone was {role}: only its owner, who is mapped, and who acts on every project stay");
    authorized.effect(Effect::new(Kind::Changed, crate::project::subject(project)).detail(detail));
}

/// A project role for somebody to have on this project.
async fn grantable(
    authorized: &mut Authorized<ProjectAccessManage>,
    facts: &ProjectFacts,
    reference: &str,
) -> Result<Role> {
    let wrong = |detail: &str| Error::Invalid(vec![FieldError::new("role", detail)]);
    let role = match store::role::get_at(authorized.scope(), Level::Project, reference).await {
        Err(store::Error::Refused(_)) => return Err(wrong("is no project role of this organization")),
        found => found?,
    };
    if role.applies_to != Level::Project {
        return Err(wrong("is a role of the organization, not of projects"));
    }
    let place = place_of(authorized.actor(), &role)?;
    let missing = authorized.actor().grants.lacking_on(place, facts);
    gives(authorized.actor(), Some(place), missing)?;
    Ok(role)
}

/// The lesser does not change what the greater has.
fn not_greater(actor: &Actor, facts: &ProjectFacts, mapping: &Mapping) -> Result<()> {
    let place = place_of(actor, &mapping.role)?;
    if actor.grants.lacking_on(place, facts).is_empty() {
        return Ok(());
    }
    Err(Refusal::GreaterThanYou {
        name: mapping.name.clone(),
        act: Act::ChangeProjectAccess,
    }
    .into())
}

fn place_of(actor: &Actor, role: &Role) -> Result<RolePlace> {
    let place = actor.grants.access.find_role(role.id);
    place.ok_or_else(|| Error::Unexpected("a role that the check does not know".to_owned()))
}

fn named(subject: Mapped, name: &str) -> Subject {
    Subject {
        kind: subject.kind(),
        id: subject.public_id(),
        name: name.to_owned(),
    }
}

fn state(mapping: &Mapping) -> Value {
    json!({
        "subject": { "type": mapping.subject.kind(), "id": mapping.subject.public_id(), "name": mapping.name },
        "role": mapping.role.slug,
        "until": mapping.until,
    })
}

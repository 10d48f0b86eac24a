//! Projects: made, found, changed and deleted. Whose they are, who is mapped to them, and their tokens are in the files
//! below.

pub mod access;
pub mod owner;
pub mod repository;
pub mod token;

use domain::Refusal;
use domain::access::{Principal, ProjectFacts, Resource, RolePlace, SourceKind, sources};
use domain::actor::{Actor, Identity};
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Subject};
use domain::id::MemberId;
use domain::member::{Member, MemberStatus};
use domain::permission::{Needs, OrganizationView, Permission, ProjectCreate, ProjectDelete, ProjectView};
use domain::project::{Owner, Project, Repository, Visibility};
use domain::text::{Slug, Title, remark};
use serde_json::json;
use store::project::{Filter, Visible};
use store::{Mode, Reading};

pub use store::project::Place;

use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::{Authorized, Error, FieldError, Result};

/// A project to be made, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewProject {
    pub name: String,
    /// Taken from the name where left out.
    pub slug: Option<String>,
    pub description: Option<String>,
    pub visibility: Option<Visibility>,
    pub repository: Option<Repository>,
    /// The caller, where left out.
    pub owner: Option<MemberId>,
}

/// What is to be changed; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct ProjectEdit {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub visibility: Option<Visibility>,
    pub repository: Option<Option<Repository>>,
}

/// A project with what the caller has on it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub project: Project,
    pub facts: ProjectFacts,
    /// The names of the caller's roles there, each once; whoever owns it first.
    pub roles: Vec<String>,
    pub owns: bool,
}

/// A project as a change left it: whoever gave it away may not see it any more.
pub struct Changed {
    pub project: Project,
    pub open: bool,
}

pub struct Page {
    pub projects: Vec<Seen>,
    pub next: Option<Place>,
}

pub fn etag(project: &Project) -> String {
    format!("\"{}\"", project.revision)
}

/// The projects that the caller may see, by name.
///
/// # Errors
/// The database does not answer.
pub async fn list(
    seen: &mut Authorized<OrganizationView, Reading>,
    needle: Option<&str>,
    after: Option<Place>,
    limit: usize,
) -> Result<Page> {
    let needle = needle.map(|needle| needle.trim().to_owned());
    let filter = Filter {
        needle: needle.filter(|needle| !needle.is_empty()),
        visible: visible(seen.actor()),
        after,
    };
    let now = seen.now();
    let (found, next) = store::project::list(seen.scope(), &filter, now, limit).await?;
    let projects = found
        .into_iter()
        .map(|(project, facts)| as_seen(seen.actor(), project, facts))
        .collect();
    Ok(Page { projects, next })
}

/// # Errors
/// No project was opened.
pub fn get<P: Needs, M: Mode>(seen: &Authorized<P, M>) -> Result<Seen> {
    Ok(as_seen(seen.actor(), seen.project()?.clone(), seen.facts()?))
}

/// # Errors
/// A field cannot be taken, the slug is taken, or the caller may not make others own something.
pub async fn create(mut authorized: Authorized<ProjectCreate>, new: NewProject) -> Result<Outcome<Project>> {
    let mut check = Check::default();
    let name = check.field("name", Title::parse(&new.name));
    let slug = check.optional("slug", new.slug.as_deref(), Slug::parse);
    let description = check.field("description", remark(new.description.as_deref().unwrap_or_default()));
    let repository = new.repository.map(|repository| parsed(&mut check, &repository));
    check.done()?;
    let (name, description) = (checked(name)?, checked(description)?);
    let owner = first_owner(&mut authorized, new.owner).await?;
    let slug = match slug {
        Some(slug) => slug,
        None => store::project::free_slug(authorized.scope(), &Slug::of_project(&name)).await?,
    };
    let project = Project {
        id: authorized.new_id(),
        slug: slug.into(),
        name: name.into(),
        description,
        visibility: new.visibility.unwrap_or(Visibility::Everyone),
        owner: Owner {
            id: owner.id,
            name: owner.account.name.clone(),
            granted: authorized.granting(),
        },
        repository: repository.flatten(),
        created_at: authorized.now(),
        revision: authorized.scope().revision(),
    };
    authorized.watch(&owner).await?;
    store::project::insert(authorized.scope(), &project).await?;
    if project.repository.is_some() {
        let own = authorized.actor().member == Some(owner.id);
        repository::follow(&mut authorized, &project, own).await?;
    }
    authorized.effect(Effect::new(Kind::Created, subject(&project)).detail(format!("owned by {}", project.owner.name)));
    authorized.touch_access().await?;
    let event = Event::new(Action::ProjectCreated, target(&project)).after(state(&project));
    authorized.commit(event, project).await
}

/// Name and description take one permission; slug, visibility and repository another.
///
/// # Errors
/// A field cannot be taken, or the caller lacks what it takes.
pub async fn edit(mut authorized: Authorized<ProjectView>, edit: ProjectEdit) -> Result<Outcome<Changed>> {
    let before = opened(&authorized)?;
    let managed = edit.slug.is_some() || edit.visibility.is_some() || edit.repository.is_some();
    if managed {
        authorized.demand(Permission::ProjectManage)?;
    }
    if edit.name.is_some() || edit.description.is_some() || !managed {
        authorized.demand(Permission::ProjectEdit)?;
    }
    let mut check = Check::default();
    let name = edit
        .name
        .as_deref()
        .and_then(|name| check.field("name", Title::parse(name)));
    let slug = edit
        .slug
        .as_deref()
        .and_then(|slug| check.field("slug", Slug::parse(slug)));
    let description = edit
        .description
        .as_deref()
        .and_then(|text| check.field("description", remark(text)));
    let repository = edit.repository.map(|repository| {
        repository
            .map(|repository| parsed(&mut check, &repository))
            .unwrap_or_default()
    });
    check.done()?;
    let after = Project {
        name: name.map_or(before.name.clone(), String::from),
        slug: slug.map_or(before.slug.clone(), String::from),
        description: description.unwrap_or(before.description.clone()),
        visibility: edit.visibility.unwrap_or(before.visibility),
        repository: repository.unwrap_or(before.repository.clone()),
        revision: authorized.scope().revision(),
        ..before.clone()
    };
    if authorized.is_unchanged(&state(&before), &state(&after)) {
        let open = authorized.facts()?.open;
        return authorized.unchanged(Changed { project: before, open }).await;
    }
    let moved = after.repository != before.repository;
    if after.visibility != before.visibility || moved {
        authorized.watch_project(before.id).await?;
    }
    if after.visibility != before.visibility || after.slug != before.slug || moved {
        authorized.touch_access().await?;
    }
    store::project::edit(authorized.scope(), &after).await?;
    if moved {
        repository::follow(&mut authorized, &after, false).await?;
    }
    for detail in differences(&before, &after) {
        authorized.effect(Effect::new(Kind::Changed, subject(&after)).detail(detail));
    }
    let event = Event::new(Action::ProjectEdited, target(&after))
        .before(state(&before))
        .after(state(&after));
    let facts = store::access::of_project(authorized.scope(), after.id).await?;
    let open = facts.is_some_and(|facts| facts.open);
    authorized.commit(event, Changed { project: after, open }).await
}

/// With its tokens and everybody's access to it. Whoever takes its name again inherits nothing.
///
/// # Errors
/// It was changed meanwhile.
pub async fn delete(mut authorized: Authorized<ProjectDelete>) -> Result<Outcome<()>> {
    let project = opened(&authorized)?;
    take_away(&mut authorized, &project).await?;
    authorized.touch_access().await?;
    let event = Event::new(Action::ProjectDeleted, target(&project)).before(state(&project));
    authorized.commit(event, ()).await
}

/// Deletes a project inside a change that may delete more, and tells what goes with it.
pub(crate) async fn take_away<P: Needs>(authorized: &mut Authorized<P>, project: &Project) -> Result<()> {
    authorized.watch_project(project.id).await?;
    let tokens = store::project_token::list(authorized.scope(), project.id, None, i64::MAX).await?;
    for ended in &tokens {
        authorized.effect(token::ended(ended).resource(&project.name));
    }
    authorized.effect(Effect::new(Kind::Deleted, subject(project)));
    Ok(store::project::delete(authorized.scope(), project.id).await?)
}

/// The project that was opened, if it is still as the caller last saw it.
fn opened<P: Needs>(authorized: &Authorized<P>) -> Result<Project> {
    let project = authorized.project()?.clone();
    authorized.request().matches(&etag(&project))?;
    Ok(project)
}

/// Whoever makes a project owns it. Another may be named only by who could take it from them anyway.
async fn first_owner(authorized: &mut Authorized<ProjectCreate>, named: Option<MemberId>) -> Result<Member> {
    let oneself = authorized.actor().member;
    let Some(id) = named.or(oneself) else {
        let detail = "must name a member: only members own projects";
        return Err(Error::Invalid(vec![FieldError::new("owner", detail)]));
    };
    if oneself != Some(id) {
        let grants = &authorized.actor().grants;
        if !grants.has_on_every_project(Permission::ProjectManage) {
            return Err(Refusal::Forbidden {
                permission: Permission::ProjectManage,
            }
            .into());
        }
        let owner = grants.access.owner_role();
        let missing = owner.map(|role| grants.lacking_anywhere(role)).unwrap_or_default();
        gives(authorized.actor(), owner, missing)?;
    }
    let member = store::member::get(authorized.scope(), id).await?;
    if member.status() != MemberStatus::Active {
        let detail = "must be an active member";
        return Err(Error::Invalid(vec![FieldError::new("owner", detail)]));
    }
    Ok(member)
}

/// Nobody gives what they lack.
pub(crate) fn gives(actor: &Actor, role: Option<RolePlace>, missing: Vec<String>) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let role = role.map(|role| actor.grants.access.role(role).name.clone());
    Err(Refusal::CannotGrant {
        role: role.unwrap_or_default(),
        missing,
    }
    .into())
}

fn visible(actor: &Actor) -> Visible {
    let grants = &actor.grants;
    let service_account = match actor.identity {
        Identity::ServiceAccount(id) => Some(Principal::ServiceAccount(id)),
        Identity::Account(_) | Identity::Project(_) => None,
    };
    Visible {
        all: grants.has_on_every_project(Permission::ProjectView),
        open: grants.has_on_open_projects(Permission::ProjectView),
        to: actor.member.map(Principal::Member).or(service_account),
        by: grants.roles_giving(Permission::ProjectView),
    }
}

fn as_seen(actor: &Actor, project: Project, facts: ProjectFacts) -> Seen {
    let grants = &actor.grants;
    let held = sources(&grants.access, &grants.holding, Resource::Project(&facts), grants.now());
    let (mut roles, mut owns) = (Vec::new(), false);
    for source in held {
        owns |= source.kind == SourceKind::Ownership;
        let name = match source.role {
            Some(role) => grants.access.role(role).name.clone(),
            None => "Superuser".to_owned(),
        };
        if !roles.contains(&name) {
            roles.push(name);
        }
    }
    Seen {
        project,
        facts,
        roles,
        owns,
    }
}

fn parsed(check: &mut Check, repository: &Repository) -> Option<Repository> {
    let host = check.field("repository/host", Repository::host(&repository.host));
    let name = check.field("repository/name", Repository::name(&repository.name));
    Some(Repository {
        host: host?,
        name: name?,
    })
}

fn differences(before: &Project, after: &Project) -> Vec<String> {
    let repository = |project: &Project| match &project.repository {
        Some(repository) => format!("{}/{}", repository.host, repository.name),
        None => "none".to_owned(),
    };
    let told = |field: &str, before: &str, after: &str| {
        let differs = before != after;
        differs.then(|| format!("{field}: {before} → {after}"))
    };
    [
        told("name", &before.name, &after.name),
        told("slug", &before.slug, &after.slug),
        told("description", &before.description, &after.description),
        told("visibility", before.visibility.name(), after.visibility.name()),
        told("repository", &repository(before), &repository(after)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(crate) fn subject(project: &Project) -> Subject {
    Subject {
        kind: "project",
        id: project.id.to_string(),
        name: project.name.clone(),
    }
}

pub(crate) fn target(project: &Project) -> Target {
    Target::new("project", project.id, &project.name)
}

fn state(project: &Project) -> serde_json::Value {
    json!({
        "name": project.name,
        "slug": project.slug,
        "description": project.description,
        "visibility": project.visibility,
        "repository": project.repository,
        "owner": project.owner.name,
    })
}

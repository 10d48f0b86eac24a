//! Projects: the list, a new one, and what every page of one has in common.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::id::ProjectId;
use domain::permission::{Needs, OrganizationView, Permission, ProjectCreate, ProjectView};
use domain::project::{Repository, Visibility};
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::authorization::Reading;
use service::project::{self, NewProject, Place, Seen};
use service::{Authorized, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, filled};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::part::Pager;
use crate::page::project::{Create, Header, List, Overview, Row, Tab};
use crate::page::shell::Section;

pub const ROWS: usize = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/projects", get(list))
        .route("/o/{organization}/projects/new", get(new).post(create))
        .route("/o/{organization}/projects/{project}", get(overview))
}

/// What every page of a project begins with.
///
/// # Errors
/// The viewer may not see the project, or lacks the permission on it.
pub async fn enter_project<P: Needs>(
    app: &App,
    request: &Request,
    (slug, project): (&str, &str),
    tab: Tab,
    shown: Once,
) -> Result<(Authorized<P, Reading>, Inside, Header), Page> {
    let (outside, inside) = enter::<OrganizationView>(app, request, slug, Section::Projects, shown).await?;
    // One connection at a time.
    drop(outside);
    let organization = OrganizationRef::parse(slug);
    let seen = app.roster.see_on::<P>(request, &organization, project).await?;
    let (found, facts) = (seen.project()?, seen.facts()?);
    let may = |permission| seen.actor().grants.has_on(permission, &facts);
    let header = Header {
        base: inside.base.clone(),
        slug: found.slug.clone(),
        name: found.name.clone(),
        owner: found.owner.name.clone(),
        reach: reach(found.visibility, facts.open).to_owned(),
        open: facts.open,
        tab,
        may_see_access: may(Permission::ProjectAccessView),
        may_see_tokens: may(Permission::ProjectTokenManage),
        may_see_settings: may(Permission::ProjectEdit)
            || may(Permission::ProjectManage)
            || may(Permission::ProjectDelete),
    };
    Ok((seen, inside, header))
}

fn reach(visibility: Visibility, open: bool) -> &'static str {
    match visibility {
        Visibility::Everyone if open => "Everyone",
        Visibility::Everyone => "Who is mapped",
        Visibility::MembersOnly => "Members only",
    }
}

/// Who reaches a project now, in a sentence.
pub fn banner(everyone: Option<&str>, visibility: Visibility) -> String {
    match (everyone, visibility) {
        (Some(role), _) => format!("Everyone but guests is {role} until somebody is mapped."),
        (None, Visibility::Everyone) => {
            "Only its owner, those who are mapped, and whoever acts on every project reach it. If nobody is mapped any \
             more, it opens to everyone again."
                .to_owned()
        }
        (None, Visibility::MembersOnly) => {
            "Members only: its owner, those who are mapped, and whoever acts on every project reach it.".to_owned()
        }
    }
}

pub fn visibilities(chosen: &str) -> Vec<Choice> {
    vec![
        Choice::new("everyone", "Everyone in the organization until someone is mapped")
            .hint("Guests are not everyone. The first access that is given ends it.")
            .selected(chosen != "members_only"),
        Choice::new("members_only", "Members only")
            .hint("Its owner, whoever is given access, and whoever acts on every project.")
            .selected(chosen == "members_only"),
    ]
}

/// The end of a day that was chosen.
///
/// # Errors
/// It is no day.
pub fn end_of(day: &str, field: &str) -> Result<Option<Timestamp>, Errors> {
    let Some(day) = filled(day) else { return Ok(None) };
    let end = format!("{day}T23:59:59Z").parse();
    end.map(Some)
        .map_err(|_| Errors::none().with(field, "Choose a day, such as 2026-12-31"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    query: String,
    cursor: String,
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<OrganizationView>(&app, &request, &slug, Section::Projects, shown).await?;
    let after = asked.cursor.split_once('~').and_then(|(id, name_key)| {
        let id: ProjectId = id.parse().ok()?;
        Some(Place {
            name_key: name_key.to_owned(),
            id,
        })
    });
    let first = after.is_none();
    let found = project::list(&mut seen, Some(&asked.query), after, ROWS).await?;
    let address = format!("{}/projects", inside.base);
    let href = |cursor: &str| part::href(&address, &[("query", &asked.query), ("cursor", cursor)]);
    let next = found.next.map(|place| format!("{}~{}", place.id, place.name_key));
    let page = List {
        shell: inside.shell("Projects"),
        base: inside.base.clone(),
        rows: found.projects.into_iter().map(row).collect(),
        query: asked.query.trim().to_owned(),
        may_create: seen.actor().grants.has(Permission::ProjectCreate) && seen.actor().member.is_some(),
        pager: Pager::new(!first, next, href),
    };
    Ok(view::html(&page))
}

fn row(seen: Seen) -> Row {
    Row {
        yours: yours(&seen).join(" · "),
        reach: reach(seen.project.visibility, seen.facts.open).to_owned(),
        open: seen.facts.open,
        slug: seen.project.slug,
        name: seen.project.name,
        description: seen.project.description,
        owner: seen.project.owner.name,
    }
}

fn yours(seen: &Seen) -> Vec<String> {
    let owner = seen.owns.then(|| "Owner".to_owned());
    owner.into_iter().chain(seen.roles.iter().cloned()).collect()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    slug: String,
    description: String,
    visibility: String,
    repository_host: String,
    repository_name: String,
}

async fn new(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let page = form(&app, &request, &slug, &Typed::default(), Errors::none(), shown).await?;
    Ok(view::html(&page))
}

async fn form(
    app: &App,
    request: &Request,
    slug: &str,
    typed: &Typed,
    errors: Errors,
    shown: Once,
) -> Result<Create, Page> {
    let (_, inside) = enter::<ProjectCreate>(app, request, slug, Section::Projects, shown).await?;
    Ok(Create {
        shell: inside.shell("Create project"),
        base: inside.base.clone(),
        errors,
        name: typed.name.clone(),
        slug: typed.slug.clone(),
        description: typed.description.clone(),
        visibilities: visibilities(&typed.visibility),
        repository_host: typed.repository_host.clone(),
        repository_name: typed.repository_name.clone(),
    })
}

async fn create(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let organization = OrganizationRef::parse(&slug);
    let authorized = app.roster.authorize::<ProjectCreate>(&request, &organization).await?;
    let new = NewProject {
        name: typed.name.clone(),
        slug: filled(&typed.slug),
        description: filled(&typed.description),
        visibility: Visibility::parse(&typed.visibility),
        repository: repository(&typed.repository_host, &typed.repository_name),
        owner: None,
    };
    match project::create(authorized, new).await {
        Ok(Outcome::Done(made)) => Ok(view::done(
            &format!("/o/{slug}/projects/{}", made.slug),
            format!("{} is created. You own it.", made.name),
        )),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/projects"), None)),
        Err(error) => {
            let errors = view::errors(error)?;
            Ok(view::again(
                &form(&app, &request, &slug, &typed, errors, Once::default()).await?,
            ))
        }
    }
}

/// None where neither is filled in.
pub fn repository(host: &str, name: &str) -> Option<Repository> {
    let named = filled(host).or(filled(name)).is_some();
    named.then(|| Repository {
        host: host.to_owned(),
        name: name.to_owned(),
    })
}

async fn overview(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let at = (slug.as_str(), reference.as_str());
    let (mut seen, inside, header) = enter_project::<ProjectView>(&app, &request, at, Tab::Overview, shown).await?;
    let found = project::get(&seen)?;
    let everyone = everyone(&mut seen).await?;
    let project = &found.project;
    let may_see_people = seen.actor().grants.has(Permission::MemberView);
    let page = Overview {
        shell: inside.shell(&project.name),
        description: project.description.clone(),
        owner_href: if may_see_people {
            inside.member_href(project.owner.id)
        } else {
            String::new()
        },
        banner: banner(everyone.as_deref(), project.visibility),
        repository: project
            .repository
            .as_ref()
            .map(|repository| format!("{}/{}", repository.host, repository.name))
            .unwrap_or_default(),
        created: inside.day(project.created_at),
        owned_since: inside.day(project.owner.granted.at),
        owner_granted_by: project.owner.granted.by.name.clone(),
        yours: yours(&found),
        header,
    };
    Ok(view::html(&page))
}

/// What everyone is on a project that is open to them.
///
/// # Errors
/// The database does not answer.
pub async fn everyone<P: Needs>(seen: &mut Authorized<P, Reading>) -> Result<Option<String>, Page> {
    if !seen.facts()?.open {
        return Ok(None);
    }
    let role = project::access::everyone_role(seen).await?;
    Ok(role.map(|role| role.name))
}

/// Not a matter of what was typed: the viewer has no business here.
pub fn is_elsewhere(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Forbidden { .. } | Refusal::OutOfScope { .. })
}

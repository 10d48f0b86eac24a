//! The Settings tab of a project: what it is called, who sees it, whose it is, and its end.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::Refusal;
use domain::permission::{Permission, ProjectDelete, ProjectManage, ProjectView};
use domain::project::{Mapped, Visibility};
use serde::Deserialize;
use service::project::{self, ProjectEdit};
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::consequence::consequences;
use crate::console::form::Form;
use crate::console::project::{enter_project, repository, visibilities};
use crate::console::refusal::Page;
use crate::console::suggestion::{Kind, meant, suggestions};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::Errors;
use crate::page::project::{Settings, Tab};

pub fn router() -> Router<App> {
    Router::new()
        .route(
            "/o/{organization}/projects/{project}/settings",
            get(settings).post(save),
        )
        .route(
            "/o/{organization}/projects/{project}/owner",
            get(ask_transfer).post(transfer),
        )
        .route(
            "/o/{organization}/projects/{project}/deletion",
            get(ask_delete).post(delete),
        )
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: Option<String>,
    description: Option<String>,
    visibility: Option<String>,
    repository_host: Option<String>,
    repository_name: Option<String>,
    /// Whom it is to be given to.
    member: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    member: String,
    confirm: String,
}

type At<'a> = (&'a str, &'a str);

async fn settings(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let page = page(&app, &request, at, &Typed::default(), (Errors::none(), shown)).await?;
    Ok(view::html(&page))
}

async fn page(
    app: &App,
    request: &Request,
    at: At<'_>,
    typed: &Typed,
    (errors, shown): (Errors, Once),
) -> Result<Settings, Page> {
    let (mut seen, inside, header) = enter_project::<ProjectView>(app, request, at, Tab::Settings, shown).await?;
    let (found, facts) = (seen.project()?.clone(), seen.facts()?);
    let grants = &seen.actor().grants;
    let may = |permission| grants.has_on(permission, &facts);
    let (may_edit, may_manage, may_delete) = (
        may(Permission::ProjectEdit),
        may(Permission::ProjectManage),
        may(Permission::ProjectDelete),
    );
    let suggestions = if may_manage {
        suggestions(&mut seen, &[Kind::Member]).await?
    } else {
        Vec::new()
    };
    drop(seen);
    let or = |typed: &Option<String>, known: &str| typed.clone().unwrap_or_else(|| known.to_owned());
    let (host, name) = match &found.repository {
        Some(repository) => (repository.host.as_str(), repository.name.as_str()),
        None => ("", ""),
    };
    Ok(Settings {
        shell: inside.shell(&found.name),
        errors,
        name: or(&typed.name, &found.name),
        description: or(&typed.description, &found.description),
        visibilities: visibilities(&or(&typed.visibility, found.visibility.name())),
        repository_host: or(&typed.repository_host, host),
        repository_name: or(&typed.repository_name, name),
        may_edit,
        may_manage,
        may_delete,
        heir: typed.member.clone().unwrap_or_default(),
        suggestions,
        header,
    })
}

async fn save(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let authorized = app
        .roster
        .authorize_on::<ProjectView>(&request, &OrganizationRef::parse(&slug), &project)
        .await?;
    let hosted = match (&typed.repository_host, &typed.repository_name) {
        (Some(host), Some(name)) => Some(repository(host, name)),
        _ => None,
    };
    let edit = ProjectEdit {
        name: typed.name.clone(),
        slug: None,
        description: typed.description.clone(),
        visibility: typed.visibility.as_deref().and_then(Visibility::parse),
        repository: hosted,
    };
    match project::edit(authorized, edit).await {
        Ok(_) => Ok(view::done(&format!("/o/{slug}/projects/{project}/settings"), "Saved.")),
        Err(error) => {
            let errors = view::errors(error)?;
            let page = page(&app, &request, at, &typed, (errors, Once::default())).await?;
            Ok(view::again(&page))
        }
    }
}

async fn ask_transfer(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let (mut seen, inside, header) =
        enter_project::<ProjectManage>(&app, &request, at, Tab::Settings, Once::default()).await?;
    let to = meant(&mut seen, &[Kind::Member], &asked.member).await?;
    drop(seen);
    let to = match to.map(|named| named.who) {
        Ok(Mapped::Member(to)) => to,
        Ok(_) => return Err(Refusal::NotFound { what: "member" }.into()),
        Err(problem) => {
            let typed = Typed {
                member: Some(asked.member),
                ..Typed::default()
            };
            let errors = Errors::none().with("member", problem);
            let page = page(&app, &request, at, &typed, (errors, Once::default())).await?;
            return Ok(view::again(&page));
        }
    };
    let tried = request.with_dry_run(true);
    let authorized = app
        .roster
        .authorize_on::<ProjectManage>(&tried, &OrganizationRef::parse(&slug), &project)
        .await?;
    let mut page = confirm::Page {
        shell: inside.shell(&header.name),
        heading: format!("Change the owner of {}?", header.name),
        lead: format!("{} owns it now. An owner may do everything on it.", header.owner),
        hidden: vec![("member".to_owned(), to.to_string())],
        action: format!("{}/owner", header.href()),
        submit: format!("Change the owner of {}", header.name),
        danger: true,
        cancel_href: format!("{}/settings", header.href()),
        ..confirm::Page::default()
    };
    match project::owner::transfer(authorized, to).await {
        Ok(Outcome::Previewed(preview)) => page.consequences = consequences(&preview, &inside.organization, false),
        Ok(Outcome::Done(_)) => {}
        Err(Error::Refused(refusal)) => page.refusal = refusal.to_string(),
        Err(error) => return Err(error.into()),
    }
    Ok(view::html(&page))
}

async fn transfer(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Form(asked): Form<Asked>,
) -> Answer {
    let authorized = app
        .roster
        .authorize_on::<ProjectManage>(&request, &OrganizationRef::parse(&slug), &project)
        .await?;
    let to = crate::console::inside::member_id(&asked.member)?;
    match project::owner::transfer(authorized, to).await? {
        Outcome::Done(changed) => {
            let (name, owner) = (changed.project.name, changed.project.owner.name);
            // Whoever gave it away may not see it any more.
            Ok(view::done(
                &format!("/o/{slug}/projects"),
                format!("{owner} now owns {name}."),
            ))
        }
        Outcome::Previewed(_) => Ok(view::go(&format!("/o/{slug}/projects"), None)),
    }
}

async fn ask_delete(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    Ok(view::html(&deletion(&app, &request, at, Errors::none()).await?))
}

async fn deletion(app: &App, request: &Request, at: At<'_>, errors: Errors) -> Result<confirm::Page, Page> {
    let (seen, inside, header) =
        enter_project::<ProjectDelete>(app, request, at, Tab::Settings, Once::default()).await?;
    drop(seen);
    let tried = request.with_dry_run(true);
    let authorized = app
        .roster
        .authorize_on::<ProjectDelete>(&tried, &OrganizationRef::parse(at.0), at.1)
        .await?;
    let mut told = match project::delete(authorized).await? {
        Outcome::Previewed(preview) => consequences(&preview, &inside.organization, false),
        Outcome::Done(()) => Vec::new(),
    };
    told.push(Consequence::new(
        ConsequenceKind::Ends,
        "The project and everybody's access to it are gone for good",
    ));
    told.push(Consequence::new(
        ConsequenceKind::Keeps,
        "The audit log keeps what was done until now",
    ));
    Ok(confirm::Page {
        shell: inside.shell(&header.name),
        errors,
        heading: format!("Delete {}?", header.name),
        lead: "This is permanent. Whoever makes a project of this name again inherits nothing.".to_owned(),
        consequences: told,
        typed: header.slug.clone(),
        action: format!("{}/deletion", header.href()),
        submit: format!("Delete {}", header.name),
        danger: true,
        cancel_href: format!("{}/settings", header.href()),
        ..confirm::Page::default()
    })
}

async fn delete(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Form(asked): Form<Asked>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let authorized = app
        .roster
        .authorize_on::<ProjectDelete>(&request, &OrganizationRef::parse(&slug), &project)
        .await?;
    let (name, typed) = (authorized.project()?.name.clone(), authorized.project()?.slug.clone());
    if asked.confirm.trim() != typed {
        drop(authorized);
        let errors = Errors::none().with("confirm", format!("Type {typed} to confirm"));
        return Ok(view::again(&deletion(&app, &request, at, errors).await?));
    }
    project::delete(authorized).await?;
    Ok(view::done(
        &format!("/o/{slug}/projects"),
        format!("{name} was deleted."),
    ))
}

//! What is done to a group that is there: its name and people, its role, its end. Each first tells what it would mean.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::effect::Preview;
use domain::group::Group;
use domain::permission::{GroupManage, GroupView};
use serde::Deserialize;
use service::group::making::{self, GroupEdit};
use service::group::membership;
use service::{Authorized, Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::consequence::of_people;
use crate::console::form::Form;
use crate::console::group::{Asked, Change, page, role_choices, told};
use crate::console::group_people::named;
use crate::console::inside::{Inside, enter};
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::form::Errors;
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/groups/{group}", get(show).post(save))
        .route("/o/{organization}/groups/{group}/role", get(ask_role).post(set_role))
        .route(
            "/o/{organization}/groups/{group}/deletion",
            get(ask_deletion).post(delete),
        )
}

pub async fn authorized(app: &App, request: &Request, slug: &str) -> Result<Authorized<GroupManage>, Page> {
    Ok(app
        .roster
        .authorize::<GroupManage>(request, &OrganizationRef::parse(slug))
        .await?)
}

async fn show(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, group)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    Ok(view::html(
        &page(&app, &request, (&slug, &group), None, &asked, shown).await?,
    ))
}

/// Looked at by whoever is about to change it.
async fn looked_at(
    app: &App,
    request: &Request,
    (slug, reference): (&str, &str),
    shown: Once,
) -> Result<(Inside, Group), Page> {
    let (mut seen, inside) = enter::<GroupView>(app, request, slug, Section::People, shown).await?;
    let group = service::group::get(&mut seen, reference).await?;
    Ok((inside, group))
}

async fn save(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    Form(typed): Form<Change>,
) -> Answer {
    let (inside, group) = looked_at(&app, &request, (&slug, &reference), Once::default()).await?;
    let mut errors = Errors::none();
    let added = match named(&app, &request, &slug, &typed.add).await? {
        Ok(added) => added,
        Err(problem) => {
            errors.add("add", problem);
            Vec::new()
        }
    };
    let until = part::filled(&typed.until).map(|text| inside.end_of_day(&text));
    if until == Some(None) {
        errors.add("until", "Give a day, such as 2026-12-03, or leave it empty.");
    }
    if !errors.any() {
        let ask = !typed.confirmed && !added.is_empty();
        let tried = request.with_dry_run(ask);
        match carry_out(&app, &tried, &slug, &group, &typed, &added, until.flatten()).await {
            Ok(preview) if ask => {
                let page = question(&inside, (&group, &added), &typed, &preview);
                return Ok(view::html(&page));
            }
            Ok(_) => {
                let home = format!("{}/groups/{}", inside.base, group.slug);
                return Ok(view::done(&home, format!("The group {} is saved.", typed.name.trim())));
            }
            Err(error) => errors = told(error, "add")?,
        }
    }
    let typed_again = Some((&typed, errors));
    let page = page(
        &app,
        &request,
        (&slug, &reference),
        typed_again,
        &Asked::default(),
        Once::default(),
    )
    .await?;
    Ok(view::again(&page))
}

/// Name and description, then each of those who are added.
async fn carry_out(
    app: &App,
    request: &Request,
    slug: &str,
    group: &Group,
    typed: &Change,
    added: &[(String, String)],
    until: Option<domain::Timestamp>,
) -> service::Result<Preview> {
    let (organization, id) = (OrganizationRef::parse(slug), group.id.to_string());
    let mut preview = Preview::default();
    if typed.name.trim() != group.name || typed.description.trim() != group.description {
        let edit = GroupEdit {
            name: Some(typed.name.clone()),
            description: Some(typed.description.clone()),
            ..GroupEdit::default()
        };
        let opened = app.roster.authorize::<GroupManage>(request, &organization).await?;
        if let Outcome::Previewed(more) = making::edit(opened, &id, edit).await? {
            preview.merge(more);
        }
    }
    for (member, _) in added {
        let opened = app.roster.authorize::<GroupManage>(request, &organization).await?;
        if let Outcome::Previewed(more) = membership::put(opened, &id, member, until).await? {
            preview.merge(more);
        }
    }
    Ok(preview)
}

fn question(
    inside: &Inside,
    (group, added): (&Group, &[(String, String)]),
    typed: &Change,
    preview: &Preview,
) -> confirm::Page {
    let names: Vec<&str> = added.iter().map(|(_, name)| name.as_str()).collect();
    let home = format!("{}/groups/{}", inside.base, group.slug);
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    confirm::Page {
        shell: inside.shell(&group.name),
        heading: format!("Change the group {}?", group.name),
        lead: format!("Adds {}. Effective at their next request.", names.join(", ")),
        consequences: of_people(preview, &inside.organization),
        hidden: vec![
            field("name", &typed.name),
            field("description", &typed.description),
            field("add", &typed.add),
            field("until", &typed.until),
            field("confirmed", "true"),
        ],
        action: home.clone(),
        submit: "Save changes".to_owned(),
        cancel_href: home,
        ..confirm::Page::default()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    role: String,
}

async fn ask_role(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    Query(chosen): Query<Chosen>,
    shown: Once,
) -> Answer {
    let page = about_role(&app, &request, (&slug, &reference), &chosen.role, shown).await?;
    Ok(view::html(&page))
}

async fn about_role(
    app: &App,
    request: &Request,
    at: (&str, &str),
    chosen: &str,
    shown: Once,
) -> Result<confirm::Page, Page> {
    let (inside, group) = looked_at(app, request, at, shown).await?;
    let organization = OrganizationRef::parse(at.0);
    let mut seen = app.roster.see::<GroupManage>(request, &organization).await?;
    let roles = service::role::assignable(&mut seen, false).await?;
    drop(seen);
    let home = format!("{}/groups/{}", inside.base, group.slug);
    let selected = if chosen.is_empty() { &group.role.slug } else { chosen };
    let mut page = confirm::Page {
        shell: inside.shell(&group.name),
        heading: format!("Modify the role of {}", group.name),
        lead: "Everyone in the group has it besides their own, from their next request on.".to_owned(),
        roles: role_choices(&roles, selected),
        action: format!("{home}/role"),
        submit: "Save changes".to_owned(),
        cancel_href: home,
        ..confirm::Page::default()
    };
    if selected != group.role.slug {
        let tried = authorized(app, &request.with_dry_run(true), at.0).await?;
        match making::set_role(tried, &group.id.to_string(), chosen).await {
            Ok(Outcome::Previewed(preview)) => page.consequences = of_people(&preview, &inside.organization),
            Ok(Outcome::Done(_)) => {}
            Err(error) => page.errors = view::errors(error)?,
        }
    }
    Ok(page)
}

async fn set_role(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    Form(chosen): Form<Chosen>,
) -> Answer {
    let opened = authorized(&app, &request, &slug).await?;
    match making::set_role(opened, &reference, &chosen.role).await {
        Ok(Outcome::Done(group)) => Ok(view::done(
            &format!("/o/{slug}/groups/{}", group.slug),
            format!("{} has the role {} now.", group.name, group.role.name),
        )),
        Ok(Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/groups"), None)),
        Err(error) => {
            let errors = view::errors(error)?;
            let page = about_role(&app, &request, (&slug, &reference), "", Once::default()).await?;
            Ok(view::again(&confirm::Page { errors, ..page }))
        }
    }
}

async fn ask_deletion(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (inside, group) = looked_at(&app, &request, (&slug, &reference), shown).await?;
    let tried = authorized(&app, &request.with_dry_run(true), &slug).await?;
    let outcome = making::delete(tried, &reference).await;
    let home = format!("{}/groups/{}", inside.base, group.slug);
    let page = confirm::Page {
        shell: inside.shell(&group.name),
        heading: format!("Delete the group {}?", group.name),
        lead: "Its members stay in the organization and lose what the group gave them.".to_owned(),
        action: format!("{home}/deletion"),
        submit: format!("Delete the group {}", group.name),
        danger: true,
        cancel_href: home,
        ..confirm::Page::default()
    };
    foreseen(page, outcome, &inside)
}

/// The page with what would happen, or why it cannot.
pub fn foreseen<T>(page: confirm::Page, outcome: service::Result<Outcome<T>>, inside: &Inside) -> Answer {
    let page = match outcome {
        Ok(Outcome::Previewed(preview)) => confirm::Page {
            consequences: of_people(&preview, &inside.organization),
            ..page
        },
        Ok(Outcome::Done(_)) => page,
        Err(Error::Refused(
            refusal @ (domain::Refusal::CannotGrant { .. } | domain::Refusal::NotInThisOrganization { .. }),
        )) => confirm::Page {
            refusal: refusal.to_string(),
            ..page
        },
        Err(error) => return Err(error.into()),
    };
    Ok(view::html(&page))
}

async fn delete(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
) -> Answer {
    let (inside, group) = looked_at(&app, &request, (&slug, &reference), Once::default()).await?;
    making::delete(authorized(&app, &request, &slug).await?, &reference).await?;
    Ok(view::done(
        &format!("{}/groups", inside.base),
        format!("The group {} is deleted.", group.name),
    ))
}

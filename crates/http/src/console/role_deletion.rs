//! Deleting a custom role: its page asks where its holders go, and tells what that means for them.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::permission::{Level, RoleManage};
use domain::role::Role;
use serde::Deserialize;
use service::role::deletion;
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::consequence::of_people;
use crate::console::form::Form;
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::role_change::{managing, of_level};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::form::{Choice, Errors};

pub fn router() -> Router<App> {
    Router::new().route("/o/{organization}/roles/{role}/deletion", get(deleting).post(delete))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Heir {
    role: String,
}

async fn deleting(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    Query(heir): Query<Heir>,
    shown: Once,
) -> Answer {
    let page = question(&app, &request, (&slug, &reference), &heir.role, shown).await?;
    Ok(view::html(&page))
}

/// Where the holders go, and what that means for them.
async fn question(
    app: &App,
    request: &Request,
    (slug, reference): (&str, &str),
    heir: &str,
    shown: Once,
) -> Result<confirm::Page, Page> {
    let (mut seen, inside) = managing(app, request, slug, shown).await?;
    let found = service::role::get(&mut seen, Level::Organization, reference).await?;
    let (id, role_level) = (found.role.id.to_string(), found.role.applies_to);
    let places = deletion::uses(&mut seen, role_level, &id).await?;
    let refusal = found.role.can_be_changed_by(&seen.actor().grants).err();
    let grants = seen.actor().grants.clone();
    let heirs: Vec<Role> = of_level(&mut seen, role_level)
        .await?
        .into_iter()
        .filter(|role| role.id != found.role.id && role.shown && role.can_be_made_by(&grants).is_ok())
        .collect();
    drop(seen);
    let name = &found.role.name;
    let mut page = confirm::Page {
        shell: inside.shell(name),
        heading: format!("Delete the role {name}?"),
        lead: if places.is_empty() {
            "Nobody has it.".to_owned()
        } else {
            format!("In use: {}. Choose the role they get instead.", places.join(", "))
        },
        action: format!("{}/roles/{id}/deletion", inside.base),
        submit: format!("Delete the role {name}"),
        danger: true,
        cancel_href: format!("{}/roles/{id}", inside.base),
        ..confirm::Page::default()
    };
    if let Some(refusal) = refusal {
        page.refusal = refusal.to_string();
        return Ok(page);
    }
    if !places.is_empty() {
        page.roles = heirs
            .iter()
            .map(|role| {
                Choice::new(&role.slug, &role.name)
                    .hint(&role.description)
                    .selected(role.slug == heir)
            })
            .collect();
    }
    if places.is_empty() || !heir.is_empty() {
        let tried = request.with_dry_run(true);
        let authorized = app
            .roster
            .authorize::<RoleManage>(&tried, &OrganizationRef::parse(slug))
            .await?;
        match deletion::delete(authorized, role_level, &id, part::filled(heir).as_deref()).await {
            Ok(Outcome::Previewed(preview)) => page.consequences = of_people(&preview, &inside.organization),
            Ok(Outcome::Done(())) => {}
            Err(error) => page.errors = view::errors(error)?,
        }
    }
    Ok(page)
}

async fn delete(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    Form(heir): Form<Heir>,
) -> Answer {
    let (mut seen, inside) = managing(&app, &request, &slug, Once::default()).await?;
    let found = service::role::get(&mut seen, Level::Organization, &reference).await?;
    drop(seen);
    let authorized = app
        .roster
        .authorize::<RoleManage>(&request, &OrganizationRef::parse(&slug))
        .await?;
    let id = found.role.id.to_string();
    let replacement = part::filled(&heir.role);
    match deletion::delete(authorized, found.role.applies_to, &id, replacement.as_deref()).await {
        Ok(_) => Ok(view::done(
            &format!("{}/roles", inside.base),
            format!("The role {} is deleted.", found.role.name),
        )),
        Err(error) => {
            let errors = match error {
                Error::Refused(domain::Refusal::RoleInUse { .. }) => {
                    Errors::none().with("role", "Choose the role that they get instead.")
                }
                other => view::errors(other)?,
            };
            let page = question(&app, &request, (&slug, &reference), &heir.role, Once::default()).await?;
            Ok(view::again(&confirm::Page { errors, ..page }))
        }
    }
}

//! Somebody's place in a group: given up, or given another end.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::Timestamp;
use domain::access::Principal;
use domain::effect::Preview;
use domain::group::{Group, GroupMember};
use domain::permission::{GroupManage, GroupView};
use serde::Deserialize;
use service::group::membership;
use service::{OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::consequence::{gives_or_takes, of_people};
use crate::console::form::Form;
use crate::console::group_change::{authorized, foreseen};
use crate::console::inside::{Inside, enter};
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::form::Errors;
use crate::page::group::Until;
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    let member = "/o/{organization}/groups/{group}/members/{member}";
    Router::new()
        .route(&format!("{member}/removal"), get(ask_removal).post(remove))
        .route(&format!("{member}/until"), get(ask_until).post(set_until))
}

type OfMember = Path<(String, String, String)>;

/// The group and somebody's place in it.
async fn placed(
    app: &App,
    request: &Request,
    (slug, reference, member): (&str, &str, &str),
    shown: Once,
) -> Result<(Inside, Group, GroupMember), Page> {
    let (mut seen, inside) = enter::<GroupView>(app, request, slug, Section::People, shown).await?;
    let group = service::group::get(&mut seen, reference).await?;
    let place = service::group::member(&mut seen, &group, member).await?;
    Ok((inside, group, place))
}

async fn ask_removal(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference, member)): OfMember,
    shown: Once,
) -> Answer {
    let (inside, group, place) = placed(&app, &request, (&slug, &reference, &member), shown).await?;
    let tried = authorized(&app, &request.with_dry_run(true), &slug).await?;
    let outcome = membership::remove(tried, &reference, &member).await;
    let home = format!("{}/groups/{}", inside.base, group.slug);
    let page = confirm::Page {
        shell: inside.shell(&group.name),
        heading: format!("Remove {} from {}?", place.name, group.name),
        lead: match place.principal {
            Principal::ServiceAccount(_) => "The service account stays in the organization.".to_owned(),
            _ => "They stay in the organization.".to_owned(),
        },
        action: format!("{home}/members/{member}/removal"),
        submit: format!("Remove {} from {}", place.name, group.name),
        danger: true,
        cancel_href: home,
        ..confirm::Page::default()
    };
    foreseen(page, outcome, &inside)
}

async fn remove(State(app): State<App>, Person(request): Person, Path((slug, reference, member)): OfMember) -> Answer {
    let (inside, group, place) = placed(&app, &request, (&slug, &reference, &member), Once::default()).await?;
    membership::remove(authorized(&app, &request, &slug).await?, &reference, &member).await?;
    Ok(view::done(
        &format!("{}/groups/{}", inside.base, group.slug),
        format!("{} is no longer in {}.", place.name, group.name),
    ))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct End {
    until: String,
    /// Whether the consequences were seen.
    confirmed: bool,
}

async fn ask_until(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference, member)): OfMember,
    shown: Once,
) -> Answer {
    let (inside, group, place) = placed(&app, &request, (&slug, &reference, &member), shown).await?;
    let until = inside.day_field(place.until);
    Ok(view::html(&about_until(
        &inside,
        &group,
        &place,
        &member,
        until,
        Errors::none(),
    )))
}

fn about_until(
    inside: &Inside,
    group: &Group,
    place: &GroupMember,
    member: &str,
    until: String,
    errors: Errors,
) -> Until {
    let home = format!("{}/groups/{}", inside.base, group.slug);
    Until {
        shell: inside.shell(&group.name),
        errors,
        heading: format!("Until when is {} in {}?", place.name, group.name),
        lead: "After that day they hold nothing through it; they stay in the list as ended.".to_owned(),
        action: format!("{home}/members/{member}/until"),
        until,
        cancel_href: home,
    }
}

async fn set_until(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference, member)): OfMember,
    Form(end): Form<End>,
) -> Answer {
    let (inside, group, place) = placed(&app, &request, (&slug, &reference, &member), Once::default()).await?;
    let until = part::filled(&end.until).map(|text| inside.end_of_day(&text));
    let errors = if until == Some(None) {
        Errors::none().with("until", "Give a day, such as 2026-12-03, or leave it empty.")
    } else {
        match placed_until(&app, &request, (&slug, &reference, &member), &end, until.flatten()).await {
            Ok(Outcome::Previewed(preview)) if gives_or_takes(&preview) => {
                return Ok(view::html(&question(&inside, &group, &place, &member, &end, &preview)));
            }
            // A later end of a place that is live changes nothing now.
            Ok(Outcome::Previewed(_)) => {
                let opened = authorized(&app, &request, &slug).await?;
                membership::put(opened, &reference, &member, until.flatten()).await?;
                return Ok(saved(&inside, &group, &place));
            }
            Ok(Outcome::Done(_)) => return Ok(saved(&inside, &group, &place)),
            Err(error) => view::errors(error)?,
        }
    };
    Ok(view::again(&about_until(
        &inside, &group, &place, &member, end.until, errors,
    )))
}

/// The first time it is only tried.
async fn placed_until(
    app: &App,
    request: &Request,
    (slug, reference, member): (&str, &str, &str),
    end: &End,
    until: Option<Timestamp>,
) -> service::Result<Outcome<GroupMember>> {
    let tried = request.with_dry_run(!end.confirmed);
    let organization = OrganizationRef::parse(slug);
    let opened = app.roster.authorize::<GroupManage>(&tried, &organization).await?;
    membership::put(opened, reference, member, until).await
}

fn question(
    inside: &Inside,
    group: &Group,
    place: &GroupMember,
    member: &str,
    end: &End,
    preview: &Preview,
) -> confirm::Page {
    let home = format!("{}/groups/{}", inside.base, group.slug);
    confirm::Page {
        shell: inside.shell(&group.name),
        heading: format!("Change until when {} is in {}?", place.name, group.name),
        lead: "Effective at their next request.".to_owned(),
        consequences: of_people(preview, &inside.organization),
        hidden: vec![
            ("until".to_owned(), end.until.clone()),
            ("confirmed".to_owned(), "true".to_owned()),
        ],
        action: format!("{home}/members/{member}/until"),
        submit: format!("Save the place of {}", place.name),
        cancel_href: home,
        ..confirm::Page::default()
    }
}

fn saved(inside: &Inside, group: &Group, place: &GroupMember) -> axum::response::Response {
    view::done(
        &format!("{}/groups/{}", inside.base, group.slug),
        format!("The place of {} in {} is saved.", place.name, group.name),
    )
}

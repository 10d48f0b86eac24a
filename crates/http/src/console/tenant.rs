//! The organizations of the instance: the list of them, and one of them with what can be done to it as a whole.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::id::OrganizationId;
use domain::organization::{Ending, Organization, OrganizationStatus};
use domain::policy::PolicyChange;
use serde::Deserialize;
use service::tenant::{Filter, Tenant};
use service::{OrganizationRef, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::cursor;
use crate::console::form::Form;
use crate::console::instance::{Instance, enter};
use crate::console::part::{self, filled};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::Errors;
use crate::page::instance::Place;
use crate::page::part::Pager;
use crate::page::tenant::{List, Row, Show, Status};

const PAGE: usize = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/instance/organizations", get(list))
        .route("/instance/organizations/{organization}", get(show))
        .route(
            "/instance/organizations/{organization}/member-limit",
            post(change_limit),
        )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    query: String,
    status: String,
    cursor: String,
}

async fn list(State(app): State<App>, Person(request): Person, Query(asked): Query<Asked>, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Organizations, shown).await?;
    let after = cursor::place::<OrganizationId>(&asked.cursor);
    let filter = Filter {
        needle: filled(&asked.query),
        status: OrganizationStatus::parse(&asked.status),
        after: after.map(|place| (place.name_key, domain::id::Id::from_uuid(place.id))),
    };
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = app.roster.tenants(&request, &filter, limit).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let flags = app.roster.tenant_flags(&request, &found).await?;
    let href = |cursor: &str| {
        let pairs = [
            ("query", asked.query.as_str()),
            ("status", &asked.status),
            ("cursor", cursor),
        ];
        part::href(Place::Organizations.about().path, &pairs)
    };
    let rows = found
        .iter()
        .map(|tenant| row(&instance, tenant, flags.contains_key(&tenant.organization.id)));
    let page = List {
        shell: instance.shell("Organizations"),
        statuses: part::choices(
            &[
                ("", "All but deleted"),
                ("active", "Active"),
                ("awaiting_owner", "Awaiting their Owner"),
                ("disabled", "Disabled"),
                ("deleted", "Deleted"),
            ],
            &asked.status,
        ),
        filtered: filter.needle.is_some() || filter.status.is_some(),
        rows: rows.collect(),
        pager: Pager::new(
            filter.after.is_some(),
            found.last().filter(|_| more).map(|last| place_of(&last.organization)),
            href,
        ),
        query: asked.query.clone(),
    };
    Ok(view::html(&page))
}

fn place_of(organization: &Organization) -> String {
    cursor::cursor::<OrganizationId>(&service::people::Place {
        name_key: service::tenant::place(organization).0,
        id: domain::id::Id::uuid(organization.id),
    })
}

fn row(instance: &Instance, tenant: &Tenant, flagged: bool) -> Row {
    let organization = &tenant.organization;
    let is_open = organization.status == OrganizationStatus::Active;
    Row {
        name: organization.name.clone(),
        slug: organization.slug.clone(),
        status: status(organization.status),
        remark: if flagged && is_open {
            "Has no active Owner".to_owned()
        } else {
            String::new()
        },
        members: match organization.policies.member_limit {
            Some(limit) => format!("{} of {limit}", tenant.members),
            None => tenant.members.to_string(),
        },
        preset: organization.preset.clone(),
        created: instance.day(organization.created_at),
    }
}

pub const fn status(status: OrganizationStatus) -> Status {
    match status {
        OrganizationStatus::Active => Status::Active,
        OrganizationStatus::AwaitingOwner => Status::AwaitingOwner,
        OrganizationStatus::Disabled => Status::Disabled,
        OrganizationStatus::Deleted => Status::Deleted,
    }
}

async fn show(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Organizations, shown).await?;
    Ok(view::html(&page(&app, &request, &instance, &slug).await?))
}

async fn page(app: &App, request: &Request, instance: &Instance, slug: &str) -> Result<Show, Page> {
    let tenant = app.roster.tenant(request, &OrganizationRef::parse(slug)).await?;
    let organization = &tenant.organization;
    let number = |limit: Option<u32>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    Ok(Show {
        shell: instance.shell(&organization.name),
        errors: Errors::none(),
        name: organization.name.clone(),
        slug: organization.slug.clone(),
        status: status(organization.status),
        banner: banner(instance, organization),
        preset: organization.preset.clone(),
        created: instance.day(organization.created_at),
        members: tenant.members,
        member_limit: number(organization.policies.member_limit),
        restorable: organization.restorable(request.now).is_ok(),
    })
}

fn banner(instance: &Instance, organization: &Organization) -> String {
    let told = |verb: &str, ending: &Ending| {
        let reason = ending.reason.as_deref().map(|reason| format!(" “{reason}”"));
        format!(
            "{verb} by {} on {}.{}",
            ending.by,
            instance.time(ending.at).text,
            reason.unwrap_or_default()
        )
    };
    match (&organization.deleted, &organization.disabled) {
        (Some(deleted), _) => format!(
            "{} It can be restored until {}; until then nobody can take its short name.",
            told("Deleted", deleted),
            instance.time(deleted.final_at()).text
        ),
        (None, Some(disabled)) => told("Disabled", disabled),
        (None, None) if organization.status == OrganizationStatus::AwaitingOwner => {
            "Its first Owner has not joined yet. Their invitation stands inside.".to_owned()
        }
        (None, None) => String::new(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Limit {
    member_limit: String,
}

async fn change_limit(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Limit>,
) -> Answer {
    let instance = enter(&app, &request, Place::Organizations, Once::default()).await?;
    let problem = match filled(&typed.member_limit).map(|text| text.parse::<u32>()).transpose() {
        Ok(limit) => {
            let change = PolicyChange {
                member_limit: Some(limit),
                ..PolicyChange::default()
            };
            let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&slug)).await?;
            match service::organization::change_policies(authorized, change).await {
                Ok(_) => {
                    let home = format!("{}/{slug}", Place::Organizations.about().path);
                    return Ok(view::done(&home, "The member slots are saved."));
                }
                Err(error) => view::errors(error)?,
            }
        }
        Err(_) => Errors::none().with(
            "member_limit",
            "Give a whole number of members, or leave it empty for no limit",
        ),
    };
    let page = page(&app, &request, &instance, &slug).await?;
    Ok(view::again(&Show {
        errors: problem,
        member_limit: typed.member_limit,
        ..page
    }))
}

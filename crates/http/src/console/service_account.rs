//! Service accounts in the console: all of them, one with its tokens, a new one and one changed. What stops one is in
//! `service_account_change`.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::id::ServiceAccountId;
use domain::permission::{Permission, ServiceAccountManage, ServiceAccountView};
use domain::role::Role;
use domain::service_account::ServiceAccount;
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::authorization::Reading;
use service::service_account::{self, NewServiceAccount, ServiceAccountEdit};
use service::{Authorized, OrganizationRef};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, counted};
use crate::console::refusal::Page;
use crate::console::token::{as_day, last_day, row};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::Errors;
use crate::page::part::Pager;
use crate::page::service_account::{Edit, List, Row, Show};
use crate::page::shell::Section;

const PAGE: usize = 50;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/service-accounts", get(list))
        .route("/o/{organization}/service-accounts/new", get(new).post(create))
        .route("/o/{organization}/service-accounts/{svc}", get(show))
        .route(
            "/o/{organization}/service-accounts/{svc}/edit",
            get(edit_form).post(edit),
        )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Sorted name and id of the last one seen.
    after: String,
    id: String,
}

/// # Errors
/// It is no id of a service account.
pub fn account_id(text: &str) -> Result<ServiceAccountId, Page> {
    text.parse().map_err(|_| {
        Refusal::NotFound {
            what: "service account",
        }
        .into()
    })
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) =
        enter::<ServiceAccountView>(&app, &request, &slug, Section::ServiceAccounts, shown).await?;
    let after = asked.id.parse().ok().map(|id| (asked.after.clone(), id));
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let first = after.is_none();
    let mut found = service_account::list(&mut seen, None, after, limit).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let here = format!("{}/service-accounts", inside.base);
    let next = found.last().filter(|_| more).map(|last| {
        let name = service_account::name_key(&last.name);
        part::href(&here, &[("after", &name), ("id", &last.id.to_string())])
    });
    let number = counted(found.len(), "service account", "service accounts");
    Ok(view::html(&List {
        shell: inside.shell("Service accounts"),
        base: inside.base.clone(),
        may_manage: seen.actor().grants.has(Permission::ServiceAccountManage),
        rows: found
            .iter()
            .map(|account| listed(&inside, account, seen.now()))
            .collect(),
        count: if more || !first {
            format!("{number} on this page")
        } else {
            number
        },
        pager: Pager {
            first: if first { String::new() } else { here.clone() },
            next: next.unwrap_or_default(),
        },
    }))
}

fn listed(inside: &Inside, account: &ServiceAccount, now: Timestamp) -> Row {
    Row {
        id: account.id.to_string(),
        name: account.name.clone(),
        description: account.description.clone(),
        role: part::role(&account.role),
        role_end: role_end(inside, account.role_until, now),
        active: account.deactivated.is_none(),
        last_used: inside.time_or(account.last_used_at, "Never"),
    }
}

/// "until 3 Dec 2026", and whether that is over; empty where there is no end.
pub fn role_end(inside: &Inside, until: Option<Timestamp>, now: Timestamp) -> String {
    match until {
        None => String::new(),
        Some(until) if until <= now => format!("until {} (ended)", inside.day(until).text),
        Some(until) => format!("until {}", inside.day(until).text),
    }
}

async fn show(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) =
        enter::<ServiceAccountView>(&app, &request, &slug, Section::ServiceAccounts, shown).await?;
    let account = service_account::get(&mut seen, account_id(&id)?).await?;
    let tokens = service_account::token::list(&mut seen, account.id).await?;
    let now = seen.now();
    let deactivated = account.deactivated.as_ref().map(|granting| {
        let day = inside.day(granting.at).text;
        format!("Deactivated by {} on {day}.", granting.by.name)
    });
    Ok(view::html(&Show {
        shell: inside.shell(&account.name),
        base: inside.base.clone(),
        id: account.id.to_string(),
        manage: part::may(service_account::possible(&seen, &account)),
        role: part::role(&account.role),
        role_end: role_end(&inside, account.role_until, now),
        groups: account.groups.iter().map(|belonging| belonging.name.clone()).collect(),
        deactivated: deactivated.unwrap_or_default(),
        created: inside.day(account.created_at),
        last_used: inside.time_or(account.last_used_at, "Never"),
        tokens: tokens
            .iter()
            .map(|token| row(token, String::new(), "Everything it may", now, inside.zone()))
            .collect(),
        name: account.name,
        description: account.description,
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    description: String,
    role: String,
    until: String,
}

async fn roles(
    seen: &mut Authorized<ServiceAccountManage, Reading>,
    present: Option<&Role>,
) -> Result<Vec<Role>, Page> {
    let mut roles = service::role::assignable(seen, false).await?;
    // A role that is hidden or was narrowed stays, where it is held.
    if let Some(present) = present.filter(|present| roles.iter().all(|role| role.id != present.id)) {
        roles.push(present.clone());
    }
    Ok(roles)
}

async fn new(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let page = form(&app, &request, &slug, None, Typed::default(), shown).await?;
    Ok(view::html(&page))
}

async fn edit_form(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    shown: Once,
) -> Answer {
    let organization = OrganizationRef::parse(&slug);
    let mut seen = app.roster.see(&request, &organization).await?;
    let account = service_account::get(&mut seen, account_id(&id)?).await?;
    drop(seen);
    let typed = Typed {
        name: account.name.clone(),
        description: account.description.clone(),
        role: account.role.slug.clone(),
        until: as_day(account.role_until),
    };
    let page = form(&app, &request, &slug, Some(&account), typed, shown).await?;
    Ok(view::html(&page))
}

async fn form(
    app: &App,
    request: &service::Request,
    slug: &str,
    account: Option<&ServiceAccount>,
    typed: Typed,
    shown: Once,
) -> Result<Edit, Page> {
    let (mut seen, inside) = enter::<ServiceAccountManage>(app, request, slug, Section::ServiceAccounts, shown).await?;
    let roles = roles(&mut seen, account.map(|account| &account.role)).await?;
    let all = format!("{}/service-accounts", inside.base);
    let (heading, submit, action, back_href, back_label) = match account {
        None => {
            let action = format!("{all}/new");
            let submit = "Create service account";
            (
                "New service account".to_owned(),
                submit,
                action,
                all,
                "Service accounts".to_owned(),
            )
        }
        Some(account) => {
            let here = format!("{all}/{}", account.id);
            let heading = format!("Edit {}", account.name);
            (
                heading,
                "Save changes",
                format!("{here}/edit"),
                here,
                account.name.clone(),
            )
        }
    };
    Ok(Edit {
        shell: inside.shell(&heading),
        errors: Errors::none(),
        heading,
        roles: part::role_choices(&roles, &typed.role),
        name: typed.name,
        description: typed.description,
        until: typed.until,
        action,
        submit: submit.to_owned(),
        back_href,
        back_label,
    })
}

fn no_day() -> Errors {
    Errors::none().with("until", "Give a day such as 2026-12-31, or leave it empty.")
}

async fn create(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let made = match last_day(&typed.until) {
        Some(until) => {
            let authorized = app.roster.authorize(&request, &OrganizationRef::parse(&slug)).await?;
            let new = NewServiceAccount {
                name: typed.name.clone(),
                description: Some(typed.description.clone()),
                role: Some(typed.role.clone()),
                until,
            };
            service_account::create(authorized, &new).await.map_err(view::errors)
        }
        None => Err(Ok(no_day())),
    };
    match made {
        Ok(service::Outcome::Done(account)) => {
            let here = format!("/o/{slug}/service-accounts/{}", account.id);
            Ok(view::done(
                &here,
                format!("{} is created. Now give it a token.", account.name),
            ))
        }
        Ok(service::Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/service-accounts"), None)),
        Err(errors) => {
            let page = form(&app, &request, &slug, None, typed, Once::default()).await?;
            Ok(view::again(&Edit {
                errors: errors?,
                ..page
            }))
        }
    }
}

async fn edit(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, id)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Answer {
    let organization = OrganizationRef::parse(&slug);
    let mut seen = app.roster.see(&request, &organization).await?;
    let account = service_account::get(&mut seen, account_id(&id)?).await?;
    drop(seen);
    // What was left as it is is no new grant.
    let same_role = typed.role == account.role.slug;
    let same_end = typed.until == as_day(account.role_until);
    let edited = match last_day(&typed.until) {
        Some(until) => {
            let edit = ServiceAccountEdit {
                name: Some(typed.name.clone()),
                description: Some(Some(typed.description.clone())),
                role: (!same_role).then(|| typed.role.clone()),
                until: (!same_end || !same_role).then_some(until),
            };
            let authorized = app.roster.authorize(&request, &organization).await?;
            service_account::edit(authorized, account.id, &edit)
                .await
                .map_err(view::errors)
        }
        None => Err(Ok(no_day())),
    };
    match edited {
        Ok(_) => {
            let here = format!("/o/{slug}/service-accounts/{}", account.id);
            Ok(view::done(&here, "The service account is saved."))
        }
        Err(errors) => {
            let page = form(&app, &request, &slug, Some(&account), typed, Once::default()).await?;
            Ok(view::again(&Edit {
                errors: errors?,
                ..page
            }))
        }
    }
}

//! The instance: its accounts, superusers and policies, and whether it is well.

use axum::extract::State;
use axum::http::StatusCode;
use domain::effect::{Kind, Subject};
use domain::id::{AccountId, Id};
use serde::Serialize;
use serde_json::json;
use service::Request;
use service::instance::{InstancePolicyChange, Readiness, etag};
use service::people::Place;
use service::superuser::{Filter, Which, place};
use utoipa::ToSchema;

use super::body::{Answer, Body, id, ok, tagged, would};
use super::page::{self, Search, cut, one_more};
use super::part::Part;
use super::representation::{Account, AccountList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::Caller;

pub fn routes(routes: &mut Routes) {
    const TAG: &str = "Instance";
    routes.add(
        (Method::Get, "/instance/accounts"),
        Access::Superuser,
        (TAG, "list_accounts", "List all accounts"),
        accounts,
        |route| {
            route
                .query(&[
                    ("query", "Part of name, username or e-mail address"),
                    ("status", "suspended or superuser; without it all"),
                ])
                .query(page::PARAMETERS)
                .answers::<AccountList>(200, "By name")
        },
    );
    routes.add(
        (Method::Get, "/instance/superusers"),
        Access::Superuser,
        (TAG, "list_superusers", "List superusers"),
        superusers,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<AccountList>(200, "All of them, by name")
        },
    );
    routes.add(
        (Method::Put, "/instance/superusers/{account}"),
        Access::Superuser,
        (TAG, "grant_superuser", "Make an account superuser"),
        grant,
        |route| {
            route
                .conditional()
                .answers::<Account>(200, "The account as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/instance/superusers/{account}"),
        Access::Superuser,
        (TAG, "revoke_superuser", "Make an account superuser no more"),
        revoke,
        |route| {
            route
                .conditional()
                .answers::<Account>(200, "The account as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/instance/policies"),
        Access::Superuser,
        (TAG, "get_instance_policies", "See the instance's policies"),
        policies,
        |route| route.answers::<InstancePoliciesBody>(200, "The policies"),
    );
    routes.add(
        (Method::Patch, "/instance/policies"),
        Access::Superuser,
        (TAG, "change_instance_policies", "Change the instance's policies"),
        change_policies,
        |route| {
            route
                .conditional()
                .takes::<InstancePoliciesBody>()
                .answers::<InstancePoliciesBody>(200, "The policies as they are now")
                .previews()
        },
    );
}

/// For the document alone.
#[derive(Serialize, ToSchema)]
struct InstancePoliciesBody {
    anyone_may_open: Option<bool>,
    /// Whether Owners may delete their organization.
    owners_may_delete: Option<bool>,
    /// ask or add
    existing_accounts: Option<String>,
    /// Days that entries of the instance's own audit log are kept; null: for ever.
    audit_retention_days: Option<u32>,
}

async fn accounts(State(app): State<App>, Caller(request): Caller, Query(search): Query<Search>) -> Answer {
    let paging = search.paging();
    let (limit, after) = (paging.limit()?, paging.cursor::<(String, String)>()?);
    let which = match search.status() {
        None => Which::All,
        Some("suspended") => Which::Suspended,
        Some("superuser") => Which::Superusers,
        _ => return Err(page::invalid("status", "must be suspended or superuser")),
    };
    let after = match after {
        Some((name, last)) => Some(Place {
            name_key: name,
            id: id::<AccountId>(&last, "cursor")?.uuid(),
        }),
        None => None,
    };
    let filter = Filter {
        needle: search.needle(),
        which,
        after,
    };
    let (found, more) = cut(app.roster.accounts(&request, &filter, one_more(limit)).await?, limit);
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|last| page::cursor(&(place(last).name_key, last.id)));
    Ok(ok(&AccountList {
        items: found.into_iter().map(Account::from).collect(),
        next_cursor,
    }))
}

async fn superusers(State(app): State<App>, Caller(request): Caller, part: Part) -> Answer {
    let found = app.roster.superusers(&request).await?;
    let accounts = found.into_iter().map(Account::from);
    let (items, next_cursor) = part.of(accounts, |account| {
        let email = account.email.as_deref().unwrap_or_default();
        [&account.id, &account.name, &account.username, email]
    });
    Ok(ok(&AccountList { items, next_cursor }))
}

async fn grant(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>) -> Answer {
    set(&app, &request, &account, true).await
}

async fn revoke(State(app): State<App>, Caller(request): Caller, Path(account): Path<String>) -> Answer {
    set(&app, &request, &account, false).await
}

async fn set(app: &App, request: &Request, account: &str, superuser: bool) -> Answer {
    let changed = app
        .roster
        .set_superuser(request, id(account, "account")?, superuser)
        .await?;
    if request.dry_run {
        let subject = Subject {
            kind: "account",
            id: changed.id.to_string(),
            name: changed.name,
        };
        let detail = if superuser {
            "is superuser from then on"
        } else {
            "is superuser no more"
        };
        return Ok(would(Kind::Changed, subject, detail));
    }
    let tag = service::account::etag(&changed);
    Ok(tagged(&Account::from(changed), &tag))
}

async fn policies(State(app): State<App>, Caller(request): Caller) -> Answer {
    let policies = app.roster.instance_policies(&request).await?;
    Ok(tagged(&policies, &etag(&policies)))
}

async fn change_policies(
    State(app): State<App>,
    Caller(request): Caller,
    Body(change): Body<InstancePolicyChange>,
) -> Answer {
    let policies = app.roster.change_instance_policies(&request, change).await?;
    if request.dry_run {
        let subject = Subject {
            kind: "instance",
            id: String::new(),
            name: "instance".to_owned(),
        };
        return Ok(would(Kind::Changed, subject, &format!("policies: {}", json!(policies))));
    }
    Ok(tagged(&policies, &etag(&policies)))
}

/// The program runs.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The program can serve: the database answers, and takes what is written.
pub async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.roster.readiness().await {
        Readiness::Ready => (StatusCode::OK, "ready\n"),
        Readiness::Silent => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
        Readiness::ReadOnly => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database takes no changes: its disk is full or fails, or it may only be read\n",
        ),
    }
}

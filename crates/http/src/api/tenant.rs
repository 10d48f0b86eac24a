//! The organizations of the instance, for superusers: listed with deleted ones, disabled, enabled, restored.

use axum::extract::State;
use axum::response::Response;
use domain::id::OrganizationId;
use domain::organization::{Flag, OrganizationStatus};
use serde::Deserialize;
use service::OrganizationRef;
use service::organization::etag;
use service::tenant::{self, Filter, Tenant as Found};
use utoipa::ToSchema;

use super::body::{Answer, MaybeBody, ok, outcome, tagged};
use super::page::{self, Search, cut, invalid, one_more};
use super::representation::{Tenant, TenantList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::Caller;

pub fn routes(routes: &mut Routes) {
    const TAG: &str = "Instance";
    routes.add(
        (Method::Get, "/instance/organizations"),
        Access::Superuser,
        (TAG, "list_tenants", "List the instance's organizations"),
        list,
        |route| {
            route
                .query(&[
                    ("query", "Part of name or slug"),
                    (
                        "status",
                        "active, awaiting_owner, disabled or deleted; without it all but deleted ones",
                    ),
                ])
                .query(page::PARAMETERS)
                .answers::<TenantList>(200, "By name")
        },
    );
    routes.add(
        (Method::Get, "/instance/organizations/{org}"),
        Access::Superuser,
        (TAG, "get_tenant", "See one of the instance's organizations"),
        get,
        |route| route.answers::<Tenant>(200, "The organization, deleted or not"),
    );
    routes.add(
        (Method::Put, "/instance/organizations/{org}/disablement"),
        Access::Superuser,
        (TAG, "disable_organization", "Let nobody into an organization"),
        disable,
        |route| {
            route
                .conditional()
                .takes::<DisablementBody>()
                .answers::<Tenant>(200, "The organization as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/instance/organizations/{org}/disablement"),
        Access::Superuser,
        (TAG, "enable_organization", "Let an organization's people in again"),
        enable,
        |route| {
            route
                .conditional()
                .answers::<Tenant>(200, "The organization as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/instance/organizations/{org}/restoration"),
        Access::Superuser,
        (TAG, "restore_organization", "Bring a deleted organization back"),
        restore,
        |route| {
            route
                .conditional()
                .answers::<Tenant>(200, "The organization as it is now")
                .previews()
        },
    );
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct DisablementBody {
    reason: Option<String>,
}

async fn list(State(app): State<App>, Caller(request): Caller, Query(search): Query<Search>) -> Answer {
    let paging = search.paging();
    let limit = paging.limit()?;
    let after = match paging.cursor::<(String, String)>()? {
        Some((name, id)) => Some((name, super::body::id::<OrganizationId>(&id, "cursor")?)),
        None => None,
    };
    let status = match search.status() {
        None => None,
        Some(status) => Some(
            OrganizationStatus::parse(status)
                .ok_or_else(|| invalid("status", "must be active, awaiting_owner, disabled or deleted"))?,
        ),
    };
    let filter = Filter {
        needle: search.needle(),
        status,
        after,
    };
    let (found, more) = cut(app.roster.tenants(&request, &filter, one_more(limit)).await?, limit);
    let flags = app.roster.tenant_flags(&request, &found).await?;
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|last| page::cursor(&tenant::place(&last.organization)));
    let items = found.into_iter().map(|found| {
        let flags = flags.get(&found.organization.id).map_or(&[][..], Vec::as_slice);
        Tenant::flagged(found, flags)
    });
    Ok(ok(&TenantList {
        items: items.collect(),
        next_cursor,
    }))
}

async fn get(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let found = app.roster.tenant(&request, &OrganizationRef::parse(&org)).await?;
    shown(&app, &request, found).await
}

async fn disable(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    MaybeBody(body): MaybeBody<DisablementBody>,
) -> Answer {
    let changed = app
        .roster
        .disable_organization(&request, &OrganizationRef::parse(&org), body.reason.as_deref())
        .await?;
    Ok(outcome(changed, |found| tenant(found, &[])))
}

async fn enable(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let changed = app
        .roster
        .enable_organization(&request, &OrganizationRef::parse(&org))
        .await?;
    Ok(outcome(changed, |found| tenant(found, &[])))
}

async fn restore(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let changed = app
        .roster
        .restore_organization(&request, &OrganizationRef::parse(&org))
        .await?;
    Ok(outcome(changed, |found| tenant(found, &[])))
}

async fn shown(app: &App, request: &service::Request, found: Found) -> Answer {
    let flags = app.roster.tenant_flags(request, std::slice::from_ref(&found)).await?;
    let flags: Vec<Flag> = flags.into_values().flatten().collect();
    Ok(tenant(found, &flags))
}

fn tenant(found: Found, flags: &[Flag]) -> Response {
    let tag = etag(&found.organization);
    tagged(&Tenant::flagged(found, flags), &tag)
}

//! Roles and the permission catalogue, to look at.

use axum::extract::{Path, State};
use domain::permission::{Permission as Own, RoleView};
use service::OrganizationRef;
use service::{catalogue, role};

use super::body::{Answer, ok};
use super::representation::{Permission, PermissionList, Role, RoleList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::context::Caller;

const VIEW: Access = Access::Permission(Own::RoleView);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/roles"),
        VIEW,
        ("Roles", "list_roles", "List roles"),
        list,
        |route| route.answers::<RoleList>(200, "All roles, with how many have each"),
    );
    routes.add(
        (Method::Get, "/organizations/{org}/roles/{role}"),
        VIEW,
        ("Roles", "get_role", "See a role"),
        get,
        |route| route.answers::<Role>(200, "The role"),
    );
    routes.add(
        (Method::Get, "/organizations/{org}/permissions"),
        VIEW,
        ("Roles", "list_permissions", "List permissions"),
        permissions,
        |route| route.answers::<PermissionList>(200, "Roster's own, then the declared ones"),
    );
}

async fn list(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let seen = app
        .roster
        .see::<RoleView>(&request, &OrganizationRef::parse(&org))
        .await?;
    let items = role::list(seen).await?.into_iter().map(Role::from).collect();
    Ok(ok(&RoleList {
        items,
        next_cursor: None,
    }))
}

async fn get(
    State(app): State<App>,
    Caller(request): Caller,
    Path((org, reference)): Path<(String, String)>,
) -> Answer {
    let seen = app
        .roster
        .see::<RoleView>(&request, &OrganizationRef::parse(&org))
        .await?;
    Ok(ok(&Role::from(role::get(seen, &reference).await?)))
}

async fn permissions(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let seen = app
        .roster
        .see::<RoleView>(&request, &OrganizationRef::parse(&org))
        .await?;
    let items = catalogue::list(seen)
        .await?
        .into_iter()
        .map(|known| Permission {
            name: known.name,
            applies_to: known.applies_to.name().to_owned(),
            module: known.module,
            description: known.description,
            carries: known.carries,
        })
        .collect();
    Ok(ok(&PermissionList {
        items,
        next_cursor: None,
    }))
}

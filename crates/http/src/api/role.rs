//! Roles and the permission catalogue.
use domain::permission::{Level, Permission as Own, RoleManage, RoleView};
use serde::Deserialize;
use service::catalogue::registration::{NewPermission, register};
use service::role::making::{NewRole, RoleEdit};
use service::role::{deletion, etag, making};
use service::{catalogue, role};
use utoipa::ToSchema;

use super::body::{Answer, Body, cleared, created, given, nothing, ok, outcome, tagged};
use super::inside::Inside;
use super::page;
use super::part::Part;
use super::representation::{Permission, PermissionList, Role, RoleList};
use super::route::{Access, Method, Parameter, Routes};
use crate::api::address::{Path, Query};
use crate::problem::Problem;

const TAG: &str = "Roles";
const VIEW: Access = Access::Permission(Own::RoleView);
const MANAGE: Access = Access::Permission(Own::RoleManage);
const LEVEL: Parameter = (
    "applies_to",
    "organization (the usual) or project: of which level a slug is",
);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/roles"),
        VIEW,
        (TAG, "list_roles", "List roles"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<RoleList>(200, "All roles, with how many have each")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/roles"),
        MANAGE,
        (TAG, "create_role", "Make a custom role"),
        create,
        |route| route.takes::<NewRoleBody>().answers::<Role>(201, "The role").previews(),
    );
    routes.add(
        (Method::Get, "/organizations/{org}/roles/{role}"),
        VIEW,
        (TAG, "get_role", "See a role"),
        get,
        |route| route.query(&[LEVEL]).answers::<Role>(200, "The role"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}/roles/{role}"),
        MANAGE,
        (TAG, "edit_role", "Change a custom role"),
        edit,
        |route| {
            route
                .conditional()
                .query(&[LEVEL])
                .takes::<RoleEditBody>()
                .answers::<Role>(200, "The role as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/roles/{role}"),
        MANAGE,
        (TAG, "delete_role", "Delete a custom role"),
        delete,
        |route| {
            route
                .conditional()
                .query(&[
                    LEVEL,
                    ("replace_with", "The role that whoever holds this one gets instead"),
                ])
                .answers_nothing(204, "No role any more")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/permissions"),
        VIEW,
        (TAG, "list_permissions", "List permissions"),
        permissions,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<PermissionList>(200, "Roster's own, then the declared ones")
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/permissions"),
        MANAGE,
        (
            TAG,
            "register_permissions",
            "Declare an application's permissions, all of them",
        ),
        register_permissions,
        |route| {
            route
                .takes::<CatalogueBody>()
                .answers::<PermissionList>(200, "The application's permissions as they are now")
                .previews()
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRoleBody {
    name: String,
    /// Made from the name where left out.
    slug: Option<String>,
    description: Option<String>,
    /// grey, red, orange, amber, green, teal, blue, indigo, violet or pink
    colour: Option<String>,
    /// organization (the usual) or project
    #[schema(value_type = Option<String>)]
    applies_to: Option<Level>,
    #[serde(default)]
    permissions: Vec<String>,
}

impl From<NewRoleBody> for NewRole {
    fn from(body: NewRoleBody) -> Self {
        Self {
            name: body.name,
            slug: body.slug,
            description: body.description,
            colour: body.colour,
            applies_to: body.applies_to,
            permissions: body.permissions,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleEditBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    slug: Option<String>,
    #[serde(default, deserialize_with = "cleared")]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    colour: Option<String>,
    /// All of them, in the place of those it had.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    permissions: Option<Vec<String>>,
}

impl From<RoleEditBody> for RoleEdit {
    fn from(body: RoleEditBody) -> Self {
        Self {
            name: body.name,
            slug: body.slug,
            description: body.description,
            colour: body.colour,
            permissions: body.permissions,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CatalogueBody {
    /// Whose they are; what this application declared before and leaves out now goes.
    application: String,
    permissions: Vec<PermissionBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PermissionBody {
    name: String,
    /// organization or project
    #[schema(value_type = String)]
    applies_to: Level,
    /// The part of the application it belongs to; roles show them together.
    module: Option<String>,
    description: String,
    /// Roster's own permissions of the same level that come with it.
    #[serde(default)]
    carries: Vec<String>,
}

impl From<PermissionBody> for NewPermission {
    fn from(body: PermissionBody) -> Self {
        Self {
            name: body.name,
            applies_to: body.applies_to,
            module: body.module,
            description: body.description,
            carries: body.carries,
        }
    }
}

#[derive(Deserialize)]
struct RoleQuery {
    applies_to: Option<String>,
    replace_with: Option<String>,
}

impl RoleQuery {
    fn level(&self) -> Result<Level, Problem> {
        match self.applies_to.as_deref().filter(|text| !text.is_empty()) {
            None => Ok(Level::Organization),
            Some(text) => {
                Level::parse(text).ok_or_else(|| page::invalid("applies_to", "must be organization or project"))
            }
        }
    }
}

type Target = Path<(String, String)>;

async fn list(inside: Inside, part: Part) -> Answer {
    let mut seen = inside.see::<RoleView>().await?;
    let roles = role::list(&mut seen).await?.into_iter().map(Role::from);
    let (items, next_cursor) = part.of(roles, |role| [&role.id, &role.slug, &role.name]);
    Ok(ok(&RoleList { items, next_cursor }))
}

async fn create(inside: Inside, Path(org): Path<String>, Body(body): Body<NewRoleBody>) -> Answer {
    let authorized = inside.change::<RoleManage>().await?;
    let made = making::create(authorized, body.into()).await?;
    Ok(outcome(made, |made| {
        let location = format!("/api/v1/organizations/{org}/roles/{}", made.role.id);
        let tag = etag(&made.role);
        created(&Role::from(made), &tag, &location)
    }))
}

async fn get(inside: Inside, Path((_, reference)): Target, Query(query): Query<RoleQuery>) -> Answer {
    let mut seen = inside.see::<RoleView>().await?;
    let found = role::get(&mut seen, query.level()?, &reference).await?;
    let tag = etag(&found.role);
    Ok(tagged(&Role::from(found), &tag))
}

async fn edit(
    inside: Inside,
    Path((_, reference)): Target,
    Query(query): Query<RoleQuery>,
    Body(body): Body<RoleEditBody>,
) -> Answer {
    let authorized = inside.change::<RoleManage>().await?;
    let edited = making::edit(authorized, query.level()?, &reference, body.into()).await?;
    Ok(outcome(edited, |edited| {
        let tag = etag(&edited.role);
        tagged(&Role::from(edited), &tag)
    }))
}

async fn delete(inside: Inside, Path((_, reference)): Target, Query(query): Query<RoleQuery>) -> Answer {
    let authorized = inside.change::<RoleManage>().await?;
    let replacement = query.replace_with.as_deref().filter(|role| !role.is_empty());
    let deleted = deletion::delete(authorized, query.level()?, &reference, replacement).await?;
    Ok(outcome(deleted, |()| nothing()))
}

async fn permissions(inside: Inside, part: Part) -> Answer {
    let mut seen = inside.see::<RoleView>().await?;
    let known = catalogue::list(&mut seen).await?.into_iter().map(shown);
    let (items, next_cursor) = part.of(known, |known| [&known.name, &known.description]);
    Ok(ok(&PermissionList { items, next_cursor }))
}

fn shown(known: catalogue::Known) -> Permission {
    Permission {
        name: known.name,
        applies_to: known.applies_to.name().to_owned(),
        module: known.module,
        description: known.description,
        carries: known.carries,
        application: known.application,
    }
}

async fn register_permissions(inside: Inside, Body(body): Body<CatalogueBody>) -> Answer {
    let authorized = inside.change::<RoleManage>().await?;
    let permissions = body.permissions.into_iter().map(NewPermission::from).collect();
    let registered = register(authorized, &body.application, permissions).await?;
    Ok(outcome(registered, |declared| {
        let items = declared.into_iter().map(catalogue::Known::from).map(shown).collect();
        ok(&PermissionList {
            items,
            next_cursor: None,
        })
    }))
}

//! Who is mapped to a project.
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::Timestamp;
use domain::permission::{Permission, ProjectAccessManage, ProjectAccessView};
use serde::Deserialize;
use service::project::access::{self, Place};
use service::project::repository;
use utoipa::ToSchema;

use super::body::{Answer, Body, nothing, ok, outcome};
use super::inside::Inside;
use super::page::{self, Search};
use super::representation::{ProjectAccess, ProjectMapping};
use super::route::{Access, Method, Routes};
use crate::api::address::{Path, Query};

const TAG: &str = "Projects";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/projects/{project}/access"),
        Access::Permission(Permission::ProjectAccessView),
        (TAG, "list_project_access", "List who has access to a project"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<ProjectAccess>(200, "Who is mapped, by name, and who else reaches it")
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/projects/{project}/access/{subject}"),
        Access::Permission(Permission::ProjectAccessManage),
        (
            TAG,
            "grant_project_access",
            "Give a member, group or service account a role on a project",
        ),
        grant,
        |route| {
            route
                .takes::<AccessBody>()
                .answers::<ProjectMapping>(200, "The access as it is now")
                .previews()
        },
    );
    routes.add(
        (
            Method::Delete,
            "/organizations/{org}/projects/{project}/access/{subject}",
        ),
        Access::Permission(Permission::ProjectAccessManage),
        (TAG, "revoke_project_access", "Take somebody's role on a project away"),
        revoke,
        |route| route.answers_nothing(204, "No access any more").previews(),
    );
    repository_routes(routes);
}

/// Kept in the order of the paths: what asks hosts comes after what is decided here.
fn repository_routes(routes: &mut Routes) {
    routes.add(
        (
            Method::Post,
            "/organizations/{org}/projects/{project}/repository-inquiries",
        ),
        Access::Permission(Permission::ProjectAccessManage),
        (
            TAG,
            "ask_project_repository",
            "Have the host asked again who works on the project's repository, in one's own name",
        ),
        ask_again,
        |route| route.answers_nothing(202, "It is asked within seconds").previews(),
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccessBody {
    /// A project role, by id or slug.
    role: String,
    /// When it ends by itself.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

async fn list(inside: Inside, Path((_, project)): Path<(String, String)>, Query(search): Query<Search>) -> Answer {
    let mut seen = inside.see_on::<ProjectAccessView>(&project).await?;
    let (paging, needle) = (search.paging(), search.needle());
    let after: Option<(String, String)> = paging.cursor()?;
    let after = after.map(|(name_key, subject)| Place { name_key, subject });
    let found = access::list(&mut seen, needle.as_deref(), after, paging.limit()?).await?;
    Ok(ok(&ProjectAccess::at(found, inside.request.now)))
}

async fn ask_again(inside: Inside, Path((_, project)): Path<(String, String)>) -> Answer {
    let authorized = inside.change_on::<ProjectAccessManage>(&project).await?;
    Ok(outcome(repository::ask_again(authorized).await?, |()| {
        StatusCode::ACCEPTED.into_response()
    }))
}

async fn grant(
    inside: Inside,
    Path((_, project, subject)): Path<(String, String, String)>,
    Body(body): Body<AccessBody>,
) -> Answer {
    let authorized = inside.change_on::<ProjectAccessManage>(&project).await?;
    Ok(outcome(
        access::grant(authorized, &subject, &body.role, body.until).await?,
        |mapping| ok(&ProjectMapping::at(mapping, inside.request.now)),
    ))
}

async fn revoke(inside: Inside, Path((_, project, subject)): Path<(String, String, String)>) -> Answer {
    let authorized = inside.change_on::<ProjectAccessManage>(&project).await?;
    Ok(outcome(access::revoke(authorized, &subject).await?, |()| nothing()))
}

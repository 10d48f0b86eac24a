//! Projects, and whose they are.
use domain::id::MemberId;
use domain::permission::{OrganizationView, Permission, ProjectCreate, ProjectDelete, ProjectManage, ProjectView};
use domain::project::Visibility;
use serde::Deserialize;
use service::Outcome;
use service::project::{self, NewProject, Place, ProjectEdit, etag, owner};
use utoipa::ToSchema;

use super::body::{Answer, Body, cleared, created, given, id, nothing, ok, outcome, present, tagged};
use super::inside::Inside;
use super::page::{self, Paging};
use super::representation::{Project, ProjectList, Repository};
use super::route::{Access, Method, Routes};
use crate::api::address::{Path, Query};
use crate::problem::Problem;

const TAG: &str = "Projects";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/projects"),
        Access::Permission(Permission::OrganizationView),
        (TAG, "list_projects", "List the projects that the caller may see"),
        list,
        |route| {
            route
                .query(&[("query", "Part of name or slug")])
                .query(page::PARAMETERS)
                .answers::<ProjectList>(200, "By name")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/projects"),
        Access::Permission(Permission::ProjectCreate),
        (TAG, "create_project", "Create a project"),
        create,
        |route| {
            route
                .takes::<NewProjectBody>()
                .answers::<Project>(201, "The project; its creator owns it, unless another was named")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/projects/{project}"),
        Access::Permission(Permission::ProjectView),
        (TAG, "get_project", "See a project"),
        get,
        |route| route.answers::<Project>(200, "The project"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}/projects/{project}"),
        Access::Permission(Permission::ProjectEdit),
        (TAG, "edit_project", "Change a project"),
        edit,
        |route| {
            route
                .conditional()
                .takes::<ProjectEditBody>()
                .answers::<Project>(200, "The project as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/projects/{project}"),
        Access::Permission(Permission::ProjectDelete),
        (
            TAG,
            "delete_project",
            "Delete a project with its tokens and everybody's access",
        ),
        delete,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "The project is gone")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/projects/{project}/owner"),
        Access::Permission(Permission::ProjectManage),
        (TAG, "transfer_project", "Transfer a project to another member"),
        transfer,
        |route| {
            route
                .conditional()
                .takes::<OwnerBody>()
                .answers::<Project>(200, "The project as it is now")
                .previews()
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProjectBody {
    name: String,
    /// Made from the name where left out.
    slug: Option<String>,
    description: Option<String>,
    /// everyone or members_only
    visibility: Option<String>,
    repository: Option<Repository>,
    /// A member's id. Only who manages every project may name another.
    owner: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectEditBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    slug: Option<String>,
    #[serde(default, deserialize_with = "cleared")]
    description: Option<String>,
    /// everyone or members_only
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    visibility: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Repository>)]
    repository: Option<Option<Repository>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerBody {
    /// A member's id.
    pub member: String,
}

#[derive(Deserialize)]
struct Filters {
    query: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

fn visibility(text: Option<&str>) -> Result<Option<Visibility>, Problem> {
    let wrong = || page::invalid("visibility", "must be everyone or members_only");
    text.map(|text| Visibility::parse(text).ok_or_else(wrong)).transpose()
}

/// A member named in a body.
pub fn member(text: &str, field: &str) -> Result<MemberId, Problem> {
    let wrong = || page::invalid(field, "must be a member's id");
    text.parse().map_err(|_| wrong())
}

async fn list(inside: Inside, Query(filters): Query<Filters>) -> Answer {
    let mut seen = inside.see::<OrganizationView>().await?;
    let paging = Paging::of(filters.limit, filters.cursor);
    let after: Option<(String, String)> = paging.cursor()?;
    let after = match after {
        Some((name_key, last)) => Some(Place {
            name_key,
            id: id(&last, "project").map_err(|_| page::invalid("cursor", "is none of this list"))?,
        }),
        None => None,
    };
    let found = project::list(&mut seen, filters.query.as_deref(), after, paging.limit()?).await?;
    let items = found
        .projects
        .into_iter()
        .map(|seen| Project::of(seen.project, seen.facts.open))
        .collect();
    let next = found.next.as_ref();
    Ok(ok(&ProjectList {
        items,
        next_cursor: next.map(|place| page::cursor(&(&place.name_key, place.id.to_string()))),
    }))
}

async fn create(inside: Inside, Path(org): Path<String>, Body(body): Body<NewProjectBody>) -> Answer {
    let authorized = inside.change::<ProjectCreate>().await?;
    let owner = body.owner.as_deref().filter(|owner| !owner.is_empty());
    let new = NewProject {
        name: body.name,
        slug: body.slug,
        description: body.description,
        visibility: visibility(body.visibility.as_deref())?,
        repository: body.repository.map(Into::into),
        owner: owner.map(|owner| member(owner, "owner")).transpose()?,
    };
    Ok(outcome(project::create(authorized, new).await?, |project| {
        let location = format!("/api/v1/organizations/{org}/projects/{}", project.id);
        let (tag, open) = (etag(&project), project.visibility == Visibility::Everyone);
        created(&Project::of(project, open), &tag, &location)
    }))
}

async fn get(inside: Inside, Path((_, reference)): Path<(String, String)>) -> Answer {
    let seen = inside.see_on::<ProjectView>(&reference).await?;
    let found = project::get(&seen)?;
    let tag = etag(&found.project);
    Ok(tagged(&Project::of(found.project, found.facts.open), &tag))
}

async fn edit(
    inside: Inside,
    Path((_, reference)): Path<(String, String)>,
    Body(body): Body<ProjectEditBody>,
) -> Answer {
    let authorized = inside.change_on::<ProjectView>(&reference).await?;
    let edit = ProjectEdit {
        name: body.name,
        slug: body.slug,
        description: body.description,
        visibility: visibility(body.visibility.as_deref())?,
        repository: body.repository.map(|repository| repository.map(Into::into)),
    };
    Ok(told(project::edit(authorized, edit).await?))
}

async fn delete(inside: Inside, Path((_, reference)): Path<(String, String)>) -> Answer {
    let authorized = inside.change_on::<ProjectDelete>(&reference).await?;
    Ok(outcome(project::delete(authorized).await?, |()| nothing()))
}

async fn transfer(inside: Inside, Path((_, reference)): Path<(String, String)>, Body(body): Body<OwnerBody>) -> Answer {
    let authorized = inside.change_on::<ProjectManage>(&reference).await?;
    Ok(told(
        owner::transfer(authorized, member(&body.member, "member")?).await?,
    ))
}

fn told(changed: Outcome<project::Changed>) -> axum::response::Response {
    outcome(changed, |changed| {
        let tag = etag(&changed.project);
        tagged(&Project::of(changed.project, changed.open), &tag)
    })
}

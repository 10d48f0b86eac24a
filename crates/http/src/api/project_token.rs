//! Tokens of a project.
use axum::response::Response;
use domain::Timestamp;
use domain::id::TokenId;
use domain::permission::{Permission, ProjectTokenManage};
use serde::{Deserialize, Serialize};
use service::project::token::{self, NewProjectToken};
use utoipa::ToSchema;

use super::body::{Answer, Body, created, id, nothing, ok, outcome, tagged};
use super::inside::Inside;
use super::page;
use super::part::Part;
use super::project::{OwnerBody, member};
use super::representation::{ProjectToken, ProjectTokenList};
use super::route::{Access, Method, Routes};
use crate::api::address::Path;

const TAG: &str = "Projects";
const MANAGE: Access = Access::Permission(Permission::ProjectTokenManage);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/projects/{project}/tokens"),
        MANAGE,
        (TAG, "list_project_tokens", "List the tokens of a project"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<ProjectTokenList>(200, "The latest first")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/projects/{project}/tokens"),
        MANAGE,
        (TAG, "create_project_token", "Create a token of a project"),
        create,
        |route| {
            route
                .takes::<NewTokenBody>()
                .answers::<CreatedToken>(201, "The token, shown this once; its creator owns it")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/projects/{project}/tokens/{token}"),
        MANAGE,
        (TAG, "get_project_token", "See a token of a project"),
        get,
        |route| route.answers::<ProjectToken>(200, "The token without its secret"),
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/projects/{project}/tokens/{token}"),
        MANAGE,
        (TAG, "revoke_project_token", "Revoke a token of a project"),
        revoke,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "It signs nobody in any more")
                .previews()
        },
    );
    routes.add(
        (
            Method::Put,
            "/organizations/{org}/projects/{project}/tokens/{token}/owner",
        ),
        MANAGE,
        (
            TAG,
            "transfer_project_token",
            "Let another member answer for a token of a project",
        ),
        transfer,
        |route| {
            route
                .conditional()
                .takes::<OwnerBody>()
                .answers::<ProjectToken>(
                    200,
                    "The token, which works as long as its new owner holds what it carries",
                )
                .previews()
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTokenBody {
    name: String,
    /// Permissions of projects, by name.
    capabilities: Vec<String>,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize, ToSchema)]
struct CreatedToken {
    #[serde(flatten)]
    #[schema(inline)]
    about: ProjectToken,
    /// The secret itself.
    token: String,
}

async fn list(inside: Inside, Path((_, project)): Path<(String, String)>, part: Part) -> Answer {
    let mut seen = inside.see_on::<ProjectTokenManage>(&project).await?;
    let found = token::list(&mut seen, None, i64::MAX).await?;
    let tokens = found
        .into_iter()
        .map(|token| ProjectToken::at(token, inside.request.now));
    let (items, next_cursor) = part.of(tokens, |token| [&token.id, &token.name]);
    Ok(ok(&ProjectTokenList { items, next_cursor }))
}

async fn create(
    inside: Inside,
    Path((org, project)): Path<(String, String)>,
    Body(body): Body<NewTokenBody>,
) -> Answer {
    let authorized = inside.change_on::<ProjectTokenManage>(&project).await?;
    let new = NewProjectToken {
        name: body.name,
        capabilities: body.capabilities,
        expires_at: body.expires_at,
    };
    Ok(outcome(token::create(authorized, new).await?, |made| {
        let id = made.token.token.id;
        let location = format!("/api/v1/organizations/{org}/projects/{project}/tokens/{id}");
        let tag = token::etag(&made.token);
        let answer = CreatedToken {
            about: ProjectToken::at(made.token, inside.request.now),
            token: made.secret.expose().to_owned(),
        };
        created(&answer, &tag, &location)
    }))
}

async fn get(inside: Inside, Path((_, project, token)): Path<(String, String, String)>) -> Answer {
    let mut seen = inside.see_on::<ProjectTokenManage>(&project).await?;
    let found = token::get(&mut seen, id(&token, "token")?).await?;
    Ok(shown(found, inside.request.now))
}

fn shown(token: domain::project::ProjectToken, now: Timestamp) -> Response {
    let tag = token::etag(&token);
    tagged(&ProjectToken::at(token, now), &tag)
}

async fn revoke(inside: Inside, Path((_, project, token)): Path<(String, String, String)>) -> Answer {
    let authorized = inside.change_on::<ProjectTokenManage>(&project).await?;
    let token: TokenId = id(&token, "token")?;
    Ok(outcome(token::revoke(authorized, token).await?, |()| nothing()))
}

async fn transfer(
    inside: Inside,
    Path((_, project, token)): Path<(String, String, String)>,
    Body(body): Body<OwnerBody>,
) -> Answer {
    let authorized = inside.change_on::<ProjectTokenManage>(&project).await?;
    let token: TokenId = id(&token, "token")?;
    let handed_over = token::hand_over(authorized, token, member(&body.member, "member")?).await?;
    Ok(outcome(handed_over, |token| shown(token, inside.request.now)))
}

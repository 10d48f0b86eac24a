//! Tokens of a project.

use axum::extract::Path;
use domain::Timestamp;
use domain::id::TokenId;
use domain::permission::{Permission, ProjectTokenManage};
use serde::{Deserialize, Serialize};
use service::project::token::{self, NewProjectToken};
use utoipa::ToSchema;

use super::body::{Answer, Body, Query, created, id, nothing, ok, outcome};
use super::inside::Inside;
use super::page::{self, Paging, cut, one_more};
use super::project::{OwnerBody, member};
use super::representation::{ProjectToken, ProjectTokenList};
use super::route::{Access, Method, Routes};

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
                .query(page::PARAMETERS)
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
        (Method::Delete, "/organizations/{org}/projects/{project}/tokens/{token}"),
        MANAGE,
        (TAG, "revoke_project_token", "Revoke a token of a project"),
        revoke,
        |route| route.answers_nothing(204, "It signs nobody in any more").previews(),
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

async fn list(inside: Inside, Path((_, project)): Path<(String, String)>, Query(paging): Query<Paging>) -> Answer {
    let mut seen = inside.see_on::<ProjectTokenManage>(&project).await?;
    let (limit, before) = (paging.limit()?, paging.cursor::<TokenId>()?);
    let (found, more) = cut(token::list(&mut seen, before, one_more(limit)).await?, limit);
    let last = found.last().filter(|_| more);
    let next_cursor = last.map(|token| page::cursor(&token.token.id));
    let items = found
        .into_iter()
        .map(|token| ProjectToken::at(token, inside.request.now))
        .collect();
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
        let answer = CreatedToken {
            about: ProjectToken::at(made.token, inside.request.now),
            token: made.secret.expose().to_owned(),
        };
        created(&answer, "", &location)
    }))
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
    Ok(outcome(handed_over, |token| {
        ok(&ProjectToken::at(token, inside.request.now))
    }))
}

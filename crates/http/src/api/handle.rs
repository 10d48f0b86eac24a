//! Adding people by the handles they have on a host of repositories.

use axum::extract::State;
use domain::permission::Permission;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::federation::RepositoryAccess;
use service::handle::{self, Added, Row};
use service::{OrganizationRef, Outcome};
use utoipa::ToSchema;

use super::body::{Answer, Body, ok};
use super::invitation::SentBody;
use super::page::{self, Paging};
use super::part::Part;
use super::representation::Member;
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::{Path, Query};
use crate::context::Caller;
use crate::problem::Problem;

const TAG: &str = "Members";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/handles"),
        Access::Permission(Permission::InvitationSend),
        (
            TAG,
            "list_handles",
            "List people with access to the repositories of projects",
        ),
        list,
        |route| {
            route
                .query(&[
                    ("provider", "github or bitbucket; by the account of it that I connected"),
                    ("query", "Part of a handle or a name"),
                ])
                .query(page::PARAMETERS)
                .answers::<HandleList>(200, "By handle")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/members/by-handle"),
        Access::Permission(Permission::InvitationSend),
        (TAG, "add_by_handle", "Add people by their handles"),
        add,
        |route| {
            route
                .takes::<HandlesBody>()
                .answers::<ResultList>(
                    200,
                    "A result for each handle, in their order; with dry_run each is only tried",
                )
                .previews()
        },
    );
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    provider: String,
    query: String,
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Handle {
    /// The host's own id.
    id: String,
    handle: String,
    name: Option<String>,
    /// read or write
    access: &'static str,
    repositories: Vec<String>,
    /// Whether they are in the organization already.
    member: bool,
}

/// A repository that the host did not tell of.
#[derive(Debug, Serialize, ToSchema)]
struct Untold {
    repository: String,
    answer: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct HandleList {
    items: Vec<Handle>,
    next_cursor: Option<String>,
    untold: Vec<Untold>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandlesBody {
    /// github or bitbucket
    provider: String,
    /// At most 50; each letter counts.
    handles: Vec<String>,
    /// Id or slug; member where left out.
    role: Option<String>,
}

/// What became of one; beside `status` stands the member, the invitation with its link, or the problem.
#[derive(Serialize, ToSchema)]
struct ResultBody {
    handle: String,
    status: u16,
    #[schema(value_type = Option<Object>)]
    member: Option<Value>,
    #[schema(value_type = Option<Object>)]
    invitation: Option<Value>,
    link: Option<String>,
    #[schema(value_type = Option<Object>)]
    problem: Option<Value>,
    #[schema(value_type = Option<Vec<Object>>)]
    effects: Option<Value>,
    #[schema(value_type = Option<Object>)]
    counts: Option<Value>,
}

#[derive(Serialize, ToSchema)]
struct ResultList {
    items: Vec<ResultBody>,
    next_cursor: Option<String>,
}

async fn list(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let organization = OrganizationRef::parse(&org);
    let found = handle::list(&app.roster, &request, &organization, &asked.provider, &asked.query).await?;
    let items = found.handles.into_iter().map(|one| Handle {
        id: one.seen.id,
        handle: one.seen.handle,
        name: one.seen.name,
        access: match one.access {
            RepositoryAccess::Read => "read",
            RepositoryAccess::Write => "write",
        },
        repositories: one.repositories,
        member: one.is_member,
    });
    let untold = found.untold.into_iter();
    // The host has searched already.
    let part = Part::found(None, &Paging::of(asked.limit, asked.cursor))?;
    let (items, next_cursor) = part.of(items, |one| [&one.id]);
    Ok(ok(&HandleList {
        items,
        next_cursor,
        untold: untold
            .map(|(repository, answer)| Untold { repository, answer })
            .collect(),
    }))
}

async fn add(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<HandlesBody>,
) -> Answer {
    let organization = OrganizationRef::parse(&org);
    let rows = handle::add(
        &app.roster,
        &request,
        &organization,
        &body.provider,
        body.handles,
        body.role.as_deref(),
    )
    .await?;
    let base = &app.roster.settings().public_url;
    Ok(ok(&ResultList {
        items: rows.into_iter().map(|row| shown(row, base, request.now)).collect(),
        next_cursor: None,
    }))
}

fn shown(row: Row, base: &str, now: domain::Timestamp) -> ResultBody {
    let mut body = ResultBody {
        handle: row.handle,
        status: 201,
        member: None,
        invitation: None,
        link: None,
        problem: None,
        effects: None,
        counts: None,
    };
    match row.outcome {
        Ok(Outcome::Done(Added::Member(member))) => {
            body.member = serde_json::to_value(Member::at(*member, now)).ok();
        }
        Ok(Outcome::Done(Added::Invited(sent))) => {
            let mut sent = serde_json::to_value(SentBody::of(*sent, base, now)).unwrap_or_default();
            body.link = sent["link"].as_str().map(str::to_owned);
            body.invitation = Some(sent["invitation"].take());
        }
        Ok(Outcome::Previewed(preview)) => {
            body.status = 200;
            body.effects = Some(json!(preview.effects));
            body.counts = Some(json!(preview.counts));
        }
        Err(error) => {
            let problem = Problem::from(error);
            body.status = problem.status.as_u16();
            body.problem = Some(problem.body());
        }
    }
    body
}

//! Hundreds of members or invitations at once: NDJSON, a line for each row as it is committed.

use axum::body::Body as HttpBody;
use axum::extract::{DefaultBodyLimit, State};
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::permission::Permission;
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use service::bulk::{self, MOST_ROWS, Row};
use service::invitation::NewInvitation;
use service::{OrganizationRef, Outcome};
use utoipa::ToSchema;

use super::body::{Answer, Body};
use super::invitation::{NewInvitationBody, SentBody};
use super::member::{CreatedBody, NewMemberBody};
use super::page;
use super::route::{Access, LINES, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::Caller;
use crate::problem::Problem;

/// Bytes of a list of rows.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

pub fn routes(routes: &mut Routes) {
    let limit = || DefaultBodyLimit::max(BODY_LIMIT);
    routes.add(
        (Method::Post, "/organizations/{org}/members/bulk"),
        Access::Permission(Permission::MemberManage),
        ("Members", "create_members", "Create many members"),
        create.layer(limit()),
        |route| {
            route
                .takes::<MemberRows>()
                .answers::<RowBody>(200, "A line for each row; with dry_run each is only checked")
                .as_kinds(&[LINES])
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/invitations/bulk"),
        Access::Permission(Permission::InvitationSend),
        ("Invitations", "send_invitations", "Invite many people"),
        invite.layer(limit()),
        |route| {
            route
                .takes::<InvitationRows>()
                .answers::<RowBody>(200, "A line for each row; with dry_run each is only checked")
                .as_kinds(&[LINES])
                .previews()
        },
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberRows {
    rows: Vec<NewMemberBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationRows {
    rows: Vec<NewInvitationBody>,
}

/// One line of the answer; beside `status` stands what creating or inviting a single one answers, or the problem.
#[derive(Serialize, ToSchema)]
struct RowBody {
    /// From 1.
    row: usize,
    status: u16,
    #[schema(value_type = Option<Object>)]
    member: Option<Value>,
    #[schema(value_type = Option<Object>)]
    invitation: Option<Value>,
    temporary_password: Option<String>,
    link: Option<String>,
    #[schema(value_type = Option<Object>)]
    problem: Option<Value>,
    /// With dry_run: what the row would do, as a preview has it.
    #[schema(value_type = Option<Vec<Object>>)]
    effects: Option<Value>,
    #[schema(value_type = Option<Object>)]
    counts: Option<Value>,
}

async fn create(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<MemberRows>,
) -> Answer {
    few_enough(body.rows.len())?;
    let rows = body.rows.into_iter().map(Into::into).collect();
    let now = request.now;
    let roster = app.roster.clone();
    let outcomes = bulk::create(app.roster.clone(), request, OrganizationRef::parse(&org), rows).await?;
    Ok(lines(outcomes.map(move |row| {
        line(row, |created| CreatedBody::at(created, &roster, now))
    })))
}

async fn invite(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<InvitationRows>,
) -> Answer {
    few_enough(body.rows.len())?;
    let rows = body.rows.into_iter().map(NewInvitation::from).collect();
    let (base, now) = (app.roster.settings().public_url.clone(), request.now);
    let outcomes = bulk::invite(app.roster.clone(), request, OrganizationRef::parse(&org), rows).await?;
    Ok(lines(
        outcomes.map(move |row| line(row, |sent| SentBody::of(sent, &base, now))),
    ))
}

fn few_enough(rows: usize) -> Result<(), Problem> {
    if rows <= MOST_ROWS {
        Ok(())
    } else {
        Err(page::invalid("rows", "must be at most 10,000; split the list"))
    }
}

fn line<T, B: Serialize>(row: Row<T>, shape: impl FnOnce(T) -> B) -> Value {
    let mut line = match row.outcome {
        Ok(Outcome::Done(value)) => {
            let mut body = serde_json::to_value(shape(value)).unwrap_or_default();
            body["status"] = json!(201);
            body
        }
        Ok(Outcome::Previewed(preview)) => {
            json!({ "status": 200, "effects": preview.effects, "counts": preview.counts })
        }
        Err(error) => {
            let problem = Problem::from(error);
            if let Some(cause) = &problem.cause {
                tracing::error!(cause, row = row.number, "a row failed");
            }
            json!({ "status": problem.status.as_u16(), "problem": problem.body() })
        }
    };
    line["row"] = json!(row.number);
    line
}

fn lines(rows: impl Stream<Item = Value> + Send + 'static) -> Response {
    let chunks = rows.map(|row| Ok::<_, std::convert::Infallible>(Bytes::from(format!("{row}\n"))));
    ([(CONTENT_TYPE, LINES)], HttpBody::from_stream(chunks)).into_response()
}

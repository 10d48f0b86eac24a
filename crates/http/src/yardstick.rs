//! What a check would cost if there were nothing to decide: a bare handler beside the real one, in the same program, that
//! parses the same body, hashes the token and answers the same bytes. And what a page of members would cost if nobody were
//! asked who may see it: a bare handler that runs the same statement and writes the same bytes. What changes cost with nobody to
//! write them down, too. Built for measuring alone.

use std::hint::black_box;
use std::sync::OnceLock;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use bytes::Bytes;
use domain::id::OrganizationId;
use service::people::yardstick;
use sha2::{Digest, Sha256};

use crate::App;
use crate::context::bearer;
use crate::evaluation::body::Evaluation;

static ANSWER: OnceLock<Bytes> = OnceLock::new();

pub fn router(app: App) -> Router {
    Router::new()
        .route("/yardstick/evaluation", post(evaluation).put(prepare))
        .route("/yardstick/members/{org}", get(members))
        .route("/yardstick/audit/{word}", put(audit))
        .route("/yardstick/audit-events/{org}/{count}", post(audit_events))
        .with_state(app)
}

/// Takes the bytes to be answered.
async fn prepare(answer: Bytes) -> StatusCode {
    let _only_once = ANSWER.set(answer);
    StatusCode::NO_CONTENT
}

async fn evaluation(headers: HeaderMap, body: Bytes) -> Response {
    let Ok(asked) = serde_json::from_slice::<Evaluation<'_>>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    black_box(&asked);
    black_box(Sha256::digest(bearer(&headers).unwrap_or_default()));
    let answer = ANSWER.get().cloned().unwrap_or_default();
    ([(CONTENT_TYPE, "application/json")], answer).into_response()
}

/// Whether changes are written down: on or off.
async fn audit(Path(word): Path<String>) -> StatusCode {
    service::audit::yardstick::switch(word == "off");
    StatusCode::NO_CONTENT
}

async fn audit_events(State(app): State<App>, Path((org, count)): Path<(String, i64)>) -> StatusCode {
    let Ok(organization) = org.parse::<OrganizationId>() else {
        return StatusCode::NOT_FOUND;
    };
    let now = app.roster.now();
    match service::audit::yardstick::write(app.roster.store(), organization, count, now).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn members(State(app): State<App>, Path(org): Path<String>) -> Response {
    let Ok(organization) = org.parse::<OrganizationId>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let page = yardstick::page(app.roster.store(), organization).await.ok();
    match page.and_then(|page| serde_json::to_vec(&page).ok()) {
        Some(bytes) => ([(CONTENT_TYPE, "application/json")], bytes).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

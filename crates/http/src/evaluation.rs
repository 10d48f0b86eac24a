//! The door for whoever asks: AuthZEN's evaluation API (OpenID Authorization API 1.0). It stands beside the other routes and
//! not behind what guards them: a check is asked for every request of another application, so nothing is done here that
//! the answer does not need. Only what fails is logged.

pub mod body;
pub mod document;
mod write;

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use serde_json::{Value, json};
use service::Error;
use service::evaluation::{Answer, Asker};

use crate::App;
use crate::context::{address, bearer};
use crate::guard::BODY_LIMIT;
use crate::pace::Paced;
use crate::problem::Problem;
use body::{Evaluation, Evaluations, Semantic};

pub const EVALUATION: &str = "/access/v1/evaluation";
pub const EVALUATIONS: &str = "/access/v1/evaluations";
pub const CONFIGURATION: &str = "/.well-known/authzen-configuration";

/// The most questions of one call.
const MOST: usize = 10_000;
const REQUEST_ID: &str = "x-request-id";

pub fn router() -> Router<App> {
    Router::new()
        .route(EVALUATION, post(evaluation))
        .route(EVALUATIONS, post(evaluations))
        .route(CONFIGURATION, get(configuration))
}

async fn evaluation(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = match read(&app, body).await {
        Ok(bytes) => one(&app, &parts, &bytes).await,
        Err(problem) => Err(problem),
    };
    finish(&parts.headers, answer)
}

async fn evaluations(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let answer = match read(&app, body).await {
        Ok(bytes) => many(&app, &parts, &bytes).await,
        Err(problem) => Err(problem),
    };
    finish(&parts.headers, answer)
}

/// Where the decision point's doors are, as whoever finds it by its public address is told.
async fn configuration(State(app): State<App>) -> Json<Value> {
    let url = &app.roster.settings().public_url;
    Json(json!({
        "policy_decision_point": url,
        "access_evaluation_endpoint": format!("{url}{EVALUATION}"),
        "access_evaluations_endpoint": format!("{url}{EVALUATIONS}"),
    }))
}

async fn read(app: &App, body: axum::body::Body) -> Result<Bytes, Problem> {
    let body = Paced::new(body, app.edge.patience);
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Problem::too_large()),
        Err(_) => Err(malformed("The body was not sent whole.")),
    }
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed", detail)
}

fn parsed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| malformed(format!("The body is no such request: {error}.")))
}

fn token(headers: &HeaderMap) -> Result<&str, Problem> {
    Ok(bearer(headers).ok_or(Error::SignInRequired)?)
}

/// The caller's address is looked at only where it is written down, with the time of last use.
fn from(app: &App, parts: &Parts) -> String {
    if app.edge.trusted_proxies.is_empty() {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        return peer
            .map(|peer| peer.0.ip().to_canonical().to_string())
            .unwrap_or_default();
    }
    address(&app.edge, parts)
}

async fn one(app: &App, parts: &Parts, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let (token, address) = (token(&parts.headers)?, || from(app, parts));
    let mut asker = app.roster.asker(token, &address).await?;
    let asked: Evaluation<'_> = parsed(bytes)?;
    answered(&mut asker, &asked).await
}

async fn answered<'a>(asker: &mut Asker<'a>, asked: &'a Evaluation<'a>) -> Result<Vec<u8>, Problem> {
    let answer = asker.ask(&asked.question(None)?).await?;
    let mut out = Vec::with_capacity(192);
    write::answer(&mut out, &answer);
    Ok(out)
}

async fn many(app: &App, parts: &Parts, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let (token, address) = (token(&parts.headers)?, || from(app, parts));
    let mut asker = app.roster.asker(token, &address).await?;
    let mut asked: Evaluations<'_> = parsed(bytes)?;
    let defaults = asked.defaults();
    if asked.evaluations.is_empty() {
        // As the standard has it: then it is the one question that the defaults ask.
        return answered(&mut asker, &defaults).await;
    }
    if asked.evaluations.len() > MOST {
        return Err(malformed(format!("One call takes {MOST} questions at most.")));
    }
    let mut out = Vec::with_capacity(64 * asked.evaluations.len() + 32);
    out.extend_from_slice(b"{\"evaluations\":[");
    let (mut first_problem, mut any_answer) = (None, false);
    for (number, evaluation) in asked.evaluations.iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        let decided = match evaluation.question(Some(&defaults)) {
            Ok(question) => asker.ask(&question).await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        let allowed = match decided {
            Ok(answer) => {
                any_answer = true;
                write::answer(&mut out, &answer);
                is_yes(&answer)
            }
            // What will fail for all of them fails the call.
            Err(problem) if problem.status.is_server_error() || problem.status == StatusCode::CONFLICT => {
                return Err(problem);
            }
            Err(problem) => {
                write::problem(&mut out, &problem);
                first_problem.get_or_insert(problem);
                false
            }
        };
        if asked.options.semantic.ends_with(allowed) {
            break;
        }
    }
    match first_problem {
        Some(problem) if !any_answer => Err(problem),
        _ => {
            out.extend_from_slice(b"]}");
            Ok(out)
        }
    }
}

fn is_yes(answer: &Answer) -> bool {
    answer.denied.is_none()
}

impl Semantic {
    fn ends_with(self, allowed: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !allowed,
            Self::PermitOnFirstPermit => allowed,
        }
    }
}

/// The answer with its headers: the caller's `X-Request-ID` comes back as it was sent.
fn finish(headers: &HeaderMap, answer: Result<Vec<u8>, Problem>) -> Response {
    let mut response = match answer {
        Ok(json) => {
            let mut response = Response::new(axum::body::Body::from(json));
            let kind = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        }
        Err(problem) if problem.status.is_server_error() => failed(problem),
        Err(problem) => problem.into_response(),
    };
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, nosniff);
    if let Some(id) = headers.get(REQUEST_ID) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
    }
    response
}

/// What fails has an id, to be found in the log by.
fn failed(problem: Problem) -> Response {
    let id = service::ambient::request_id();
    let _within = tracing::error_span!("request", id = %id).entered();
    let mut response = crate::record::as_request(&id, || problem.into_response());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

//! `Idempotency-Key`: a repeated POST gets its first answer, without the secrets that were shown once.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use service::idempotency::Answer;
use service::request::IdempotencyKey;
use service::{Error, ambient};

use crate::App;
use crate::context::{From, bearer};
use crate::problem::Problem;

const HEADER: &str = "idempotency-key";
/// What a first answer may hold that must not be told twice.
const SECRETS: &[&str] = &["temporary_password", "token", "link"];
const LONGEST_KEY: usize = 255;
const LONGEST_BODY: usize = 1024 * 1024;

pub async fn repeatable(State(app): State<App>, request: Request, next: Next) -> Response {
    let key = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let bulk = request.uri().path().ends_with("/bulk");
    match key {
        // Each row of a bulk is refused by itself where it is there already.
        Some(key) if request.method() == Method::POST && !bulk => answer(app, request, next, key)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        _ => next.run(request).await,
    }
}

async fn answer(app: App, request: Request, next: Next, key: String) -> Result<Response, Problem> {
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            "The Idempotency-Key must have 1 to 255 characters.",
        ));
    }
    let (mut parts, body) = request.into_parts();
    let (Some(token), Some(origin)) = (
        bearer(&parts.headers).map(str::to_owned),
        parts.extensions.get::<From>().cloned(),
    ) else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let bytes = to_bytes(body, LONGEST_BODY).await.map_err(|_| Problem::too_large())?;
    let caller = app.roster.authenticate(&token, &origin.0).await?;
    // A first answer is not for a token that reaches less far.
    let reach = format!("{:?}", caller.reach);
    let fingerprint = ambient::fingerprint(&[parts.uri.to_string().as_bytes(), &bytes, reach.as_bytes()]);
    let key = IdempotencyKey { key, fingerprint };
    let asking = service::Request {
        caller,
        origin: origin.0,
        now: app.roster.now(),
        dry_run: false,
        if_match: None,
        idempotency: None,
        undoing: None,
    };
    if let Some(first) = app.roster.first_answer(&asking, &key).await? {
        return Ok(replay(first));
    }
    parts.extensions.insert(key.clone());
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if !response.status().is_success() {
        // Another request with this key may have been faster.
        return match app.roster.first_answer(&asking, &key).await {
            Ok(Some(first)) if response.status() == StatusCode::CONFLICT => Ok(replay(first)),
            _ => Ok(response),
        };
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX)
        .await
        .map_err(|error| Error::Unexpected(error.to_string()))?;
    let first = Answer {
        status: i64::from(parts.status.as_u16()),
        location: parts
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
        body: without_secrets(&bytes),
    };
    app.roster.keep_answer(&asking, &key, &first).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn without_secrets(body: &[u8]) -> String {
    let mut value: Value = serde_json::from_slice(body).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| !SECRETS.contains(&name.as_str()));
    }
    value.to_string()
}

fn replay(first: Answer) -> Response {
    let status = u16::try_from(first.status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    let mut response = (status, [(CONTENT_TYPE, "application/json")], first.body).into_response();
    response
        .headers_mut()
        .insert("idempotency-replayed", HeaderValue::from_static("true"));
    if let Some(location) = first
        .location
        .and_then(|location| HeaderValue::from_str(&location).ok())
    {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

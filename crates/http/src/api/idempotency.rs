//! `Idempotency-Key`: a repeated POST gets its first answer, without the secrets that were shown once.

use std::time::Duration;

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
const SECRETS: &[&str] = &["temporary_password", "token", "link", "secret", "uri", "recovery_codes"];
const LONGEST_KEY: usize = 255;
/// A second in all: what is not kept by then was lost.
const LOOKS: u32 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
const LONGEST_BODY: usize = 1024 * 1024;

pub async fn repeatable(State(app): State<App>, request: Request, next: Next) -> Response {
    let key = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let path = request.uri().path();
    let bulk = path.ends_with("/bulk") || path.ends_with("/organizations/import");
    match key {
        // Each row of a bulk, or line of a file, is refused by itself where it is there already.
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
    let caller = match app.roster.authenticate(&token, &origin.0).await {
        Ok(caller) => caller,
        // Only giving it is let in by now, and a code is good once as it is.
        Err(Error::MfaRequired) => return Ok(next.run(Request::from_parts(parts, Body::from(bytes))).await),
        Err(error) => return Err(error.into()),
    };
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
    let _turn = app.turns.of(asking.caller.identity, &key.key).await;
    if let Some(first) = first_answer(&app, &asking, &key).await? {
        return Ok(replay(first));
    }
    parts.extensions.insert(key.clone());
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if response.status() == StatusCode::CONFLICT {
        // Another node may have been faster with a request of this key.
        return match first_answer(&app, &asking, &key).await {
            Ok(Some(first)) => Ok(replay(first)),
            _ => Ok(response),
        };
    }
    if !response.status().is_success() {
        return Ok(response);
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
    if let Err(error) = app.roster.keep_answer(&asking, &key, &first).await {
        // It is done, and whoever asked is told so; a repetition is told that its answer was lost.
        tracing::warn!(%error, "the first answer to a request that may be repeated was not kept");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// The first answer; where it is not there yet, it is waited for: another node may be about to keep it.
async fn first_answer(app: &App, asking: &service::Request, key: &IdempotencyKey) -> service::Result<Option<Answer>> {
    for _ in 0..LOOKS {
        match app.roster.first_answer(asking, key).await {
            Err(Error::AnswerLost) => tokio::time::sleep(BETWEEN_LOOKS).await,
            known => return known,
        }
    }
    app.roster.first_answer(asking, key).await
}

fn without_secrets(body: &[u8]) -> String {
    let mut value: Value = serde_json::from_slice(body).unwrap_or_default();
    forget_secrets(&mut value);
    value.to_string()
}

/// At every depth: of several who were added at once, each has a link.
fn forget_secrets(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !SECRETS.contains(&name.as_str()));
            fields.values_mut().for_each(forget_secrets);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_secrets),
        _ => {}
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_shown_once_is_not_kept_however_deep_it_stands() {
        let kept =
            |answer: Value| -> Value { serde_json::from_str(&without_secrets(answer.to_string().as_bytes())).unwrap() };
        assert_eq!(
            kept(json!({ "items": [{ "handle": "ada", "link": "https://x/invitations/y" }] })),
            json!({ "items": [{ "handle": "ada" }] })
        );
        let begun = json!({ "secret": "ABC", "uri": "otpauth://totp/x?secret=ABC" });
        assert_eq!(kept(begun), json!({}));
        assert_eq!(kept(json!({ "recovery_codes": ["one", "two"] })), json!({}));
    }
}

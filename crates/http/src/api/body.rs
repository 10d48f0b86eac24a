//! Bodies and queries, parsed or answered with a problem; and answers with their headers.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{ETAG, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::effect::{Effect, Kind, Preview, Subject};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use service::Outcome;

use crate::problem::Problem;

pub type Answer = Result<Response, Problem>;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(value) = Json::<T>::from_request(request, state).await?;
        Ok(Self(value))
    }
}

/// A JSON body that may be left out.
pub struct MaybeBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = bytes::Bytes::from_request(request, state)
            .await
            .map_err(|error| match error.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
                status => Problem::new(status, "malformed", error.body_text()),
            })?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        match Json::<T>::from_bytes(&bytes) {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(rejection.into()),
        }
    }
}

/// Query parameters; unknown ones are for others.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let axum::extract::Query(value) = axum::extract::Query::<T>::from_request_parts(parts, state).await?;
        Ok(Self(value))
    }
}

/// Tells an absent field (`None`) from one that is `null` (`Some(None)`), for PATCH.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// What is done answers by `shape`; what is only tried answers what it would do.
pub fn outcome<T>(outcome: Outcome<T>, shape: impl FnOnce(T) -> Response) -> Response {
    match outcome {
        Outcome::Done(value) => shape(value),
        Outcome::Previewed(preview) => Json(preview).into_response(),
    }
}

/// What one single effect of a change that was only tried is told as.
pub fn would(kind: Kind, subject: Subject, detail: &str) -> Response {
    let mut preview = Preview::default();
    preview.add(Effect::new(kind, subject).detail(detail));
    Json(preview).into_response()
}

pub fn ok(value: &impl Serialize) -> Response {
    Json(value).into_response()
}

pub fn tagged(value: &impl Serialize, etag: &str) -> Response {
    let mut response = Json(value).into_response();
    set(&mut response, ETAG, etag);
    response
}

pub fn created(value: &impl Serialize, etag: &str, location: &str) -> Response {
    let mut response = (StatusCode::CREATED, Json(value)).into_response();
    if !etag.is_empty() {
        set(&mut response, ETAG, etag);
    }
    set(&mut response, LOCATION, location);
    response
}

pub fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn set(response: &mut Response, name: axum::http::HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
}

/// An id of a path; what is no such id names nothing.
pub fn id<I: std::str::FromStr>(text: &str, what: &'static str) -> Result<I, Problem> {
    text.parse().map_err(|_| domain::Refusal::NotFound { what }.into())
}

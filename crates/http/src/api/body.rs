//! Bodies, parsed or answered with a problem; and answers with their headers.

use std::fmt;
use std::marker::PhantomData;

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::effect::{Effect, Kind, Preview, Subject};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use service::Outcome;

use crate::problem::Problem;

pub use domain::policy::given;

pub type Answer = Result<Response, Problem>;

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(Object(value)) = Json::from_request(request, state).await?;
        Ok(Self(value))
    }
}

/// Fields by their names. Without this a list of values would do too, each taken for the field that stands at its place.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Object<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
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
        match Json::<Object<T>>::from_bytes(&bytes) {
            Ok(Json(Object(value))) => Ok(Self(value)),
            Err(rejection) => Err(rejection.into()),
        }
    }
}

/// Tells an absent field (`None`) from one that is `null` (`Some(None)`), for PATCH.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A text that may be empty, for PATCH: `null` empties it.
pub fn cleared<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| Some(text.unwrap_or_default()))
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

/// What has no revision of its own is told apart by what it says.
pub fn seen_as(value: &impl Serialize) -> Response {
    tagged(value, &service::ambient::tag_of(&json!(value)))
}

pub fn created(value: &impl Serialize, etag: &str, location: &str) -> Response {
    let mut response = (StatusCode::CREATED, Json(value)).into_response();
    if !etag.is_empty() {
        set(&mut response, ETAG, etag);
    }
    // What is only begun is nowhere yet.
    if !location.is_empty() {
        set(&mut response, LOCATION, location);
    }
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

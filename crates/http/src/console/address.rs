//! What a page's address says, its path and its query: parsed, or answered with a page.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::refusal::Page;
use crate::problem::Problem;

const UNREADABLE: &str = "The page's address cannot be read: a part of it stands there twice, or has no meaning. \
                          Go to the start page, and open the page from there.";

/// The parameters of a path, by their order.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Page> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(Page::of(rejection)),
        }
    }
}

/// The parameters of a query; unknown ones are for others.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Page> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(_) => Err(Page::of(Problem::new(StatusCode::BAD_REQUEST, "malformed", UNREADABLE))),
        }
    }
}

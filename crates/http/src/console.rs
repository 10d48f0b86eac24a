//! The console: pages over the same operations as the API. Plain forms; POST → redirect → notice.

mod device;
pub mod refusal;
mod time;
pub mod view;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Uri};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::Router;

use crate::{App, assets};

pub fn router(_app: &App) -> Router<App> {
    Router::new()
        .layer(middleware::from_fn(view::forget_notice))
        .route("/assets/{hash}/{name}", get(asset))
        .fallback(refusal::not_found)
}

/// Assets have their content's hash in the address and may be kept for ever.
async fn asset(uri: Uri) -> Response {
    let Some(asset) = assets::get(uri.path()) else { return refusal::not_found().await.into_response() };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, asset.bytes).into_response()
}

//! The REST API.

use axum::Router;

use crate::App;

pub fn router(_app: &App) -> Router<App> {
    Router::new()
}

//! A listener besides the first one: it answers what it serves, and knows that a request came by it.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use domain::listener::Serves;
use service::Roster;

use crate::problem::Problem;

/// The socket that a request came by. The first listener's requests have none.
#[derive(Clone, Copy, Debug)]
pub struct Via(pub SocketAddr);

/// Everything this instance serves, as far as the listener at this socket does.
pub fn at(socket: SocketAddr, roster: Roster, router: Router) -> Router {
    router
        .layer(Extension(Via(socket)))
        .layer(middleware::from_fn_with_state((roster, socket), served))
}

async fn served(State((roster, socket)): State<(Roster, SocketAddr)>, request: Request, next: Next) -> Response {
    match Serves::of(request.uri().path()) {
        Some(asked) if !roster.is_served_at(socket, asked) => not_here(asked),
        _ => next.run(request).await,
    }
}

fn not_here(asked: Serves) -> Response {
    let detail = format!("{} is not served at this address.", asked.label());
    match asked {
        Serves::Console | Serves::Metrics => (StatusCode::NOT_FOUND, format!("{detail}\n")).into_response(),
        Serves::Api | Serves::Access => Problem::new(StatusCode::NOT_FOUND, "not_found", detail).into_response(),
    }
}

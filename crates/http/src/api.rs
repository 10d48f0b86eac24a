//! The REST API: one table of routes, each with what it takes and what it answers. The table makes the router, the OpenAPI
//! document and the tests that walk every route.

mod account;
mod address;
mod audit;
mod audit_forwarding;
mod audit_undo;
mod body;
mod bulk;
mod explanation;
mod group;
mod handle;
mod idempotency;
mod identity;
mod inside;
mod instance;
mod invitation;
mod listener;
mod member;
mod member_removal;
mod member_security;
mod member_standing;
mod mfa;
pub mod moving;
mod openapi;
mod organization;
mod oversight;
pub mod page;
mod part;
mod password_reset;
mod people;
mod project;
mod project_access;
mod project_token;
mod representation;
mod role;
pub mod route;
mod second_factor;
mod service_account;
mod session;
mod set_up;
mod sign_up;
mod signup_domain;
mod single_sign_on;
mod smtp;
mod tenant;
mod tls;
mod token;
mod turn;

use std::sync::LazyLock;

use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::Value;

use crate::App;
use route::Routes;
pub use turn::Turns;

/// Every route of the API, in the order of its documentation.
pub fn routes() -> Routes {
    let mut routes = Routes::default();
    session::routes(&mut routes);
    password_reset::routes(&mut routes);
    sign_up::routes(&mut routes);
    second_factor::routes(&mut routes);
    account::routes(&mut routes);
    mfa::routes(&mut routes);
    token::routes(&mut routes);
    identity::routes(&mut routes);
    organization::routes(&mut routes);
    moving::routes(&mut routes);
    single_sign_on::routes(&mut routes);
    people::routes(&mut routes);
    member::routes(&mut routes);
    handle::routes(&mut routes);
    member_standing::routes(&mut routes);
    member_removal::routes(&mut routes);
    member_security::routes(&mut routes);
    invitation::routes(&mut routes);
    signup_domain::routes(&mut routes);
    bulk::routes(&mut routes);
    role::routes(&mut routes);
    explanation::routes(&mut routes);
    service_account::routes(&mut routes);
    group::routes(&mut routes);
    project::routes(&mut routes);
    project_access::routes(&mut routes);
    project_token::routes(&mut routes);
    audit::routes(&mut routes);
    audit_undo::routes(&mut routes);
    audit_forwarding::routes(&mut routes);
    tenant::routes(&mut routes);
    oversight::routes(&mut routes);
    instance::routes(&mut routes);
    smtp::routes(&mut routes);
    tls::routes(&mut routes);
    listener::routes(&mut routes);
    set_up::routes(&mut routes);
    routes
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = openapi::document(&routes());
    crate::evaluation::document::add_to(&mut document);
    document
});

/// The OpenAPI 3.1 document of this API.
pub fn openapi() -> &'static Value {
    &DOCUMENT
}

pub fn router(app: &App) -> Router<App> {
    let mut routes = routes();
    let api = routes
        .router()
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::repeatable));
    Router::new()
        .nest(
            "/api/v1",
            api.route("/openapi.json", get(|| async { Json(openapi()) }))
                .fallback(nothing_here)
                .method_not_allowed_fallback(no_such_method),
        )
        .route("/healthz", get(instance::healthz))
        .route("/readyz", get(instance::readyz))
}

async fn nothing_here() -> crate::problem::Problem {
    domain::Refusal::NotFound { what: "address" }.into()
}

async fn no_such_method() -> crate::problem::Problem {
    let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
    crate::problem::Problem::new(
        status,
        "method_not_allowed",
        "This address does not take that method; see /docs.",
    )
}

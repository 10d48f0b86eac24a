//! What stands around every route: limits before work, headers after it, compression, and the refusal of requests that
//! another site's page makes.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{App, record};

/// Bytes of a request body; bulk has a limit of its own.
pub const BODY_LIMIT: usize = 1024 * 1024;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

pub fn around(app: App, api: Router<App>, console: Router<App>) -> Router {
    let mut csrf = CsrfLayer::new();
    // Behind a proxy that rewrites Host, a page of ours still names our public address as its origin.
    match csrf.clone().add_trusted_origin(&app.roster.settings().public_url) {
        Ok(trusting) => csrf = trusting,
        Err(error) => tracing::warn!(%error, "the public URL is no origin; forms are checked against Host alone"),
    }
    let console = console.layer(csrf);
    let compressed = SizeAbove::new(512).and(NotForContentType::new("application/x-ndjson"));
    let router = api
        .merge(console)
        .merge(crate::console::open_to_other_sites())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(CatchPanicLayer::new());
    with_headers(&app, router)
        .layer(middleware::from_fn_with_state(app.clone(), record::record))
        .with_state(app)
}

/// What tells a browser to believe no more than what is said.
pub fn with_headers(app: &App, router: Router<App>) -> Router<App> {
    let router = router
        .layer(header(CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .layer(header(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(header(CACHE_CONTROL, "no-store"));
    if !app.edge.secure {
        return router;
    }
    router.layer(header(STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"))
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

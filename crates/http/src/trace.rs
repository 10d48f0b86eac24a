//! A span for each request, for who wants traces: which route, how it ended, by which id it stands in the log. It goes on with
//! the caller's trace (W3C Trace Context). The layer is there only where somebody takes spans; else a request pays nothing.

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use domain::trace::TARGET;
use tracing::field::Empty;
use tracing::{Instrument, Level, Span, trace_span};

/// Asked every few seconds by machines, about nothing that anybody wants to look into.
const UNTRACED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The same routes, each request in a span of its own if somebody takes them.
pub fn around(router: Router) -> Router {
    if tracing::enabled!(target: TARGET, Level::TRACE) {
        router.layer(middleware::from_fn(traced))
    } else {
        router
    }
}

async fn traced(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    if route.is_some_and(|route| UNTRACED.contains(&route)) {
        return next.run(request).await;
    }
    let span = begun(request.method(), route, request.headers());
    let response = next.run(request).instrument(span.clone()).await;
    ended(&span, &response);
    response
}

fn begun(method: &Method, route: Option<&str>, headers: &HeaderMap) -> Span {
    // The pattern alone: a one-time link has its secret in the path.
    let method = known(method);
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    let span = trace_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.name = name,
        traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok()),
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        otel.status = Empty,
        roster.request.id = Empty,
    );
    span
}

fn ended(span: &Span, response: &Response) {
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status", "error");
    }
    if let Some(id) = response.headers().get("x-request-id").and_then(|id| id.to_str().ok()) {
        span.record("roster.request.id", id);
    }
}

/// No word of a caller's own becomes a name.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

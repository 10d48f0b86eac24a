//! One line in the log for each request: what, by whom, how it ended, how long it took, and its id. The route is logged as
//! its pattern, because a one-time link has its secret in the path.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use domain::actor::Identity;
use tracing::Instrument;

use crate::App;
use crate::context::{From, origin};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// Who makes a request, once that is known. The id alone: names and addresses are for the audit log.
#[derive(Clone, Debug, Default)]
pub struct Who(Arc<OnceLock<Identity>>);

impl Who {
    pub fn is(&self, identity: Identity) {
        let _known = self.0.set(identity);
    }

    fn told(&self) -> String {
        match self.0.get() {
            Some(Identity::Account(id)) => id.to_string(),
            Some(Identity::ServiceAccount(id)) => id.to_string(),
            Some(Identity::Project(id)) => id.to_string(),
            None => "-".to_owned(),
        }
    }
}

/// The id of the request being served, for answers and logs.
pub fn current_request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// Does something as part of the request of that id.
pub fn as_request<T>(id: &str, act: impl FnOnce() -> T) -> T {
    REQUEST_ID.sync_scope(id.to_owned(), act)
}

#[expect(clippy::disallowed_methods, reason = "how long a request took decides nothing")]
pub async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = service::ambient::request_id();
    let (mut parts, body) = request.into_parts();
    let origin = origin(&app.edge, &parts, &id);
    let method = parts.method.clone();
    let route = parts
        .extensions
        .get::<MatchedPath>()
        .map_or("-", |path| path.as_str())
        .to_owned();
    let span = tracing::info_span!("request", id = %id);
    let address = origin.address.clone();
    let who = Who::default();
    parts.extensions.insert(From(origin));
    parts.extensions.insert(who.clone());
    let request = Request::from_parts(parts, body);
    let mut response = REQUEST_ID.scope(id.clone(), next.run(request).instrument(span)).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    service::metrics::answered(method.as_str(), &route, status, micros);
    let milliseconds = elapsed.as_secs_f64() * 1_000.0;
    tracing::info!(target: "roster::request", %method, route, status, milliseconds, %address, by = who.told(), id);
    response
}

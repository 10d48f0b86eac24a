//! The edge: the REST API and the console, both over the same operations. A handler parses, asks the service, and answers;
//! it cannot reach the database.

pub mod api;
mod assets;
mod audit_export;
pub mod console;
pub mod context;
mod evaluation;
mod guard;
pub mod listener;
pub mod metrics;
pub mod page;
mod problem;
mod record;
#[cfg(feature = "yardstick")]
pub mod yardstick;

use std::net::IpAddr;
use std::sync::Arc;

pub use axum::Router;
use service::Roster;

/// What the edge has to know besides the operations.
#[derive(Clone)]
pub struct App {
    pub roster: Roster,
    pub edge: Arc<Edge>,
}

/// How people reach this instance.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    /// Proxies whose `X-Forwarded-For` counts; without one no forwarded header does.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether the public address is `https://`, so that cookies can be bound to it.
    pub secure: bool,
}

impl App {
    pub fn new(roster: Roster, trusted_proxies: Vec<IpAddr>) -> Self {
        let secure = roster.settings().public_url.starts_with("https://");
        Self {
            roster,
            edge: Arc::new(Edge {
                trusted_proxies,
                secure,
            }),
        }
    }
}

/// Everything this instance serves.
pub fn router(app: App) -> Router {
    let api = api::router(&app);
    let console = console::router(&app);
    guard::around(app.clone(), api, console)
        .merge(evaluation::router().with_state(app.clone()))
        .merge(metrics::router().with_state(app))
}

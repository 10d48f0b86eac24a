//! The edge: the REST API and the console, both over the same operations. A handler parses, asks the service, and answers;
//! it cannot reach the database.

pub mod api;
mod assets;
mod audit_export;
pub mod console;
pub mod context;
mod cookie;
mod evaluation;
mod guard;
pub mod listener;
pub mod metrics;
mod pace;
pub mod page;
mod people_export;
mod problem;
mod record;
mod trace;
#[cfg(feature = "yardstick")]
pub mod yardstick;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use axum::Router;
use service::Roster;

/// What the edge has to know besides the operations.
#[derive(Clone)]
pub struct App {
    pub roster: Roster,
    pub edge: Arc<Edge>,
    pub turns: Arc<api::Turns>,
}

/// How people reach this instance.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    /// Proxies whose `X-Forwarded-For` counts; without one no forwarded header does.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether the public address is `https://`, so that cookies can be bound to it.
    pub secure: bool,
    /// How long a request's body is waited for; see [`pace`].
    pub patience: Duration,
}

impl App {
    /// `patience` is how long a request's body is waited for, longer as it comes.
    pub fn new(roster: Roster, trusted_proxies: Vec<IpAddr>, patience: Duration) -> Self {
        let secure = roster.settings().public_url.starts_with("https://");
        Self {
            roster,
            edge: Arc::new(Edge {
                trusted_proxies,
                secure,
                patience,
            }),
            turns: Arc::default(),
        }
    }
}

/// Everything this instance serves.
pub fn router(app: App) -> Router {
    let api = api::router(&app);
    let console = console::router(&app);
    let patience = app.edge.patience;
    let paced = guard::around(app.clone(), api, console)
        .merge(guard::with_headers(&app, metrics::router()).with_state(app.clone()));
    trace::around(pace::within(paced, patience).merge(evaluation::router().with_state(app)))
}

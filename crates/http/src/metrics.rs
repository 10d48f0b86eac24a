//! Numbers for whoever watches the server, in the text format that Prometheus reads. Told to programs on the same machine,
//! and to superusers by their session or token. A router of its own, so that a listener can serve these alone.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Refusal;
use service::metrics::{family, line, text};

use crate::App;
use crate::context::{Caller, bearer};
use crate::problem::Problem;

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn router() -> Router<App> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    if bearer(&parts.headers).is_some() || !is_from_this_machine(&parts) {
        let Caller(request) = Caller::from_request_parts(&mut parts, &app).await?;
        if !request.caller.superuser {
            return Err(Refusal::SuperuserOnly.into());
        }
    }
    Ok(told(&app).await)
}

/// A connection of this machine to itself that nobody passes on for others: a proxy here names its caller, or the name
/// that its caller asked for.
fn is_from_this_machine(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let near = peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .iter()
        .any(|name| parts.headers.contains_key(*name));
    // HTTP/2 has it in the address asked for.
    let host = match parts.uri.authority() {
        Some(authority) => authority.as_str(),
        None => parts
            .headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default(),
    };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    near && !passed_on && matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

async fn told(app: &App) -> Response {
    let mut out = text();
    out.push_str(&app.roster.waits());
    match app.roster.gauges().await {
        Ok(gauges) => {
            gauge(&mut out, "roster_up", "Whether the database answers.", 1);
            for (name, help, number) in gauges {
                gauge(&mut out, name, help, number);
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the database did not answer a scrape");
            gauge(&mut out, "roster_up", "Whether the database answers.", 0);
        }
    }
    let help = "Whether changes made elsewhere are told to this node; 0: it asks for them within a second.";
    gauge(&mut out, "roster_changes_told", help, u64::from(app.roster.is_told()));
    if let Some(bytes) = resident_bytes() {
        let help = "Memory of the process that is in use.";
        gauge(&mut out, "process_resident_memory_bytes", help, bytes);
    }
    ([(CONTENT_TYPE, FORMAT), (CACHE_CONTROL, "no-store")], out).into_response()
}

fn gauge(out: &mut String, name: &str, help: &str, number: u64) {
    family(out, name, "gauge", help);
    line(out, name, "", number);
}

/// None where the system does not tell it this way.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

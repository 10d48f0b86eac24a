//! Settings of the whole server, for superusers: the mail server, the certificate, the listeners.

mod listener;
mod mail;
mod tls;

use axum::Router;
use service::FixedBy;

use crate::App;

pub fn router() -> Router<App> {
    Router::new()
        .merge(mail::router())
        .merge(tls::router())
        .merge(listener::router())
}

/// Where something is set instead, as a sentence; empty where it is set here.
fn fixed(by: Option<FixedBy>, name: &str) -> String {
    by.map(|by| format!("Set by {}. It is changed there.", by.place(name)))
        .unwrap_or_default()
}

//! The cookie that a browser is signed in by. It holds the session's token and nothing else.

use axum::response::Response;
use domain::session::ABSOLUTE_LIFETIME;
use domain::time::SECOND;
use service::Secret;

use crate::Edge;
use crate::cookie::SESSION;

pub fn set(response: &mut Response, edge: &Edge, token: &Secret) {
    SESSION.set(edge, response, token.expose(), ABSOLUTE_LIFETIME / SECOND);
}

pub fn clear(response: &mut Response, edge: &Edge) {
    SESSION.clear(edge, response);
}

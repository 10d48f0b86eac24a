//! The cookie that a browser is signed in by. It holds the session's token and nothing else.

use axum::response::Response;
use domain::session::ABSOLUTE_LIFETIME;
use domain::time::SECOND;
use service::Secret;

use super::view::set_cookie;
use crate::Edge;
use crate::context::cookie_name;

pub fn set(response: &mut Response, edge: &Edge, token: &Secret) {
    set_cookie(response, &written(edge, token.expose(), ABSOLUTE_LIFETIME / SECOND));
}

pub fn clear(response: &mut Response, edge: &Edge) {
    set_cookie(response, &written(edge, "", 0));
}

fn written(edge: &Edge, value: &str, seconds: i64) -> String {
    let name = cookie_name(edge);
    let secure = if edge.secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_bound_to_the_host_where_the_address_is_https() {
        let secure = Edge {
            secure: true,
            ..Edge::default()
        };
        assert_eq!(
            written(&secure, "abc", 60),
            "__Host-roster=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            written(&Edge::default(), "", 0),
            "roster=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }
}

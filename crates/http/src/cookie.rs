//! The cookies of the console. All are for the server alone; where the public address is HTTPS they are bound to this very
//! host by their name, so that no neighbour on another port or below the same domain can put one in their place.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::Edge;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    bound: &'static str,
    plain: &'static str,
}

/// The token of the session that somebody is signed in by.
pub const SESSION: Cookie = Cookie::new("__Host-roster", "roster");
/// The organization last looked at.
pub const ORGANIZATION: Cookie = Cookie::new("__Host-roster-organization", "roster-organization");
/// What the next page says at its top.
pub const NOTICE: Cookie = Cookie::new("__Host-roster-notice", "roster-notice");
/// What comes back from an identity provider of the instance.
pub const TRIP: Cookie = Cookie::new("__Host-roster-trip", "roster-trip");
/// What comes back from an organization's identity provider.
pub const SAML: Cookie = Cookie::new("__Host-roster-saml", "roster-saml");

impl Cookie {
    const fn new(bound: &'static str, plain: &'static str) -> Self {
        Self { bound, plain }
    }

    /// Over plain HTTP it has a name of its own, for `__Host-` needs `Secure`.
    pub const fn name(self, edge: &Edge) -> &'static str {
        if edge.secure { self.bound } else { self.plain }
    }

    pub fn read<'h>(self, edge: &Edge, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.name(edge);
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    pub fn set(self, edge: &Edge, response: &mut Response, value: &str, seconds: i64) {
        if let Ok(value) = HeaderValue::from_str(&self.written(edge, value, seconds)) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }

    pub fn clear(self, edge: &Edge, response: &mut Response) {
        self.set(edge, response, "", 0);
    }

    fn written(self, edge: &Edge, value: &str, seconds: i64) -> String {
        let name = self.name(edge);
        let secure = if edge.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Cookie; 5] = [SESSION, ORGANIZATION, NOTICE, TRIP, SAML];

    #[test]
    fn every_cookie_is_bound_to_the_host_where_the_address_is_https() {
        let secure = Edge {
            secure: true,
            ..Edge::default()
        };
        for cookie in ALL {
            let written = cookie.written(&secure, "abc", 60);
            assert_eq!(
                written,
                format!(
                    "__Host-{}=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
                    cookie.plain
                )
            );
            assert_eq!(
                cookie.written(&Edge::default(), "", 0),
                format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", cookie.plain)
            );
        }
    }

    #[test]
    fn what_a_neighbour_sets_under_the_plain_name_is_not_read() {
        let secure = Edge {
            secure: true,
            ..Edge::default()
        };
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("roster-notice=x; __Host-roster=y"));
        assert_eq!(NOTICE.read(&secure, &headers), None);
        assert_eq!(SESSION.read(&secure, &headers), Some("y"));
        assert_eq!(NOTICE.read(&Edge::default(), &headers), Some("x"));
    }
}

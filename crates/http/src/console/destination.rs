//! Where somebody goes next: the page they had asked for, or else the organization they were in last.

use axum::extract::{Request as HttpRequest, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use domain::organization::OrganizationStatus;
use domain::permission::MemberView;
use service::account::Membership;
use service::{Error, OrganizationRef, Request};

use super::refusal::Page;
use super::view::set_cookie;
use crate::App;
use crate::context::cookie;

/// The organization last looked at. Forgotten with the sign-out.
const LAST: &str = "roster-organization";

/// A page of this instance to go on to. Whatever could lead a browser elsewhere is none.
pub fn local(next: &str) -> Option<&str> {
    let path = next.strip_prefix('/')?;
    let elsewhere = path.starts_with('/') || next.contains('\\') || next.chars().any(char::is_control);
    (!elsewhere && next.len() <= 2_000).then_some(next)
}

/// The address of a page that leads on to another one.
pub fn with_next(page: &str, next: &str) -> String {
    let encode = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let encoded: String = next.bytes().map(encode).collect();
    format!("{page}?next={encoded}")
}

pub fn people(slug: &str) -> String {
    format!("/o/{slug}/people")
}

pub fn is_open(membership: &Membership) -> bool {
    membership.standing == "active" && membership.status != OrganizationStatus::Disabled
}

/// Where a person begins who asked for nothing in particular.
pub async fn start(app: &App, request: &Request, headers: &HeaderMap) -> Result<String, Page> {
    let memberships = app.roster.me(request).await?.memberships;
    let open: Vec<&Membership> = memberships.iter().filter(|membership| is_open(membership)).collect();
    let last = cookie(headers, LAST);
    let only = if let [only] = open.as_slice() {
        Some(*only)
    } else {
        None
    };
    let chosen = open
        .into_iter()
        .find(|membership| Some(membership.slug.as_str()) == last)
        .or(only);
    match chosen {
        Some(membership) if sees_people(app, request, &membership.slug).await? => Ok(people(&membership.slug)),
        _ => Ok("/organizations".to_owned()),
    }
}

/// Whether the people page would open.
pub async fn sees_people(app: &App, request: &Request, slug: &str) -> Result<bool, Page> {
    match app
        .roster
        .see::<MemberView>(request, &OrganizationRef::Slug(slug.to_owned()))
        .await
    {
        Ok(_) => Ok(true),
        Err(Error::Refused(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Remembers in which organization a page was opened.
pub async fn remember(State(app): State<App>, request: HttpRequest, next: Next) -> Response {
    let path = request.uri().path();
    let slug = path
        .strip_prefix("/o/")
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default()
        .to_owned();
    let is_new = cookie(request.headers(), LAST) != Some(slug.as_str());
    let mut response = next.run(request).await;
    let is_slug = !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_new && is_slug && response.status() == StatusCode::OK {
        set_cookie(&mut response, &written(app.edge.secure, &slug, 31_536_000));
    }
    response
}

pub fn forget(response: &mut Response, secure: bool) {
    set_cookie(response, &written(secure, "", 0));
}

fn written(secure: bool, slug: &str, seconds: i64) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{LAST}={slug}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_this_instance_is_gone_on_to() {
        for here in ["/", "/me", "/o/acme/people?query=a&status=active", "/invitations/abc"] {
            assert_eq!(local(here), Some(here));
        }
        let elsewhere = [
            "",
            "me",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nb",
        ];
        for next in elsewhere {
            assert_eq!(local(next), None, "{next:?}");
        }
    }

    #[test]
    fn a_page_with_a_query_of_its_own_stays_whole() {
        assert_eq!(
            with_next("/sign-in", "/o/acme/people?query=a&role=b"),
            "/sign-in?next=/o/acme/people%3Fquery%3Da%26role%3Db"
        );
    }
}

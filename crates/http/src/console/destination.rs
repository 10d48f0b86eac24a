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
use crate::cookie::ORGANIZATION;
use crate::{App, Edge};

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
    let last = ORGANIZATION.read(&app.edge, headers);
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
        Some(membership) => home(app, request, &membership.slug).await,
        None => Ok("/organizations".to_owned()),
    }
}

/// Where somebody begins in an organization that is open to them.
pub async fn home(app: &App, request: &Request, slug: &str) -> Result<String, Page> {
    let organization = OrganizationRef::Slug(slug.to_owned());
    match app.roster.see::<MemberView>(request, &organization).await {
        Ok(_) => Ok(first_page(slug, true)),
        Err(Error::Refused(_)) => Ok(first_page(slug, false)),
        Err(error) => Err(error.into()),
    }
}

/// Its people, or the projects for whoever does not see them.
pub fn first_page(slug: &str, sees_people: bool) -> String {
    if sees_people {
        people(slug)
    } else {
        format!("/o/{slug}/projects")
    }
}

/// The organization whose page stands at this path.
pub fn slug_in(path: &str) -> Option<&str> {
    let slug = path.strip_prefix("/o/")?.split('/').next()?;
    let is_slug = !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_slug.then_some(slug)
}

/// Remembers in which organization a page was opened.
pub async fn remember(State(app): State<App>, request: HttpRequest, next: Next) -> Response {
    let last = ORGANIZATION.read(&app.edge, request.headers());
    let new = slug_in(request.uri().path())
        .filter(|slug| last != Some(*slug))
        .map(str::to_owned);
    let mut response = next.run(request).await;
    if let Some(slug) = new
        && response.status() == StatusCode::OK
    {
        ORGANIZATION.set(&app.edge, &mut response, &slug, 31_536_000);
    }
    response
}

/// With the sign-out nothing is left that tells where somebody was.
pub fn forget(response: &mut Response, edge: &Edge) {
    ORGANIZATION.clear(edge, response);
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

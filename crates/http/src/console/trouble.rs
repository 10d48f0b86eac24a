//! A problem as a page, with a way back to where it happened.

use axum::extract::{FromRequestParts, Request as HttpRequest, State};
use axum::http::header::RETRY_AFTER;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use domain::permission::{OrganizationView, Permission};
use service::{OrganizationRef, Request};

use super::destination::slug_in;
use super::view::{Once, html_as, shell_in, shell_of};
use crate::App;
use crate::context::Person;
use crate::page::problem;
use crate::page::shell::{Section, Shell};
use crate::problem::Problem;

/// The page that an answer holds, for [`set_in_place`]: an error knows neither the instance nor the address asked for.
#[derive(Clone)]
struct Shown(problem::Page);

/// Draws a problem's page anew, with the instance's name and a way back to where it happened. Whoever is signed in keeps the
/// navigation, by which they go on to another page.
pub async fn set_in_place(State(app): State<App>, request: HttpRequest, next: Next) -> Response {
    let (mut asked, body) = request.into_parts();
    let request = HttpRequest::from_parts(asked.clone(), body);
    let mut response = next.run(request).await;
    let Some(Shown(mut page)) = response.extensions_mut().remove::<Shown>() else {
        return response;
    };
    page.shell.instance.clone_from(&app.roster.settings().instance_name);
    if let Some(slug) = slug_in(asked.uri.path()) {
        page.lead_back_to(slug);
    }
    let status = response.status();
    let drawn = match among_their_pages(&app, &mut asked, &page).await {
        Some(inside) => html_as(status, &inside),
        None => html_as(status, &page),
    };
    *response.body_mut() = drawn.into_body();
    response
}

/// What is not there, or not open to them, for somebody who is signed in: with the navigation, and a way back to the list it
/// would stand in.
async fn among_their_pages(app: &App, asked: &mut Parts, page: &problem::Page) -> Option<problem::Inside> {
    let is_missing = page.status == StatusCode::NOT_FOUND.as_u16();
    if !is_missing && page.status != StatusCode::FORBIDDEN.as_u16() {
        return None;
    }
    let signed_in = <Person as FromRequestParts<App>>::from_request_parts(asked, app).await;
    let Person(request) = signed_in.ok()?;
    let path = asked.uri.path();
    let (shell, further) = around(app, &request, path, &page.heading).await?;
    let mut problem = page.clone();
    (problem.way_out_label, problem.way_out_href) = way_back(&shell, &further, path, is_missing);
    if is_missing && asked.method != Method::GET {
        problem.after_a_form();
    }
    Some(problem::Inside { shell, problem })
}

/// The last part of a list's address, and what it is called.
type List = (&'static str, &'static str);

/// What stands around a page, and the lists that are open beside those of the navigation.
async fn around(app: &App, request: &Request, path: &str, title: &str) -> Option<(Shell, Vec<List>)> {
    let me = app.roster.me(request).await.ok()?;
    let Some(slug) = slug_in(path) else {
        return Some((shell_of(app, me, title, Once::default()), Vec::new()));
    };
    let organization = OrganizationRef::parse(slug);
    Some(match app.roster.see::<OrganizationView>(request, &organization).await {
        Ok(seen) => {
            let has = |permission| seen.actor().grants.has(permission);
            let has_groups = seen.organization().access_model.groups && has(Permission::GroupView);
            let groups = has_groups.then_some(("groups", "Groups"));
            let roles = has(Permission::RoleView).then_some(("roles", "Roles"));
            let shell = shell_in(app, me, &seen, title, Section::Projects, Once::default());
            let shell = Shell { current: None, ..shell };
            (shell, groups.into_iter().chain(roles).collect())
        }
        Err(_) => (shell_of(app, me, title, Once::default()), Vec::new()),
    })
}

/// Label and address of the list that what was asked for would stand in; of what is not open to them, of the first page that is.
fn way_back(shell: &Shell, further: &[List], path: &str, is_missing: bool) -> (String, String) {
    let mut segments = path.trim_start_matches('/').split('/');
    if shell.organization.is_none() {
        return match (segments.next(), shell.is_superuser()) {
            (Some("me"), _) => ("Back to your profile".to_owned(), "/me".to_owned()),
            (Some("instance"), true) => ("Back to the whole server".to_owned(), "/instance".to_owned()),
            _ => ("Go to your organizations".to_owned(), "/organizations".to_owned()),
        };
    }
    let base = shell.base();
    // A domain to sign up from is listed on the people's page.
    let list = match segments.nth(2).unwrap_or_default() {
        "signup-domains" => "people",
        list => list,
    };
    let entries = shell.entries();
    let href = format!("{base}/{list}");
    let in_navigation = entries.iter().filter(|entry| entry.href == href);
    let elsewhere = further.iter().filter(|(place, _)| *place == list);
    let mut named = in_navigation
        .map(|entry| entry.label.as_str())
        .chain(elsewhere.map(|(_, label)| *label));
    match (named.next().filter(|_| is_missing), entries.first()) {
        (Some(label), _) => (format!("Back to {label}"), href),
        (None, Some(first)) => (format!("Go to {}", first.label), first.href.clone()),
        (None, None) => ("Go to your organizations".to_owned(), "/organizations".to_owned()),
    }
}

/// A problem as a page.
pub fn page(problem: &Problem) -> Response {
    let status = problem.status;
    let shell = Shell {
        instance: "Roster".to_owned(),
        ..Shell::default()
    };
    let permission = problem
        .more
        .get("permission")
        .and_then(|name| name.as_str())
        .and_then(Permission::parse);
    let page = match status {
        StatusCode::NOT_FOUND => problem::Page::not_found(shell),
        StatusCode::FORBIDDEN => match permission {
            Some(permission) => problem::Page::forbidden(shell, Some(permission)),
            None => problem::Page {
                text: problem.detail.clone(),
                ..problem::Page::forbidden(shell, None)
            },
        },
        StatusCode::TOO_MANY_REQUESTS => problem::Page::too_many(shell, problem.detail.clone()),
        status if status.is_server_error() => {
            let id = crate::record::current_request_id().unwrap_or_default();
            tracing::error!(
                cause = problem.cause.as_deref().unwrap_or_default(),
                code = problem.code,
                "a page failed"
            );
            if status == StatusCode::SERVICE_UNAVAILABLE {
                problem::Page::unavailable(shell, problem.detail.clone(), id)
            } else {
                problem::Page::broken(shell, id)
            }
        }
        _ => problem::Page {
            shell: Shell {
                title: "This could not be done".to_owned(),
                ..shell
            },
            status: status.as_u16(),
            heading: "This could not be done".to_owned(),
            text: problem.detail.clone(),
            way_out_label: "Go to the start page".to_owned(),
            way_out_href: "/".to_owned(),
            ..problem::Page::default()
        },
    };
    let mut response = html_as(status, &page);
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response.extensions_mut().insert(Shown(page));
    response
}

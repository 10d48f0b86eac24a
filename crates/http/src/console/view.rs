//! From an operation's answer to a page: the shell around it, notices that are shown once, errors beside their fields.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use domain::organization::Organization;
use domain::permission::{Needs, Permission};
use service::account::Me;
use service::authorization::Mode;
use service::{Authorized, Request};

use crate::App;
use crate::console::refusal::Page;
use crate::context::cookie;
use crate::page::form::Errors;
use crate::page::problem;
use crate::page::shell::{self, Notice, NoticeKind, Section, Shell, Viewer};
use crate::problem::Problem;

pub type Answer = Result<Response, Page>;

pub fn html(page: &impl Template) -> Response {
    html_as(StatusCode::OK, page)
}

pub fn html_as(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A form that was not taken, shown again.
pub fn again(page: &impl Template) -> Response {
    html_as(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// The shell of a page outside any organization.
pub async fn shell(app: &App, person: Option<&Request>, title: &str, shown: Once) -> Result<Shell, Page> {
    match person {
        Some(request) => Ok(shell_of(app, app.roster.me(request).await?, title, shown)),
        None => Ok(bare(app, title, shown)),
    }
}

pub fn shell_of(app: &App, me: Me, title: &str, shown: Once) -> Shell {
    let mut shell = bare(app, title, shown);
    shell.viewer = Some(Viewer {
        name: me.account.name,
        username: me.account.username,
        superuser: me.account.superuser,
    });
    shell.organizations = me
        .memberships
        .into_iter()
        .filter(|membership| membership.standing == "active")
        .map(|membership| shell::Membership {
            name: membership.name,
            slug: membership.slug,
        })
        .collect();
    shell
}

/// The shell of a page for somebody who is not known.
pub fn bare(app: &App, title: &str, shown: Once) -> Shell {
    Shell {
        instance: app.roster.settings().instance_name.clone(),
        title: title.to_owned(),
        notice: shown.0,
        ..Shell::default()
    }
}

/// The shell of a page inside an organization, with the sections this viewer may open. `me` was asked for before: a page
/// that holds one connection and waits for a second would stall the instance as soon as enough of them do.
pub fn shell_in<P: Needs, M: Mode>(
    app: &App,
    me: Me,
    seen: &Authorized<P, M>,
    title: &str,
    current: Section,
    shown: Once,
) -> Shell {
    let mut shell = shell_of(app, me, title, shown);
    shell.organization = Some(organization(seen.organization()));
    shell.looks_in = seen.actor().superuser && seen.actor().member.is_none();
    let grants = &seen.actor().grants;
    shell.sections = [
        (Section::People, Permission::MemberView),
        (Section::Invitations, Permission::InvitationSend),
        (Section::Projects, Permission::OrganizationView),
        (Section::ServiceAccounts, Permission::ServiceAccountView),
        (Section::Audit, Permission::AuditLogView),
        (Section::Settings, Permission::OrganizationManage),
    ]
    .into_iter()
    .filter(|(_, permission)| grants.has(*permission))
    .map(|(section, _)| section)
    .collect();
    if grants.has(Permission::RoleView) && !grants.has(Permission::OrganizationManage) {
        shell.sections.push(Section::Roles);
    }
    if grants.has(Permission::GroupView) && !grants.has(Permission::MemberView) {
        shell.sections.insert(0, Section::Groups);
    }
    shell.current = Some(current);
    shell
}

fn organization(organization: &Organization) -> shell::Organization {
    shell::Organization {
        name: organization.name.clone(),
        slug: organization.slug.clone(),
        words: organization.words.clone(),
    }
}

/// What went wrong with a form, for its page; anything else is a page of its own.
///
/// # Errors
/// It was not the form: the caller may not, or something failed.
pub fn errors(error: service::Error) -> Result<Errors, Page> {
    use domain::refusal::RefusalKind;
    match error {
        service::Error::Invalid(fields) => Ok(fields.into_iter().fold(Errors::none(), |errors, field| {
            let name = field.pointer.trim_start_matches('/').replace('/', "_");
            let text = super::label::sentence(&name, &field.detail);
            errors.with(name, text)
        })),
        service::Error::Refused(refusal) if matches!(refusal.kind(), RefusalKind::Conflict | RefusalKind::Invalid) => {
            let field = match &refusal {
                domain::Refusal::UsernameTaken { .. } => "username",
                domain::Refusal::EmailTaken { .. } => "email",
                domain::Refusal::SlugTaken { .. } => "slug",
                domain::Refusal::RoleNotOffered { .. } => "role",
                _ => "",
            };
            Ok(Errors::none().with(field, refusal.to_string()))
        }
        service::Error::Refused(refusal @ domain::Refusal::CannotGrant { .. }) => {
            Ok(Errors::none().with("role", refusal.to_string()))
        }
        other => Err(other.into()),
    }
}

/// A notice that the redirect before this page left behind; shown once.
#[derive(Debug, Default)]
pub struct Once(pub Option<Notice>);

const NOTICE: &str = "roster-notice";

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(read(&parts.headers)))
    }
}

fn read(headers: &HeaderMap) -> Option<Notice> {
    let (kind, hex) = cookie(headers, NOTICE)?.split_once('.')?;
    let kind = match kind {
        "success" => NoticeKind::Success,
        "warning" => NoticeKind::Warning,
        "error" => NoticeKind::Error,
        _ => NoticeKind::Information,
    };
    let bytes: Option<Vec<u8>> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    Some(Notice::new(kind, String::from_utf8(bytes?).ok()?))
}

/// POST → redirect → notice: where to go next, and what to say there.
pub fn go(to: &str, notice: Option<Notice>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(notice) = notice {
        let kind = match notice.kind {
            NoticeKind::Success => "success",
            NoticeKind::Warning => "warning",
            NoticeKind::Error => "error",
            NoticeKind::Information => "information",
        };
        // Hexadecimal, because a cookie takes few characters and a name may have any.
        let hex: String = notice
            .text
            .bytes()
            .take(500)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // Gone after ten seconds, or with the page that shows it.
        set_cookie(
            &mut response,
            &format!("{NOTICE}={kind}.{hex}; Path=/; Max-Age=10; HttpOnly; SameSite=Lax"),
        );
    }
    response
}

pub fn done(to: &str, text: impl Into<String>) -> Response {
    go(to, Some(Notice::new(NoticeKind::Success, text)))
}

pub fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// Takes the notice away once a page has shown it.
pub async fn forget_notice(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let shown = cookie(request.headers(), NOTICE).is_some();
    let mut response = next.run(request).await;
    if shown && response.status() != StatusCode::SEE_OTHER {
        set_cookie(
            &mut response,
            &format!("{NOTICE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
        );
    }
    response
}

/// A problem as a page.
pub fn problem_page(problem: Problem) -> Response {
    let status = problem.status;
    let shell = Shell {
        instance: "Roster".to_owned(),
        ..Shell::default()
    };
    let permission = problem
        .more
        .get("permission")
        .and_then(|name| name.as_str())
        .map(str::to_owned);
    let page = match status {
        StatusCode::NOT_FOUND => problem::Page::not_found(shell),
        StatusCode::FORBIDDEN => match permission {
            Some(permission) => problem::Page::forbidden(shell, permission),
            None => problem::Page {
                text: problem.detail.clone(),
                ..problem::Page::forbidden(shell, "")
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
            problem::Page::broken(shell, id)
        }
        _ => problem::Page {
            shell,
            status: status.as_u16(),
            heading: "This could not be done".to_owned(),
            text: problem.detail.clone(),
            way_out_label: "Go to the start page".to_owned(),
            way_out_href: "/".to_owned(),
            ..problem::Page::default()
        },
    };
    html_as(status, &page)
}

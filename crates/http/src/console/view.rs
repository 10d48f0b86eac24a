//! From an operation's answer to a page: the shell around it, notices that are shown once, errors beside their fields.

use askama::Template;
use axum::extract::{FromRequestParts, Request as HttpRequest, State};
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use domain::organization::Organization;
use domain::permission::{Needs, Permission};
use service::account::Me;
use service::authorization::Mode;
use service::{Authorized, Request};

use crate::App;
use crate::console::refusal::Page;
use crate::cookie::NOTICE;
use crate::page::form::Errors;
use crate::page::shell::{self, Notice, NoticeKind, Section, Shell, Viewer};

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
            // What the API calls a slug is a short name here.
            let text = match &refusal {
                domain::Refusal::SlugTaken { slug } => format!("The short name {slug} is taken. Choose another."),
                refusal => refusal.to_string(),
            };
            Ok(Errors::none().with(field, text))
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

impl FromRequestParts<App> for Once {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(NOTICE.read(&app.edge, &parts.headers).and_then(unpacked)))
    }
}

/// Hexadecimal, because a cookie takes few characters and a name may have any.
fn packed(notice: &Notice) -> String {
    let kind = match notice.kind {
        NoticeKind::Success => "success",
        NoticeKind::Warning => "warning",
        NoticeKind::Error => "error",
        NoticeKind::Information => "information",
    };
    let hex: String = notice
        .text
        .bytes()
        .take(500)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{kind}.{hex}")
}

fn unpacked(text: &str) -> Option<Notice> {
    let (kind, hex) = text.split_once('.')?;
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
        response.extensions_mut().insert(notice);
    }
    response
}

pub fn done(to: &str, text: impl Into<String>) -> Response {
    go(to, Some(Notice::new(NoticeKind::Success, text)))
}

/// Sends an answer's notice along, and takes it away once a page has shown it.
pub async fn carry_notice(State(app): State<App>, request: HttpRequest, next: Next) -> Response {
    let shown = NOTICE.read(&app.edge, request.headers()).is_some();
    let mut response = next.run(request).await;
    if let Some(notice) = response.extensions_mut().remove::<Notice>() {
        // Gone after ten seconds, or with the page that shows it.
        NOTICE.set(&app.edge, &mut response, &packed(&notice), 10);
    } else if shown && response.status() != StatusCode::SEE_OTHER {
        NOTICE.clear(&app.edge, &mut response);
    }
    response
}

//! What a handler is handed of a request: where it came from, and who makes it.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{AUTHORIZATION, IF_MATCH, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use domain::actor::{Medium, Origin};
use domain::session::Session;
use service::request::IdempotencyKey;
use service::{Error, Request};

pub use domain::device::COMMAND_LINE;

use crate::api::page::invalid;
use crate::console::refusal::Page;
use crate::cookie::SESSION;
use crate::problem::Problem;
use crate::record::Who;
use crate::{App, Edge};

/// The address a request came from: the peer's, or what a trusted proxy says.
pub fn address(edge: &Edge, parts: &Parts) -> String {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_canonical());
    let Some(peer) = peer else { return String::new() };
    if !edge.trusted_proxies.contains(&peer) {
        return peer.to_string();
    }
    // The nearest address that is no proxy of ours: what is further left anyone can have written.
    let forwarded = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let named: Vec<IpAddr> = forwarded
        .flat_map(|list| list.split(','))
        .filter_map(|text| text.trim().parse().ok())
        .collect();
    let client = named
        .into_iter()
        .rev()
        .find(|address| !edge.trusted_proxies.contains(address));
    client.unwrap_or(peer).to_string()
}

pub fn origin(edge: &Edge, parts: &Parts, request_id: &str) -> Origin {
    let user_agent: String = header(&parts.headers, USER_AGENT)
        .chars()
        .filter(|letter| !letter.is_control())
        .take(256)
        .collect();
    let medium = match parts.uri.path() {
        path if !path.starts_with("/api/") && !path.starts_with("/access/") => Medium::Web,
        _ if user_agent.starts_with(COMMAND_LINE) => Medium::Cli,
        _ => Medium::Api,
    };
    Origin {
        address: address(edge, parts),
        user_agent,
        medium,
        request_id: request_id.to_owned(),
    }
}

fn header(headers: &HeaderMap, name: axum::http::HeaderName) -> &str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Where the request came from; put there by [`crate::guard`].
#[derive(Clone, Debug)]
pub struct From(pub Origin);

impl FromRequestParts<App> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self(origin(&app.edge, parts, ""))))
    }
}

/// A caller of the API, by `Authorization: Bearer`. Cookies are ignored.
pub struct Caller(pub Request);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or(Error::SignInRequired)?.to_owned();
        let mut request = request(parts, app, &token).await?;
        if request.caller.must_change_password && !may_be_called_unsettled(parts) {
            return Err(Error::PasswordChangeRequired.into());
        }
        request.dry_run = is_dry_run(&parts.uri)?;
        Ok(Self(request))
    }
}

/// Whether the call is only to be tried. What is written in another way than it has to be is no leave to carry it out.
pub fn is_dry_run(uri: &Uri) -> Result<bool, Problem> {
    let query = uri.query().unwrap_or_default();
    let mut dry_run = false;
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = name.to_ascii_lowercase().replace(['_', '-'], "");
        match (name, value) {
            ("dry_run", "true") => dry_run = true,
            ("dry_run", "false") => {}
            ("dry_run", _) => return Err(invalid("dry_run", "must be true or false")),
            _ if plain == "dryrun" => return Err(invalid(name, "is written dry_run")),
            _ => {}
        }
    }
    Ok(dry_run)
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        match bearer(&parts.headers).map(str::to_owned) {
            Some(token) => {
                let mut request = request(parts, app, &token).await?;
                request.dry_run = is_dry_run(&parts.uri)?;
                Ok(Some(Self(request)))
            }
            None => Ok(None),
        }
    }
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A session whose second factor may still be due: for giving it, for proving again, and for giving up.
pub struct Pending {
    pub session: Session,
    pub request: Request,
}

impl FromRequestParts<App> for Pending {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or(Error::SignInRequired)?.to_owned();
        match pending(parts, app, &token).await {
            // What is no session may still be a token, which gives no factors.
            Err(Error::SignInRequired) => {
                request(parts, app, &token).await?.caller.session()?;
                Err(Error::SignInRequired.into())
            }
            found => Ok(found?),
        }
    }
}

/// The same of a person at the console.
pub struct PendingPerson(pub Pending);

impl FromRequestParts<App> for PendingPerson {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Page> {
        let Some(token) = SESSION.read(&app.edge, &parts.headers).map(str::to_owned) else {
            return Err(Page::sign_in_first(parts));
        };
        match pending(parts, app, &token).await {
            Ok(pending) => Ok(Self(pending)),
            Err(Error::SignInRequired) => Err(Page::sign_in_first(parts)),
            Err(error) => Err(error.into()),
        }
    }
}

async fn pending(parts: &mut Parts, app: &App, token: &str) -> Result<Pending, Error> {
    let (session, caller) = app.roster.authenticate_pending(token).await?;
    let origin = origin_of(parts, app);
    Ok(Pending {
        session,
        request: request_of(parts, app, caller, origin),
    })
}

fn origin_of(parts: &Parts, app: &App) -> Origin {
    let kept = parts.extensions.get::<From>().cloned();
    kept.map_or_else(|| origin(&app.edge, parts, ""), |from| from.0)
}

async fn request(parts: &mut Parts, app: &App, token: &str) -> Result<Request, Error> {
    let origin = origin_of(parts, app);
    let caller = app.roster.authenticate(token, &origin).await?;
    Ok(request_of(parts, app, caller, origin))
}

fn request_of(parts: &Parts, app: &App, caller: domain::actor::Caller, origin: Origin) -> Request {
    if let Some(who) = parts.extensions.get::<Who>() {
        who.is(caller.identity);
    }
    let if_match = header(&parts.headers, IF_MATCH);
    Request {
        caller,
        origin,
        now: app.roster.now(),
        // The console's previews are pages of their own, never a query of somebody else's making; the API asks for its own.
        dry_run: false,
        if_match: (!if_match.is_empty()).then(|| if_match.to_owned()),
        idempotency: parts.extensions.get::<IdempotencyKey>().cloned(),
        undoing: None,
    }
}

/// A person at the console who is signed in, by cookie. Whoever is not is sent to the sign-in page and back.
pub struct Person(pub Request);

impl FromRequestParts<App> for Person {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Page> {
        let Some(token) = SESSION.read(&app.edge, &parts.headers) else {
            return Err(Page::sign_in_first(parts));
        };
        let token = token.to_owned();
        match signed_in(parts, app, &token).await {
            Ok(request) => {
                if request.caller.must_change_password && !may_be_seen_unsettled(parts.uri.path()) {
                    return Err(Page::change_password_first());
                }
                Ok(Self(request))
            }
            Err(Error::SignInRequired) => Err(Page::sign_in_first(parts)),
            Err(error) => Err(error.into()),
        }
    }
}

impl OptionalFromRequestParts<App> for Person {
    type Rejection = Page;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Page> {
        let Some(token) = SESSION.read(&app.edge, &parts.headers).map(str::to_owned) else {
            return Ok(None);
        };
        match signed_in(parts, app, &token).await {
            Ok(request) => Ok(Some(Self(request))),
            // Whoever owes their second factor is nobody yet.
            Err(Error::SignInRequired | Error::MfaRequired) => Ok(None),
            Err(error) => Err(Page::of(error)),
        }
    }
}

/// The console is for people: a token in its cookie opens nothing.
async fn signed_in(parts: &mut Parts, app: &App, token: &str) -> Result<Request, Error> {
    let request = request(parts, app, token).await?;
    request.caller.session().map_err(|_| Error::SignInRequired)?;
    Ok(request)
}

/// What whoever has a temporary password may call besides.
fn may_be_called_unsettled(parts: &Parts) -> bool {
    let path = parts.uri.path();
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    match parts.method {
        Method::GET => path == "/me",
        Method::PUT => path == "/me/password",
        Method::DELETE => path == "/sessions/current",
        _ => false,
    }
}

fn may_be_seen_unsettled(path: &str) -> bool {
    matches!(path, "/password" | "/sign-out")
}

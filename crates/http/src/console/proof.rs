//! Sensitive acts ask again who one is, when the last proof is older than ten minutes: on a page of its own, which keeps what
//! was asked for and sends it on afterwards, form and all. It needs no script: a redirect that keeps the method (307) makes
//! the browser send the same form again.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::account::SecondFactor;
use secrecy::SecretString;
use serde::Deserialize;
use service::proof::Again;
use service::{Error, FieldError};

use super::second_factor::given;
use super::sign_in::{later, wait};
use super::trouble;
use super::view::{Answer, Once, bare, errors, go, html, html_as};
use super::{destination, refusal};
use crate::App;
use crate::console::address::Query;
use crate::context::{Pending, PendingPerson};
use crate::guard::BODY_LIMIT;
use crate::page::proof::Page;
use crate::problem::Problem;

/// The fields of the proof itself; all others are of what was asked for.
const OWN: [&str; 3] = ["proof_password", "proof_code", "credential"];

pub fn router() -> Router<App> {
    Router::new().route("/proof", get(show).post(prove))
}

/// Put on an answer that is none, for want of a recent proof.
#[derive(Clone, Copy)]
pub struct Wanted;

/// The answer for whoever asks without the page around.
pub fn wanted() -> Response {
    let mut response = trouble::page(&Problem::from(domain::Refusal::ProofRequired));
    response.extensions_mut().insert(Wanted);
    response
}

/// Asks for the proof in place of an answer that wants one.
pub async fn ask_first(State(app): State<App>, request: HttpRequest, next: Next) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    if request.method() == Method::GET {
        let response = next.run(request).await;
        return match response.extensions().get::<Wanted>() {
            Some(_) => go(&destination::with_next("/proof", &path), None),
            None => response,
        };
    }
    // A form without fields sends no type.
    let is_form = request
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form || request.uri().path() == "/proof" {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let asked = parts.clone();
    let response = next
        .run(HttpRequest::from_parts(parts, Body::from(bytes.clone())))
        .await;
    if response.extensions().get::<Wanted>().is_none() {
        return response;
    }
    match again(&app, asked, &bytes, &path).await {
        Ok(page) => html_as(StatusCode::FORBIDDEN, &page),
        Err(page) => page.into_response(),
    }
}

/// The page that keeps a form.
async fn again(app: &App, mut parts: Parts, form: &Bytes, path: &str) -> Result<Page, refusal::Page> {
    use axum::extract::FromRequestParts;
    let PendingPerson(pending) = PendingPerson::from_request_parts(&mut parts, app).await?;
    let action = format!("{}&again=true", destination::with_next("/proof", path));
    page(app, &pending, fields(form), action, Once::default()).await
}

fn fields(form: &Bytes) -> Vec<(String, String)> {
    let is_kept = |name: &str| !OWN.contains(&name);
    read(form).into_iter().filter(|(name, _)| is_kept(name)).collect()
}

fn read(form: &Bytes) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

async fn page(
    app: &App,
    pending: &Pending,
    hidden: Vec<(String, String)>,
    action: String,
    once: Once,
) -> Result<Page, refusal::Page> {
    let ways = app.roster.ways_to_prove(&pending.session).await?;
    Ok(Page {
        shell: bare(app, "Is it still you?", once),
        lead: "What you are about to do is sensitive, and you last proved who you are more than ten minutes ago."
            .to_owned(),
        has_password: ways.password,
        has_code: ways.factors.contains(&SecondFactor::Totp) || ways.recovery_codes,
        has_passkey: ways.factors.contains(&SecondFactor::Passkey),
        hidden,
        action,
        cancel_href: "/".to_owned(),
        ..Page::default()
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
    /// Whether the form is to be sent again. Only the page that keeps one says so: a link that did would do what another
    /// site wants.
    again: bool,
}

async fn show(
    State(app): State<App>,
    PendingPerson(pending): PendingPerson,
    Query(asked): Query<Asked>,
    once: Once,
) -> Answer {
    let next = destination::local(&asked.next).unwrap_or("/");
    let action = destination::with_next("/proof", next);
    Ok(html(&page(&app, &pending, Vec::new(), action, once).await?))
}

async fn prove(
    State(app): State<App>,
    PendingPerson(pending): PendingPerson,
    Query(asked): Query<Asked>,
    form: Bytes,
) -> Answer {
    let next = destination::local(&asked.next).unwrap_or("/");
    let typed = read(&form);
    let field = |name: &str| {
        let found = typed.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let (password, code, credential) = (field("proof_password"), field("proof_code"), field("credential"));
    let by = if credential.is_empty() && code.is_empty() {
        Again::Password(SecretString::from(password))
    } else {
        Again::SecondFactor(given(code, credential))
    };
    let error = match app.roster.prove_again(&pending.request, &pending.session, by).await {
        Ok(_) if asked.again => return Ok(send_again(next)),
        Ok(_) => return Ok(go(next, None)),
        Err(error) => error,
    };
    let action = match asked.again {
        true => format!("{}&again=true", destination::with_next("/proof", next)),
        false => destination::with_next("/proof", next),
    };
    let mut page = page(&app, &pending, fields(&form), action, Once::default()).await?;
    match error {
        Error::Throttled { retry_after } => {
            page.throttled = format!("Too many failed tries. Try again in {}.", wait(retry_after));
            Ok(later(html_as(StatusCode::TOO_MANY_REQUESTS, &page), retry_after))
        }
        error => {
            page.errors = errors(beside_its_field(error))?;
            Ok(html_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
    }
}

/// The fields have names of their own here, for the form that is kept may have some of theirs.
fn beside_its_field(error: Error) -> Error {
    match error {
        Error::WrongCode => Error::Invalid(vec![FieldError::new("proof_code", "was not accepted: it works once")]),
        Error::Invalid(_) => Error::Invalid(vec![FieldError::new("proof_password", "is wrong")]),
        other => other,
    }
}

fn send_again(to: &str) -> Response {
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    if let Ok(location) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

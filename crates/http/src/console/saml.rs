//! The way in by an organization's identity provider: out by a link, back by a form of another site's page, and in by a
//! step of the browser's own.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use domain::id::OrganizationId;
use domain::time::SECOND;
use serde::Deserialize;
use service::OrganizationRef;
use service::sign_in::Next;
use service::sign_in::place::Place;
use service::sign_in::saml::{Begun, Failed as Told, Finished, Purpose, Taken, Tested as Report, Way};

use super::form::Form;
use super::view::{Answer, Once, bare, done, go, html, html_as};
use super::{destination, session_cookie};
use crate::App;
use crate::console::address::{Path, Query};
use crate::context::{From, Person};
use crate::cookie::SAML;
use crate::page::form::Errors;
use crate::page::single_sign_on::{Carry, Failed, SignIn, Tested};

/// What the browser keeps while it is away.
/// As long as what was begun is good for: seconds.
const AWAY: i64 = 10 * domain::time::MINUTE / SECOND;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/sign-in", get(door))
        .route("/sign-in/single-sign-on", get(which))
        .route("/sign-in/saml/{organization}", get(begin))
        .route("/sign-in/saml-return", get(finish))
}

/// Apart from the others: the form comes from the identity provider's page. No cookie counts in it; it is bound by what was
/// begun here.
pub fn consumer() -> Router<App> {
    Router::new().route("/sign-in/saml/{organization}/callback", post(take))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
    invitation: String,
    organization: String,
}

async fn door(State(app): State<App>, Path(slug): Path<String>, Query(asked): Query<Asked>) -> Answer {
    let next = destination::local(&asked.next).unwrap_or_default();
    Ok(html(&SignIn {
        shell: bare(&app, "Single sign-on", Once::default()),
        start_href: destination::with_next(&format!("/sign-in/saml/{slug}"), next),
        slug,
        ..SignIn::default()
    }))
}

/// By whatever people know of their organization.
async fn which(State(app): State<App>, Query(asked): Query<Asked>) -> Answer {
    let typed = asked.organization.trim().to_owned();
    let mut page = SignIn {
        shell: bare(&app, "Single sign-on", Once::default()),
        slug: typed.clone(),
        ..SignIn::default()
    };
    if typed.is_empty() {
        return Ok(html(&page));
    }
    let told = match app.roster.single_sign_on_place(&typed).await? {
        Place::One(slug) => return Ok(go(&format!("/o/{slug}/sign-in"), None)),
        Place::OfDomain { domain, all } if all.is_empty() => format!(
            "No organization with single sign-on has proved that {domain} is its own. Enter the short name of yours: it stands \
             in the address of its pages, behind /o/."
        ),
        Place::OfDomain { domain, all } => format!(
            "Several organizations have proved that {domain} is theirs. Enter the short name of yours: {}.",
            all.join(" or ")
        ),
        Place::Unreadable => {
            "Enter your e-mail address, or your organization's short name: letters, digits and hyphens.".to_owned()
        }
    };
    page.errors = Errors::none().with("organization", told);
    Ok(html_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn begin(
    State(app): State<App>,
    person: Option<Person>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let next = destination::local(&asked.next).unwrap_or_default();
    let purpose = if asked.invitation.is_empty() {
        Purpose::SignIn
    } else {
        let account = person
            .as_ref()
            .and_then(|Person(request)| request.caller.account().ok());
        Purpose::Accept {
            link: asked.invitation,
            account,
        }
    };
    let organization = OrganizationRef::parse(&reference);
    // Whoever is signed in comes to prove it again.
    let anew = person.is_some() && purpose == Purpose::SignIn;
    match app.roster.begin_saml(&organization, purpose, next, anew).await {
        Ok(begun) => Ok(journey(&app, begun)),
        Err(service::Error::Refused(domain::Refusal::NoSingleSignOn)) => {
            let text = "There is no single sign-on under this name. Check the short name of your organization, or ask an \
                        admin of it.";
            let page = SignIn {
                shell: bare(&app, "Single sign-on", Once::default()),
                errors: Errors::general(text),
                ..SignIn::default()
            };
            Ok(html_as(StatusCode::NOT_FOUND, &page))
        }
        Err(error) => Err(error.into()),
    }
}

/// To the identity provider, with what the browser has to bring back.
pub fn journey(app: &App, begun: Begun) -> Response {
    let mut response = match begun.way {
        Way::Link(link) => go(&link, None),
        Way::Form(form) => {
            let policy = format!(
                // Last, so that nothing in an address that somebody else chose comes before a directive of ours.
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; \
                 base-uri 'none'; frame-ancestors 'none'; form-action {}",
                form.action
            );
            let mut response = html(&Carry {
                shell: bare(app, "Single sign-on", Once::default()),
                action: form.action,
                saml_request: form.saml_request,
                relay_state: form.relay_state,
            });
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            }
            response
        }
    };
    SAML.set(&app.edge, &mut response, begun.state.expose(), AWAY);
    response
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Brought {
    #[serde(rename = "SAMLResponse")]
    response: String,
    #[serde(rename = "RelayState")]
    state: String,
}

async fn take(State(app): State<App>, Path(reference): Path<String>, Form(brought): Form<Brought>) -> Answer {
    let Ok(organization) = reference.parse::<OrganizationId>() else {
        return Ok(lost(&app));
    };
    let taken = app
        .roster
        .take_saml_answer(organization, brought.response, &brought.state)
        .await?;
    Ok(match taken {
        // A step of the browser's own, which carries its cookies: this form carried none.
        Taken::GoOn(token) => go(&format!("/sign-in/saml-return?state={}", token.expose()), None),
        Taken::Tested(report) => html(&tested(&app, *report)),
        Taken::Failed(told) => failed(&app, told),
        Taken::Lost => lost(&app),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Return {
    state: String,
}

async fn finish(
    State(app): State<App>,
    person: Option<Person>,
    From(origin): From,
    Query(back): Query<Return>,
    headers: HeaderMap,
) -> Answer {
    let browser = SAML.read(&app.edge, &headers).unwrap_or_default();
    let request = person.map(|Person(request)| request);
    let finished = app
        .roster
        .finish_saml(&back.state, browser, request.as_ref(), &origin)
        .await?;
    let mut response = match finished {
        Finished::Lost => return Ok(lost(&app)),
        Finished::Failed(told) => failed(&app, told),
        Finished::SignedIn {
            signed_in,
            next,
            joined,
            ..
        } => {
            if let Some(before) = &request {
                // Whoever was signed in here before would otherwise stay so without a cookie to end it by.
                app.roster.sign_out(before).await?;
            }
            let home = if next.is_empty() { "/".to_owned() } else { next };
            let mut response = match signed_in.next {
                Next::Mfa => go(&destination::with_next("/sign-in/second-factor", &home), None),
                _ if joined => done(&home, "Welcome. You joined by single sign-on."),
                _ => go(&home, None),
            };
            session_cookie::set(&mut response, &app.edge, &signed_in.token);
            response
        }
    };
    SAML.clear(&app.edge, &mut response);
    Ok(response)
}

fn failed(app: &App, told: Told) -> Response {
    let page = Failed {
        shell: bare(app, "You are not signed in", Once::default()),
        heading: format!("You are not signed in to {}", told.organization),
        reason: told.reason,
        contact: told.contact.unwrap_or_default(),
        again_href: format!("/o/{}/sign-in", told.slug),
    };
    html_as(StatusCode::FORBIDDEN, &page)
}

fn lost(app: &App) -> Response {
    let page = Failed {
        shell: bare(app, "You are not signed in", Once::default()),
        heading: "You are not signed in".to_owned(),
        reason:
            "This sign-in was begun in another browser, took longer than ten minutes, or is over already. Begin again."
                .to_owned(),
        ..Failed::default()
    };
    html_as(StatusCode::BAD_REQUEST, &page)
}

fn tested(app: &App, report: Report) -> Tested {
    let mut facts = Vec::new();
    if let Some(proven) = report.proven {
        facts.push(("NameID".to_owned(), proven.name_id));
        facts.extend(proven.email.map(|email| ("E-mail address".to_owned(), email)));
        facts.extend(proven.name.map(|name| ("Name".to_owned(), name)));
        let attributes = proven.attributes.into_iter();
        facts.extend(attributes.map(|attribute| (attribute.name, attribute.values.join(", "))));
    }
    Tested {
        shell: bare(app, "Test of single sign-on", Once::default()),
        fault: report.fault.unwrap_or_default(),
        would: report.would,
        facts,
        back_href: format!("/o/{}/settings/single-sign-on", report.slug),
    }
}

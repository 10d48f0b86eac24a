//! Leaving for an identity provider, and coming back. The ends are plain GETs, as a provider sends people by a redirect; what
//! was set out for is kept by the server and bound to the browser by a cookie.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use domain::Refusal;
use domain::invitation::{IdentityProvider, Invitation};
use domain::permission::Permission;
use serde::Deserialize;
use service::federation::{Asked, Callback};
use service::invitation_acceptance::{Accepted, Joined};
use service::sign_in::{Arrived, Errand, SignedIn, Trip};
use service::{Error, Request};

use super::view::{Answer, Once, done, go, html_as, shell};
use super::{destination, session_cookie};
use crate::App;
use crate::console::address::{Path, Query};
use crate::context::{From, Person};
use crate::cookie::TRIP;
use crate::page::identity::Offer;
use crate::page::problem;
use crate::problem::Problem;

pub fn router() -> Router<App> {
    Router::new()
        .route("/sign-in/{provider}", get(leave))
        .route("/sign-in/{provider}/callback", get(come_back))
        .route("/invitations/{token}/identity/{provider}", get(leave_to_join))
}

/// The ways from the sign-in page.
pub fn offers(app: &App, next: &str) -> Vec<Offer> {
    app.roster
        .providers()
        .iter()
        .map(|provider| Offer {
            name: provider.name.clone(),
            href: destination::with_next(&format!("/sign-in/{}", provider.slug), next),
        })
        .collect()
}

/// The ways from an invitation: the provider it names, or any.
pub fn offers_to_join(app: &App, invitation: &Invitation, token: &str) -> Vec<Offer> {
    let wanted = invitation.identity.provider;
    app.roster
        .providers()
        .iter()
        .filter(|provider| wanted == IdentityProvider::Any || provider.slug == wanted.name())
        .map(|provider| Offer {
            name: provider.name.clone(),
            href: format!("/invitations/{token}/identity/{}", provider.slug),
        })
        .collect()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    next: String,
}

async fn leave(
    State(app): State<App>,
    person: Option<Person>,
    Path(provider): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let next = destination::local(&wanted.next).unwrap_or_default().to_owned();
    let request = person.map(|Person(request)| request);
    if request.is_some() {
        return Ok(go(if next.is_empty() { "/" } else { &next }, None));
    }
    let back = destination::with_next("/sign-in", &next);
    depart(&app, None, &provider, Asked::Identity, Errand::SignIn { next }, &back).await
}

/// Whoever follows an invitation signs in with the provider it names, or one that they choose.
async fn leave_to_join(
    State(app): State<App>,
    person: Option<Person>,
    Path((token, provider)): Path<(String, String)>,
) -> Answer {
    let request = person.map(|Person(request)| request);
    let account = match &request {
        Some(request) => Some(request.caller.account()?),
        None => None,
    };
    let back = format!("/invitations/{token}");
    let errand = Errand::Join { token, account };
    depart(&app, request.as_ref(), &provider, Asked::Identity, errand, &back).await
}

/// Sends somebody to a provider, or says why that cannot be done.
pub async fn depart(
    app: &App,
    person: Option<&Request>,
    provider: &str,
    asked: Asked,
    errand: Errand,
    back: &str,
) -> Answer {
    match app.roster.set_out(provider, asked, errand).await {
        Ok(leaving) => {
            let mut response = go(&leaving.url, None);
            let lifetime = service::sign_in::TRIP_SECONDS;
            TRIP.set(&app.edge, &mut response, leaving.state.expose(), lifetime);
            Ok(response)
        }
        Err(error) => failed(app, person, provider, error, back).await,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Brought {
    state: String,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

async fn come_back(
    State(app): State<App>,
    person: Option<Person>,
    Path(provider): Path<String>,
    Query(brought): Query<Brought>,
    From(origin): From,
    headers: HeaderMap,
) -> Answer {
    let request = person.map(|Person(request)| request);
    let browser = TRIP.read(&app.edge, &headers);
    let trip = match app.roster.come_back(&brought.state, browser).await {
        Ok(trip) => trip,
        Err(error) => return failed(&app, request.as_ref(), &provider, error, "/sign-in").await,
    };
    let callback = Callback {
        code: brought.code,
        iss: brought.iss,
        error: brought.error,
        error_description: brought.error_description,
    };
    let arrived = app
        .roster
        .arrive(&trip, &provider, &callback, request.as_ref(), &origin)
        .await;
    let mut response = match arrived {
        Ok(arrived) => welcome(&app, &trip, arrived),
        Err(error) => failed(&app, request.as_ref(), &provider, error, &way_back(&trip)).await?,
    };
    TRIP.clear(&app.edge, &mut response);
    Ok(response)
}

fn welcome(app: &App, trip: &Trip, arrived: Arrived) -> Response {
    match arrived {
        Arrived::SignedIn(signed_in) => enter(app, &signed_in, &way_on(trip)),
        Arrived::Linked(linked) => done(
            "/me#identities",
            format!(
                "Your {} account is connected. You can sign in with it.",
                app.roster.provider_name(&linked.provider)
            ),
        ),
        Arrived::Joined(joined) => match *joined {
            Joined::Accepted(accepted) => joined_as(app, &accepted),
            Joined::SignedIn(signed_in) => enter(app, &signed_in, &way_back(trip)),
        },
    }
}

fn enter(app: &App, signed_in: &SignedIn, next: &str) -> Response {
    let to = super::second_factor::onward(signed_in.next, next);
    let mut response = go(&to, None);
    session_cookie::set(&mut response, &app.edge, &signed_in.token);
    response
}

/// The first page of a new member, who is signed in.
pub fn joined_as(app: &App, accepted: &Accepted) -> Response {
    let sees_people = accepted.member.role.permissions.has(Permission::MemberView);
    let to = destination::first_page(&accepted.organization.slug, sees_people);
    let mut response = done(
        &to,
        format!(
            "Welcome to {}. You joined as {}.",
            accepted.organization.name, accepted.member.role.name
        ),
    );
    if let Some(secret) = &accepted.token {
        session_cookie::set(&mut response, &app.edge, secret);
    }
    response
}

fn way_on(trip: &Trip) -> String {
    match &trip.errand {
        Errand::SignIn { next } => next.clone(),
        other => back_of(other),
    }
}

fn way_back(trip: &Trip) -> String {
    back_of(&trip.errand)
}

fn back_of(errand: &Errand) -> String {
    match errand {
        Errand::SignIn { next } => destination::with_next("/sign-in", next),
        Errand::Link { .. } => "/me".to_owned(),
        Errand::Join { token, .. } => format!("/invitations/{token}"),
    }
}

/// A page that says why, and how to go on.
async fn failed(app: &App, person: Option<&Request>, provider: &str, error: Error, back: &str) -> Answer {
    let advice = match &error {
        Error::Refused(Refusal::ProofRequired | Refusal::NotFound { .. }) => return Err(error.into()),
        Error::Refused(_) | Error::AccountSuspended => error.to_string(),
        _ => return Err(error.into()),
    };
    let problem = Problem::from(error);
    let label = if back.starts_with("/invitations/") {
        "Back to the invitation"
    } else if back == "/me" {
        "Back to your profile"
    } else {
        "Back to the sign-in page"
    };
    let title = format!("Signing in with {} did not work", app.roster.provider_name(provider));
    let page = problem::Page {
        shell: shell(app, person, &title, Once::default()).await?,
        status: problem.status.as_u16(),
        heading: title,
        text: advice,
        way_out_label: label.to_owned(),
        way_out_href: back.to_owned(),
        ..problem::Page::default()
    };
    let status = match problem.status {
        StatusCode::FORBIDDEN | StatusCode::CONFLICT | StatusCode::GONE => problem.status,
        StatusCode::NOT_FOUND => StatusCode::NOT_FOUND,
        _ => StatusCode::CONFLICT,
    };
    Ok(html_as(status, &page))
}

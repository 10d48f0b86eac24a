//! One's own account: profile, sessions, memberships.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use domain::Refusal;
use domain::account::{Account, AuthenticationMethod};
use domain::device::device;
use domain::id::SessionId;
use domain::session::Session;
use serde::Deserialize;
use service::account::ProfileEdit;
use service::mfa::Mfa;
use service::{Error, Request};

use super::form::Form;
use super::identity;
use super::organization;
use super::refusal;
use super::time::{time, zones};
use super::token::own_row;
use super::view::{Answer, Once, again, done, errors, go, html, shell_of};
use crate::App;
use crate::context::Person;
use crate::page::form::{Choice, Errors};
use crate::page::me::Profile;
use crate::page::part;
use crate::page::shell::{Notice, NoticeKind, Section};

pub fn router() -> Router<App> {
    Router::new()
        .route("/me", get(show).post(edit))
        .route("/me/sessions", post(end_sessions))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    name: String,
    username: String,
    phone: String,
    time_zone: String,
    locale: String,
}

async fn show(State(app): State<App>, Person(request): Person, once: Once) -> Answer {
    Ok(html(
        &page(&app, &request, None, (String::new(), Errors::none()), once).await?,
    ))
}

async fn edit(State(app): State<App>, Person(request): Person, Form(entered): Form<Entered>) -> Answer {
    let edit = ProfileEdit {
        name: Some(entered.name.clone()),
        username: Some(entered.username.clone()),
        phone: Some(Some(entered.phone.clone())),
        time_zone: Some(Some(entered.time_zone.clone())),
        locale: Some(Some(entered.locale.clone())),
    };
    match app.roster.edit_me(&request, &edit).await {
        Ok(_) => Ok(done("/me", "Your profile is saved.")),
        Err(error) => Ok(again(
            &page(
                &app,
                &request,
                Some(entered),
                (String::new(), errors(error)?),
                Once::default(),
            )
            .await?,
        )),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ended {
    session: String,
    all: String,
}

async fn end_sessions(State(app): State<App>, Person(request): Person, Form(ended): Form<Ended>) -> Answer {
    let which = match ended.session.parse::<SessionId>() {
        Ok(session) => Some(session),
        Err(_) if ended.all == "true" => None,
        Err(_) => return Ok(gone()),
    };
    if which.is_some() && which == request.caller.session().ok() {
        let notice = Notice::new(
            NoticeKind::Information,
            "This is the session you are using. Sign out to end it.",
        );
        return Ok(go("/me", Some(notice)));
    }
    match app.roster.end_my_sessions(&request, which).await {
        Ok(1) => Ok(done("/me", "The session is ended.")),
        Ok(count) => Ok(done("/me", format!("{count} sessions are ended. This one goes on."))),
        Err(Error::Refused(Refusal::NotFound { .. })) => Ok(gone()),
        Err(error) => Err(error.into()),
    }
}

fn gone() -> axum::response::Response {
    go(
        "/me",
        Some(Notice::new(NoticeKind::Information, "That session had ended already.")),
    )
}

/// The profile with a new address as it was typed, and what is wrong with it.
pub async fn profile_with_email(
    app: &App,
    request: &Request,
    email: String,
    errors: Errors,
) -> Result<Profile, refusal::Page> {
    page(app, request, None, (email, errors), Once::default()).await
}

async fn page(
    app: &App,
    request: &Request,
    entered: Option<Entered>,
    (new_email, errors): (String, Errors),
    once: Once,
) -> Result<Profile, refusal::Page> {
    let me = app.roster.me(request).await?;
    let sessions = app.roster.my_sessions(request).await?;
    let pending = app.roster.pending_email(request).await?;
    let tokens = app.roster.my_tokens(request).await?;
    let identities = app.roster.my_identities(request).await?;
    let words = app.roster.my_words(request).await?;
    let mfa = app.roster.mfa(request).await?;
    let account = me.account.clone();
    let zone = account.time_zone.as_deref();
    let organizations = organization::rows(&me.memberships, zone);
    let shown = entered.unwrap_or_else(|| as_kept(&account));
    let mut shell = shell_of(app, me, "Profile settings", once);
    shell.current = Some(Section::Profile);
    Ok(Profile {
        shell,
        words,
        errors,
        name: shown.name,
        username: shown.username,
        email: account.email.clone().unwrap_or_default(),
        email_verified: account.email_verified,
        pending_email: pending.map(String::from).unwrap_or_default(),
        new_email,
        email_fixed: if app.roster.sends_mail() {
            String::new()
        } else {
            "It cannot be changed here: this server sends no mail, and a new address counts only once its mailbox has \
             answered. Ask an administrator of your organization."
                .to_owned()
        },
        phone: shown.phone,
        time_zones: time_zones(&shown.time_zone),
        languages: languages(&shown.locale),
        second_factors: second_factors(&mfa),
        password: about_password(&account).to_owned(),
        has_password: account.authentication_method == AuthenticationMethod::Password,
        identities: identities
            .iter()
            .map(|one| identity::connected(app, one, zone))
            .collect(),
        offers: identity::offers(app, &identities),
        tokens: tokens.iter().map(|one| own_row(one, request.now, zone)).collect(),
        sessions: sessions
            .into_iter()
            .map(|session| device_of(&session, request, zone))
            .collect(),
        organizations,
    })
}

const fn about_password(account: &Account) -> &'static str {
    match account.authentication_method {
        AuthenticationMethod::Password => "Changing it ends your other sessions.",
        AuthenticationMethod::Pam => "You sign in with your password of the system. It is changed there.",
        AuthenticationMethod::Saml => "You sign in with your organization’s single sign-on and have none here.",
    }
}

/// Such as "Authenticator app, 2 passkeys".
fn second_factors(mfa: &Mfa) -> String {
    let app = mfa.totp_since.map(|_| "Authenticator app".to_owned());
    let passkeys = match mfa.passkeys.len() {
        0 => None,
        1 => Some("one passkey".to_owned()),
        count => Some(format!("{count} passkeys")),
    };
    let all: Vec<String> = app.into_iter().chain(passkeys).collect();
    if all.is_empty() {
        return "Off. Whoever learns your password can sign in as you.".to_owned();
    }
    all.join(", ")
}

fn as_kept(account: &Account) -> Entered {
    Entered {
        name: account.name.clone(),
        username: account.username.clone(),
        phone: account.phone.clone().unwrap_or_default(),
        time_zone: account.time_zone.clone().unwrap_or_default(),
        locale: account.locale.clone().unwrap_or_default(),
    }
}

fn device_of(session: &Session, request: &Request, zone: Option<&str>) -> part::Session {
    part::Session {
        id: session.id.to_string(),
        device: device(&session.user_agent),
        address: session.address.clone(),
        last_seen: time(session.last_seen_at, zone),
        started: time(session.created_at, zone),
        current: Some(session.id) == request.caller.session().ok(),
    }
}

fn time_zones(chosen: &str) -> Vec<Choice> {
    let mut zones = zones();
    // What was chosen on another machine stays chosen on one that does not know it.
    if !chosen.is_empty() && !zones.iter().any(|zone| zone == chosen) {
        zones.insert(0, chosen.to_owned());
    }
    let none = Choice::new("", "UTC").selected(chosen.is_empty());
    let others = zones
        .into_iter()
        .map(|zone| Choice::new(&zone, zone.replace('_', " ")).selected(zone == chosen));
    std::iter::once(none).chain(others).collect()
}

fn languages(chosen: &str) -> Vec<Choice> {
    let mut languages = vec![
        Choice::new("", "The server’s own (English)"),
        Choice::new("en", "English"),
    ];
    if !languages.iter().any(|language| language.value == chosen) {
        languages.push(Choice::new(chosen, chosen));
    }
    languages
        .into_iter()
        .map(|language| language.clone().selected(language.value == chosen))
        .collect()
}

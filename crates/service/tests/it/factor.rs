//! Short words for second factors: an app on somebody's phone, a passkey, and giving them.

use domain::session::Session;
use domain::time::SECOND;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use service::mfa::giving::Given;
use service::sign_in::{Next, SignedIn};
use service::{Request, Result, Roster};
use testkit::app::{origin, secret};
use testkit::persona::PASSWORD;
use testkit::{App, Authenticator, Persona, Phone};

/// Where the instance is reached, as far as it knows.
pub const SITE: &str = "https://roster.example";
const STEP: i64 = 30 * SECOND;

/// What the phone shows half a minute later.
pub fn next_code(app: &App, phone: &Phone) -> SecretString {
    app.pass(STEP);
    code(app, phone)
}

/// What it shows now.
pub fn code(app: &App, phone: &Phone) -> SecretString {
    secret(&phone.shows(app.roster.now()))
}

/// Enrols an authenticator app, and hands its recovery codes over too.
pub async fn enrol(app: &App, persona: &Persona) -> (Phone, Vec<SecretString>) {
    let request = app.by(persona).await;
    let enrolment = app.roster.begin_totp(&request).await.unwrap();
    let phone = Phone::with(enrolment.secret.expose_secret());
    let codes = app.roster.confirm_totp(&request, &code(app, &phone)).await.unwrap();
    (phone, codes)
}

/// Adds a passkey.
pub async fn add_passkey(app: &App, persona: &Persona) -> Authenticator {
    let request = app.by(persona).await;
    let options = app.roster.begin_passkey(&request).await.unwrap();
    let (authenticator, answer) = Authenticator::make(SITE, &options);
    app.roster
        .finish_passkey(&request, Some("Laptop"), answer)
        .await
        .unwrap();
    authenticator
}

/// The first factor.
pub async fn password(app: &App, persona: &Persona) -> SignedIn {
    app.pass(1);
    let signed_in = app.roster.sign_in(&persona.username, secret(PASSWORD), &origin()).await;
    signed_in.unwrap()
}

/// As a request that only gives the second factor, or proves again, is let in.
pub async fn pending(roster: &Roster, token: &str) -> (Session, Request) {
    let (session, caller) = roster.authenticate_pending(token).await.unwrap();
    let request = Request {
        caller,
        origin: origin(),
        now: roster.now(),
        dry_run: false,
        if_match: None,
        idempotency: None,
        undoing: None,
    };
    (session, request)
}

pub async fn give(roster: &Roster, token: &str, given: Given) -> Result<Next> {
    let (session, request) = pending(roster, token).await;
    roster.give_second_factor(&request, &session, given).await
}

/// Answers what is asked of the passkey.
pub async fn answer(roster: &Roster, authenticator: &mut Authenticator, persona: Option<&Persona>) -> Value {
    let account = persona.map(|persona| persona.account);
    authenticator.answer(&roster.ask_for_passkey(account).await.unwrap())
}

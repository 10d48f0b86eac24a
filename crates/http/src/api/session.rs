//! Signing in and out, and one's own sessions.

use axum::extract::State;
use axum::response::Response;
use domain::id::SessionId;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Answer, Body, created, id, nothing, ok};
use super::page;
use super::part::Part;
use super::representation::{Account, Session, SessionList};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::{Caller, From, Pending};

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/sessions"),
        Access::Public("signing in is how one becomes known"),
        ("Sessions", "sign_in", "Sign in"),
        sign_in,
        |route| {
            route
                .takes::<SignInBody>()
                .answers::<SignedIn>(201, "The session; its token is shown this once")
        },
    );
    routes.add(
        (Method::Delete, "/sessions/current"),
        Access::SignedIn,
        ("Sessions", "sign_out", "Sign out"),
        sign_out,
        |route| route.answers_nothing(204, "The session has ended"),
    );
    routes.add(
        (Method::Get, "/me/sessions"),
        Access::SignedIn,
        ("Sessions", "list_my_sessions", "List my sessions"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<SessionList>(200, "The latest first")
        },
    );
    routes.add(
        (Method::Delete, "/me/sessions"),
        Access::SignedIn,
        ("Sessions", "end_my_other_sessions", "End all my other sessions"),
        end_others,
        |route| route.answers_nothing(204, "All but the calling one have ended"),
    );
    routes.add(
        (Method::Delete, "/me/sessions/{session}"),
        Access::SignedIn,
        ("Sessions", "end_my_session", "End one of my sessions"),
        end_one,
        |route| route.answers_nothing(204, "It has ended"),
    );
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    /// Username or e-mail address.
    login: String,
    #[schema(value_type = String)]
    password: SecretString,
}

#[derive(Serialize, ToSchema)]
pub struct SignedIn {
    token: String,
    expires_at: String,
    account: Account,
    /// done, mfa, change_password or enrol_mfa
    next: String,
}

impl std::convert::From<service::sign_in::SignedIn> for SignedIn {
    fn from(signed_in: service::sign_in::SignedIn) -> Self {
        Self {
            token: signed_in.token.expose().to_owned(),
            expires_at: signed_in.session.expires_at.to_string(),
            account: signed_in.account.into(),
            next: signed_in.next.name().to_owned(),
        }
    }
}

async fn sign_in(State(app): State<App>, From(origin): From, Body(body): Body<SignInBody>) -> Answer {
    let signed_in = app.roster.sign_in(&body.login, body.password, &origin).await?;
    Ok(created(&SignedIn::from(signed_in), "", "/api/v1/sessions/current"))
}

async fn sign_out(State(app): State<App>, pending: Pending) -> Answer {
    app.roster.sign_out(&pending.request).await?;
    Ok(nothing())
}

async fn list(State(app): State<App>, Caller(request): Caller, part: Part) -> Answer {
    let sessions = app.roster.my_sessions(&request).await?;
    let current = request.caller.session().ok();
    let sessions = sessions.into_iter().map(|session| Session::of(session, current));
    let (items, next_cursor) = part.of(sessions, Session::words);
    Ok(ok(&SessionList { items, next_cursor }))
}

async fn end_others(State(app): State<App>, Caller(request): Caller) -> Result<Response, crate::problem::Problem> {
    app.roster.end_my_sessions(&request, None).await?;
    Ok(nothing())
}

async fn end_one(State(app): State<App>, Caller(request): Caller, Path(session): Path<String>) -> Answer {
    let session: SessionId = id(&session, "session")?;
    app.roster.end_my_sessions(&request, Some(session)).await?;
    Ok(nothing())
}

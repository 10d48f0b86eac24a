//! Changing one's own password: because one wants to, or because a temporary one has to go before anything else.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use secrecy::SecretString;
use serde::Deserialize;
use service::{Error, Request};

use super::form::Form;
use super::sign_in::{later, wait};
use super::view::{Answer, Once, done, errors, html, html_as, shell};
use super::{destination, refusal, session_cookie};
use crate::App;
use crate::console::address::Query;
use crate::context::Person;
use crate::page::form::Errors;
use crate::page::password::Page;

pub fn router() -> Router<App> {
    Router::new()
        .route("/password", get(show).post(change))
        .route("/me/password", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    current_password: String,
    new_password: String,
    next: String,
}

/// What a good password is here.
pub fn advice(app: &App) -> String {
    format!(
        "At least {} characters. A few unrelated words are fine.",
        app.roster.settings().password_length
    )
}

async fn show(State(app): State<App>, Person(request): Person, Query(asked): Query<Asked>, once: Once) -> Answer {
    Ok(html(&page(&app, &request, &asked.next, Errors::none(), once).await?))
}

async fn change(State(app): State<App>, Person(request): Person, Form(entered): Form<Entered>) -> Answer {
    let current = SecretString::from(entered.current_password);
    let new = SecretString::from(entered.new_password);
    let token = match app.roster.change_password(&request, current, new).await {
        Ok(token) => token,
        Err(error) => {
            let (status, seconds) = match &error {
                Error::Throttled { retry_after } => (StatusCode::TOO_MANY_REQUESTS, *retry_after),
                Error::Busy { retry_after } => (StatusCode::SERVICE_UNAVAILABLE, *retry_after),
                _ => (StatusCode::UNPROCESSABLE_ENTITY, 0),
            };
            let errors = match seconds {
                0 => errors(error)?,
                seconds => Errors::general(format!("This cannot be done just now. Try again in {}.", wait(seconds))),
            };
            let response = html_as(
                status,
                &page(&app, &request, &entered.next, errors, Once::default()).await?,
            );
            return Ok(if seconds > 0 {
                later(response, seconds)
            } else {
                response
            });
        }
    };
    let usual = if request.caller.must_change_password {
        "/"
    } else {
        "/me"
    };
    let to = destination::local(&entered.next).unwrap_or(usual);
    let mut response = done(to, "Your password is changed. Your other sessions have ended.");
    session_cookie::set(&mut response, &app.edge, &token);
    Ok(response)
}

async fn page(app: &App, request: &Request, next: &str, errors: Errors, once: Once) -> Result<Page, refusal::Page> {
    let forced = request.caller.must_change_password;
    let reason = "You signed in with a temporary password. Before anything else, choose one that only you know.";
    Ok(Page {
        shell: shell(
            app,
            Some(request),
            if forced { "New password" } else { "Change password" },
            once,
        )
        .await?,
        errors,
        reason: if forced { reason.to_owned() } else { String::new() },
        ask_current: true,
        password_advice: advice(app),
        next: destination::local(next).unwrap_or_default().to_owned(),
    })
}

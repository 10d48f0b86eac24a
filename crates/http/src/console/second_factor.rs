//! The step after the password, and signing in with a passkey instead of one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::account::SecondFactor as Kind;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use service::Error;
use service::mfa::giving::Given;
use service::sign_in::Next;

use super::form::Form;
use super::sign_in::{later, wait};
use super::view::{Answer, Once, bare, go, html, html_as};
use super::{destination, refusal, session_cookie};
use crate::App;
use crate::console::address::Query;
use crate::context::{From, Pending, PendingPerson, Person};
use crate::page::form::Errors;
use crate::page::sign_in::SecondFactor;
use crate::problem::Problem;

pub fn router() -> Router<App> {
    Router::new()
        .route("/sign-in/second-factor", get(show).post(give))
        .route("/sign-in/second-factor/options", post(my_options))
        .route("/sign-in/passkey", post(sign_in))
        .route("/sign-in/passkey/options", post(options))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    code: String,
    credential: String,
    next: String,
}

/// Where the next step of signing in is.
pub fn onward(step: Next, next: &str) -> String {
    match step {
        Next::ChangePassword if next.is_empty() => "/password".to_owned(),
        Next::ChangePassword => destination::with_next("/password", next),
        Next::Mfa if next.is_empty() => "/sign-in/second-factor".to_owned(),
        Next::Mfa => destination::with_next("/sign-in/second-factor", next),
        Next::EnrolMfa => "/me/mfa?required=true".to_owned(),
        Next::Done if next.is_empty() => "/".to_owned(),
        Next::Done => next.to_owned(),
    }
}

async fn show(
    State(app): State<App>,
    PendingPerson(pending): PendingPerson,
    Query(asked): Query<Asked>,
    once: Once,
) -> Answer {
    Ok(html(&page(&app, &pending, &asked.next, once).await?))
}

async fn page(app: &App, pending: &Pending, next: &str, once: Once) -> Result<SecondFactor, refusal::Page> {
    let kinds = app.roster.ways_to_prove(&pending.session).await?.factors;
    Ok(SecondFactor {
        shell: bare(app, "Second factor", once),
        has_totp: kinds.contains(&Kind::Totp),
        has_passkey: kinds.contains(&Kind::Passkey),
        next: destination::local(next).unwrap_or_default().to_owned(),
        ..SecondFactor::default()
    })
}

/// What was typed or answered: a code of six digits is one of an app.
pub fn given(code: &str, credential: &str) -> Given {
    if !credential.is_empty() {
        return Given::Passkey(serde_json::from_str(credential).unwrap_or_default());
    }
    let digits = code.chars().filter(|letter| !letter.is_whitespace());
    let is_of_an_app = code.trim().len() <= 8 && digits.clone().all(|letter| letter.is_ascii_digit());
    if is_of_an_app {
        Given::Totp(SecretString::from(code))
    } else {
        Given::RecoveryCode(SecretString::from(code))
    }
}

async fn give(State(app): State<App>, PendingPerson(pending): PendingPerson, Form(entered): Form<Entered>) -> Answer {
    let next = destination::local(&entered.next).unwrap_or_default().to_owned();
    let given = given(&entered.code, &entered.credential);
    match app
        .roster
        .give_second_factor(&pending.request, &pending.session, given)
        .await
    {
        Ok(step) => Ok(go(&onward(step, &next), None)),
        Err(Error::Throttled { retry_after }) => {
            let mut page = page(&app, &pending, &next, Once::default()).await?;
            page.throttled = format!("Too many failed tries. Try again in {}.", wait(retry_after));
            Ok(later(html_as(StatusCode::TOO_MANY_REQUESTS, &page), retry_after))
        }
        Err(error @ Error::WrongCode) => {
            let mut page = page(&app, &pending, &next, Once::default()).await?;
            page.errors = Errors::none().with("code", error.to_string());
            Ok(html_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => Err(error.into()),
    }
}

async fn my_options(
    State(app): State<App>,
    PendingPerson(pending): PendingPerson,
) -> Result<Result<Json<Value>, Problem>, refusal::Page> {
    let options = app.roster.ask_for_my_passkey(&pending.request, &pending.session).await;
    Ok(options.map(Json).map_err(Problem::from))
}

async fn options(State(app): State<App>) -> Result<Json<Value>, Problem> {
    Ok(Json(app.roster.ask_for_passkey(None).await?))
}

async fn sign_in(
    State(app): State<App>,
    before: Option<Person>,
    From(origin): From,
    Form(entered): Form<Entered>,
) -> Result<Response, refusal::Page> {
    let next = destination::local(&entered.next).unwrap_or_default().to_owned();
    let answer = serde_json::from_str(&entered.credential).unwrap_or_default();
    let signed_in = match app.roster.sign_in_with_passkey(answer, &origin).await {
        Ok(signed_in) => signed_in,
        Err(error @ (Error::WrongCode | Error::AccountSuspended)) => {
            return Ok(super::sign_in::not_admitted(&app, &next, &error));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(Person(before)) = before {
        app.roster.sign_out(&before).await?;
    }
    let mut response = go(&onward(signed_in.next, &next), None);
    session_cookie::set(&mut response, &app.edge, &signed_in.token);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_code_of_an_app_or_one_for_recovery() {
        assert!(matches!(given("287 082", ""), Given::Totp(_)));
        assert!(matches!(given("", ""), Given::Totp(_)));
        assert!(matches!(given("0004-xyz", ""), Given::RecoveryCode(_)));
        assert!(matches!(given("123456123456123456123456", ""), Given::RecoveryCode(_)));
        assert!(matches!(given("", "{}"), Given::Passkey(_)));
    }

    #[test]
    fn each_step_leads_to_the_next() {
        assert_eq!(onward(Next::Mfa, "/o/acme"), "/sign-in/second-factor?next=/o/acme");
        assert_eq!(onward(Next::EnrolMfa, "/o/acme"), "/me/mfa?required=true");
        assert_eq!(onward(Next::Done, ""), "/");
    }
}

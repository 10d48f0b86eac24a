//! The door: signing in, signing out, and where the bare address leads.

use axum::Router;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use secrecy::SecretString;
use serde::Deserialize;
use service::Error;

use super::form::Form;
use super::second_factor::onward;
use super::sign_in_elsewhere::offers;
use super::view::{Answer, Once, bare, done, go, html, html_as};
use super::{destination, session_cookie};
use crate::App;
use crate::console::address::Query;
use crate::context::{From, Person};
use crate::page::form::Errors;
use crate::page::sign_in::Page;

pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(start))
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-out", post(sign_out))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    next: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    login: String,
    password: String,
    next: String,
}

async fn start(State(app): State<App>, person: Option<Person>, headers: HeaderMap) -> Answer {
    let Some(Person(request)) = person else {
        return Ok(go("/sign-in", None));
    };
    if request.caller.must_change_password {
        return Ok(go("/password", None));
    }
    Ok(go(&destination::start(&app, &request, &headers).await?, None))
}

async fn show(State(app): State<App>, person: Option<Person>, Query(asked): Query<Asked>, once: Once) -> Answer {
    let next = destination::local(&asked.next);
    if person.is_some() {
        return Ok(go(next.unwrap_or("/"), None));
    }
    Ok(html(&Page {
        shell: bare(&app, "Sign in", once),
        passkeys: app.roster.has_passkeys(),
        next: next.unwrap_or_default().to_owned(),
        offers_sign_up: app.roster.offers_sign_up().await?,
        offers: offers(&app, next.unwrap_or_default()),
        ..Page::default()
    }))
}

async fn sign_in(
    State(app): State<App>,
    before: Option<Person>,
    From(origin): From,
    Form(entered): Form<Entered>,
) -> Answer {
    let next = destination::local(&entered.next).unwrap_or_default().to_owned();
    let mut page = Page {
        shell: bare(&app, "Sign in", Once::default()),
        passkeys: app.roster.has_passkeys(),
        login: entered.login.clone(),
        offers: offers(&app, &next),
        next: next.clone(),
        offers_sign_up: app.roster.offers_sign_up().await?,
        ..Page::default()
    };
    page.errors = missing(&entered);
    if page.errors.any() {
        return Ok(html_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    let signed_in = match app
        .roster
        .sign_in(&entered.login, SecretString::from(entered.password), &origin)
        .await
    {
        Ok(signed_in) => signed_in,
        Err(error) => return refused(page, error),
    };
    if let Some(Person(before)) = before {
        // Whoever was signed in here before would otherwise stay so without a cookie to end it by.
        app.roster.sign_out(&before).await?;
    }
    let mut response = go(&onward(signed_in.next, &next), None);
    session_cookie::set(&mut response, &app.edge, &signed_in.token);
    Ok(response)
}

/// The page again, for whoever came with something else than a password.
pub fn not_admitted(app: &App, next: &str, error: &Error) -> Response {
    let page = Page {
        shell: bare(app, "Sign in", Once::default()),
        offers: offers(app, next),
        passkeys: app.roster.has_passkeys(),
        next: next.to_owned(),
        errors: Errors::general(error.to_string()),
        ..Page::default()
    };
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn missing(entered: &Entered) -> Errors {
    let mut errors = Errors::none();
    if entered.login.trim().is_empty() {
        errors.add("login", "Enter your username or e-mail address.");
    }
    if entered.password.is_empty() {
        errors.add("password", "Enter your password.");
    }
    errors
}

/// The form again, with what was typed but the password.
fn refused(mut page: Page, error: Error) -> Answer {
    let text = error.to_string();
    match error {
        Error::WrongCredentials | Error::AccountSuspended | Error::TemporaryPasswordExpired => {
            page.errors = Errors::general(text);
            Ok(html_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Error::Throttled { retry_after } => {
            page.throttled = format!("Too many failed tries. Try again in {}.", wait(retry_after));
            Ok(later(html_as(StatusCode::TOO_MANY_REQUESTS, &page), retry_after))
        }
        Error::Busy { retry_after } => {
            page.throttled = format!(
                "Many people are signing in just now. Try again in {}.",
                wait(retry_after)
            );
            Ok(later(html_as(StatusCode::SERVICE_UNAVAILABLE, &page), retry_after))
        }
        other => Err(other.into()),
    }
}

/// Such as "1 second" or "2 minutes".
pub fn wait(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// Says in how many seconds it is worth trying again.
pub fn later(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

async fn sign_out(State(app): State<App>, person: Option<Person>, Form(asked): Form<Asked>) -> Answer {
    if let Some(Person(request)) = person {
        app.roster.sign_out(&request).await?;
    }
    let mut response = done(
        destination::local(&asked.next).unwrap_or("/sign-in"),
        "You are signed out.",
    );
    session_cookie::clear(&mut response, &app.edge);
    destination::forget(&mut response, &app.edge);
    Ok(response.into_response())
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn a_wait_is_told_as_people_say_it() {
        assert_eq!(
            [1, 2, 119, 120, 121].map(wait),
            ["1 second", "2 seconds", "119 seconds", "2 minutes", "3 minutes"]
        );
    }
}

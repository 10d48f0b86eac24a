//! Signing up by oneself from the sign-in page, and the page behind the mailed link.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::Refusal;
use secrecy::SecretString;
use serde::Deserialize;
use service::Error;
use service::sign_up::{Joined, LookedUp, NewSignUp, Verified};

use super::form::Form;
use super::password::advice;
use super::session_cookie;
use super::sign_in::{later, wait};
use super::view::{Answer, Once, again, bare, done, errors, html, html_as};
use crate::App;
use crate::console::address::Path;
use crate::context::{From, Person};
use crate::page::form::{Choice, Errors};
use crate::page::invitation::Unusable;
use crate::page::sign_up::{Ask, Asked, Verify};

pub fn router() -> Router<App> {
    Router::new()
        .route("/sign-ups", get(show).post(ask))
        .route("/sign-ups/{token}", get(open).post(verify))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    email: String,
    password: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    organization: String,
    password: String,
}

fn form(app: &App, typed: &Typed, errors: Errors, shown: Once) -> Ask {
    Ask {
        shell: bare(app, "Sign up", shown),
        errors,
        name: typed.name.clone(),
        email: typed.email.clone(),
        password_advice: advice(app),
        impossible: if app.roster.sends_mail() {
            String::new()
        } else {
            "This server cannot send mail, so nobody can sign up by themselves. Ask an administrator of your \
             organization for an account."
                .to_owned()
        },
    }
}

async fn show(State(app): State<App>, shown: Once) -> Answer {
    Ok(html(&form(&app, &Typed::default(), Errors::none(), shown)))
}

async fn ask(State(app): State<App>, From(origin): From, Form(typed): Form<Typed>) -> Answer {
    let new = NewSignUp {
        email: typed.email.clone(),
        name: typed.name.clone(),
        password: Some(SecretString::from(typed.password.clone())),
        organization: None,
    };
    match app.roster.ask_sign_up(new, &origin).await {
        Ok(()) => Ok(html(&Asked {
            shell: bare(&app, "Look into your mailbox", Once::default()),
            email: typed.email.trim().to_owned(),
        })),
        Err(Error::Busy { retry_after }) => {
            let page = form(&app, &typed, busy(retry_after), Once::default());
            Ok(later(html_as(StatusCode::SERVICE_UNAVAILABLE, &page), retry_after))
        }
        Err(error) => Ok(again(&form(&app, &typed, errors(error)?, Once::default()))),
    }
}

fn busy(retry_after: u64) -> Errors {
    Errors::general(format!(
        "This cannot be done just now. Try again in {}.",
        wait(retry_after)
    ))
}

async fn open(State(app): State<App>, Path(token): Path<String>, shown: Once) -> Answer {
    match app.roster.look_up_sign_up(&token).await {
        Ok(found) if found.open.is_empty() => unusable(&app, Refusal::SignUpClosed.into()),
        Ok(found) => Ok(html(&question(
            &app,
            &token,
            found,
            &Chosen::default(),
            Errors::none(),
            shown,
        ))),
        Err(error) => unusable(&app, error),
    }
}

fn question(app: &App, token: &str, found: LookedUp, chosen: &Chosen, errors: Errors, shown: Once) -> Verify {
    // A password that was refused is asked for anew.
    let ask_password = !found.has_password || !errors.of("password").is_empty() || !chosen.password.is_empty();
    let (organization, organizations) = match found.open.as_slice() {
        [only] => (only.name.clone(), Vec::new()),
        several => {
            let choice = |one: &service::sign_up::Listing| {
                Choice::new(&one.slug, &one.name).selected(one.slug == chosen.organization)
            };
            (String::new(), several.iter().map(choice).collect())
        }
    };
    Verify {
        shell: bare(app, "Verify your address", shown),
        errors,
        action: format!("/sign-ups/{token}"),
        name: found.name.to_string(),
        email: found.email.to_string(),
        organization,
        organizations,
        ask_password,
        password_advice: advice(app),
    }
}

async fn verify(
    State(app): State<App>,
    before: Option<Person>,
    Path(token): Path<String>,
    From(origin): From,
    Form(chosen): Form<Chosen>,
) -> Answer {
    let found = match app.roster.look_up_sign_up(&token).await {
        Ok(found) => found,
        Err(error) => return unusable(&app, error),
    };
    let organization = Some(chosen.organization.as_str()).filter(|text| !text.is_empty());
    let password = Some(&chosen.password)
        .filter(|text| !text.is_empty())
        .cloned()
        .map(SecretString::from);
    match app.roster.verify_sign_up(&token, organization, password, &origin).await {
        Ok(Verified::Joined(joined)) => {
            if let Some(Person(before)) = before {
                // Whoever was signed in here before would otherwise stay so without a cookie to end it by.
                app.roster.sign_out(&before).await?;
            }
            Ok(welcome(&app, *joined))
        }
        Ok(Verified::Choose(_)) => {
            let errors = Errors::none().with("organization", "Choose the organization that you want to join.");
            Ok(again(&question(&app, &token, found, &chosen, errors, Once::default())))
        }
        Err(error @ Error::Refused(Refusal::LinkInvalid | Refusal::SignUpClosed)) => unusable(&app, error),
        Err(Error::Busy { retry_after }) => {
            let page = question(&app, &token, found, &chosen, busy(retry_after), Once::default());
            Ok(later(html_as(StatusCode::SERVICE_UNAVAILABLE, &page), retry_after))
        }
        Err(error) => {
            let errors = errors(error)?;
            Ok(again(&question(&app, &token, found, &chosen, errors, Once::default())))
        }
    }
}

fn welcome(app: &App, joined: Joined) -> Response {
    let Some(signed_in) = joined.signed_in else {
        let text = format!(
            "Your account in {} is made: {}. Sign in with it.",
            joined.organization.name, joined.member.account.username
        );
        return done("/sign-in", text);
    };
    let mut response = done("/", format!("Welcome to {}.", joined.organization.name));
    session_cookie::set(&mut response, &app.edge, &signed_in.token);
    response
}

fn unusable(app: &App, error: Error) -> Answer {
    let (heading, advice) = match &error {
        Error::Refused(Refusal::LinkInvalid) => (
            "This link is not valid any more",
            vec![
                "A link is good for 24 hours, and for one account.".to_owned(),
                "If you have used it already, sign in. Otherwise sign up again.".to_owned(),
            ],
        ),
        Error::Refused(Refusal::SignUpClosed) => (
            "Nobody signs up with this address any more",
            vec!["Ask an administrator of your organization to invite you.".to_owned()],
        ),
        _ => return Err(error.into()),
    };
    let page = Unusable {
        shell: bare(app, "Verify your address", Once::default()),
        heading: heading.to_owned(),
        text: "No account was made.".to_owned(),
        advice,
        sign_in_href: "/sign-in".to_owned(),
        onward: None,
    };
    Ok(html_as(StatusCode::GONE, &page))
}

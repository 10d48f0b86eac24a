//! "Forgot your password?": asking for a mail, and the page behind its link.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use domain::Refusal;
use secrecy::SecretString;
use serde::Deserialize;
use service::Error;

use super::form::Form;
use super::password::advice;
use super::sign_in::{later, wait};
use super::view::{Answer, Once, again, bare, done, errors, html, html_as};
use crate::App;
use crate::console::address::Path;
use crate::context::From;
use crate::page::form::Errors;
use crate::page::invitation::Unusable;
use crate::page::password_reset::{Ask, Asked, Redeem};

pub fn router() -> Router<App> {
    Router::new()
        .route("/password-resets", get(show).post(ask))
        .route("/password-resets/{token}", get(open).post(redeem))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    email: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    new_password: String,
}

async fn show(State(app): State<App>, shown: Once) -> Answer {
    Ok(html(&question(&app, String::new(), Errors::none(), shown)))
}

fn question(app: &App, email: String, errors: Errors, shown: Once) -> Ask {
    Ask {
        shell: bare(app, "Forgot your password?", shown),
        errors,
        email,
        no_mail: if app.roster.sends_mail() {
            String::new()
        } else {
            "This server cannot send mail. Ask an administrator of your organization for a temporary password."
                .to_owned()
        },
    }
}

async fn ask(State(app): State<App>, From(origin): From, Form(wanted): Form<Wanted>) -> Answer {
    let mut missing = Errors::none();
    if wanted.email.trim().is_empty() {
        missing.add("email", "Enter your e-mail address.");
        return Ok(again(&question(&app, wanted.email, missing, Once::default())));
    }
    match app.roster.ask_password_reset(&wanted.email, &origin).await {
        Ok(()) => Ok(html(&Asked {
            shell: bare(&app, "Look into your mailbox", Once::default()),
            email: wanted.email.trim().to_owned(),
        })),
        Err(error) => {
            let errors = errors(error)?;
            Ok(again(&question(&app, wanted.email, errors, Once::default())))
        }
    }
}

async fn open(State(app): State<App>, Path(token): Path<String>, shown: Once) -> Answer {
    match app.roster.look_up_password_reset(&token).await {
        Ok(found) => Ok(html(&form(&app, &token, found.username, Errors::none(), shown))),
        Err(error) => unusable(&app, error),
    }
}

async fn redeem(
    State(app): State<App>,
    Path(token): Path<String>,
    From(origin): From,
    Form(entered): Form<Entered>,
) -> Answer {
    let found = match app.roster.look_up_password_reset(&token).await {
        Ok(found) => found,
        Err(error) => return unusable(&app, error),
    };
    let new = SecretString::from(entered.new_password);
    match app.roster.redeem_password_reset(&token, new, &origin).await {
        Ok(_) => {
            let text = "Your password is set, and all your sessions have ended. Sign in with the new one.";
            Ok(done("/sign-in", text))
        }
        Err(error @ Error::Refused(Refusal::LinkInvalid)) => unusable(&app, error),
        Err(Error::Busy { retry_after }) => {
            let text = format!("This cannot be done just now. Try again in {}.", wait(retry_after));
            let page = form(&app, &token, found.username, Errors::general(text), Once::default());
            Ok(later(html_as(StatusCode::SERVICE_UNAVAILABLE, &page), retry_after))
        }
        Err(error) => {
            let page = form(&app, &token, found.username, errors(error)?, Once::default());
            Ok(again(&page))
        }
    }
}

fn form(app: &App, token: &str, username: String, errors: Errors, shown: Once) -> Redeem {
    Redeem {
        shell: bare(app, "Set a new password", shown),
        errors,
        action: format!("/password-resets/{token}"),
        username,
        password_advice: advice(app),
    }
}

fn unusable(app: &App, error: Error) -> Answer {
    if !matches!(error, Error::Refused(Refusal::LinkInvalid)) {
        return Err(error.into());
    }
    let page = Unusable {
        shell: bare(app, "Set a new password", Once::default()),
        heading: "This link is not valid any more".to_owned(),
        text: "Your password is as it was.".to_owned(),
        advice: vec![
            "A link is good for 30 minutes, and for one new password.".to_owned(),
            "Ask for a new one on the page “Forgot your password?”.".to_owned(),
        ],
        sign_in_href: "/sign-in".to_owned(),
        onward: None,
    };
    Ok(html_as(StatusCode::GONE, &page))
}

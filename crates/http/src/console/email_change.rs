//! Another address for one's own account: asked for in the profile, verified by the link that it got.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::Refusal;
use serde::Deserialize;
use service::Error;

use super::form::Form;
use super::me::profile_with_email;
use super::view::{Answer, Once, again, bare, done, errors, go, html, html_as};
use crate::App;
use crate::console::address::Path;
use crate::context::{From, Person};
use crate::page::invitation::Unusable;
use crate::page::me::VerifyEmail;
use crate::page::shell::{Notice, NoticeKind};

pub fn router() -> Router<App> {
    Router::new()
        .route("/me/email", post(ask))
        .route("/me/email/drop", post(drop_change))
        .route("/email-changes/{token}", get(show).post(verify))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    email: String,
}

async fn ask(State(app): State<App>, Person(request): Person, Form(entered): Form<Entered>) -> Answer {
    match app.roster.ask_email_change(&request, &entered.email).await {
        Ok(_) => {
            let text = format!("A mail with a link is on its way to {}.", entered.email.trim());
            Ok(done("/me#email", text))
        }
        Err(error) => {
            let errors = errors(error)?;
            Ok(again(&profile_with_email(&app, &request, entered.email, errors).await?))
        }
    }
}

async fn drop_change(State(app): State<App>, Person(request): Person) -> Answer {
    match app.roster.drop_email_change(&request).await {
        Ok(()) => Ok(done("/me#email", "Your address stays as it is.")),
        Err(Error::Refused(Refusal::NotFound { .. })) => Ok(go(
            "/me#email",
            Some(Notice::new(
                NoticeKind::Information,
                "There was nothing to take back any more.",
            )),
        )),
        Err(error) => Err(error.into()),
    }
}

async fn show(State(app): State<App>, Path(token): Path<String>, shown: Once) -> Answer {
    match app.roster.look_up_email_change(&token).await {
        Ok(found) => Ok(html(&VerifyEmail {
            shell: bare(&app, "Verify your address", shown),
            action: format!("/email-changes/{token}"),
            username: found.username,
            email: found.email.to_string(),
        })),
        Err(error) => unusable(&app, error),
    }
}

async fn verify(
    State(app): State<App>,
    person: Option<Person>,
    Path(token): Path<String>,
    From(origin): From,
) -> Answer {
    match app.roster.verify_email_change(&token, &origin).await {
        Ok(account) => {
            let text = format!("{} is verified.", account.email.unwrap_or_default());
            Ok(done(if person.is_some() { "/me" } else { "/sign-in" }, text))
        }
        Err(error) => unusable(&app, error),
    }
}

fn unusable(app: &App, error: Error) -> Answer {
    let advice = match &error {
        Error::Refused(Refusal::LinkInvalid) => vec![
            "A link is good for 24 hours, and once; asking for another address ends it.".to_owned(),
            "Ask for the address again in your profile settings.".to_owned(),
        ],
        Error::Refused(refusal @ Refusal::EmailTaken { .. }) => vec![refusal.to_string()],
        _ => return Err(error.into()),
    };
    let page = Unusable {
        shell: bare(app, "Verify your address", Once::default()),
        heading: "This link is not valid any more".to_owned(),
        text: "Your address is as it was.".to_owned(),
        advice,
        sign_in_href: "/sign-in".to_owned(),
        onward: None,
    };
    Ok(html_as(StatusCode::GONE, &page))
}

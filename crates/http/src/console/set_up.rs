//! Setting up an empty instance by the one-time link that its start printed.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use domain::Refusal;
use domain::preset;
use secrecy::SecretString;
use serde::Deserialize;
use service::set_up::SetUp;
use service::{Error, FieldError};

use super::form::Form;
use super::view::{Answer, Once, again, bare, done, errors, html, html_as};
use super::{destination, password, session_cookie};
use crate::App;
use crate::console::address::Path;
use crate::context::From;
use crate::page::form::{Choice, Errors};
use crate::page::invitation::Unusable;
use crate::page::set_up::Page;

pub fn router() -> Router<App> {
    Router::new().route("/set-up/{token}", get(show).post(set_up))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Entered {
    organization_name: String,
    slug: String,
    preset: String,
    name: String,
    email: String,
    username: String,
    password: String,
}

async fn show(State(app): State<App>, Path(token): Path<String>, once: Once) -> Answer {
    match app.roster.look_up_set_up(&token).await {
        Ok(()) => Ok(html(&page(&app, &token, Entered::default(), Errors::none(), once))),
        Err(error) => unusable(&app, error),
    }
}

async fn set_up(
    State(app): State<App>,
    Path(token): Path<String>,
    From(origin): From,
    Form(entered): Form<Entered>,
) -> Answer {
    let kept = entered.clone();
    let wanted = SetUp {
        organization_name: entered.organization_name,
        slug: entered.slug,
        preset: Some(entered.preset),
        name: entered.name,
        username: entered.username,
        email: entered.email,
        password: SecretString::from(entered.password),
    };
    let ready = match app.roster.set_up(&token, wanted, &origin).await {
        Ok(ready) => ready,
        Err(error @ Error::Refused(Refusal::LinkInvalid | Refusal::AlreadySetUp)) => return unusable(&app, error),
        Err(error) => {
            let errors = errors(in_this_form(error))?;
            return Ok(again(&page(&app, &token, kept, errors, Once::default())));
        }
    };
    let text = format!("{} is ready. Invite its first people.", ready.organization.name);
    let mut response = done(&destination::people(&ready.organization.slug), text);
    session_cookie::set(&mut response, &app.edge, &ready.token);
    Ok(response)
}

/// The operation's fields under the names that they have in the form.
fn in_this_form(error: Error) -> Error {
    match error {
        Error::Invalid(fields) => {
            let renamed = fields
                .into_iter()
                .map(|field| FieldError::new(name(&field.pointer), detail(&field)));
            Error::Invalid(renamed.collect())
        }
        other => other,
    }
}

fn name(pointer: &str) -> &str {
    match pointer {
        "/organization/name" => "organization_name",
        other => other.rsplit('/').next().unwrap_or_default(),
    }
}

/// Two fields are names: the person's own says whose it is.
fn detail(field: &FieldError) -> String {
    match field.pointer.as_str() {
        "/account/name" => format!("Your name {}.", field.detail),
        _ => field.detail.clone(),
    }
}

fn page(app: &App, token: &str, entered: Entered, errors: Errors, once: Once) -> Page {
    Page {
        shell: bare(app, "Set up", once),
        errors,
        action: format!("/set-up/{token}"),
        organization_name: entered.organization_name,
        slug: entered.slug,
        presets: presets(&entered.preset),
        name: entered.name,
        username: entered.username,
        email: entered.email,
        password_advice: password::advice(app),
    }
}

/// What an organization can start from; the first is chosen where nothing is.
pub fn presets(chosen: &str) -> Vec<Choice> {
    let chosen = preset::find(chosen)
        .or_else(|| preset::all().first())
        .map(|preset| preset.slug.as_str());
    preset::all()
        .iter()
        .map(|preset| {
            Choice::new(&preset.slug, &preset.name)
                .hint(&preset.description)
                .selected(chosen == Some(preset.slug.as_str()))
        })
        .collect()
}

fn unusable(app: &App, error: Error) -> Answer {
    let (heading, advice) = match &error {
        Error::Refused(Refusal::AlreadySetUp) => ("This instance is set up already", Vec::new()),
        Error::Refused(Refusal::LinkInvalid) => (
            "This set-up link is not valid",
            vec![
                "A set-up link is good for one hour, and for one set-up.".to_owned(),
                "As long as nobody has an account, restarting the server prints a new one.".to_owned(),
                "If the instance is set up already, sign in.".to_owned(),
            ],
        ),
        _ => return Err(error.into()),
    };
    let page = Unusable {
        shell: bare(app, "Set up", Once::default()),
        heading: heading.to_owned(),
        text: "Nothing was changed.".to_owned(),
        advice,
        sign_in_href: "/sign-in".to_owned(),
        onward: None,
    };
    Ok(html_as(StatusCode::GONE, &page))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn an_error_stands_at_the_field_it_is_about() {
        let pointers = [
            "/organization/name",
            "/organization/slug",
            "/account/name",
            "/account/password",
            "/username",
        ];
        assert_eq!(
            pointers.map(name),
            ["organization_name", "slug", "name", "password", "username"]
        );
    }
}

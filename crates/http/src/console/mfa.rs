//! One's own second factors in the console: an authenticator app, passkeys, recovery codes. What is shown once is on the page
//! that answers the form, and nowhere after.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Refusal;
use domain::id::PasskeyId;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use service::{Error, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::form::Form;
use crate::console::refusal::Page;
use crate::console::time::{day, time};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::Errors;
use crate::page::mfa::{Codes, Overview, Passkey, Totp};
use crate::page::part::Time;
use crate::page::shell::Section;
use crate::problem::Problem;

const HOME: &str = "/me/mfa";

pub fn router() -> Router<App> {
    Router::new()
        .route(HOME, get(show))
        .route("/me/mfa/totp", get(show_totp).post(begin_totp))
        .route("/me/mfa/totp/confirmation", post(confirm_totp))
        .route("/me/mfa/totp/removal", get(ask_totp).post(remove_totp))
        .route("/me/mfa/passkeys", post(add_passkey))
        .route("/me/mfa/passkeys/options", post(passkey_options))
        .route(
            "/me/mfa/passkeys/{passkey}/removal",
            get(ask_passkey).post(remove_passkey),
        )
        .route("/me/mfa/recovery-codes", get(ask_codes).post(renew_codes))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// An organization sent the person here.
    required: bool,
}

async fn show(State(app): State<App>, Person(request): Person, Query(asked): Query<Asked>, once: Once) -> Answer {
    let mut page = overview(&app, &request, Errors::none(), once).await?;
    if asked.required && !page.has_any() {
        "An organization of yours lets you in with a second factor only. Set up an authenticator app, or add a passkey."
            .clone_into(&mut page.required);
    }
    Ok(view::html(&page))
}

async fn overview(app: &App, request: &Request, errors: Errors, once: Once) -> Result<Overview, Page> {
    let mfa = app.roster.mfa(request).await?;
    let me = app.roster.me(request).await?;
    let zone = me.account.time_zone.clone();
    let zone = zone.as_deref();
    let passkeys = mfa.passkeys.into_iter().map(|passkey| Passkey {
        id: passkey.id.to_string(),
        name: passkey.name,
        made: day(passkey.created_at, zone),
        last_used: passkey
            .last_used_at
            .map_or_else(|| Time::never("never"), |at| time(at, zone)),
    });
    let no_passkeys = if app.roster.has_passkeys() {
        String::new()
    } else {
        Refusal::PasskeysUnavailable.to_string()
    };
    let mut shell = view::shell_of(app, me, "Multi-factor authentication", once);
    shell.current = Some(Section::Profile);
    Ok(Overview {
        shell,
        errors,
        totp: mfa.totp_since.map(|at| day(at, zone)),
        passkeys: passkeys.collect(),
        no_passkeys,
        codes_left: mfa.recovery_codes_left,
        ..Overview::default()
    })
}

async fn begin_totp(State(app): State<App>, Person(request): Person) -> Answer {
    app.roster.begin_totp(&request).await?;
    Ok(view::go("/me/mfa/totp", None))
}

async fn show_totp(State(app): State<App>, Person(request): Person, once: Once) -> Answer {
    match totp_page(&app, &request, Errors::none(), once).await? {
        Some(page) => Ok(view::html(&page)),
        None => Ok(view::go(HOME, None)),
    }
}

async fn totp_page(app: &App, request: &Request, errors: Errors, once: Once) -> Result<Option<Totp>, Page> {
    let Some(enrolment) = app.roster.pending_totp(request).await? else {
        return Ok(None);
    };
    let mut shell = view::shell(app, Some(request), "Set up an authenticator app", once).await?;
    shell.current = Some(Section::Profile);
    let letters: Vec<char> = enrolment.secret.expose_secret().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(Some(Totp {
        shell,
        errors,
        secret: groups.join(" "),
        picture: enrolment.picture.unwrap_or_default(),
        uri: enrolment.uri.expose_secret().to_owned(),
    }))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    code: String,
}

async fn confirm_totp(State(app): State<App>, Person(request): Person, Form(typed): Form<Typed>) -> Answer {
    let code = SecretString::from(typed.code);
    match app.roster.confirm_totp(&request, &code).await {
        Ok(codes) => {
            let lead = "From now on you are asked for a code of your app when you sign in with your password.";
            show_codes(&app, &request, "Multi-factor authentication is on", lead, &codes).await
        }
        Err(Error::Refused(Refusal::NothingToConfirm | Refusal::TotpEnrolled)) => Ok(view::go(HOME, None)),
        Err(error) => match totp_page(&app, &request, view::errors(error)?, Once::default()).await? {
            Some(page) => Ok(view::again(&page)),
            None => Ok(view::go(HOME, None)),
        },
    }
}

async fn show_codes(app: &App, request: &Request, heading: &str, lead: &str, codes: &[SecretString]) -> Answer {
    let mut shell = view::shell(app, Some(request), "Recovery codes", Once::default()).await?;
    shell.current = Some(Section::Profile);
    Ok(view::html(&Codes {
        shell,
        heading: heading.to_owned(),
        lead: lead.to_owned(),
        codes: codes.iter().map(|code| code.expose_secret().to_owned()).collect(),
        done_href: HOME.to_owned(),
    }))
}

/// What the script hands to the browser.
async fn passkey_options(State(app): State<App>, Person(request): Person) -> Result<Json<Value>, Problem> {
    Ok(Json(app.roster.begin_passkey(&request).await?))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Made {
    name: String,
    credential: String,
}

async fn add_passkey(State(app): State<App>, Person(request): Person, Form(made): Form<Made>) -> Answer {
    let answer = serde_json::from_str(&made.credential).unwrap_or_default();
    let name = if made.name.trim().is_empty() {
        domain::device::device(&request.origin.user_agent)
    } else {
        made.name
    };
    match app.roster.finish_passkey(&request, Some(&name), answer).await {
        Ok(added) if added.recovery_codes.is_empty() => Ok(view::done(
            HOME,
            format!("The passkey {} is added.", added.passkey.name),
        )),
        Ok(added) => {
            let heading = format!("The passkey {} is added", added.passkey.name);
            let lead = "Sign in with it alone, or give it after your password.";
            show_codes(&app, &request, &heading, lead, &added.recovery_codes).await
        }
        Err(Error::Invalid(_) | Error::Refused(Refusal::NothingToConfirm)) => {
            let errors = Errors::general("The passkey was not taken. Try again.");
            Ok(view::again(&overview(&app, &request, errors, Once::default()).await?))
        }
        Err(error) => {
            let errors = view::errors(error)?;
            Ok(view::again(&overview(&app, &request, errors, Once::default()).await?))
        }
    }
}

/// What removing the last one means.
fn consequences(last: bool, mut list: Vec<Consequence>) -> Vec<Consequence> {
    if last {
        list.push(Consequence::new(
            ConsequenceKind::Ends,
            "It is your last second factor: your recovery codes end with it",
        ));
        list.push(Consequence::new(
            ConsequenceKind::Note,
            "Organizations that ask for a second factor let you in again once you have one",
        ));
    }
    list
}

async fn question(app: &App, request: &Request, title: &str, once: Once) -> Result<confirm::Page, Page> {
    let mut shell = view::shell(app, Some(request), title, once).await?;
    shell.current = Some(Section::Profile);
    Ok(confirm::Page {
        shell,
        danger: true,
        cancel_href: HOME.to_owned(),
        ..confirm::Page::default()
    })
}

async fn ask_totp(State(app): State<App>, Person(request): Person, once: Once) -> Answer {
    let mfa = app.roster.mfa(&request).await?;
    let list = vec![Consequence::new(
        ConsequenceKind::Ends,
        "Codes of the app are asked for no more",
    )];
    Ok(view::html(&confirm::Page {
        heading: "Remove your authenticator app?".to_owned(),
        consequences: consequences(mfa.passkeys.is_empty(), list),
        action: "/me/mfa/totp/removal".to_owned(),
        submit: "Remove the authenticator app".to_owned(),
        ..question(&app, &request, "Remove authenticator app", once).await?
    }))
}

async fn remove_totp(State(app): State<App>, Person(request): Person) -> Answer {
    app.roster.remove_totp(&request).await?;
    Ok(view::done(HOME, "The authenticator app is removed."))
}

fn passkey_id(text: &str) -> Result<PasskeyId, Page> {
    text.parse().map_err(|_| Refusal::NotFound { what: "passkey" }.into())
}

async fn ask_passkey(State(app): State<App>, Person(request): Person, Path(id): Path<String>, once: Once) -> Answer {
    let id = passkey_id(&id)?;
    let mfa = app.roster.mfa(&request).await?;
    let passkey = mfa.passkeys.iter().find(|passkey| passkey.id == id);
    let name = passkey.map(|passkey| passkey.name.clone());
    let name = name.ok_or(Refusal::NotFound { what: "passkey" })?;
    let list = vec![
        Consequence::new(ConsequenceKind::Ends, "Nobody signs in with it any more"),
        Consequence::new(
            ConsequenceKind::Note,
            "Your device still offers it until you delete it there too",
        ),
    ];
    Ok(view::html(&confirm::Page {
        heading: format!("Remove the passkey {name}?"),
        consequences: consequences(mfa.methods.len() == 1 && mfa.passkeys.len() == 1, list),
        action: format!("/me/mfa/passkeys/{id}/removal"),
        submit: format!("Remove {name}"),
        ..question(&app, &request, "Remove passkey", once).await?
    }))
}

async fn remove_passkey(State(app): State<App>, Person(request): Person, Path(id): Path<String>) -> Answer {
    app.roster.remove_passkey(&request, passkey_id(&id)?).await?;
    Ok(view::done(HOME, "The passkey is removed."))
}

async fn ask_codes(State(app): State<App>, Person(request): Person, once: Once) -> Answer {
    let left = app.roster.mfa(&request).await?.recovery_codes_left;
    let mut page = question(&app, &request, "Recovery codes", once).await?;
    page.consequences = vec![Consequence::new(
        ConsequenceKind::Note,
        "You get ten new ones, shown this once",
    )];
    if left > 0 {
        let text = format!("The {left} that are left stop working");
        page.consequences
            .insert(0, Consequence::new(ConsequenceKind::Ends, text));
    }
    Ok(view::html(&confirm::Page {
        heading: "Make new recovery codes?".to_owned(),
        action: "/me/mfa/recovery-codes".to_owned(),
        submit: "Make new recovery codes".to_owned(),
        danger: left > 0,
        ..page
    }))
}

async fn renew_codes(State(app): State<App>, Person(request): Person) -> Answer {
    let codes = app.roster.renew_recovery_codes(&request).await?;
    let lead = "Those you had before let nobody in any more.";
    show_codes(&app, &request, "You have new recovery codes", lead, &codes).await
}

//! The certificate: looked at, set, replaced.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use domain::Refusal;
use domain::time::DAY;
use secrecy::SecretString;
use serde::Deserialize;
use service::setting::NewTls;
use service::{Error, Request, tls};

use super::fixed;
use crate::App;
use crate::console::form::Form;
use crate::console::instance::{Instance, enter};
use crate::console::part::{self, counted};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::instance::Place;
use crate::page::setting::{Certificate, Tls};

const HERE: &str = "/instance/settings/tls";
const REMOVAL: &str = "/instance/settings/tls/removal";

pub fn router() -> Router<App> {
    Router::new()
        .route(HERE, get(show).post(set))
        .route(REMOVAL, get(ask_removal).post(remove))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    certificate: String,
    key: String,
    chain: String,
}

async fn show(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    Ok(view::html(&page(&app, &request, shown).await?))
}

async fn page(app: &App, request: &Request, shown: Once) -> Result<Tls, Page> {
    let instance = enter(app, request, Place::Tls, shown).await?;
    let tls = app.roster.tls(request).await?;
    let identity = tls.identity.as_deref();
    let drawn = |certificate: &tls::Certificate| certificate_of(&instance, certificate, request);
    Ok(Tls {
        shell: instance.shell("TLS"),
        fixed: fixed(tls.fixed_by, "tls_certificate"),
        served: identity.map(|identity| drawn(&identity.certificate)),
        chain: identity
            .map(|identity| identity.chain.iter().map(drawn).collect())
            .unwrap_or_default(),
        warnings: tls.warnings.clone(),
        host: app.roster.host().to_owned(),
        ..Tls::default()
    })
}

fn certificate_of(instance: &Instance, certificate: &tls::Certificate, request: &Request) -> Certificate {
    let (from, until) = (certificate.not_before, certificate.not_after);
    let all = until.since(from).max(1);
    let over = request.now.since(from).clamp(0, all);
    Certificate {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        names: certificate.names.clone(),
        from: instance.day(from),
        until: instance.day(until),
        // In this order: microseconds of a century times a hundred are more than a number holds.
        over: over / (all / 100).max(1),
        left: match until.since(request.now) / DAY {
            days if days >= 1 => format!(
                "Good for {}",
                counted(usize::try_from(days).unwrap_or(0), "more day", "more days")
            ),
            0 if until > request.now => "Ends within a day".to_owned(),
            _ => "Ended".to_owned(),
        },
        fingerprint: certificate.fingerprint.clone(),
    }
}

async fn set(State(app): State<App>, Person(request): Person, Form(typed): Form<Typed>) -> Answer {
    let new = NewTls {
        certificate: typed.certificate.clone(),
        key: part::filled(&typed.key).map(SecretString::from),
        chain: typed.chain.clone(),
    };
    match app.roster.set_tls(&request, new).await {
        Ok(_) => Ok(view::done(
            HERE,
            "The certificate is in use from the next connection on.",
        )),
        Err(error) => {
            let errors = view::errors(error)?;
            let page = page(&app, &request, Once::default()).await?;
            Ok(view::again(&Tls {
                errors,
                certificate: typed.certificate,
                chain_typed: typed.chain,
                ..page
            }))
        }
    }
}

/// What removing means, or which listeners are in its way.
async fn ask_removal(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Tls, shown).await?;
    match app.roster.remove_tls(&request.with_dry_run(true)).await {
        Ok(_) => Ok(view::html(&question(&instance, String::new()))),
        Err(error) => refused(&instance, error),
    }
}

async fn remove(State(app): State<App>, Person(request): Person) -> Answer {
    match app.roster.remove_tls(&request).await {
        Ok(_) => Ok(view::done(HERE, "The certificate is removed, and its key with it.")),
        Err(error) => {
            let instance = enter(&app, &request, Place::Tls, Once::default()).await?;
            refused(&instance, error)
        }
    }
}

fn refused(instance: &Instance, error: Error) -> Answer {
    match error {
        Error::Refused(refusal @ (Refusal::CertificateInUse { .. } | Refusal::SettingFixed { .. })) => {
            let page = question(instance, refusal.to_string());
            Ok(view::html_as(StatusCode::CONFLICT, &page))
        }
        error => Err(error.into()),
    }
}

fn question(instance: &Instance, refusal: String) -> confirm::Page {
    let consequences = vec![
        Consequence::new(
            ConsequenceKind::Loss,
            "The certificate, its chain and its key are gone from this server",
        ),
        Consequence::new(
            ConsequenceKind::Note,
            "Listeners with TLS can be added again once there is another one",
        ),
    ];
    confirm::Page {
        shell: instance.shell("Remove the certificate"),
        heading: "Remove the certificate?".to_owned(),
        lead: "Keep a copy if you need it again: nobody can read the key out of Roster.".to_owned(),
        consequences: if refusal.is_empty() { consequences } else { Vec::new() },
        action: REMOVAL.to_owned(),
        submit: "Remove the certificate".to_owned(),
        danger: true,
        refusal,
        cancel_href: HERE.to_owned(),
        ..confirm::Page::default()
    }
}

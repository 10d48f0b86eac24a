//! The certificate that the instance is served with.

use axum::extract::State;
use domain::Timestamp;
use domain::effect::Kind;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use service::setting::{self, NewTls};
use service::tls;
use utoipa::ToSchema;

use super::body::{Answer, Body, nothing, outcome, tagged, would};
use super::route::{Access, Method, Routes};
use super::smtp::instance;
use crate::App;
use crate::context::Caller;

const TAG: &str = "Instance";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/instance/tls"),
        Access::Superuser,
        (TAG, "get_tls", "See the certificate that is served"),
        get,
        |route| route.answers::<Tls>(200, "The certificate and its chain, without the key"),
    );
    routes.add(
        (Method::Put, "/instance/tls"),
        Access::Superuser,
        (TAG, "set_tls", "Set the certificate, or replace it"),
        set,
        |route| {
            route
                .conditional()
                .takes::<TlsBody>()
                .answers::<Tls>(
                    200,
                    "What is served from the next connection on; those that are open go on",
                )
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/instance/tls"),
        Access::Superuser,
        (TAG, "remove_tls", "Remove the certificate that superusers have set"),
        remove,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "There is none any more; its key is gone with it")
                .previews()
        },
    );
}

#[derive(Serialize, ToSchema)]
struct Tls {
    /// In PEM; null where there is none
    certificate: Option<String>,
    /// In PEM, the nearest issuer first
    chain: Option<String>,
    details: Option<Certificate>,
    issuers: Vec<Certificate>,
    /// What to watch out for, such as an end that is near
    warnings: Vec<String>,
    /// flag, environment or file, where files hold it
    fixed_by: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
struct Certificate {
    subject: String,
    issuer: String,
    /// Hosts that it is for
    names: Vec<String>,
    #[schema(value_type = String)]
    not_before: Timestamp,
    #[schema(value_type = String)]
    not_after: Timestamp,
    /// SHA-256
    fingerprint: String,
}

impl From<&tls::Certificate> for Certificate {
    fn from(certificate: &tls::Certificate) -> Self {
        Self {
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            names: certificate.names.clone(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            fingerprint: certificate.fingerprint.clone(),
        }
    }
}

impl From<&setting::Tls> for Tls {
    fn from(tls: &setting::Tls) -> Self {
        let identity = tls.identity.as_deref();
        let chain = identity.map(|identity| identity.chain.as_slice());
        Self {
            certificate: identity.map(|identity| identity.certificate.pem()),
            chain: chain.map(|chain| chain.iter().map(tls::Certificate::pem).collect()),
            details: identity.map(|identity| (&identity.certificate).into()),
            issuers: chain.unwrap_or_default().iter().map(Certificate::from).collect(),
            warnings: tls.warnings.clone(),
            fixed_by: tls.fixed_by.map(service::FixedBy::name),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TlsBody {
    /// In PEM; issuers may follow in the same text
    certificate: String,
    /// In PEM; may be left out where the key in use fits
    #[schema(value_type = Option<String>)]
    key: Option<SecretString>,
    /// In PEM, the nearest issuer first
    chain: Option<String>,
}

async fn get(State(app): State<App>, Caller(request): Caller) -> Answer {
    let tls = app.roster.tls(&request).await?;
    Ok(tagged(&Tls::from(&tls), &tls.etag))
}

async fn remove(State(app): State<App>, Caller(request): Caller) -> Answer {
    let removed = app.roster.remove_tls(&request).await?;
    Ok(outcome(removed, |()| nothing()))
}

async fn set(State(app): State<App>, Caller(request): Caller, Body(body): Body<TlsBody>) -> Answer {
    let new = NewTls {
        certificate: body.certificate,
        key: body.key,
        chain: body.chain.unwrap_or_default(),
    };
    let tls = app.roster.set_tls(&request, new).await?;
    if request.dry_run {
        let detail = tls.identity.as_ref().map(|identity| {
            let certificate = &identity.certificate;
            format!("is served as {} until {}", certificate.subject, certificate.not_after)
        });
        return Ok(would(Kind::Changed, instance(), &detail.unwrap_or_default()));
    }
    Ok(tagged(&Tls::from(&tls), &tls.etag))
}

//! Single sign-on of an organization: its settings, a try of them, and Roster's own metadata.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use domain::permission::{Permission, SecurityManage};
use domain::single_sign_on::Binding;
use serde::{Deserialize, Serialize};
use service::sign_in::saml::{Purpose, Way};
use service::single_sign_on::{self, NewSettings, View, etag};
use service::{Certificate, OrganizationRef};
use utoipa::ToSchema;

use super::body::{Answer, Body, nothing, ok, outcome, tagged};
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::Caller;

const TAG: &str = "Single sign-on";
const MANAGE: Access = Access::Permission(Permission::SecurityManage);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/single-sign-on"),
        MANAGE,
        (TAG, "get_single_sign_on", "See the settings of single sign-on"),
        get,
        |route| route.answers::<SingleSignOn>(200, "The settings, and what the identity provider has to be told"),
    );
    routes.add(
        (Method::Put, "/organizations/{org}/single-sign-on"),
        MANAGE,
        (TAG, "set_single_sign_on", "Set single sign-on up, or change it"),
        put,
        |route| {
            route
                .conditional()
                .takes::<SettingsBody>()
                .answers::<SingleSignOn>(200, "The settings as they are now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/single-sign-on"),
        MANAGE,
        (TAG, "remove_single_sign_on", "Remove single sign-on"),
        remove,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "No single sign-on any more")
                .previews()
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/single-sign-on/test"),
        MANAGE,
        (TAG, "test_single_sign_on", "Begin a try of single sign-on"),
        test,
        |route| {
            route.answers::<Try>(
                200,
                "A link to follow in a browser: it ends with what came back, and signs nobody in",
            )
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/single-sign-on/metadata"),
        MANAGE,
        (
            TAG,
            "get_service_metadata",
            "Get Roster's metadata for the identity provider",
        ),
        metadata,
        |route| route.answers_nothing(200, "SAML metadata, as XML"),
    );
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsBody {
    /// The identity provider's metadata, as text; else the fields that follow.
    metadata: Option<String>,
    entity_id: Option<String>,
    sso_url: Option<String>,
    /// How requests are sent: redirect (the usual) or post
    #[schema(value_type = Option<String>)]
    binding: Option<Binding>,
    /// PEM, one or several.
    #[serde(default)]
    certificates: Vec<String>,
    /// Whether requests are signed; where left out, what the metadata wants.
    sign_requests: Option<bool>,
    /// Whether whoever is not known yet becomes a member at their first sign-in.
    #[serde(default)]
    provisioning: bool,
    /// That they have then; member where left out.
    default_role: Option<String>,
    /// Told to whoever could not be signed in.
    admin_contact: Option<String>,
}

impl From<SettingsBody> for NewSettings {
    fn from(body: SettingsBody) -> Self {
        Self {
            metadata: body.metadata,
            entity_id: body.entity_id,
            sso_url: body.sso_url,
            binding: body.binding,
            certificates: body.certificates,
            sign_requests: body.sign_requests,
            provisioning: body.provisioning,
            default_role: body.default_role,
            admin_contact: body.admin_contact,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct SingleSignOn {
    /// Whether there are settings; without them only service_provider says something.
    enabled: bool,
    service_provider: ServiceProvider,
    /// The identity provider's.
    entity_id: Option<String>,
    sso_url: Option<String>,
    binding: Option<String>,
    certificates: Vec<CertificateShown>,
    sign_requests: bool,
    provisioning: bool,
    default_role: Option<String>,
    admin_contact: Option<String>,
    /// Where the identity provider sends its answers.
    callback_url: String,
}

/// What the identity provider has to be told.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceProvider {
    entity_id: String,
    callback_url: String,
    /// Where a bookmark or a tile at the identity provider begins.
    start_url: String,
    signing_certificate: Option<CertificateShown>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CertificateShown {
    subject: String,
    /// SHA-256
    fingerprint: String,
    expires_at: String,
    pem: String,
}

impl From<&Certificate> for CertificateShown {
    fn from(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_owned(),
            fingerprint: certificate.fingerprint(),
            expires_at: certificate.not_after().to_string(),
            pem: certificate.pem(),
        }
    }
}

impl From<&View> for SingleSignOn {
    fn from(view: &View) -> Self {
        let settings = view.settings.as_ref();
        Self {
            enabled: settings.is_some(),
            service_provider: ServiceProvider {
                entity_id: view.service.entity_id.clone(),
                callback_url: view.service.callback_url.clone(),
                start_url: view.service.start_url.clone(),
                signing_certificate: view.signing_certificate.as_ref().map(CertificateShown::from),
            },
            entity_id: settings.map(|settings| settings.entity_id.clone()),
            sso_url: settings.map(|settings| settings.sign_on_url.clone()),
            binding: settings.map(|settings| settings.binding.name().to_owned()),
            certificates: view.certificates.iter().map(CertificateShown::from).collect(),
            sign_requests: settings.is_some_and(|settings| settings.sign_requests),
            provisioning: settings.is_some_and(|settings| settings.provisioning),
            default_role: settings.map(|settings| settings.role.slug.clone()),
            admin_contact: settings.and_then(|settings| settings.admin_contact.clone()),
            callback_url: view.service.callback_url.clone(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Try {
    url: String,
}

fn shown(view: &View) -> axum::response::Response {
    let body = SingleSignOn::from(view);
    tagged(&body, &etag(view.settings.as_ref()))
}

async fn get(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let mut seen = app
        .roster
        .see::<SecurityManage>(&request, &OrganizationRef::parse(&org))
        .await?;
    Ok(shown(&single_sign_on::get(&mut seen).await?))
}

async fn put(
    State(app): State<App>,
    Caller(request): Caller,
    Path(org): Path<String>,
    Body(body): Body<SettingsBody>,
) -> Answer {
    let organization = OrganizationRef::parse(&org);
    let put = single_sign_on::put(&app.roster, &request, &organization, body.into()).await?;
    Ok(outcome(put, |view| shown(&view)))
}

async fn remove(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let removed = single_sign_on::remove(&app.roster, &request, &OrganizationRef::parse(&org)).await?;
    Ok(outcome(removed, |()| nothing()))
}

async fn test(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let organization = OrganizationRef::parse(&org);
    drop(app.roster.see::<SecurityManage>(&request, &organization).await?);
    let begun = app.roster.begin_saml(&organization, Purpose::Test, "", false).await?;
    let url = match begun.way {
        Way::Link(url) => url,
        // A form cannot be a link: the page of the settings has the button.
        Way::Form(_) => format!("{}/o/{org}/settings/single-sign-on", app.roster.settings().public_url),
    };
    Ok(ok(&Try { url }))
}

async fn metadata(State(app): State<App>, Caller(request): Caller, Path(org): Path<String>) -> Answer {
    let mut seen = app
        .roster
        .see::<SecurityManage>(&request, &OrganizationRef::parse(&org))
        .await?;
    let text = single_sign_on::service_metadata(&mut seen).await?;
    Ok(([(CONTENT_TYPE, "application/samlmetadata+xml")], text).into_response())
}

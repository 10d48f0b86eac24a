//! The settings of single sign-on: looked at, changed, tried, removed.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use domain::permission::{Permission, SecurityManage};
use serde::Deserialize;
use service::sign_in::saml::Purpose;
use service::single_sign_on::{self, NewSettings, View};
use service::{Certificate, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::consequence::consequences;
use crate::console::form::Form;
use crate::console::inside::{Inside, enter};
use crate::console::part;
use crate::console::refusal::Page;
use crate::console::saml::journey;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::form::Errors;
use crate::page::shell::Section;
use crate::page::single_sign_on::{Certificate as Shown, Form as Filled, Settings};

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/settings/single-sign-on", get(settings).post(save))
        .route("/o/{organization}/settings/single-sign-on/metadata", get(metadata))
        .route("/o/{organization}/settings/single-sign-on/test", get(test))
        .route(
            "/o/{organization}/settings/single-sign-on/removal",
            get(removing).post(remove),
        )
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    metadata: String,
    entity_id: String,
    sso_url: String,
    certificates: String,
    sign_requests: bool,
    provisioning: bool,
    default_role: String,
    admin_contact: String,
}

async fn settings(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    Ok(view::html(
        &page(&app, &request, &slug, None, Errors::none(), shown).await?,
    ))
}

async fn page(
    app: &App,
    request: &Request,
    slug: &str,
    typed: Option<Typed>,
    errors: Errors,
    shown: Once,
) -> Result<Settings, Page> {
    let (mut seen, inside) = enter::<SecurityManage>(app, request, slug, Section::Settings, shown).await?;
    let kept = single_sign_on::get(&mut seen).await?;
    let roles = service::role::assignable(&mut seen, false).await?;
    let grants = seen.actor().grants.clone();
    drop(seen);
    let form = match typed {
        Some(typed) => Filled {
            roles: part::role_choices(&roles, &typed.default_role),
            metadata: typed.metadata,
            entity_id: typed.entity_id,
            sso_url: typed.sso_url,
            certificates: typed.certificates,
            sign_requests: typed.sign_requests,
            provisioning: typed.provisioning,
            admin_contact: typed.admin_contact,
        },
        None => {
            let role = kept
                .settings
                .as_ref()
                .map_or(domain::role::MEMBER, |kept| kept.role.slug.as_str());
            Filled {
                roles: part::role_choices(&roles, role),
                ..filled(&kept)
            }
        }
    };
    Ok(Settings {
        shell: inside.shell("Single sign-on"),
        base: inside.base.clone(),
        errors,
        enabled: kept.settings.is_some(),
        may_see_general: grants.has(Permission::OrganizationManage),
        may_see_roles: grants.has(Permission::RoleView),
        service_entity_id: kept.service.entity_id.clone(),
        callback_url: kept.service.callback_url.clone(),
        start_url: kept.service.start_url.clone(),
        signing: kept
            .signing_certificate
            .as_ref()
            .map(|own| certificate(&inside, own, request)),
        pinned: kept
            .certificates
            .iter()
            .map(|one| certificate(&inside, one, request))
            .collect(),
        form,
    })
}

fn filled(kept: &View) -> Filled {
    let Some(settings) = &kept.settings else {
        return Filled::default();
    };
    Filled {
        entity_id: settings.entity_id.clone(),
        sso_url: settings.sign_on_url.clone(),
        certificates: settings.certificates.clone(),
        sign_requests: settings.sign_requests,
        provisioning: settings.provisioning,
        admin_contact: settings.admin_contact.clone().unwrap_or_default(),
        ..Filled::default()
    }
}

fn certificate(inside: &Inside, certificate: &Certificate, request: &Request) -> Shown {
    Shown {
        subject: certificate.subject().to_owned(),
        fingerprint: certificate.fingerprint(),
        expires: inside.day(certificate.not_after()),
        is_over: certificate.not_after() <= request.now,
    }
}

async fn save(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Form(typed): Form<Typed>,
) -> Answer {
    let text = |text: &str| part::filled(text);
    let new = NewSettings {
        metadata: text(&typed.metadata),
        entity_id: text(&typed.entity_id),
        sso_url: text(&typed.sso_url),
        binding: None,
        certificates: vec![typed.certificates.clone()],
        sign_requests: Some(typed.sign_requests),
        provisioning: typed.provisioning,
        default_role: text(&typed.default_role),
        admin_contact: text(&typed.admin_contact),
    };
    match single_sign_on::put(&app.roster, &request, &OrganizationRef::parse(&slug), new).await {
        Ok(_) => Ok(view::done(
            &format!("/o/{slug}/settings/single-sign-on"),
            "Single sign-on is saved. Test it before you rely on it.",
        )),
        Err(error) => {
            let errors = view::errors(error)?;
            let page = page(&app, &request, &slug, Some(typed), errors, Once::default()).await?;
            Ok(view::again(&page))
        }
    }
}

async fn metadata(State(app): State<App>, Person(request): Person, Path(slug): Path<String>) -> Answer {
    let mut seen = app
        .roster
        .see::<SecurityManage>(&request, &OrganizationRef::parse(&slug))
        .await?;
    let text = single_sign_on::service_metadata(&mut seen).await?;
    let headers = [
        (CONTENT_TYPE, "application/samlmetadata+xml"),
        (CONTENT_DISPOSITION, "attachment; filename=\"roster-metadata.xml\""),
    ];
    Ok((headers, text).into_response())
}

/// Begins a try; it ends with a page of what came back.
async fn test(State(app): State<App>, Person(request): Person, Path(slug): Path<String>) -> Answer {
    let organization = OrganizationRef::parse(&slug);
    drop(app.roster.see::<SecurityManage>(&request, &organization).await?);
    let begun = app.roster.begin_saml(&organization, Purpose::Test, "", false).await?;
    Ok(journey(&app, begun))
}

async fn removing(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let (seen, inside) = enter::<SecurityManage>(&app, &request, &slug, Section::Settings, shown).await?;
    drop(seen);
    let mut page = confirm::Page {
        shell: inside.shell("Remove single sign-on"),
        heading: "Remove single sign-on?".to_owned(),
        lead: format!(
            "Nobody signs in to {} with its identity provider any more. Whom it knows by which name is forgotten.",
            inside.organization
        ),
        action: format!("{}/settings/single-sign-on/removal", inside.base),
        submit: "Remove single sign-on".to_owned(),
        danger: true,
        cancel_href: format!("{}/settings/single-sign-on", inside.base),
        ..confirm::Page::default()
    };
    let tried = request.with_dry_run(true);
    match single_sign_on::remove(&app.roster, &tried, &OrganizationRef::parse(&slug)).await {
        Ok(Outcome::Previewed(preview)) => page.consequences = consequences(&preview, &inside.organization, false),
        Ok(Outcome::Done(())) => {}
        Err(service::Error::Refused(refusal)) => page.refusal = refusal.to_string(),
        Err(error) => return Err(error.into()),
    }
    Ok(view::html(&page))
}

async fn remove(State(app): State<App>, Person(request): Person, Path(slug): Path<String>) -> Answer {
    single_sign_on::remove(&app.roster, &request, &OrganizationRef::parse(&slug)).await?;
    Ok(view::done(
        &format!("/o/{slug}/settings/single-sign-on"),
        "Single sign-on is removed.",
    ))
}

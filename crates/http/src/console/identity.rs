//! One's own connected accounts: connecting one more, or again with more access, and taking one away.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use domain::id::IdentityId;
use domain::identity::LinkedIdentity;
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::federation::Asked;
use service::sign_in::Errand;
use service::{Error, Outcome};

use super::sign_in_elsewhere::depart;
use super::time::time;
use super::view::{Answer, Once, done, go, html, shell};
use crate::App;
use crate::console::address::{Path, Query};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::identity::{Connected, Offer};
use crate::page::shell::{Notice, NoticeKind};

pub fn router() -> Router<App> {
    Router::new()
        .route("/me/identities/connect/{provider}", get(connect))
        .route("/me/identities/{identity}/removal", get(ask).post(remove))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    repositories: bool,
}

async fn connect(
    State(app): State<App>,
    Person(request): Person,
    Path(provider): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Answer {
    // Another site could otherwise connect what its visitors are signed in with over there.
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        let notice = Notice::new(NoticeKind::Information, "Connect an account here, from your profile.");
        return Ok(go("/me#identities", Some(notice)));
    }
    request.settled()?;
    request.caller.recently_proved(request.now)?;
    let asked = if wanted.repositories {
        Asked::Repositories
    } else {
        Asked::Identity
    };
    let errand = Errand::Link {
        account: request.caller.whole()?,
    };
    depart(&app, Some(&request), &provider, asked, errand, "/me").await
}

async fn ask(State(app): State<App>, Person(request): Person, Path(id): Path<String>, shown: Once) -> Answer {
    let identity = own(&app, &request, &id).await?;
    let name = app.roster.provider_name(&identity.provider);
    let whom = called(&identity);
    let tried = app.roster.unlink(&request.with_dry_run(true), identity.id).await;
    let refusal = match tried {
        Ok(_) => String::new(),
        Err(Error::Refused(refusal @ Refusal::LastWayIn)) => refusal.to_string(),
        Err(error) => return Err(error.into()),
    };
    let mut consequences = vec![Consequence::new(
        ConsequenceKind::Ends,
        format!("{whom} signs you in here no more"),
    )];
    if identity.has_access {
        let text = format!("What {name} gave access to is forgotten here; take it back at {name} too");
        consequences.push(Consequence::new(ConsequenceKind::Ends, text));
    }
    consequences.push(Consequence::new(
        ConsequenceKind::Keeps,
        "Your account, your memberships and your sessions stay",
    ));
    let question = format!("Disconnect {name}?");
    Ok(html(&confirm::Page {
        shell: shell(&app, Some(&request), &question, shown).await?,
        heading: question,
        lead: "You can connect it again at any time.".to_owned(),
        consequences: if refusal.is_empty() { consequences } else { Vec::new() },
        action: format!("/me/identities/{}/removal", identity.id),
        submit: format!("Disconnect {name}"),
        danger: true,
        refusal,
        cancel_href: "/me#identities".to_owned(),
        ..confirm::Page::default()
    }))
}

async fn remove(State(app): State<App>, Person(request): Person, Path(id): Path<String>) -> Answer {
    let identity = own(&app, &request, &id).await?;
    match app.roster.unlink(&request, identity.id).await {
        Ok(Outcome::Done(gone)) => Ok(done(
            "/me#identities",
            format!("{} is disconnected.", app.roster.provider_name(&gone.provider)),
        )),
        Ok(Outcome::Previewed(_)) => Ok(go("/me#identities", None)),
        Err(Error::Refused(refusal @ Refusal::LastWayIn)) => Ok(go(
            "/me#identities",
            Some(Notice::new(NoticeKind::Error, refusal.to_string())),
        )),
        Err(error) => Err(error.into()),
    }
}

async fn own(app: &App, request: &service::Request, id: &str) -> Result<LinkedIdentity, Error> {
    let id: IdentityId = id.parse().map_err(|_| Refusal::NotFound { what: "identity" })?;
    let all = app.roster.my_identities(request).await?;
    let found = all.into_iter().find(|identity| identity.id == id);
    Ok(found.ok_or(Refusal::NotFound { what: "identity" })?)
}

/// Those of the profile page.
pub fn connected(app: &App, identity: &LinkedIdentity, zone: Option<&str>) -> Connected {
    let provider = app.roster.providers().iter().find(|one| one.slug == identity.provider);
    let day = |at: Timestamp| time(at, zone);
    Connected {
        id: identity.id.to_string(),
        provider: app.roster.provider_name(&identity.provider),
        who: called(identity),
        scopes: identity.scopes.clone(),
        linked: day(identity.linked_at),
        used: identity.last_used_at.map(day),
        broken: identity.broken_at.map(day),
        again_href: provider
            .map(|one| format!("/me/identities/connect/{}", one.slug))
            .unwrap_or_default(),
        repositories_href: provider
            .filter(|one| one.is_host())
            .map(|one| format!("/me/identities/connect/{}?repositories=true", one.slug))
            .unwrap_or_default(),
    }
}

pub fn offers(app: &App, linked: &[LinkedIdentity]) -> Vec<Offer> {
    app.roster
        .providers()
        .iter()
        .filter(|provider| !linked.iter().any(|identity| identity.provider == provider.slug))
        .map(|provider| Offer {
            name: provider.name.clone(),
            href: format!("/me/identities/connect/{}", provider.slug),
        })
        .collect()
}

fn called(identity: &LinkedIdentity) -> String {
    let name = identity.username.as_ref().or(identity.email.as_ref());
    name.unwrap_or(&identity.subject).clone()
}

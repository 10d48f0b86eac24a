//! An organization's single sign-on: its settings. Whoever changes them decides who is believed to be whom, so it takes a
//! fresh proof, and nobody may put themselves in the place of somebody greater.

mod typed;

use domain::Refusal;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Subject};
use domain::id::{OrganizationId, RoleId};
use domain::member::Act;
use domain::permission::{Level, SecurityManage};
use domain::role::Role;
use domain::single_sign_on::{SealedKey, SingleSignOn};
use serde_json::json;
use signin::saml::certificate::Certificate;
use signin::saml::key::ServiceKey;
use signin::saml::metadata;
use store::{Mode, Reading, Scope};

use crate::ambient::entropy;
use crate::authorization::Outcome;
use crate::role::grantable;
use crate::{Authorized, Error, OrganizationRef, Request, Result, Roster};

pub use typed::NewSettings;

/// So many names of those whom a change locks out are told.
const NAMED: i64 = 50;

/// What an identity provider has to be told of Roster, and what Roster was told of it.
pub struct View {
    pub service: Addresses,
    /// None until there are settings.
    pub settings: Option<SingleSignOn>,
    /// Of the identity provider.
    pub certificates: Vec<Certificate>,
    /// What Roster signs its requests with.
    pub signing_certificate: Option<Certificate>,
}

/// Made from the organization's id: renaming it must not cut it off from its identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub entity_id: String,
    pub callback_url: String,
    /// A bookmark or a tile at the identity provider begins here.
    pub start_url: String,
}

impl Roster {
    pub fn saml_addresses(&self, organization: OrganizationId) -> Addresses {
        let base = format!("{}/sign-in/saml/{organization}", self.settings().public_url);
        Addresses {
            callback_url: format!("{base}/callback"),
            start_url: base.clone(),
            entity_id: base,
        }
    }

    pub(crate) fn service_key(&self, organization: OrganizationId, key: &SealedKey) -> Result<ServiceKey> {
        let private = self.open_seal(&purpose(organization), &key.sealed)?;
        let broken = |error: signin::saml::Fault| Error::Unexpected(format!("signing key of {organization}: {error}"));
        let certificate = Certificate::parse(&key.certificate).map_err(broken)?;
        ServiceKey::from_stored(&private, certificate.der()).map_err(broken)
    }

    async fn new_service_key(&self, organization: OrganizationId, name: String) -> Result<SealedKey> {
        let chance = entropy();
        // Looking for primes takes a good part of a second.
        let made = tokio::task::spawn_blocking(move || ServiceKey::from_entropy(chance, &name)).await;
        let made = made.map_err(|error| Error::Unexpected(error.to_string()))?;
        let made = made.map_err(|fault| Error::Unexpected(fault.to_string()))?;
        Ok(SealedKey {
            sealed: self.seal(&purpose(organization), made.private()),
            certificate: made.certificate().base64(),
        })
    }
}

pub fn etag(settings: Option<&SingleSignOn>) -> String {
    format!("\"{}\"", settings.map_or(0, |settings| settings.revision))
}

/// # Errors
/// The database does not answer.
pub async fn get(seen: &mut Authorized<SecurityManage, Reading>) -> Result<View> {
    let settings = store::single_sign_on::find(seen.scope()).await?;
    let service = seen.roster().saml_addresses(seen.organization().id);
    Ok(view(service, settings))
}

/// Roster's own metadata, for the identity provider.
///
/// # Errors
/// There are no settings, and so no key yet.
pub async fn service_metadata(seen: &mut Authorized<SecurityManage, Reading>) -> Result<String> {
    let view = get(seen).await?;
    let (Some(settings), Some(certificate)) = (view.settings, view.signing_certificate) else {
        return Err(Refusal::NotFound { what: "single sign-on" }.into());
    };
    let Addresses {
        entity_id,
        callback_url,
        ..
    } = view.service;
    Ok(metadata::of_service(
        &entity_id,
        &callback_url,
        settings.sign_requests,
        &certificate,
    ))
}

/// # Errors
/// A field cannot be taken, the default role is more than the caller may give, or somebody greater signs in by it.
pub async fn put(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    new: NewSettings,
) -> Result<Outcome<View>> {
    let mut seen = roster.see::<SecurityManage>(request, organization).await?;
    if !request.dry_run {
        request.caller.recently_proved(request.now)?;
    }
    let wanted = typed::parse(&new)?;
    let id = seen.organization().id;
    let name = format!("{} for {}", roster.settings().instance_name, seen.organization().slug);
    let kept = store::single_sign_on::find(seen.scope()).await?;
    drop(seen);
    let key = match kept {
        Some(kept) => kept.key,
        // Taken back in any case.
        None if request.dry_run => SealedKey {
            sealed: String::new(),
            certificate: String::new(),
        },
        None => roster.new_service_key(id, name).await?,
    };

    let mut authorized = roster.authorize::<SecurityManage>(request, organization).await?;
    let before = store::single_sign_on::find(authorized.scope()).await?;
    request.matches(&etag(before.as_ref()))?;
    let role = default_role(&mut authorized, &wanted, before.as_ref()).await?;
    if before
        .as_ref()
        .is_none_or(|before| typed::believes_others(before, &wanted))
    {
        nobody_greater(&mut authorized).await?;
    }
    let settings = SingleSignOn {
        entity_id: wanted.entity_id,
        sign_on_url: wanted.sign_on_url,
        binding: wanted.binding,
        certificates: wanted.certificates.iter().map(Certificate::pem).collect(),
        sign_requests: wanted.sign_requests,
        provisioning: wanted.provisioning,
        role,
        role_granted: authorized.granting(),
        admin_contact: wanted.admin_contact,
        // Somebody else may have set it up meanwhile, and handed out that key's certificate.
        key: before.as_ref().map_or(key, |before| before.key.clone()),
        revision: authorized.scope().revision(),
    };
    store::single_sign_on::put(authorized.scope(), &settings).await?;
    let verb = if before.is_some() { "changed" } else { "set up" };
    let effect = Effect::new(Kind::Changed, subject(authorized.scope()));
    authorized.effect(effect.detail(format!("single sign-on is {verb}")));
    let event = Event::new(Action::SingleSignOnChanged, target(authorized.scope()))
        .before(before.as_ref().map(state).unwrap_or_default())
        .after(state(&settings));
    let service = roster.saml_addresses(id);
    authorized.commit(event, view(service, Some(settings))).await
}

/// # Errors
/// There is none, or somebody greater signs in by it.
pub async fn remove(roster: &Roster, request: &Request, organization: &OrganizationRef) -> Result<Outcome<()>> {
    let mut authorized = roster.authorize::<SecurityManage>(request, organization).await?;
    if !request.dry_run {
        request.caller.recently_proved(request.now)?;
    }
    let before = store::single_sign_on::find(authorized.scope()).await?;
    let before = before.ok_or(Refusal::NotFound { what: "single sign-on" })?;
    request.matches(&etag(Some(&before)))?;
    nobody_greater(&mut authorized).await?;
    for name in store::single_sign_on::people(authorized.scope(), true, NAMED).await? {
        let subject = Subject {
            kind: "member",
            id: String::new(),
            name,
        };
        let detail = "has no other way to sign in, and needs a new method and password";
        authorized.effect(Effect::new(Kind::Changed, subject).detail(detail));
    }
    store::single_sign_on::delete(authorized.scope()).await?;
    let effect = Effect::new(Kind::Deleted, subject(authorized.scope()));
    authorized.effect(effect.detail("single sign-on is removed"));
    let event = Event::new(Action::SingleSignOnRemoved, target(authorized.scope())).before(state(&before));
    authorized.commit(event, ()).await
}

/// Who changes whom the organization believes could sign in as anybody who signs in by it.
async fn nobody_greater(authorized: &mut Authorized<SecurityManage>) -> Result<()> {
    let grants = &authorized.actor().grants;
    let greater: Vec<RoleId> = grants
        .access
        .roles()
        .map(|(_, role)| role)
        .filter(|role| role.applies_to == Level::Organization && !grants.covers(role.id))
        .map(|role| role.id)
        .collect();
    match store::single_sign_on::find_person_with(authorized.scope(), &greater).await? {
        Some(name) => Err(Refusal::GreaterThanYou { name, act: Act::Edit }.into()),
        None => Ok(()),
    }
}

async fn default_role(
    authorized: &mut Authorized<SecurityManage>,
    wanted: &typed::Wanted,
    before: Option<&SingleSignOn>,
) -> Result<Role> {
    let kept = before.map(|before| before.role.slug.clone());
    let slug = match (&wanted.role, kept) {
        (Some(slug), _) => slug.clone(),
        (None, Some(kept)) => kept,
        (None, None) => domain::role::MEMBER.to_owned(),
    };
    let role = grantable(authorized, "default_role", &slug).await?;
    if role.is_owner() {
        return Err(Refusal::OwnerNeverOffered.into());
    }
    Ok(role)
}

fn view(service: Addresses, settings: Option<SingleSignOn>) -> View {
    // They were read when they were stored; one that cannot be now is as good as none.
    let certificates = settings
        .as_ref()
        .and_then(|settings| Certificate::parse_all(&settings.certificates).ok())
        .unwrap_or_default();
    let signing_certificate = settings
        .as_ref()
        .and_then(|settings| Certificate::parse(&settings.key.certificate).ok());
    View {
        service,
        settings,
        certificates,
        signing_certificate,
    }
}

pub(crate) fn purpose(organization: OrganizationId) -> String {
    format!("single sign-on {organization}")
}

fn target<M: Mode>(scope: &mut Scope<M>) -> Target {
    Target::new("organization", scope.organization().id, &scope.organization().name)
}

fn subject<M: Mode>(scope: &mut Scope<M>) -> Subject {
    Subject {
        kind: "organization",
        id: scope.organization().id.to_string(),
        name: scope.organization().name.clone(),
    }
}

fn state(settings: &SingleSignOn) -> serde_json::Value {
    let certificates = Certificate::parse_all(&settings.certificates).unwrap_or_default();
    json!({
        "entity_id": settings.entity_id,
        "sso_url": settings.sign_on_url,
        "certificates": certificates.iter().map(Certificate::fingerprint).collect::<Vec<_>>(),
        "sign_requests": settings.sign_requests,
        "provisioning": settings.provisioning,
        "default_role": settings.role.slug,
        "admin_contact": settings.admin_contact,
    })
}

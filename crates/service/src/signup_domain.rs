//! The domains whose people may sign up by themselves: which, as what, and whether the organization has proved that they are
//! its own.

use domain::Refusal;
use domain::account::AuthenticationMethod;
use domain::audit::{Action, Event, Target};
use domain::domain_name::DomainName;
use domain::effect::{Effect, Kind, Subject};
use domain::permission::SignupDomainManage;
use domain::policy::Policies;
use domain::role::Role;
use domain::signup_domain::{BEGINNINGS, SignupDomain};
use serde_json::json;
use store::{Mode, Reading};

use crate::ambient::new_link_token;
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::role::assignable;
use crate::way_in;
use crate::{Authorized, Error, FieldError, OrganizationRef, Request, Result, Roster};

/// A domain to be listed, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewDomain {
    pub domain: String,
    /// Where none is named, a password.
    pub authentication_method: Option<AuthenticationMethod>,
    /// Member or guest; where none is named, Member.
    pub role: Option<String>,
}

/// What is to be changed; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct DomainEdit {
    pub authentication_method: Option<AuthenticationMethod>,
    pub role: Option<String>,
}

pub fn etag(domain: &SignupDomain) -> String {
    format!("\"{}\"", domain.revision)
}

/// # Errors
/// The database does not answer.
pub async fn list(seen: &mut Authorized<SignupDomainManage, Reading>) -> Result<Vec<SignupDomain>> {
    Ok(store::signup_domain::list(seen.scope()).await?)
}

/// # Errors
/// The organization does not list it.
pub async fn get(seen: &mut Authorized<SignupDomainManage, Reading>, reference: &str) -> Result<SignupDomain> {
    Ok(store::signup_domain::get(seen.scope(), reference).await?)
}

/// What people of a domain may become: of the two least roles those that the organization offers and the caller may give.
///
/// # Errors
/// The database does not answer.
pub async fn possible_roles<M: Mode>(seen: &mut Authorized<SignupDomainManage, M>) -> Result<Vec<Role>> {
    let mut roles = assignable(seen, true).await?;
    roles.retain(|role| BEGINNINGS.contains(&role.slug.as_str()));
    Ok(roles)
}

/// # Errors
/// It is no domain of anybody's own, is listed already, or the caller may not give the role.
pub async fn add(mut authorized: Authorized<SignupDomainManage>, new: NewDomain) -> Result<Outcome<SignupDomain>> {
    let mut check = Check::default();
    let domain = check.field("domain", DomainName::parse(&new.domain));
    check.done()?;
    let domain = checked(domain)?;
    let method = new.authentication_method.unwrap_or(AuthenticationMethod::Password);
    usable(&mut authorized, method).await?;
    let role = new.role.filter(|role| !role.is_empty());
    let role = offered(&mut authorized, role.as_deref().unwrap_or(domain::role::MEMBER)).await?;
    let listed = SignupDomain {
        id: authorized.new_id(),
        domain,
        authentication_method: method,
        role,
        granted: authorized.granting(),
        proof: new_link_token().expose().to_owned(),
        proved_at: None,
        created_at: authorized.now(),
        revision: authorized.scope().revision(),
    };
    store::signup_domain::insert(authorized.scope(), &listed).await?;
    let detail = format!("its people may become {}", listed.role.name);
    authorized.effect(Effect::new(Kind::Changed, subject(&listed)).detail(detail));
    let event = Event::new(Action::SignupDomainAdded, target(&listed)).after(state(&listed));
    authorized.commit(event, listed).await
}

/// # Errors
/// It is not listed, or the caller may not give the role.
pub async fn edit(
    mut authorized: Authorized<SignupDomainManage>,
    reference: &str,
    edit: DomainEdit,
) -> Result<Outcome<SignupDomain>> {
    let before = found(&mut authorized, reference).await?;
    let mut after = before.clone();
    if let Some(method) = edit.authentication_method {
        usable(&mut authorized, method).await?;
        after.authentication_method = method;
    }
    if let Some(role) = &edit.role {
        after.role = offered(&mut authorized, role).await?;
        after.granted = authorized.granting();
    }
    store::signup_domain::update(authorized.scope(), &after).await?;
    after.revision = authorized.scope().revision();
    let detail = format!(
        "its people become {}, and sign in by {}",
        after.role.name,
        after.authentication_method.name()
    );
    authorized.effect(Effect::new(Kind::Changed, subject(&after)).detail(detail));
    let event = Event::new(Action::SignupDomainEdited, target(&after))
        .before(state(&before))
        .after(state(&after));
    authorized.commit(event, after).await
}

/// Takes the domain off the list, and with it what its proof gave.
///
/// # Errors
/// It is not listed.
pub async fn remove(mut authorized: Authorized<SignupDomainManage>, reference: &str) -> Result<Outcome<()>> {
    let domain = found(&mut authorized, reference).await?;
    store::signup_domain::delete(authorized.scope(), domain.id).await?;
    authorized.effect(Effect::new(Kind::Deleted, subject(&domain)));
    if domain.proved_at.is_some() {
        authorized.touch_access().await?;
        authorized.touch_everything();
    }
    let event = Event::new(Action::SignupDomainRemoved, target(&domain)).before(state(&domain));
    authorized.commit(event, ()).await
}

/// Looks for the record that proves the organization's claim. From then on nobody else lets the domain's people in, and the
/// organization manages the accounts that have their home in it, wherever else they belong.
///
/// # Errors
/// The record is not there, or another organization proved its claim before.
pub async fn prove(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    reference: &str,
) -> Result<Outcome<SignupDomain>> {
    let mut seen = roster.see::<SignupDomainManage>(request, organization).await?;
    let asked = store::signup_domain::get(seen.scope(), reference).await?;
    // A name server is waited for while no connection is held.
    drop(seen);
    let name = asked.domain.proof_name();
    let records = crate::dns::text_records(roster.settings().name_server, &name).await;
    let found_text = match &records {
        Ok(records) if asked.is_proved_by(records) => None,
        Ok(records) if records.is_empty() => Some("There is no such record yet.".to_owned()),
        Ok(_) => Some("The record says something else.".to_owned()),
        Err(problem) => Some(problem.clone()),
    };
    if let Some(found) = found_text {
        return Err(Refusal::DomainNotProved {
            name,
            value: asked.proof_record(),
            found,
        }
        .into());
    }
    let mut authorized = roster.authorize::<SignupDomainManage>(request, organization).await?;
    let mut domain = found(&mut authorized, reference).await?;
    if domain.proof != asked.proof {
        return Err(Error::Stale);
    }
    let now = authorized.now();
    store::signup_domain::prove(authorized.scope(), &domain, now).await?;
    domain.proved_at = Some(now);
    domain.revision = authorized.scope().revision();
    let detail = "only this organization lets its people in, and manages the accounts that began here";
    authorized.effect(Effect::new(Kind::Changed, subject(&domain)).detail(detail));
    authorized.touch_access().await?;
    authorized.touch_everything();
    let event = Event::new(Action::SignupDomainProved, target(&domain)).after(state(&domain));
    authorized.commit(event, domain).await
}

/// Turns on or off that people of the listed domains sign up by themselves.
///
/// # Errors
/// The database does not answer.
pub async fn allow(mut authorized: Authorized<SignupDomainManage>, allowed: bool) -> Result<Outcome<()>> {
    let before = authorized.organization().clone();
    let after = Policies {
        self_sign_up: allowed,
        ..before.policies.clone()
    };
    store::organization::set_policies(authorized.scope(), &after).await?;
    crate::organization::tell_changes(&mut authorized, &before, &after);
    let whose = Target::new("organization", before.id, &before.name);
    let event = Event::new(Action::PoliciesChanged, whose)
        .before(json!(before.policies))
        .after(json!(after));
    authorized.commit(event, ()).await
}

async fn found(authorized: &mut Authorized<SignupDomainManage>, reference: &str) -> Result<SignupDomain> {
    let domain = store::signup_domain::get(authorized.scope(), reference).await?;
    authorized.request().matches(&etag(&domain))?;
    Ok(domain)
}

async fn offered(authorized: &mut Authorized<SignupDomainManage>, reference: &str) -> Result<Role> {
    let possible = possible_roles(authorized).await?;
    let names: Vec<String> = possible.iter().map(|role| role.slug.clone()).collect();
    let is_named = |role: &Role| role.slug == reference || role.id.to_string() == reference;
    possible
        .into_iter()
        .find(is_named)
        .ok_or_else(|| Error::Invalid(vec![FieldError::new("role", not_possible(&names))]))
}

fn not_possible(possible: &[String]) -> String {
    if possible.is_empty() {
        return "cannot be given: here you can offer neither member nor guest, as which people sign up".to_owned();
    }
    format!(
        "must be {}: whoever signs up was chosen by nobody",
        possible.join(" or ")
    )
}

async fn usable(authorized: &mut Authorized<SignupDomainManage>, method: AuthenticationMethod) -> Result<()> {
    let roster = authorized.roster().clone();
    way_in::usable(authorized.scope(), &roster, way_in::provider_of(method)).await
}

fn target(domain: &SignupDomain) -> Target {
    Target::new("signup_domain", domain.id, domain.domain.as_str())
}

fn subject(domain: &SignupDomain) -> Subject {
    Subject {
        kind: "signup_domain",
        id: domain.id.to_string(),
        name: domain.domain.to_string(),
    }
}

fn state(domain: &SignupDomain) -> serde_json::Value {
    json!({
        "domain": domain.domain,
        "authentication_method": domain.authentication_method,
        "role": domain.role.slug,
        "proved_at": domain.proved_at,
    })
}

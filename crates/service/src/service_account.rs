//! Service accounts: made, changed, stopped and given tokens. Whoever has one's token acts as it, so all of this takes
//! holding what it holds.

pub mod token;

use domain::Timestamp;
use domain::access::Principal;
use domain::actor::Identity;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Subject};
use domain::id::{GroupId, ServiceAccountId};
use domain::permission::{ServiceAccountManage, ServiceAccountView};
use domain::role::MEMBER;
use domain::service_account::ServiceAccount;
use domain::text::{Title, remark};
use domain::{Refusal, grant::Granting};
use serde_json::json;
pub use store::service_account::name_key;
use store::{Mode, Reading};

use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::role::grantable;
use crate::{Authorized, Result};

/// One as it was asked for.
#[derive(Clone, Debug, Default)]
pub struct NewServiceAccount {
    pub name: String,
    pub description: Option<String>,
    /// Member where left out.
    pub role: Option<String>,
    pub until: Option<Timestamp>,
}

/// `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct ServiceAccountEdit {
    pub name: Option<String>,
    pub description: Option<Option<String>>,
    pub role: Option<String>,
    /// Given with a role or alone: until when the role is held.
    pub until: Option<Option<Timestamp>>,
}

pub fn etag(account: &ServiceAccount) -> String {
    format!("\"{}\"", account.revision)
}

/// By name.
///
/// # Errors
/// The database does not answer.
pub async fn list(
    seen: &mut Authorized<ServiceAccountView, Reading>,
    needle: Option<&str>,
    after: Option<(String, ServiceAccountId)>,
    limit: i64,
) -> Result<Vec<ServiceAccount>> {
    Ok(store::service_account::list(seen.scope(), needle, after, limit).await?)
}

/// # Errors
/// There is no such service account in this organization.
pub async fn get(seen: &mut Authorized<ServiceAccountView, Reading>, id: ServiceAccountId) -> Result<ServiceAccount> {
    Ok(store::service_account::get(seen.scope(), id).await?)
}

/// Whether the caller could manage it, and if not why: what a page says where the buttons would be.
///
/// # Errors
/// The caller lacks the permission, or holds less than the service account.
pub fn possible<M: Mode>(
    seen: &Authorized<ServiceAccountView, M>,
    account: &ServiceAccount,
) -> std::result::Result<(), Refusal> {
    let permission = domain::permission::Permission::ServiceAccountManage;
    if !seen.actor().grants.has(permission) {
        return Err(Refusal::Forbidden { permission });
    }
    account.within(&seen.actor().grants)
}

/// # Errors
/// A field cannot be taken, or the role holds what the caller does not.
pub async fn create(
    mut authorized: Authorized<ServiceAccountManage>,
    new: &NewServiceAccount,
) -> Result<Outcome<ServiceAccount>> {
    let mut check = Check::default();
    let name = check.field("name", Title::parse(&new.name));
    let description = check.optional("description", new.description.as_deref(), remark);
    let until = crate::account::future(&mut check, "until", new.until, authorized.now());
    check.done()?;
    let wanted = new.role.as_deref().filter(|role| !role.is_empty()).unwrap_or(MEMBER);
    let role = grantable(&mut authorized, "role", wanted).await?;
    let account = ServiceAccount {
        id: authorized.new_id(),
        name: checked(name)?.into(),
        description: description.unwrap_or_default(),
        role,
        role_until: until,
        role_granted: authorized.granting(),
        groups: Vec::new(),
        deactivated: None,
        created_at: authorized.now(),
        last_used_at: None,
        revision: authorized.scope().revision(),
    };
    // It is not there yet: whatever it holds afterwards is gained.
    authorized
        .watch_principal(Principal::ServiceAccount(account.id), subject(&account))
        .await?;
    store::service_account::insert(authorized.scope(), &account).await?;
    authorized.effect(Effect::new(Kind::Created, subject(&account)).detail(account.role.name.clone()));
    authorized.touch_access().await?;
    let event = Event::new(Action::ServiceAccountCreated, target(&account)).after(state(&account));
    authorized.commit(event, account).await
}

/// # Errors
/// A field cannot be taken, or the service account or its new role hold what the caller does not.
pub async fn edit(
    mut authorized: Authorized<ServiceAccountManage>,
    id: ServiceAccountId,
    edit: &ServiceAccountEdit,
) -> Result<Outcome<ServiceAccount>> {
    let account = open(&mut authorized, id).await?;
    let mut check = Check::default();
    let name = edit
        .name
        .as_deref()
        .and_then(|name| check.field("name", Title::parse(name)));
    let description = edit.description.as_ref().map(|text| {
        check
            .optional("description", text.as_deref(), remark)
            .unwrap_or_default()
    });
    let until = match edit.until {
        Some(until) => crate::account::future(&mut check, "until", until, authorized.now()),
        // Another role begins anew.
        None if edit.role.is_some() => None,
        None => account.role_until,
    };
    check.done()?;
    authorized
        .watch_principal(Principal::ServiceAccount(id), subject(&account))
        .await?;
    let role = if edit.role.is_some() || edit.until.is_some() {
        let wanted = edit.role.clone().unwrap_or_else(|| account.role.id.to_string());
        Some(grantable(&mut authorized, "role", &wanted).await?)
    } else {
        None
    };
    let name = name.map_or_else(|| account.name.clone(), String::from);
    let description = description.unwrap_or_else(|| account.description.clone());
    let wanted = ServiceAccount {
        name,
        description,
        role: role.clone().unwrap_or_else(|| account.role.clone()),
        role_until: until,
        ..account.clone()
    };
    if authorized.is_unchanged(&state(&account), &state(&wanted)) {
        return authorized.unchanged(account).await;
    }
    if let Some(role) = role {
        let granted = authorized.granting();
        store::service_account::set_role(authorized.scope(), id, role.id, until, &granted).await?;
    }
    store::service_account::edit(authorized.scope(), id, &wanted.name, &wanted.description).await?;
    let edited = store::service_account::get(authorized.scope(), id).await?;
    let detail = if account.role.id == edited.role.id {
        "is edited".to_owned()
    } else {
        format!("role: {} → {}", account.role.name, edited.role.name)
    };
    authorized.effect(Effect::new(Kind::Changed, subject(&edited)).detail(detail));
    authorized.touch_access().await?;
    let event = Event::new(Action::ServiceAccountEdited, target(&edited))
        .before(state(&account))
        .after(state(&edited));
    authorized.commit(event, edited).await
}

/// Its tokens rest until it is active again.
///
/// # Errors
/// There is no such service account, or it holds what the caller does not.
pub async fn deactivate(
    authorized: Authorized<ServiceAccountManage>,
    id: ServiceAccountId,
) -> Result<Outcome<ServiceAccount>> {
    let granting = authorized.granting();
    set_deactivated(authorized, id, Some(granting)).await
}

/// # Errors
/// As [`deactivate`].
pub async fn reactivate(
    authorized: Authorized<ServiceAccountManage>,
    id: ServiceAccountId,
) -> Result<Outcome<ServiceAccount>> {
    set_deactivated(authorized, id, None).await
}

async fn set_deactivated(
    mut authorized: Authorized<ServiceAccountManage>,
    id: ServiceAccountId,
    deactivated: Option<Granting>,
) -> Result<Outcome<ServiceAccount>> {
    let account = open(&mut authorized, id).await?;
    authorized
        .watch_principal(Principal::ServiceAccount(id), subject(&account))
        .await?;
    let (action, detail) = match deactivated {
        Some(_) => (Action::ServiceAccountDeactivated, "is deactivated"),
        None => (Action::ServiceAccountReactivated, "is active again"),
    };
    // Who deactivated first, and when, stays.
    if deactivated.is_some() != account.deactivated.is_some() {
        store::service_account::set_deactivated(authorized.scope(), id, deactivated.as_ref()).await?;
    }
    if deactivated.is_some() {
        tell_ended(&mut authorized, &account, " rests").await?;
    }
    authorized.effect(Effect::new(Kind::Changed, subject(&account)).detail(detail));
    authorized.touch_access().await?;
    let changed = store::service_account::get(authorized.scope(), id).await?;
    let event = Event::new(action, target(&changed))
        .before(state(&account))
        .after(state(&changed));
    authorized.commit(event, changed).await
}

/// For good, with its tokens, its places in groups and its access to projects.
///
/// # Errors
/// There is no such service account, or it holds what the caller does not.
pub async fn delete(mut authorized: Authorized<ServiceAccountManage>, id: ServiceAccountId) -> Result<Outcome<()>> {
    let account = open(&mut authorized, id).await?;
    authorized
        .watch_principal(Principal::ServiceAccount(id), subject(&account))
        .await?;
    tell_ended(&mut authorized, &account, "").await?;
    store::service_account::delete(authorized.scope(), id).await?;
    authorized.effect(Effect::new(Kind::Deleted, subject(&account)));
    authorized.touch_access().await?;
    let event = Event::new(Action::ServiceAccountDeleted, target(&account)).before(state(&account));
    authorized.commit(event, ()).await
}

/// The service account to be changed, if it is still as the caller last saw it.
async fn open(authorized: &mut Authorized<ServiceAccountManage>, id: ServiceAccountId) -> Result<ServiceAccount> {
    let account = reach(authorized, id).await?;
    authorized.request().matches(&etag(&account))?;
    Ok(account)
}

/// One that holds nothing that the caller does not: neither by its role, nor by a group, nor on a project.
async fn reach(authorized: &mut Authorized<ServiceAccountManage>, id: ServiceAccountId) -> Result<ServiceAccount> {
    let account = store::service_account::get(authorized.scope(), id).await?;
    account.within(&authorized.actor().grants)?;
    let grants = authorized.actor().grants.clone();
    let groups: Vec<GroupId> = account.groups.iter().map(|belonging| belonging.group).collect();
    let principal = Principal::ServiceAccount(id);
    let held = store::access::on_projects(authorized.scope(), &grants.access, principal, &groups).await?;
    for held in held {
        let facts = store::access::of_project(authorized.scope(), held.project).await?;
        if facts.is_some_and(|facts| !grants.lacking_on(held.role, &facts).is_empty()) {
            return Err(account.greater().into());
        }
    }
    Ok(account)
}

async fn tell_ended(
    authorized: &mut Authorized<ServiceAccountManage>,
    account: &ServiceAccount,
    how: &str,
) -> Result<()> {
    for token in store::token::list(authorized.scope(), Identity::ServiceAccount(account.id)).await? {
        let effect = Effect::new(Kind::TokenEnded, subject(account));
        authorized.effect(effect.detail(format!("{}{how}", token.name)));
    }
    Ok(())
}

fn subject(account: &ServiceAccount) -> Subject {
    Subject {
        kind: "service_account",
        id: account.id.to_string(),
        name: account.name.clone(),
    }
}

fn target(account: &ServiceAccount) -> Target {
    Target::new("service_account", account.id, &account.name)
}

fn state(account: &ServiceAccount) -> serde_json::Value {
    json!({
        "name": account.name,
        "description": account.description,
        "role": account.role.slug,
        "role_until": account.role_until,
        "deactivated_at": account.deactivated.as_ref().map(|granting| granting.at),
    })
}

//! For how long an organization keeps its log.

use domain::audit::{Action, Chain, Event};
use domain::organization::Organization;
use domain::permission::{AuditLogManage, Permission};
use domain::policy::PolicyChange;
use domain::time::DAY;
use domain::{Refusal, Timestamp};
use serde_json::json;
use store::Reading;

use crate::authorization::Outcome;
use crate::organization::{etag, invalid, target, tell_changes};
use crate::{Authorized, Result};

/// # Errors
/// The number of days cannot be taken, or the organization was changed meanwhile.
pub async fn change(mut authorized: Authorized<AuditLogManage>, days: Option<u32>) -> Result<Outcome<Organization>> {
    let before = authorized.organization().clone();
    authorized.request().matches(&etag(&before))?;
    let change = PolicyChange {
        audit_retention_days: Some(days),
        ..PolicyChange::default()
    };
    let after = change.apply(&before.policies, authorized.now()).map_err(invalid)?;
    store::organization::set_policies(authorized.scope(), &after).await?;
    tell_changes(&mut authorized, &before, &after);
    let event = Event::new(Action::PoliciesChanged, target(&before))
        .before(json!(before.policies))
        .after(json!(after));
    let changed = authorized.organization().clone();
    authorized.commit(event, changed).await
}

/// How many entries are older than that today.
///
/// # Errors
/// The database does not answer.
pub async fn would_remove(mut seen: Authorized<AuditLogManage, Reading>, days: u32) -> Result<i64> {
    let (chain, before) = (
        Chain::Organization(seen.organization().id),
        older_than(seen.now(), days),
    );
    Ok(store::audit::count_before(seen.scope().tx(), chain, before).await?)
}

pub(crate) fn older_than(now: Timestamp, days: u32) -> Timestamp {
    now.plus(-i64::from(days) * DAY)
}

/// Whoever changes policies in general changes this one only with its own permission.
pub(crate) fn permitted(change: &PolicyChange, actor: &domain::actor::Actor) -> Result<()> {
    let permission = Permission::AuditLogManage;
    if change.audit_retention_days.is_some() && !actor.grants.has(permission) {
        return Err(Refusal::Forbidden { permission }.into());
    }
    Ok(())
}

//! An organization's security policy: changing it, and first whom the change would keep out.

use domain::Refusal;
use domain::Timestamp;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind, NAMED, Subject};
use domain::id::AccountId;
use domain::organization::Organization;
use domain::permission::{Needs, SecurityManage};
use domain::policy::PolicyChange;
use domain::security::{EntryRefusal, SecurityChange, SecurityPolicy};
use domain::time::DAY;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use store::security::KeptOut;
use store::{Mode, Tx};

use crate::authorization::Outcome;
use crate::organization::{etag, invalid, target, tell_changes};
use crate::{Authorized, Error, FieldError, Result};

/// # Errors
/// A value cannot be taken, the last proof is too old, or the caller would keep themselves out.
pub async fn change(
    mut authorized: Authorized<SecurityManage>,
    change: SecurityChange,
) -> Result<Outcome<Organization>> {
    let before = authorized.organization().clone();
    authorized.request().matches(&etag(&before))?;
    let change = PolicyChange {
        security: Some(change),
        ..PolicyChange::default()
    };
    let after = change.apply(&before.policies, authorized.now()).map_err(invalid)?;
    foresee(&mut authorized, &before.policies.security, &after.security).await?;
    store::organization::set_policies(authorized.scope(), &after).await?;
    tell_changes(&mut authorized, &before, &after);
    authorized.touch_access().await?;
    let event = Event::new(Action::PoliciesChanged, target(&before))
        .before(json!(before.policies))
        .after(json!(after));
    let changed = authorized.organization().clone();
    authorized.commit(event, changed).await
}

/// Holds a new password to what the strictest organization of an account asks for.
///
/// # Errors
/// It is too short; `field` is where to say so.
pub(crate) async fn long_enough(
    tx: &mut Tx<impl Mode>,
    account: AccountId,
    field: &str,
    password: &SecretString,
) -> Result<()> {
    let policies = store::account::security_policies(tx, account).await?;
    of_length(
        policies.iter().filter_map(|(policy, _)| policy.password_length).max(),
        field,
        password,
    )
}

/// # Errors
/// It has fewer characters than that.
pub(crate) fn of_length(least: Option<u32>, field: &str, password: &SecretString) -> Result<()> {
    let (least, has) = (least.unwrap_or(0), password.expose_secret().chars().count());
    if u32::try_from(has).unwrap_or(u32::MAX) >= least {
        return Ok(());
    }
    let detail = format!("has {has} characters and needs at least {least} in an organization of this account");
    Err(Error::Invalid(vec![FieldError::new(field, detail)]))
}

/// Tells whom the policy would keep out. Nobody keeps themselves out.
pub(crate) async fn foresee<P: Needs>(
    authorized: &mut Authorized<P>,
    before: &SecurityPolicy,
    after: &SecurityPolicy,
) -> Result<()> {
    if before == after {
        return Ok(());
    }
    authorized.request().proved()?;
    let now = authorized.now();
    let limit = i64::try_from(NAMED).unwrap_or(i64::MAX);
    let scope = authorized.scope();
    let locked = store::security::without_a_way(scope, before, after, limit).await?;
    let late = store::security::without_a_factor(scope, before, after, now, limit).await?;
    tell(authorized, Kind::LockedOut, locked, "has no way to sign in that counts");
    tell(
        authorized,
        Kind::MustEnrol,
        late,
        "has to set up a second factor before coming in again",
    );
    tell_due(authorized, before, after).await?;
    if authorized.actor().member.is_none() {
        return Ok(());
    }
    let (organization, visitor) = (authorized.organization().id, authorized.request().caller.visitor);
    let reason = match after.admits(organization, &visitor, now) {
        Err(EntryRefusal::Method { .. }) => "you did not sign in in one of those ways",
        Err(EntryRefusal::Enrolment) => "you have no second factor yet",
        Err(EntryRefusal::SecondFactor) => "you did not give your second factor",
        // Proving it again is asked for, not whether one may.
        Err(EntryRefusal::ProofAgain | EntryRefusal::Confined) | Ok(()) => return Ok(()),
    };
    Err(Refusal::KeepsYouOut { reason }.into())
}

/// Names those who still have time to set up a second factor, and until when, where the change gives them another day.
async fn tell_due<P: Needs>(
    authorized: &mut Authorized<P>,
    before: &SecurityPolicy,
    after: &SecurityPolicy,
) -> Result<()> {
    let same_days = before.mfa_required && before.mfa_grace_days == after.mfa_grace_days;
    if !after.mfa_required || same_days {
        return Ok(());
    }
    let now = authorized.now();
    // Who joined no later than this has no time left, unless the requirement itself is younger.
    let begun = now.plus(-i64::from(after.mfa_grace_days) * DAY);
    let since_is_due = after.mfa_required_since.is_some_and(|since| since <= begun);
    if after.mfa_grace_days == 0 {
        return Ok(());
    }
    let from = if since_is_due {
        begun
    } else {
        Timestamp::from_micros(-1)
    };
    let limit = i64::try_from(NAMED).unwrap_or(i64::MAX);
    let (count, unenrolled) = store::security::still_without_a_factor(authorized.scope(), from, limit).await?;
    let named = unenrolled.len();
    for person in unenrolled {
        let until = written(after.grace_until(person.joined_at));
        let subject = Subject {
            kind: "member",
            id: person.member.to_string(),
            name: person.name,
        };
        let detail = format!("has until {until} to set up a second factor");
        authorized.effect(Effect::new(Kind::EnrolmentDue, subject).detail(detail));
    }
    let all = u64::try_from(count).unwrap_or(0);
    authorized.more(Kind::EnrolmentDue, all.saturating_sub(named as u64));
    Ok(())
}

fn written(time: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(time.micros()).map_or_else(
        |_| time.to_string(),
        |instant| instant.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    )
}

fn tell<P: Needs>(authorized: &mut Authorized<P>, kind: Kind, kept_out: KeptOut, detail: &str) {
    let named = kept_out.named.len();
    for (member, name) in kept_out.named {
        let subject = Subject {
            kind: "member",
            id: member.to_string(),
            name,
        };
        authorized.effect(Effect::new(kind, subject).detail(detail));
    }
    let all = u64::try_from(kept_out.count).unwrap_or(0);
    authorized.more(kind, all.saturating_sub(named as u64));
}

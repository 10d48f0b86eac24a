//! Disabling a member's access to the organization, and enabling it again. Data and history stay.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::{Act, Disablement, Member, MemberStatus, Standing};
use domain::permission::MemberManage;
use domain::text::remark;

use crate::authorization::Outcome;
use crate::error::Check;
use crate::member::{claim_slot, end_sessions, state, subject, target};
use crate::{Authorized, Result};

/// Works at once whatever the member owns. Disabling who is disabled changes the reason.
///
/// # Errors
/// The member is the caller, an Owner, or greater than the caller.
pub async fn disable(
    mut authorized: Authorized<MemberManage>,
    id: MemberId,
    reason: Option<&str>,
) -> Result<Outcome<Member>> {
    let reason = parsed_reason(reason)?;
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::Disable, authorized.actor())?;
    if member.status() == MemberStatus::AwaitingConsent {
        return Err(Refusal::AlreadyAwaitingConsent {
            who: member.account.name,
        }
        .into());
    }
    let owners = store::member::count_active_owners(authorized.scope()).await?;
    member.not_the_last_owner(owners)?;
    authorized.watch(&member).await?;
    let disablement = Disablement {
        at: authorized.now(),
        by: authorized.actor().name.clone(),
        reason,
    };
    store::member::disable(authorized.scope(), id, &disablement).await?;
    if member.takes_a_slot() {
        authorized.effect(Effect::new(Kind::Seat, subject(&member)).detail("a slot becomes free"));
    }
    if member.sole_home {
        end_sessions(&mut authorized, &member).await?;
    }
    crate::token::end_with(&mut authorized, &member, member.sole_home).await?;
    crate::token::tell_resting(&mut authorized, &member).await?;
    finish(authorized, &member, Action::MemberDisabled).await
}

/// # Errors
/// The member is not disabled, or no slot is free.
pub async fn enable(mut authorized: Authorized<MemberManage>, id: MemberId) -> Result<Outcome<Member>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::Enable, authorized.actor())?;
    if matches!(member.standing, Standing::Disabled(_)) {
        authorized.watch(&member).await?;
        let roster = authorized.roster().clone();
        claim_slot(authorized.scope(), roster.settings()).await?;
        let now = authorized.now();
        store::member::activate(authorized.scope(), id, now).await?;
        authorized.effect(Effect::new(Kind::Seat, subject(&member)).detail("takes a slot"));
    }
    finish(authorized, &member, Action::MemberEnabled).await
}

async fn finish(mut authorized: Authorized<MemberManage>, before: &Member, action: Action) -> Result<Outcome<Member>> {
    authorized.touch_access().await?;
    let after = store::member::get(authorized.scope(), before.id).await?;
    let event = Event::new(action, target(&after))
        .before(state(before))
        .after(state(&after));
    authorized.commit(event, after).await
}

pub(crate) fn parsed_reason(reason: Option<&str>) -> Result<Option<String>> {
    let mut check = Check::default();
    let parsed = check.optional("reason", reason, remark);
    check.done()?;
    Ok(parsed)
}

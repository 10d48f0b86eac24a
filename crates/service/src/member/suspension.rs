//! Suspending a managed member's account: no sign-in anywhere until it is lifted.

use domain::account::Suspension;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind, Subject};
use domain::id::MemberId;
use domain::member::{Act, Member};
use domain::permission::MemberManage;

use crate::authorization::Outcome;
use crate::member::disablement::parsed_reason;
use crate::member::{end_sessions, state, subject, target};
use crate::{Authorized, Result};

/// # Errors
/// The account is not managed here, or is the caller's, an Owner's or somebody greater's.
pub async fn suspend(
    mut authorized: Authorized<MemberManage>,
    id: MemberId,
    reason: Option<&str>,
) -> Result<Outcome<Member>> {
    let reason = parsed_reason(reason)?;
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::Suspend, authorized.actor())?;
    if member.account.superuser {
        crate::superuser::not_the_last(authorized.scope().tx(), &member.account).await?;
    }
    authorized.watch(&member).await?;
    let suspension = Suspension {
        at: authorized.now(),
        by: authorized.actor().name.clone(),
        reason,
    };
    store::account::suspend(authorized.scope().tx(), member.account.id, &suspension).await?;
    tell_if_ownerless(&mut authorized, &member).await?;
    end_sessions(&mut authorized, &member).await?;
    crate::token::end_with(&mut authorized, &member, member.managed).await?;
    crate::token::tell_resting(&mut authorized, &member).await?;
    finish(authorized, &member, Action::AccountSuspended).await
}

/// Only a superuser gets as far as this with an Owner, and should know what is left behind.
async fn tell_if_ownerless(authorized: &mut Authorized<MemberManage>, member: &Member) -> Result<()> {
    if member.is_active_owner() && store::member::count_active_owners(authorized.scope()).await? == 0 {
        let organization = authorized.organization();
        let subject = Subject {
            kind: "organization",
            id: organization.id.to_string(),
            name: organization.name.clone(),
        };
        authorized.effect(
            Effect::new(Kind::Changed, subject).detail("the organization has no active Owner until another is made"),
        );
    }
    Ok(())
}

/// # Errors
/// As [`suspend`].
pub async fn lift(mut authorized: Authorized<MemberManage>, id: MemberId) -> Result<Outcome<Member>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::LiftSuspension, authorized.actor())?;
    authorized.watch(&member).await?;
    store::account::lift_suspension(authorized.scope().tx(), member.account.id).await?;
    authorized.effect(Effect::new(Kind::Changed, subject(&member)).detail("can sign in again"));
    finish(authorized, &member, Action::AccountSuspensionLifted).await
}

async fn finish(mut authorized: Authorized<MemberManage>, before: &Member, action: Action) -> Result<Outcome<Member>> {
    store::member::touch(authorized.scope(), before.id).await?;
    authorized.touch_access().await?;
    authorized.touch_account(before.account.id);
    let after = store::member::get(authorized.scope(), before.id).await?;
    let event = Event::new(action, target(&after))
        .before(state(before))
        .after(state(&after));
    authorized.commit(event, after).await
}

//! Removing a member from the organization, and deleting a managed member's account: two acts. Whatever the member owns
//! blocks both, until it is transferred or deleted, in the same step or before.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::Act;
use domain::permission::MemberManage;

use crate::authorization::Outcome;
use crate::member::belongings::{Belongings, settle, tell_what_opens};
use crate::member::{end_sessions, state, subject, target};
use crate::{Authorized, Result};

/// # Errors
/// The member is the caller, an Owner or greater than the caller, or still owns something.
pub async fn remove(
    mut authorized: Authorized<MemberManage>,
    id: MemberId,
    belongings: Belongings,
) -> Result<Outcome<()>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::Remove, authorized.actor())?;
    let settled = settle(&mut authorized, &member, belongings).await?;
    let owned = store::ownership::of_member(authorized.scope(), id).await?;
    let owners = store::member::count_active_owners(authorized.scope()).await?;
    let removable = member.removable_by(authorized.actor(), &owned, owners)?;
    authorized.watch(&member).await?;
    tell_what_opens(&mut authorized, id).await?;
    authorized.effect(Effect::new(Kind::MemberRemoved, subject(&member)));
    if member.sole_home {
        end_sessions(&mut authorized, &member).await?;
    }
    crate::token::end_with(&mut authorized, &member, member.sole_home).await?;
    store::member::drop_consent_links(authorized.scope(), id).await?;
    store::member::remove(authorized.scope(), &removable).await?;
    authorized.touch_access().await?;
    let event = Event::new(Action::MemberRemoved, target(&member))
        .before(state(&member))
        .after(settled);
    authorized.commit(event, ()).await
}

/// Deletes the account itself, for good.
///
/// # Errors
/// The account is not managed here, or as [`remove`].
pub async fn delete_account(
    mut authorized: Authorized<MemberManage>,
    id: MemberId,
    belongings: Belongings,
) -> Result<Outcome<()>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::DeleteAccount, authorized.actor())?;
    if !member.sole_home {
        // A superuser deletes an account of several organizations on the instance's own page.
        return Err(Refusal::NotManaged {
            name: member.account.name,
            act: Act::DeleteAccount,
        }
        .into());
    }
    if member.account.superuser {
        crate::superuser::not_the_last(authorized.scope().tx(), &member.account).await?;
    }
    let settled = settle(&mut authorized, &member, belongings).await?;
    let owned = store::ownership::of_member(authorized.scope(), id).await?;
    let owners = store::member::count_active_owners(authorized.scope()).await?;
    let removable = member.removable_by(authorized.actor(), &owned, owners)?;
    authorized.watch(&member).await?;
    tell_what_opens(&mut authorized, id).await?;
    end_sessions(&mut authorized, &member).await?;
    crate::token::end_with(&mut authorized, &member, member.sole_home).await?;
    authorized.effect(Effect::new(Kind::MemberRemoved, subject(&member)));
    authorized.effect(Effect::new(Kind::AccountDeleted, subject(&member)));
    store::member::remove(authorized.scope(), &removable).await?;
    store::account::delete(authorized.scope().tx(), member.account.id).await?;
    authorized.touch_access().await?;
    let event = Event::new(Action::AccountDeleted, target(&member))
        .before(state(&member))
        .after(settled);
    authorized.commit(event, ()).await
}

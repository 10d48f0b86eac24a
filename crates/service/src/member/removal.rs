//! Removing a member from the organization, and deleting a managed member's account: two acts. Whatever the member owns
//! blocks both, until it is transferred in the same step or before.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::{Act, Member, MemberStatus};
use domain::permission::MemberManage;
use serde_json::json;

use crate::authorization::Outcome;
use crate::member::{end_sessions, state, subject, target};
use crate::{Authorized, Result};

/// # Errors
/// The member is the caller, an Owner or greater than the caller, or still owns something.
pub async fn remove(
    mut authorized: Authorized<MemberManage>,
    id: MemberId,
    transfer_to: Option<MemberId>,
) -> Result<Outcome<()>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::Remove, authorized.actor())?;
    let transferred = transfer(&mut authorized, &member, transfer_to).await?;
    let owned = store::ownership::of_member(authorized.scope(), id).await?;
    let owners = store::member::count_active_owners(authorized.scope()).await?;
    let removable = member.removable_by(authorized.actor(), &owned, owners)?;
    authorized.watch(&member).await?;
    authorized.effect(Effect::new(Kind::MemberRemoved, subject(&member)));
    if member.managed {
        end_sessions(&mut authorized, &member).await?;
    }
    crate::token::end_with(&mut authorized, &member).await?;
    store::member::drop_consent_links(authorized.scope(), id).await?;
    store::member::remove(authorized.scope(), &removable).await?;
    authorized.touch_access().await?;
    let event = Event::new(Action::MemberRemoved, target(&member))
        .before(state(&member))
        .after(json!({ "transferred": transferred, "to": transfer_to }));
    authorized.commit(event, ()).await
}

/// Deletes the account itself, for good.
///
/// # Errors
/// The account is not managed here, or as [`remove`].
pub async fn delete_account(mut authorized: Authorized<MemberManage>, id: MemberId) -> Result<Outcome<()>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::DeleteAccount, authorized.actor())?;
    if !member.managed {
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
    let owned = store::ownership::of_member(authorized.scope(), id).await?;
    let owners = store::member::count_active_owners(authorized.scope()).await?;
    let removable = member.removable_by(authorized.actor(), &owned, owners)?;
    end_sessions(&mut authorized, &member).await?;
    crate::token::end_with(&mut authorized, &member).await?;
    authorized.effect(Effect::new(Kind::MemberRemoved, subject(&member)));
    authorized.effect(Effect::new(Kind::AccountDeleted, subject(&member)));
    store::member::remove(authorized.scope(), &removable).await?;
    store::account::delete(authorized.scope().tx(), member.account.id).await?;
    authorized.touch_access().await?;
    let event = Event::new(Action::AccountDeleted, target(&member)).before(state(&member));
    authorized.commit(event, ()).await
}

async fn transfer(authorized: &mut Authorized<MemberManage>, from: &Member, to: Option<MemberId>) -> Result<u64> {
    let Some(to) = to else { return Ok(0) };
    let receiver = store::member::get(authorized.scope(), to).await?;
    if receiver.id == from.id || receiver.status() != MemberStatus::Active {
        return Err(Refusal::NotATransferTarget {
            name: from.account.name.clone(),
        }
        .into());
    }
    let owned = store::ownership::of_member(authorized.scope(), from.id).await?;
    for thing in owned {
        let effect = Effect::new(Kind::OwnershipTransferred, subject(&receiver)).resource(&thing.name);
        authorized.effect(effect);
    }
    Ok(store::ownership::transfer(authorized.scope(), from.id, to).await?)
}

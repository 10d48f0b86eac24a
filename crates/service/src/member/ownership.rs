//! Ownership of an organization. It moves only by its own acts: an Owner grants it, and gives up their own.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::{Act, Member, MemberStatus};
use domain::permission::OrganizationChangeOwner;
use domain::role::{ADMIN, OWNER};

use crate::authorization::Outcome;
use crate::member::{state, subject, target};
use crate::{Authorized, Result};

/// # Errors
/// The member is not active.
pub async fn grant(mut authorized: Authorized<OrganizationChangeOwner>, id: MemberId) -> Result<Outcome<Member>> {
    let member = authorized.target(id).await?;
    if member.status() != MemberStatus::Active {
        return Err(Refusal::NotAnOwnerCandidate {
            name: member.account.name,
        }
        .into());
    }
    become_(authorized, member, OWNER, Action::OwnershipGranted).await
}

/// The member becomes an Admin. Of two Owners who give up at once, one stays.
///
/// # Errors
/// The member is somebody else, no Owner, or the last active one.
pub async fn give_up(mut authorized: Authorized<OrganizationChangeOwner>, id: MemberId) -> Result<Outcome<Member>> {
    let member = authorized.target(id).await?;
    if !member.role.is_owner() {
        return Err(Refusal::NotFound { what: "Owner" }.into());
    }
    if !authorized.actor().is(member.account.id) && !authorized.actor().superuser {
        return Err(Refusal::OwnerProtected {
            name: member.account.name,
            act: Act::ChangeRole,
        }
        .into());
    }
    let owners = store::member::count_active_owners(authorized.scope()).await?;
    member.not_the_last_owner(owners)?;
    become_(authorized, member, ADMIN, Action::OwnershipGivenUp).await
}

async fn become_(
    mut authorized: Authorized<OrganizationChangeOwner>,
    member: Member,
    role: &str,
    action: Action,
) -> Result<Outcome<Member>> {
    authorized.request().proved()?;
    let role = store::role::get(authorized.scope(), role).await?;
    authorized.watch(&member).await?;
    let granted = authorized.granting();
    store::member::set_role(authorized.scope(), member.id, &role, None, &granted).await?;
    let changed = store::member::get(authorized.scope(), member.id).await?;
    let detail = format!("role: {} → {}", member.role.name, changed.role.name);
    authorized.effect(Effect::new(Kind::Changed, subject(&changed)).detail(detail));
    authorized.touch_access().await?;
    let event = Event::new(action, target(&changed))
        .before(state(&member))
        .after(state(&changed));
    authorized.commit(event, changed).await
}

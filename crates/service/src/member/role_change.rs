//! Changing a member's role. Effective at the next request.

use domain::Timestamp;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::{Act, Member};
use domain::permission::MemberManage;

use crate::authorization::Outcome;
use crate::error::Check;
use crate::member::{state, subject, target};
use crate::role::grantable;
use crate::{Authorized, Result};

/// # Errors
/// The member is an Owner or greater than the caller, or the role holds what the caller does not.
pub async fn change_role(
    mut authorized: Authorized<MemberManage>,
    id: MemberId,
    role: &str,
    until: Option<Timestamp>,
) -> Result<Outcome<Member>> {
    let mut check = Check::default();
    let until = crate::account::future(&mut check, "until", until, authorized.now());
    check.done()?;
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::ChangeRole, authorized.actor())?;
    let role = grantable(&mut authorized, "role", role).await?;
    let owners = store::member::count_active_owners(authorized.scope()).await?;
    member.not_the_last_owner(owners)?;
    authorized.watch(&member).await?;
    let granted = authorized.granting();
    store::member::set_role(authorized.scope(), id, &role, until, &granted).await?;
    let changed = store::member::get(authorized.scope(), id).await?;
    let detail = format!("role: {} → {}", member.role.name, changed.role.name);
    authorized.effect(Effect::new(Kind::Changed, subject(&changed)).detail(detail));
    authorized.touch_access().await?;
    let event = Event::new(Action::MemberRoleChanged, target(&changed))
        .before(state(&member))
        .after(state(&changed));
    authorized.commit(event, changed).await
}

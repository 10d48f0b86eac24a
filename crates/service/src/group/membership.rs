//! Who is in a group, and until when. Effective at the next request.

use domain::access::Principal;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Subject};
use domain::group::{BY_HAND, GroupMember};
use domain::id::GroupId;
use domain::permission::GroupManage;
use domain::{Refusal, Timestamp};
use serde_json::json;

use super::making::to_be_changed;
use super::{gives_what_the_caller_holds, principal};
use crate::authorization::Outcome;
use crate::error::Check;
use crate::{Authorized, Result};

/// Adds a member or a service account, or gives their place in the group another end.
///
/// # Errors
/// There is no such group or principal, or the group gives what the caller lacks.
pub async fn put(
    mut authorized: Authorized<GroupManage>,
    reference: &str,
    member: &str,
    until: Option<Timestamp>,
) -> Result<Outcome<GroupMember>> {
    let mut check = Check::default();
    let until = crate::account::future(&mut check, "until", until, authorized.now());
    check.done()?;
    let group = to_be_changed(&mut authorized, reference).await?;
    let (principal, named) = find(&mut authorized, member).await?;
    gives_what_the_caller_holds(&mut authorized, &group).await?;
    let before = store::group::member(authorized.scope(), group.id, principal).await?;
    authorized.watch_principal(principal, named.clone()).await?;
    join(&mut authorized, group.id, principal, until).await?;
    let placed = placed(&mut authorized, group.id, principal).await?;
    let detail = match until {
        Some(until) => format!("in {} until {until}", group.name),
        None => format!("in {}", group.name),
    };
    authorized.effect(Effect::new(Kind::Changed, named.clone()).detail(detail));
    authorized.touch_access().await?;
    let event = Event::new(Action::GroupMemberAdded, super::target(&group))
        .before(before.map_or(serde_json::Value::Null, |before| state(&named, &before)))
        .after(state(&named, &placed));
    authorized.commit(event, placed).await
}

/// # Errors
/// They are not in the group, or it gives what the caller lacks.
pub async fn remove(mut authorized: Authorized<GroupManage>, reference: &str, member: &str) -> Result<Outcome<()>> {
    let group = to_be_changed(&mut authorized, reference).await?;
    let (principal, named) = find(&mut authorized, member).await?;
    gives_what_the_caller_holds(&mut authorized, &group).await?;
    let before = placed(&mut authorized, group.id, principal).await?;
    authorized.watch_principal(principal, named.clone()).await?;
    store::group::remove_member(authorized.scope(), group.id, principal).await?;
    let detail = format!("no longer in {}", group.name);
    authorized.effect(Effect::new(Kind::Changed, named.clone()).detail(detail));
    authorized.touch_access().await?;
    let event = Event::new(Action::GroupMemberRemoved, super::target(&group)).before(state(&named, &before));
    authorized.commit(event, ()).await
}

async fn placed(authorized: &mut Authorized<GroupManage>, group: GroupId, principal: Principal) -> Result<GroupMember> {
    let found = store::group::member(authorized.scope(), group, principal).await?;
    Ok(found.ok_or(Refusal::NotFound { what: "group member" })?)
}

pub(super) async fn join(
    authorized: &mut Authorized<GroupManage>,
    group: GroupId,
    principal: Principal,
    until: Option<Timestamp>,
) -> Result<()> {
    let granted = authorized.granting();
    store::group::put_member(authorized.scope(), group, principal, until, BY_HAND, &granted).await?;
    Ok(())
}

/// A member or service account of this organization.
pub(super) async fn find(authorized: &mut Authorized<GroupManage>, id: &str) -> Result<(Principal, Subject)> {
    let principal = principal(id).ok_or(Refusal::NotFound { what: "member" })?;
    let named = match principal {
        Principal::Member(id) => crate::member::subject(&store::member::get(authorized.scope(), id).await?),
        Principal::ServiceAccount(id) => Subject {
            kind: "service_account",
            id: id.to_string(),
            name: store::group::service_account_name(authorized.scope(), id).await?,
        },
        Principal::Account(_) => return Err(Refusal::NotFound { what: "member" }.into()),
    };
    Ok((principal, named))
}

fn state(named: &Subject, member: &GroupMember) -> serde_json::Value {
    let who = Target::new(named.kind, &named.id, &named.name);
    json!({ "member": who, "until": member.until, "origin": member.origin })
}

//! Members: seen one by one, and what happens to them in the files below.

pub mod belongings;
pub mod creation;
pub mod credential;
pub mod disablement;
pub mod edit;
pub mod leaving;
pub mod ownership;
pub mod removal;
pub mod role_change;
pub mod suspension;

use domain::Refusal;
use domain::audit::Target;
use domain::effect::{Effect, Kind, Subject};
use domain::id::{EventId, MemberId};
use domain::member::{Act, Member};
use domain::organization::OrganizationStatus;
use domain::ownership::Owned;
use domain::permission::{MemberManage, MemberView, Needs};
use domain::role::Role;
use domain::session::Session;
use serde_json::json;
pub use store::sign_in::SignIn;
use store::{Mode, Reading, Scope, Writing};

use crate::{Authorized, Result, Settings};

pub fn etag(member: &Member) -> String {
    format!("\"{}-{}\"", member.revision, member.account.revision)
}

/// # Errors
/// There is no such member in this organization.
pub async fn get(seen: &mut Authorized<MemberView, Reading>, id: MemberId) -> Result<Member> {
    Ok(store::member::get(seen.scope(), id).await?)
}

/// What the member owns here.
///
/// # Errors
/// There is no such member in this organization.
pub async fn owned(seen: &mut Authorized<MemberView, Reading>, id: MemberId) -> Result<Vec<Owned>> {
    let member = store::member::get(seen.scope(), id).await?;
    Ok(store::ownership::of_member(seen.scope(), member.id).await?)
}

/// The member's sessions, where the account is the organization's to manage.
///
/// # Errors
/// The account is not managed here, or the member is greater than the caller.
pub async fn sessions(seen: &mut Authorized<MemberManage, Reading>, id: MemberId) -> Result<Vec<Session>> {
    let member = store::member::get(seen.scope(), id).await?;
    member.may_be_subject_to(Act::EndSession, seen.actor())?;
    let now = seen.now();
    Ok(store::session::list(seen.scope().tx(), member.account.id, now).await?)
}

/// The member's recent sign-ins, the latest first; of an account that is not managed here, entries into this organization.
///
/// # Errors
/// There is no such member in this organization.
pub async fn activity(
    seen: &mut Authorized<MemberManage, Reading>,
    id: MemberId,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<(EventId, SignIn)>> {
    let member = store::member::get(seen.scope(), id).await?;
    Ok(store::sign_in::list(seen.scope(), member.account.id, member.managed, before, limit).await?)
}

/// Whether the caller could do `act` to the member, and if not why: what a page says where the button would be.
pub fn possible<P: Needs, M: Mode>(seen: &Authorized<P, M>, member: &Member, act: Act) -> Result<(), Refusal> {
    if !seen.actor().grants.has(domain::permission::Permission::MemberManage) {
        return Err(Refusal::Forbidden {
            permission: domain::permission::Permission::MemberManage,
        });
    }
    member.may_be_subject_to(act, seen.actor())
}

pub(crate) fn target(member: &Member) -> Target {
    Target::new("member", member.id, &member.account.name)
}

pub(crate) fn subject(member: &Member) -> Subject {
    Subject {
        kind: "member",
        id: member.id.to_string(),
        name: member.account.name.clone(),
    }
}

/// What the audit log keeps of a member before and after.
pub(crate) fn state(member: &Member) -> serde_json::Value {
    json!({
        "name": member.account.name,
        "username": member.account.username,
        "email": member.account.email,
        "phone": member.account.phone,
        "role": member.role.slug,
        "role_until": member.role_until,
        "status": member.status().name(),
    })
}

/// An organization that waited for its Owner waits no more once one is a member.
pub(crate) async fn owner_came(scope: &mut Scope<Writing>, role: &Role) -> Result<()> {
    if role.is_owner() && scope.organization().status == OrganizationStatus::AwaitingOwner {
        store::organization::set_status(scope, OrganizationStatus::Active).await?;
    }
    Ok(())
}

/// A free member slot, or the refusal that names whom to ask. Every way in asks here, inside its own transaction.
pub(crate) async fn claim_slot(scope: &mut Scope<Writing>, settings: &Settings) -> Result<()> {
    let Some(limit) = scope.organization().policies.member_limit else {
        return Ok(());
    };
    if store::member::count_slots(scope, i64::from(limit)).await? < i64::from(limit) {
        return Ok(());
    }
    Err(Refusal::MemberLimitReached {
        limit,
        contact: whom_to_ask(settings),
    }
    .into())
}

pub fn whom_to_ask(settings: &Settings) -> String {
    let contact = settings.contact.as_deref().unwrap_or("whoever runs this instance");
    match &settings.pricing_url {
        Some(url) => format!("Ask {contact} for more, or see {url}."),
        None => format!("Ask {contact} for more."),
    }
}

/// Ends all of an account's sessions and tells how many.
pub(crate) async fn end_sessions<P: Needs>(authorized: &mut Authorized<P>, member: &Member) -> Result<u64> {
    let ended = store::session::end_all(authorized.scope().tx(), member.account.id, None).await?;
    authorized.touch_account(member.account.id);
    for _ in 0..ended {
        authorized.effect(Effect::new(Kind::SessionEnded, subject(member)));
    }
    Ok(ended)
}

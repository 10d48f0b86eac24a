//! Invitations: sent, sent again, revoked. Accepting one is the invitee's, and has a file of its own.

use domain::Refusal;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Subject};
use domain::id::InvitationId;
use domain::invitation::{
    Delivery, DeliveryState, Identity, IdentityProvider, Invitation, Inviter, Outcome as Fate, Status,
};
use domain::member::MemberStatus;
use domain::permission::{InvitationSend, Permission};
use domain::policy::Policies;
use domain::text::{EmailAddress, Malformed, Username};
use domain::time::DAY;
use serde_json::json;
use signin::token::LinkToken;
use store::invitation::Sought;
use store::{Mode, Reading, job};

use crate::ambient::new_link_token;
use crate::authorization::Outcome;
use crate::error::Check;
use crate::group::invited::{joinable, still_joinable};
use crate::role::grantable;
use crate::{Authorized, Error, FieldError, Result};

/// Whom to invite, as it was typed.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    pub email: Option<String>,
    pub username: Option<String>,
    pub role: Option<String>,
    /// Ids or slugs of groups to be joined with it.
    pub groups: Vec<String>,
    pub provider: Option<IdentityProvider>,
    pub tenant: Option<String>,
    /// Where the mail goes instead.
    pub notify: Option<String>,
    /// Instead of the policy's lifetime.
    pub expires_in_days: Option<u32>,
    /// Whether to mail it.
    pub send: bool,
}

impl Default for NewInvitation {
    fn default() -> Self {
        Self {
            email: None,
            username: None,
            role: None,
            groups: Vec::new(),
            provider: None,
            tenant: None,
            notify: None,
            expires_in_days: None,
            send: true,
        }
    }
}

pub struct Sent {
    pub invitation: Invitation,
    /// To be shown once; the mailed one is another.
    pub link: LinkToken,
}

pub fn etag(invitation: &Invitation) -> String {
    format!("\"{}\"", invitation.revision)
}

/// The latest first. Who may send but not manage sees their own.
///
/// # Errors
/// The database does not answer.
pub async fn list(
    seen: &mut Authorized<InvitationSend, Reading>,
    status: Option<Status>,
    needle: Option<&str>,
    before: Option<InvitationId>,
    limit: i64,
) -> Result<Vec<Invitation>> {
    let now = seen.now();
    let only_own = !seen.actor().grants.has(Permission::InvitationManage);
    let sought = Sought {
        status,
        invited_by: only_own.then_some(seen.request().caller.identity),
        needle: needle
            .map(str::trim)
            .filter(|needle| !needle.is_empty())
            .map(str::to_owned),
    };
    Ok(store::invitation::list(seen.scope(), &sought, now, before, limit).await?)
}

/// # Errors
/// There is no such invitation, or it is somebody else's and the caller may not manage those.
pub async fn get(seen: &mut Authorized<InvitationSend, Reading>, id: InvitationId) -> Result<Invitation> {
    let invitation = store::invitation::get(seen.scope(), id).await?;
    manageable(seen, &invitation)?;
    Ok(invitation)
}

/// # Errors
/// A field cannot be taken, the person is a member or invited already, or the role cannot be given by the caller.
pub async fn send(mut authorized: Authorized<InvitationSend>, new: NewInvitation) -> Result<Outcome<Sent>> {
    let mut check = Check::default();
    let email = check.optional("email", new.email.as_deref(), EmailAddress::parse);
    let username = check.optional("username", new.username.as_deref(), Username::parse);
    let notify = check.optional("notify", new.notify.as_deref(), EmailAddress::parse);
    let tenant = check.optional("identity/tenant", new.tenant.as_deref(), tenant);
    if tenant.is_some() && new.provider != Some(IdentityProvider::Microsoft) {
        check.wrong("identity/tenant", "is for Microsoft Entra ID alone");
    }
    if new
        .expires_in_days
        .is_some_and(|days| days == 0 || days > Policies::LONGEST_INVITATION_DAYS)
    {
        check.wrong(
            "expires_in_days",
            format!("must be 1 to {}", Policies::LONGEST_INVITATION_DAYS),
        );
    }
    let nobody = [&new.email, &new.username]
        .iter()
        .all(|text| text.as_deref().unwrap_or_default().trim().is_empty());
    if nobody {
        check.wrong("email", "or a username is needed");
    }
    check.done()?;
    // A username that is an address is where that person can be reached.
    let email = email.or_else(|| {
        username
            .as_ref()
            .filter(|name| name.is_email())
            .and_then(|name| EmailAddress::parse(name.as_str()).ok())
    });
    crate::account::own_address_only(username.as_ref(), email.as_ref().map(EmailAddress::as_str))?;
    let provider = new.provider.unwrap_or(IdentityProvider::Any);
    let roster = authorized.roster().clone();
    crate::way_in::usable(authorized.scope(), &roster, provider).await?;
    if provider == IdentityProvider::Pam && username.is_none() {
        let detail = "is needed: the name that the system knows the person by";
        return Err(Error::Invalid(vec![FieldError::new("username", detail)]));
    }
    let wanted = new
        .role
        .as_deref()
        .filter(|role| !role.is_empty())
        .unwrap_or(domain::role::MEMBER)
        .to_owned();
    let role = grantable(&mut authorized, "role", &wanted).await?;
    if !role.is_offered(authorized.organization().policies.offered_roles.as_deref()) {
        return Err(Refusal::RoleNotOffered { role: role.name }.into());
    }
    let groups = joinable(&mut authorized, &new.groups).await?;
    refuse_known(&mut authorized, email.as_ref(), username.as_ref()).await?;

    let now = authorized.now();
    let invitation = Invitation {
        id: authorized.new_id(),
        email: email.map(String::from),
        username: username.map(String::from),
        role,
        groups,
        identity: Identity {
            provider,
            tenant,
            subject: None,
        },
        notify: notify.map(String::from),
        invited_by: Inviter {
            identity: authorized.request().caller.identity,
            name: authorized.actor().name.clone(),
        },
        created_at: now,
        sent_at: now,
        expires_at: expiry(&authorized, new.expires_in_days),
        outcome: Fate::Open,
        delivery: Delivery {
            state: DeliveryState::None,
            detail: None,
        },
        revision: authorized.scope().revision(),
    };
    issue(authorized, invitation, new.send, false, Action::InvitationSent).await
}

/// Turns token and expiry over: the old links are dead at once.
///
/// # Errors
/// It was accepted or revoked, or gives more than the caller holds.
pub async fn resend(mut authorized: Authorized<InvitationSend>, id: InvitationId) -> Result<Outcome<Sent>> {
    let mut invitation = target(&mut authorized, id).await?;
    let now = authorized.now();
    invitation.resendable(now)?;
    if !invitation.role.is_owner() {
        // The inviter may hold less by now than when it was sent.
        invitation.role.can_be_granted_by(&authorized.actor().grants)?;
    }
    still_joinable(&mut authorized, &invitation.groups).await?;
    let days = invitation
        .expires_at
        .map(|end| (end.since(invitation.sent_at) + DAY - 1) / DAY);
    let days = days.and_then(|days| u32::try_from(days).ok());
    invitation.sent_at = now;
    invitation.expires_at = days.map(|days| now.plus(i64::from(days) * DAY));
    store::invitation::resend(authorized.scope(), id, now, invitation.expires_at).await?;
    store::job::cancel(authorized.scope().tx(), job::Kind::InvitationMail, id).await?;
    issue(authorized, invitation, true, true, Action::InvitationResent).await
}

/// The link is dead at once.
///
/// # Errors
/// It was accepted or revoked already.
pub async fn revoke(mut authorized: Authorized<InvitationSend>, id: InvitationId) -> Result<Outcome<Invitation>> {
    let invitation = target(&mut authorized, id).await?;
    let (now, by) = (authorized.now(), authorized.actor().name.clone());
    invitation.revocable(now)?;
    store::invitation::revoke(authorized.scope(), id, &by, now).await?;
    store::job::cancel(authorized.scope().tx(), job::Kind::InvitationMail, id).await?;
    authorized.effect(Effect::new(Kind::InvitationEnded, subject(&invitation)));
    let revoked = store::invitation::get(authorized.scope(), id).await?;
    let event = Event::new(Action::InvitationRevoked, audit_target(&invitation)).before(state(&invitation));
    authorized.commit(event, revoked).await
}

/// Stores the invitation with a fresh link, and queues its mail where there is one to send.
pub(crate) async fn issue<P: domain::permission::Needs>(
    mut authorized: Authorized<P>,
    mut invitation: Invitation,
    mail: bool,
    stored: bool,
    action: Action,
) -> Result<Outcome<Sent>> {
    let makes_owner = invitation.role.is_owner();
    invitation.delivery = delivery(&invitation, mail, authorized.roster().sends_mail());
    if stored {
        store::invitation::set_delivery(authorized.scope(), invitation.id, &invitation.delivery).await?;
    } else {
        store::invitation::insert(authorized.scope(), &invitation, makes_owner).await?;
    }
    let link = new_link_token();
    store::invitation::insert_link(authorized.scope(), link.hash(), invitation.id, false).await?;
    if invitation.delivery.state == DeliveryState::Queued {
        authorized.later(job::Kind::InvitationMail, invitation.id).await?;
    }
    authorized.effect(Effect::new(Kind::InvitationSent, subject(&invitation)).detail(invitation.role.name.clone()));
    let event = Event::new(action, audit_target(&invitation)).after(state(&invitation));
    authorized.commit(event, Sent { invitation, link }).await
}

fn delivery(invitation: &Invitation, mail: bool, server: bool) -> Delivery {
    let none = |detail: &str| Delivery {
        state: DeliveryState::None,
        detail: Some(detail.to_owned()),
    };
    match (mail, invitation.mail_to(), server) {
        (false, ..) => none("Not mailed, as asked. Pass the link on."),
        (_, None, _) => none("There is no address to mail it to. Pass the link on."),
        (_, _, false) => none("No mail server is set. Pass the link on."),
        _ => Delivery {
            state: DeliveryState::Queued,
            detail: None,
        },
    }
}

fn expiry(authorized: &Authorized<InvitationSend>, days: Option<u32>) -> Option<domain::Timestamp> {
    let days = days.or(authorized.organization().policies.invitation_lifetime_days);
    days.map(|days| authorized.now().plus(i64::from(days) * DAY))
}

async fn refuse_known(
    authorized: &mut Authorized<InvitationSend>,
    email: Option<&EmailAddress>,
    username: Option<&Username>,
) -> Result<()> {
    let account = match (email, username) {
        (Some(email), _) => store::account::find_by_email(authorized.scope().tx(), email).await?,
        (None, Some(username)) => store::account::find_by_username(authorized.scope().tx(), username).await?,
        (None, None) => None,
    };
    let who = email
        .map(ToString::to_string)
        .or_else(|| username.map(ToString::to_string))
        .unwrap_or_default();
    if let Some(account) = account
        && let Some(member) = store::member::find_by_account(authorized.scope(), account.id).await?
    {
        return Err(match member.status() {
            MemberStatus::AwaitingConsent => Refusal::AlreadyAwaitingConsent { who },
            _ => Refusal::AlreadyMember { who },
        }
        .into());
    }
    let now = authorized.now();
    let pending =
        store::invitation::find_pending(authorized.scope(), email, username.map(Username::as_str), now).await?;
    if pending.is_some() {
        return Err(Refusal::AlreadyInvited { who }.into());
    }
    Ok(())
}

async fn target(authorized: &mut Authorized<InvitationSend>, id: InvitationId) -> Result<Invitation> {
    let invitation = store::invitation::get(authorized.scope(), id).await?;
    manageable(authorized, &invitation)?;
    // A first Owner's link makes an Owner of whoever has it: it stays with who may invite one.
    if invitation.role.is_owner() && !authorized.actor().superuser {
        return Err(Refusal::OwnerNeverOffered.into());
    }
    authorized.request().matches(&etag(&invitation))?;
    Ok(invitation)
}

/// One's own, or everybody's with the permission for that.
fn manageable<M: Mode>(authorized: &Authorized<InvitationSend, M>, invitation: &Invitation) -> Result<()> {
    let own = authorized.actor().identity == invitation.invited_by.identity;
    if !own && !authorized.actor().grants.has(Permission::InvitationManage) {
        return Err(Refusal::Forbidden {
            permission: Permission::InvitationManage,
        }
        .into());
    }
    Ok(())
}

fn subject(invitation: &Invitation) -> Subject {
    Subject {
        kind: "invitation",
        id: invitation.id.to_string(),
        name: invitation.invitee().to_owned(),
    }
}

pub(crate) fn audit_target(invitation: &Invitation) -> Target {
    Target::new("invitation", invitation.id, invitation.invitee())
}

pub(crate) fn state(invitation: &Invitation) -> serde_json::Value {
    json!({
        "email": invitation.email,
        "username": invitation.username,
        "role": invitation.role.slug,
        "groups": invitation.groups.iter().map(|group| &group.slug).collect::<Vec<_>>(),
        "identity": invitation.identity,
        "notify": invitation.notify,
        "expires_at": invitation.expires_at,
    })
}

fn tenant(text: &str) -> Result<String, Malformed> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    if text.len() <= 100 && text.chars().all(allowed) {
        return Ok(text.to_owned());
    }
    Err(Malformed("is no tenant id".to_owned()))
}

//! The invitations of the demonstration: in every state, their mails in every state of delivery.

use domain::account::Account;
use domain::audit::{Action, Event};
use domain::invitation::{Delivery, DeliveryState, Identity, IdentityProvider, Invitation, Inviter, Outcome};
use domain::role::Role;
use domain::time::{DAY, HOUR};
use domain::{Timestamp, member::MemberStatus};
use store::{Scope, Writing};

use super::person::Person;
use super::tenant::Roles;
use super::{Stage, cast, chance, history};
use crate::Result;
use crate::ambient::{new_id, new_link_token};
use crate::invitation::{audit_target, state};
use crate::member;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pending,
    Accepted,
    Expired,
    Revoked,
}

const FATES: [Fate; 7] = [
    Fate::Pending,
    Fate::Accepted,
    Fate::Pending,
    Fate::Expired,
    Fate::Accepted,
    Fate::Revoked,
    Fate::Pending,
];

/// Invited people come from behind those who are members somewhere.
const UNCAST: usize = 300;
const DEFAULT_LIFETIME: i64 = 7;

pub async fn send_all(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    host: &Account,
    roles: &Roles,
    people: &[Person],
    count: usize,
) -> Result<()> {
    let mut accepting = people.iter().filter(|person| person.status == MemberStatus::Active);
    let first = UNCAST + people.first().map_or(0, |person| person.account.name.len() * 7);
    for number in 0..count {
        let seed = first + number;
        let role = if number % 4 == 3 { &roles.guest } else { &roles.member };
        match FATES[number % FATES.len()] {
            Fate::Accepted => match accepting.next() {
                Some(person) => accepted(scope, host, person).await?,
                None => open(scope, stage, host, role, seed, Fate::Pending).await?,
            },
            fate => open(scope, stage, host, role, seed, fate).await?,
        }
    }
    Ok(())
}

async fn open(
    scope: &mut Scope<Writing>,
    stage: &Stage,
    host: &Account,
    role: &Role,
    seed: usize,
    fate: Fate,
) -> Result<()> {
    let days = scope.organization().policies.invitation_lifetime_days.map(i64::from);
    let lifetime = days.unwrap_or(DEFAULT_LIFETIME) * DAY;
    let sent_at = match fate {
        // Where invitations have no end, an expired one is from before that was so.
        Fate::Expired => stage
            .now
            .plus(-lifetime - DAY - chance::number(seed, "expired", 90 * DAY)),
        Fate::Revoked => stage.now.plus(-DAY - chance::number(seed, "revoked", 60 * DAY)),
        Fate::Pending | Fate::Accepted => stage.now.plus(-HOUR - chance::number(seed, "pending", lifetime - DAY)),
    };
    let ends = days.is_some() || fate == Fate::Expired;
    let mut invitation = draft(scope, host, role, sent_at);
    invitation.expires_at = ends.then(|| sent_at.plus(lifetime));
    let handle = cast::person(seed).handle;
    if seed % 9 == 7 {
        invitation.username = Some(handle);
        invitation.delivery = delivery(
            DeliveryState::None,
            "There is no address to mail it to. Pass the link on.",
        );
    } else {
        invitation.email = Some(format!("{handle}@example.net"));
        invitation.delivery = match seed % 5 {
            1 => delivery(DeliveryState::None, "Not mailed, as asked. Pass the link on."),
            3 => delivery(
                DeliveryState::Failed,
                "The mail server answered 550: 5.1.1 Mailbox unavailable, nobody of that name receives mail here.",
            ),
            _ => Delivery {
                state: DeliveryState::Sent,
                detail: None,
            },
        };
    }
    send(scope, host, &invitation).await?;
    match fate {
        Fate::Revoked => {
            let at = sent_at.plus(5 * HOUR);
            store::invitation::revoke(scope, invitation.id, &stage.adam.name, at).await?;
            let event = Event::new(Action::InvitationRevoked, audit_target(&invitation)).before(state(&invitation));
            history::record(scope, &stage.adam, event, at).await
        }
        _ => {
            let link = new_link_token();
            Ok(store::invitation::insert_link(scope, link.hash(), invitation.id, false).await?)
        }
    }
}

async fn accepted(scope: &mut Scope<Writing>, host: &Account, person: &Person) -> Result<()> {
    let mut invitation = draft(scope, host, &person.member.role, person.joined_at.plus(-6 * HOUR));
    invitation.email = person.account.email.clone();
    invitation.expires_at = Some(invitation.sent_at.plus(DEFAULT_LIFETIME * DAY));
    invitation.delivery = Delivery {
        state: DeliveryState::Sent,
        detail: None,
    };
    send(scope, host, &invitation).await?;
    store::invitation::accept(scope, invitation.id, person.member.id, person.joined_at).await?;
    let event = Event::new(Action::InvitationAccepted, audit_target(&invitation)).after(member::state(&person.member));
    history::record(scope, &person.account, event, person.joined_at).await
}

async fn send(scope: &mut Scope<Writing>, host: &Account, invitation: &Invitation) -> Result<()> {
    store::invitation::insert(scope, invitation, false).await?;
    let event = Event::new(Action::InvitationSent, audit_target(invitation)).after(state(invitation));
    history::record(scope, host, event, invitation.sent_at).await
}

fn draft(scope: &Scope<Writing>, host: &Account, role: &Role, sent_at: Timestamp) -> Invitation {
    Invitation {
        id: new_id(sent_at),
        email: None,
        username: None,
        role: role.clone(),
        groups: Vec::new(),
        identity: Identity {
            provider: IdentityProvider::Any,
            tenant: None,
            subject: None,
        },
        notify: None,
        invited_by: Inviter {
            identity: domain::actor::Identity::Account(host.id),
            name: host.name.clone(),
        },
        created_at: sent_at,
        sent_at,
        expires_at: None,
        outcome: Outcome::Open,
        delivery: Delivery {
            state: DeliveryState::None,
            detail: None,
        },
        revision: scope.revision(),
    }
}

fn delivery(state: DeliveryState, detail: &str) -> Delivery {
    Delivery {
        state,
        detail: Some(detail.to_owned()),
    }
}

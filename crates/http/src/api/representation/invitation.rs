//! Invitations and what became of them.

use domain::invitation::{Invitation as DomainInvitation, Outcome};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{GroupName, RoleName, TypedName, maybe, text};

#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedIdentity {
    pub provider: String,
    pub tenant: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// none, queued, sent or failed
    pub state: String,
    /// What the mail server answered, or why there is no mail.
    pub detail: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    pub id: String,
    pub email: Option<String>,
    pub username: Option<String>,
    pub role: RoleName,
    /// Joined when it is accepted.
    pub groups: Vec<GroupName>,
    pub identity: InvitedIdentity,
    pub notify: Option<String>,
    /// pending, accepted, expired or revoked
    pub status: String,
    pub delivery: Delivery,
    pub invited_by: TypedName,
    pub expires_at: Option<String>,
    pub created_at: String,
    pub sent_at: String,
    pub accepted_at: Option<String>,
    pub accepted_by: Option<String>,
    pub revoked_at: Option<String>,
    pub revoked_by: Option<String>,
}

impl Invitation {
    pub fn at(invitation: DomainInvitation, now: Timestamp) -> Self {
        let status = invitation.status(now).name().to_owned();
        let (mut accepted, mut revoked) = ((None, None), (None, None));
        match invitation.outcome {
            Outcome::Open => {}
            Outcome::Accepted { by, at } => accepted = (Some(text(at)), Some(by.to_string())),
            Outcome::Revoked { by, at } => revoked = (Some(text(at)), Some(by)),
        }
        Self {
            id: invitation.id.to_string(),
            email: invitation.email,
            username: invitation.username,
            role: RoleName::of(&invitation.role),
            groups: invitation.groups.into_iter().map(GroupName::from).collect(),
            identity: InvitedIdentity {
                provider: invitation.identity.provider.name().to_owned(),
                tenant: invitation.identity.tenant,
            },
            notify: invitation.notify,
            status,
            delivery: Delivery {
                state: invitation.delivery.state.name().to_owned(),
                detail: invitation.delivery.detail,
            },
            invited_by: invitation.invited_by.target().into(),
            expires_at: maybe(invitation.expires_at),
            created_at: text(invitation.created_at),
            sent_at: text(invitation.sent_at),
            accepted_at: accepted.0,
            accepted_by: accepted.1,
            revoked_at: revoked.0,
            revoked_by: revoked.1,
        }
    }
}

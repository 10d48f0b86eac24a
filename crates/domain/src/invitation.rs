//! An invitation: one record that never changes but in what became of it. Its status is derived.

pub use crate::identity_provider::IdentityProvider;
use serde::{Deserialize, Serialize};

use crate::actor;
use crate::audit::Target;
use crate::group::GroupName;
use crate::id::{InvitationId, MemberId};
use crate::role::Role;
use crate::{Refusal, Timestamp};

#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: InvitationId,
    pub email: Option<String>,
    pub username: Option<String>,
    pub role: Role,
    /// That it is joined with.
    pub groups: Vec<GroupName>,
    pub identity: Identity,
    /// Where the mail goes instead of `email`.
    pub notify: Option<String>,
    pub invited_by: Inviter,
    pub created_at: Timestamp,
    /// When the link that is good now was made.
    pub sent_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub outcome: Outcome,
    pub delivery: Delivery,
    pub revision: i64,
}

/// A person, or a host application by its service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inviter {
    pub identity: actor::Identity,
    pub name: String,
}

impl Inviter {
    pub fn target(&self) -> Target {
        self.identity.target(&self.name)
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Open,
    Accepted { by: MemberId, at: Timestamp },
    Revoked { by: String, at: Timestamp },
}

/// The identity that may accept it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub provider: IdentityProvider,
    pub tenant: Option<String>,
    /// The host's own id of whom it is for, where the host was asked.
    pub subject: Option<String>,
}

macro_rules! named {
    ($(#[$doc:meta])* $kind:ident { $($(#[$note:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $kind { $($(#[$note])* $variant,)+ }

        impl $kind {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == text)
            }
        }
    };
}

named! {
    Status {
        Pending = "pending",
        Accepted = "accepted",
        Expired = "expired",
        Revoked = "revoked",
    }
}

named! {
    /// How far its mail has come.
    DeliveryState {
        /// There is no mail: none asked for, no address, or no mail server set.
        None = "none",
        Queued = "queued",
        Sent = "sent",
        Failed = "failed",
    }
}

/// How far its mail has come, and what the mail server last said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    pub state: DeliveryState,
    pub detail: Option<String>,
}

impl Invitation {
    pub fn status(&self, now: Timestamp) -> Status {
        match (&self.outcome, self.expires_at) {
            (Outcome::Accepted { .. }, _) => Status::Accepted,
            (Outcome::Revoked { .. }, _) => Status::Revoked,
            (Outcome::Open, Some(end)) if end <= now => Status::Expired,
            (Outcome::Open, _) => Status::Pending,
        }
    }

    /// What the invitee is known by until they join.
    pub fn invitee(&self) -> &str {
        self.email.as_deref().or(self.username.as_deref()).unwrap_or_default()
    }

    /// Where its mail goes, if anywhere.
    pub fn mail_to(&self) -> Option<&str> {
        self.notify.as_deref().or(self.email.as_deref())
    }

    /// # Errors
    /// It was accepted or revoked; a pending or expired one may be sent again.
    pub fn resendable(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.status(now) {
            Status::Pending | Status::Expired => Ok(()),
            status => Err(Refusal::InvitationNotOpen { status }),
        }
    }

    /// # Errors
    /// It was accepted or revoked already.
    pub fn revocable(&self, now: Timestamp) -> Result<(), Refusal> {
        self.resendable(now)
    }

    /// # Errors
    /// It is no longer pending.
    pub fn acceptable(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.status(now) {
            Status::Pending => Ok(()),
            status => Err(Refusal::InvitationNotOpen { status }),
        }
    }

    /// Whether an account of this username and address is the one that was invited.
    ///
    /// # Errors
    /// It is somebody else; the refusal says which account to use.
    pub fn meant_for(&self, username: &str, email: Option<&str>) -> Result<(), Refusal> {
        let alike = |invited: &str, own: &str| invited.to_lowercase() == own.to_lowercase();
        let meant = match (&self.email, &self.username) {
            (Some(invited), _) => email.is_some_and(|own| alike(invited, own)),
            (None, Some(invited)) => alike(invited, username) || email.is_some_and(|own| alike(invited, own)),
            (None, None) => true,
        };
        if meant {
            Ok(())
        } else {
            Err(Refusal::InvitationForSomebodyElse {
                invitee: self.invitee().to_owned(),
            })
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::id::Id;
    use crate::role::tests::role;

    fn invitation(outcome: Outcome, expires_at: Option<i64>) -> Invitation {
        let start = Timestamp::from_micros(0);
        Invitation {
            id: InvitationId::new(start, [0; 10]),
            email: Some("Ada@example.com".into()),
            username: None,
            role: role("member", &[]),
            groups: Vec::new(),
            identity: Identity {
                provider: IdentityProvider::Any,
                tenant: None,
                subject: None,
            },
            notify: None,
            invited_by: Inviter {
                identity: actor::Identity::Account(crate::id::AccountId::new(start, [0; 10])),
                name: "Olivia".into(),
            },
            created_at: start,
            sent_at: start,
            expires_at: expires_at.map(Timestamp::from_micros),
            outcome,
            delivery: Delivery {
                state: DeliveryState::None,
                detail: None,
            },
            revision: 1,
        }
    }

    /// One of that username, for that provider's account.
    pub fn invitation_for(provider: IdentityProvider, username: Option<&str>) -> Invitation {
        let mut invitation = invitation(Outcome::Open, None);
        invitation.email = None;
        invitation.username = username.map(str::to_owned);
        invitation.identity.provider = provider;
        invitation
    }

    #[test]
    fn the_status_is_derived_from_what_became_of_it_and_the_time() {
        let at = Timestamp::from_micros(100);
        let member = MemberId::new(at, [0; 10]);
        let cases = [
            (Outcome::Open, None, Status::Pending),
            (Outcome::Open, Some(101), Status::Pending),
            (Outcome::Open, Some(100), Status::Expired),
            (Outcome::Accepted { by: member, at }, Some(1), Status::Accepted),
            (
                Outcome::Revoked {
                    by: "Olivia".into(),
                    at,
                },
                Some(1),
                Status::Revoked,
            ),
        ];
        for (outcome, expires_at, status) in cases {
            let invitation = invitation(outcome, expires_at);
            assert_eq!(invitation.status(at), status);
            assert_eq!(invitation.acceptable(at).is_ok(), status == Status::Pending);
            assert_eq!(
                invitation.resendable(at).is_ok(),
                matches!(status, Status::Pending | Status::Expired)
            );
        }
    }

    #[test]
    fn an_invitation_is_for_the_invited_address_alone() {
        let invitation = invitation(Outcome::Open, None);
        assert!(invitation.meant_for("ada", Some("ada@EXAMPLE.com")).is_ok());
        assert!(invitation.meant_for("ada", Some("bob@example.com")).is_err());
        assert!(invitation.meant_for("ada@example.com", None).is_err());
    }
}

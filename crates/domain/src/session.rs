//! A session: an account's proof of who it is, for the whole instance.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{AccountId, OrganizationId, SessionId};
use crate::time::{DAY, MINUTE};

/// How long a session lasts without use, and at most: microseconds.
pub const IDLE_LIFETIME: i64 = 14 * DAY;
pub const ABSOLUTE_LIFETIME: i64 = 60 * DAY;
/// How old the kept time of last use may be before it is written again: microseconds.
pub const LAST_SEEN_GRAIN: i64 = 5 * MINUTE;

/// How far the clocks of two nodes may be apart, or one be set back, without anything being asked again: microseconds.
const CLOCK_GRAIN: i64 = MINUTE;

/// For how long after a proof sensitive acts ask for no other: microseconds.
pub const PROOF_LIFETIME: i64 = 10 * MINUTE;

/// By what an account proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Password,
    Passkey,
    Pam,
    Saml,
    Oidc,
    Google,
    Microsoft,
    Github,
    Bitbucket,
}

impl Method {
    pub const ALL: [Self; 9] = [
        Self::Password,
        Self::Passkey,
        Self::Pam,
        Self::Saml,
        Self::Oidc,
        Self::Google,
        Self::Microsoft,
        Self::Github,
        Self::Bitbucket,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Pam => "pam",
            Self::Saml => "saml",
            Self::Oidc => "oidc",
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Github => "github",
            Self::Bitbucket => "bitbucket",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == text)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::Passkey => "Passkey",
            Self::Pam => "PAM",
            Self::Saml => "SAML",
            Self::Oidc => "OpenID Connect",
            Self::Google => "Google",
            Self::Microsoft => "Microsoft Entra ID",
            Self::Github => "GitHub",
            Self::Bitbucket => "Bitbucket",
        }
    }
}

/// How and when a session was proved to be its account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    pub method: Method,
    /// When it was last proved, at signing in or again since.
    pub at: Timestamp,
    /// The organization whose own identity provider gave the proof: it opens no other, unless the account is managed by it.
    pub organization: Option<OrganizationId>,
    /// When a second factor was given, or a first one that is worth two.
    pub second_factor_at: Option<Timestamp>,
    /// The longest it went unused since it was proved: microseconds.
    pub longest_rest: i64,
}

impl Proof {
    pub const fn new(method: Method, at: Timestamp) -> Self {
        Self {
            method,
            at,
            organization: None,
            second_factor_at: None,
            longest_rest: 0,
        }
    }

    /// Whether sensitive acts ask for no other proof.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        // One from a time to come was given before the clock was set back: how long ago, nobody knows.
        (-CLOCK_GRAIN..PROOF_LIFETIME).contains(&now.since(self.at))
    }
}

#[derive(Clone, Debug)]
pub struct Session {
    pub id: SessionId,
    pub account: AccountId,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub address: String,
    pub user_agent: String,
    pub proof: Proof,
    /// A second factor is asked for; until it is given the session opens nothing.
    pub mfa_due: bool,
}

impl Session {
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.since(self.last_seen_at) < IDLE_LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn a_session_ends_when_unused_and_at_last() {
        let start = Timestamp::from_micros(0);
        let session = |last_seen_at| Session {
            id: SessionId::new(start, [0; 10]),
            account: AccountId::new(start, [0; 10]),
            created_at: start,
            last_seen_at,
            expires_at: start.plus(ABSOLUTE_LIFETIME),
            address: String::new(),
            user_agent: String::new(),
            proof: Proof::new(Method::Password, start),
            mfa_due: false,
        };
        assert!(session(start).is_live(start.plus(IDLE_LIFETIME - 1)));
        assert!(!session(start).is_live(start.plus(IDLE_LIFETIME)));
        let late = start.plus(ABSOLUTE_LIFETIME);
        assert!(!session(late).is_live(late));
    }

    #[test]
    fn a_proof_is_recent_for_ten_minutes() {
        let start = Timestamp::from_micros(0);
        let proof = Proof::new(Method::Password, start);
        assert!(proof.is_recent(start.plus(PROOF_LIFETIME - 1)));
        assert!(!proof.is_recent(start.plus(PROOF_LIFETIME)));
    }

    #[test]
    fn every_method_is_read_as_it_is_written() {
        assert!(
            Method::ALL
                .iter()
                .all(|method| Method::parse(method.name()) == Some(*method))
        );
        assert_eq!(Method::parse("Password"), None);
    }
}

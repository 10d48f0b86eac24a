//! A live session or token, as it is remembered. There are as many as people are signed in, and each check reads one at
//! random: so they are small, and whole in one place, but for what few of them have.

use std::sync::Arc;

use domain::Timestamp;
use domain::access::OrganizationAccess;
use domain::actor::{Caller, Credential, Identity, Reach};
use domain::catalogue::Place;
use domain::id::{AccountId, OrganizationId};
use domain::security::{EntryRefusal, Visitor};
use domain::session::{Method, Proof};

use crate::memory::Held;

#[derive(Clone, Debug)]
pub struct KnownCredential {
    pub identity: Identity,
    pub credential: Credential,
    superuser: bool,
    must_change_password: bool,
    has_second_factor: bool,
    name: Name,
    expires_at: Time,
    last_seen_at: Timestamp,
    /// None of a token, which proves no person's presence.
    method: Option<Method>,
    proved_at: Timestamp,
    second_factor_at: Time,
    longest_rest: i64,
    particular: Option<Arc<Particular>>,
}

/// What few sessions and tokens have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Particular {
    reach: Reach,
    /// Whose standing it lives by, where that is not the caller.
    answers: Option<AccountId>,
    /// The organization whose own identity provider gave the proof.
    proved_by: Option<OrganizationId>,
    confined: Option<OrganizationId>,
}

impl KnownCredential {
    pub(crate) fn new(caller: Caller, expires_at: Option<Timestamp>) -> Self {
        let proof = caller.visitor.proof;
        let particular = Particular {
            reach: caller.reach,
            answers: caller.answers,
            proved_by: proof.and_then(|proof| proof.organization),
            confined: caller.visitor.confined,
        };
        Self {
            identity: caller.identity,
            credential: caller.credential,
            superuser: caller.superuser,
            must_change_password: caller.must_change_password,
            has_second_factor: caller.visitor.has_second_factor,
            name: Name::new(&caller.name),
            expires_at: Time::new(expires_at),
            last_seen_at: caller.visitor.last_seen_at,
            method: proof.map(|proof| proof.method),
            proved_at: proof.map(|proof| proof.at).unwrap_or_default(),
            second_factor_at: Time::new(proof.and_then(|proof| proof.second_factor_at)),
            longest_rest: proof.map_or(0, |proof| proof.longest_rest),
            particular: (particular != Particular::default()).then(|| Arc::new(particular)),
        }
    }

    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.get().is_none_or(|expires_at| now < expires_at)
    }

    /// Whose changes make this be read again.
    pub(crate) fn account(&self) -> Option<AccountId> {
        match self.identity {
            Identity::Account(account) => Some(account),
            _ => self.answers(),
        }
    }

    /// What it is narrowed to; none: a session, or a token that reaches as far.
    fn reach(&self) -> Option<&Reach> {
        self.particular.as_ref().map(|particular| &particular.reach)
    }

    /// The one organization it is for.
    pub(crate) fn organization(&self) -> Option<OrganizationId> {
        self.reach().and_then(|reach| reach.organization)
    }

    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    /// By an unnarrowed credential of a superuser.
    pub(crate) fn superuser(&self) -> bool {
        self.superuser
    }

    pub(crate) fn must_change_password(&self) -> bool {
        self.must_change_password
    }

    fn visitor(&self) -> Visitor {
        let particular = self.particular.as_deref();
        Visitor {
            proof: self.method.map(|method| Proof {
                method,
                at: self.proved_at,
                organization: particular.and_then(|particular| particular.proved_by),
                second_factor_at: self.second_factor_at.get(),
                longest_rest: self.longest_rest,
            }),
            last_seen_at: self.last_seen_at,
            confined: particular.and_then(|particular| particular.confined),
            has_second_factor: self.has_second_factor,
            joined_at: None,
        }
    }

    /// What the policy of an organization says to it. Who is no member comes as superuser, whom no organization keeps out.
    pub(crate) fn admitted(
        &self,
        access: &OrganizationAccess,
        held: &Held,
        now: Timestamp,
    ) -> std::result::Result<(), EntryRefusal> {
        crate::session::admitted(self.visitor(), access, held, now)
    }

    /// Whose standing it lives by, where that is not the caller: the owner of a project's token.
    pub(crate) fn answers(&self) -> Option<AccountId> {
        self.particular.as_ref().and_then(|particular| particular.answers)
    }

    /// Whether it is for some permissions alone.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.reach().is_some_and(|reach| reach.scopes.is_some())
    }

    /// Whether its scopes leave the permission in.
    pub(crate) fn leaves(&self, access: &OrganizationAccess, permission: Place) -> bool {
        let scopes = self.reach().and_then(|reach| reach.scopes.as_deref());
        scopes.is_none_or(|scopes| {
            let name = &access.catalogue.at(permission).name;
            scopes.contains(name) || access.catalogue.expand(scopes).has(permission)
        })
    }
}

impl From<KnownCredential> for Caller {
    fn from(known: KnownCredential) -> Self {
        Self {
            identity: known.identity,
            credential: known.credential,
            reach: known.reach().cloned().unwrap_or_default(),
            answers: known.answers(),
            name: known.name.as_str().to_owned(),
            superuser: known.superuser,
            must_change_password: known.must_change_password,
            visitor: known.visitor(),
        }
    }
}

/// A time or none, in the eight bytes of a time.
#[derive(Clone, Copy, Debug)]
struct Time(Timestamp);

impl Time {
    /// No time that anything happens at.
    const NONE: Timestamp = Timestamp::from_micros(i64::MIN);

    fn new(time: Option<Timestamp>) -> Self {
        Self(time.unwrap_or(Self::NONE))
    }

    fn get(self) -> Option<Timestamp> {
        (self.0 != Self::NONE).then_some(self.0)
    }
}

/// Letters that fit beside the name's length without a place of their own; most names do.
const FIT: usize = 22;

/// Somebody's name.
#[derive(Clone)]
pub enum Name {
    Short { length: u8, letters: [u8; FIT] },
    Long(Arc<str>),
}

impl Name {
    pub fn new(text: &str) -> Self {
        let mut letters = [0; FIT];
        match (letters.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Short { length, letters }
            }
            _ => Self::Long(text.into()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Long(text) => text,
            Self::Short { length, letters } => {
                let letters = letters.get(..usize::from(*length)).unwrap_or_default();
                std::str::from_utf8(letters).unwrap_or_default()
            }
        }
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{Id, SessionId};

    const NOW: Timestamp = Timestamp::from_micros(5_000);

    fn caller(visitor: Visitor, reach: Reach, answers: Option<AccountId>) -> Caller {
        Caller {
            identity: Identity::Account(AccountId::new(NOW, [1; 10])),
            credential: Credential::Session(SessionId::new(NOW, [2; 10])),
            reach,
            answers,
            name: "Zoë".to_owned(),
            superuser: true,
            must_change_password: false,
            visitor,
        }
    }

    fn visitor(proof: Option<Proof>, confined: Option<OrganizationId>) -> Visitor {
        Visitor {
            proof,
            last_seen_at: NOW.plus(-7),
            confined,
            has_second_factor: true,
            joined_at: None,
        }
    }

    #[test]
    fn what_is_remembered_of_a_caller_is_all_of_it() {
        let organization = OrganizationId::new(NOW, [3; 10]);
        let plain = Proof::new(Method::Password, NOW);
        let proofs = [
            None,
            Some(plain),
            Some(Proof {
                organization: Some(organization),
                second_factor_at: Some(NOW.plus(-3)),
                longest_rest: 9,
                ..plain
            }),
        ];
        let narrow = Reach {
            organization: Some(organization),
            scopes: None,
        };
        for proof in proofs {
            for confined in [None, Some(organization)] {
                for reach in [Reach::default(), narrow.clone()] {
                    let answers = reach.organization.map(|_| AccountId::new(NOW, [4; 10]));
                    let whole = caller(visitor(proof, confined), reach, answers);
                    let again = Caller::from(KnownCredential::new(whole.clone(), Some(NOW)));
                    assert_eq!(format!("{again:?}"), format!("{whole:?}"));
                }
            }
        }
    }

    #[test]
    fn names_of_any_length_come_back_as_they_were() {
        for name in [
            "",
            "Zoë",
            "Anna Ashberg-Northfield",
            &"é".repeat(11),
            &"é".repeat(12),
            &"n".repeat(300),
        ] {
            assert_eq!(Name::new(name).as_str(), name);
        }
        assert!(matches!(Name::new(&"n".repeat(FIT)), Name::Short { .. }));
        assert!(matches!(Name::new(&"n".repeat(FIT + 1)), Name::Long(_)));
    }

    #[test]
    fn a_session_ends_when_its_time_is_over() {
        let known = |until| KnownCredential::new(caller(visitor(None, None), Reach::default(), None), until);
        assert!(known(None).is_live(NOW));
        assert!(known(Some(NOW.plus(1))).is_live(NOW));
        assert!(!known(Some(NOW)).is_live(NOW));
    }
}

//! How safely people have to sign in before an organization lets them in: its security policy, and the one rule that holds
//! a session or token to it at every entry.

mod told;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::OrganizationId;
use crate::policy::{given, present};
use crate::session::{Method, Proof};
use crate::time::{DAY, MINUTE};

pub use told::changes;

/// What an organization asks of whoever enters it. A missing value asks for nothing beyond what the instance does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityPolicy {
    /// The ways to sign in that count here; `None`: all.
    pub methods: Option<Vec<Method>>,
    /// Whether a second factor is needed.
    pub mfa_required: bool,
    /// Days that somebody has to enrol after it became required or after they joined.
    pub mfa_grace_days: u32,
    /// When it became required; kept by the program.
    pub mfa_required_since: Option<Timestamp>,
    /// Minutes without use after which a session has to be proved again.
    pub session_idle_minutes: Option<u32>,
    /// Minutes after which a session has to be proved again, used or not.
    pub session_lifetime_minutes: Option<u32>,
    /// Failed tries in a row after which an account waits.
    pub sign_in_attempts: Option<u32>,
    /// Minutes that it waits.
    pub lock_out_minutes: Option<u32>,
    /// Characters a new password of a member has at least.
    pub password_length: Option<u32>,
}

/// A session or token at the door of an organization, as far as its policy looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// None of a token, which proves no person's presence.
    pub proof: Option<Proof>,
    /// When it was last used, before now.
    pub last_seen_at: Timestamp,
    /// The one organization that its proof opens, as an identity provider of that organization's own gave it.
    pub confined: Option<OrganizationId>,
    /// Whether the account has a second factor.
    pub has_second_factor: bool,
    pub joined_at: Option<Timestamp>,
}

/// Why an organization does not let somebody in who is a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryRefusal {
    /// Its policy does not let people sign in that way.
    Method { allowed: Vec<Method> },
    /// The proof came from another organization's identity provider.
    Confined,
    /// A second factor has to be enrolled.
    Enrolment,
    /// The account has a second factor, and this session was not opened with it.
    SecondFactor,
    /// The session is too old, or was not used for too long.
    ProofAgain,
}

impl SecurityPolicy {
    /// Asked on each entry.
    ///
    /// # Errors
    /// What the policy misses.
    pub fn admits(&self, organization: OrganizationId, visitor: &Visitor, now: Timestamp) -> Result<(), EntryRefusal> {
        if visitor.confined.is_some_and(|only| only != organization) {
            return Err(EntryRefusal::Confined);
        }
        if self.mfa_required && !visitor.has_second_factor && self.grace_is_over(visitor.joined_at, now) {
            return Err(EntryRefusal::Enrolment);
        }
        visitor
            .proof
            .map_or(Ok(()), |proof| self.admits_proof(visitor, &proof, now))
    }

    fn admits_proof(&self, visitor: &Visitor, proof: &Proof, now: Timestamp) -> Result<(), EntryRefusal> {
        if let Some(allowed) = self.methods.as_ref().filter(|allowed| !allowed.contains(&proof.method)) {
            return Err(EntryRefusal::Method {
                allowed: allowed.clone(),
            });
        }
        if self.mfa_required && visitor.has_second_factor && proof.second_factor_at.is_none() {
            return Err(EntryRefusal::SecondFactor);
        }
        let over = |limit: Option<u32>, time: i64| limit.is_some_and(|minutes| time >= i64::from(minutes) * MINUTE);
        let rest = proof.longest_rest.max(now.since(visitor.last_seen_at));
        if over(self.session_idle_minutes, rest) || over(self.session_lifetime_minutes, now.since(proof.at)) {
            return Err(EntryRefusal::ProofAgain);
        }
        Ok(())
    }

    /// Until when somebody who joined then may come without a second factor.
    pub fn grace_until(&self, joined_at: Option<Timestamp>) -> Timestamp {
        let since = self.mfa_required_since.unwrap_or(Timestamp::from_micros(0));
        let begin = joined_at.map_or(since, |joined| joined.max(since));
        begin.plus(i64::from(self.mfa_grace_days) * DAY)
    }

    fn grace_is_over(&self, joined_at: Option<Timestamp>, now: Timestamp) -> bool {
        self.grace_until(joined_at) <= now
    }

    /// What is wrong, as field and problem; reads as "`field` `problem`".
    pub fn problems(&self) -> Vec<(String, String)> {
        let bounded = |field: &str, value: Option<u32>, least: u32, most: u32, unit: &str| {
            value
                .filter(|value| !(least..=most).contains(value))
                .map(|_| (field.to_owned(), format!("must be {least} to {most} {unit}, or null")))
        };
        let mut problems: Vec<_> = [
            bounded("session_idle_minutes", self.session_idle_minutes, 15, 20_160, "minutes"),
            bounded(
                "session_lifetime_minutes",
                self.session_lifetime_minutes,
                15,
                86_400,
                "minutes",
            ),
            bounded("sign_in_attempts", self.sign_in_attempts, 3, 100, "tries"),
            bounded("lock_out_minutes", self.lock_out_minutes, 1, 60, "minutes"),
            bounded("password_length", self.password_length, 8, 64, "characters"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if self.mfa_grace_days > 90 {
            problems.push(("mfa_grace_days".to_owned(), "must be 0 to 90 days".to_owned()));
        }
        if self.methods.as_ref().is_some_and(Vec::is_empty) {
            let problem = "must name at least one way to sign in, or be null for all";
            problems.push(("methods".to_owned(), problem.to_owned()));
        }
        problems
    }
}

/// A change of some of it. An absent field leaves its value as it is; `null` clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityChange {
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub methods: Option<Option<Vec<Method>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub mfa_required: Option<bool>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub mfa_grace_days: Option<u32>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub session_idle_minutes: Option<Option<u32>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub session_lifetime_minutes: Option<Option<u32>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub sign_in_attempts: Option<Option<u32>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub lock_out_minutes: Option<Option<u32>>,
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub password_length: Option<Option<u32>>,
}

impl SecurityChange {
    /// The policy after the change, made now.
    #[must_use]
    pub fn apply(self, before: &SecurityPolicy, now: Timestamp) -> SecurityPolicy {
        let mfa_required = self.mfa_required.unwrap_or(before.mfa_required);
        SecurityPolicy {
            methods: self.methods.unwrap_or_else(|| before.methods.clone()),
            mfa_required,
            mfa_grace_days: self.mfa_grace_days.unwrap_or(before.mfa_grace_days),
            mfa_required_since: mfa_required.then(|| before.mfa_required_since.unwrap_or(now)),
            session_idle_minutes: self.session_idle_minutes.unwrap_or(before.session_idle_minutes),
            session_lifetime_minutes: self.session_lifetime_minutes.unwrap_or(before.session_lifetime_minutes),
            sign_in_attempts: self.sign_in_attempts.unwrap_or(before.sign_in_attempts),
            lock_out_minutes: self.lock_out_minutes.unwrap_or(before.lock_out_minutes),
            password_length: self.password_length.unwrap_or(before.password_length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    const NOW: Timestamp = Timestamp::from_micros(100 * DAY);

    fn organization(number: u8) -> OrganizationId {
        OrganizationId::new(NOW, [number; 10])
    }

    fn visitor() -> Visitor {
        Visitor {
            proof: Some(Proof::new(Method::Password, NOW)),
            last_seen_at: NOW,
            confined: None,
            has_second_factor: false,
            joined_at: Some(NOW.plus(-DAY)),
        }
    }

    fn admitted(policy: &SecurityPolicy, visitor: &Visitor) -> Result<(), EntryRefusal> {
        policy.admits(organization(1), visitor, NOW)
    }

    #[test]
    fn without_a_policy_everybody_comes_in() {
        assert_eq!(admitted(&SecurityPolicy::default(), &visitor()), Ok(()));
    }

    #[test]
    fn another_organizations_identity_provider_opens_nothing_here() {
        let confined = |only| Visitor {
            confined: Some(organization(only)),
            ..visitor()
        };
        assert_eq!(admitted(&SecurityPolicy::default(), &confined(1)), Ok(()));
        assert_eq!(
            admitted(&SecurityPolicy::default(), &confined(2)),
            Err(EntryRefusal::Confined)
        );
    }

    #[test]
    fn a_way_that_is_not_allowed_says_which_are() {
        let policy = SecurityPolicy {
            methods: Some(vec![Method::Saml]),
            ..SecurityPolicy::default()
        };
        let refusal = EntryRefusal::Method {
            allowed: vec![Method::Saml],
        };
        assert_eq!(admitted(&policy, &visitor()), Err(refusal));
        let token = Visitor {
            proof: None,
            ..visitor()
        };
        assert_eq!(admitted(&policy, &token), Ok(()));
    }

    #[test]
    fn whoever_has_no_second_factor_has_the_days_of_grace_to_get_one() {
        let policy = |days, ago: i64| SecurityPolicy {
            mfa_required: true,
            mfa_grace_days: days,
            mfa_required_since: Some(NOW.plus(-ago * DAY)),
            ..SecurityPolicy::default()
        };
        assert_eq!(admitted(&policy(7, 6), &visitor()), Ok(()));
        // Who joined yesterday has their days from then on.
        assert_eq!(admitted(&policy(7, 60), &visitor()), Ok(()));
        assert_eq!(admitted(&policy(1, 60), &visitor()), Err(EntryRefusal::Enrolment));
        let token = Visitor {
            proof: None,
            ..visitor()
        };
        assert_eq!(admitted(&policy(0, 0), &token), Err(EntryRefusal::Enrolment));
    }

    #[test]
    fn a_session_without_its_second_factor_stays_outside() {
        let policy = SecurityPolicy {
            mfa_required: true,
            ..SecurityPolicy::default()
        };
        let enrolled = |second_factor_at| Visitor {
            proof: Some(Proof {
                second_factor_at,
                ..Proof::new(Method::Github, NOW)
            }),
            has_second_factor: true,
            ..visitor()
        };
        assert_eq!(admitted(&policy, &enrolled(None)), Err(EntryRefusal::SecondFactor));
        assert_eq!(admitted(&policy, &enrolled(Some(NOW))), Ok(()));
    }

    #[test]
    fn a_session_that_is_too_old_or_rested_too_long_is_proved_again() {
        let policy = SecurityPolicy {
            session_idle_minutes: Some(30),
            session_lifetime_minutes: Some(60),
            ..SecurityPolicy::default()
        };
        let used = |proved: i64, seen: i64, longest_rest| Visitor {
            proof: Some(Proof {
                longest_rest,
                ..Proof::new(Method::Password, NOW.plus(-proved * MINUTE))
            }),
            last_seen_at: NOW.plus(-seen * MINUTE),
            ..visitor()
        };
        assert_eq!(admitted(&policy, &used(59, 29, 0)), Ok(()));
        assert_eq!(admitted(&policy, &used(60, 1, 0)), Err(EntryRefusal::ProofAgain));
        assert_eq!(admitted(&policy, &used(59, 30, 0)), Err(EntryRefusal::ProofAgain));
        assert_eq!(
            admitted(&policy, &used(59, 1, 30 * MINUTE)),
            Err(EntryRefusal::ProofAgain)
        );
    }

    #[test]
    fn grace_begins_when_it_is_first_required() {
        let require = |required| SecurityChange {
            mfa_required: Some(required),
            ..SecurityChange::default()
        };
        let first = require(true).apply(&SecurityPolicy::default(), NOW);
        assert_eq!(first.mfa_required_since, Some(NOW));
        assert_eq!(require(true).apply(&first, NOW.plus(DAY)).mfa_required_since, Some(NOW));
        assert_eq!(require(false).apply(&first, NOW).mfa_required_since, None);
    }

    #[test]
    fn values_out_of_range_are_refused_all_at_once() {
        let policy = SecurityPolicy {
            methods: Some(Vec::new()),
            mfa_grace_days: 91,
            session_idle_minutes: Some(14),
            password_length: Some(7),
            ..SecurityPolicy::default()
        };
        let fields: Vec<_> = policy.problems().into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            ["session_idle_minutes", "password_length", "mfa_grace_days", "methods"]
        );
    }
}

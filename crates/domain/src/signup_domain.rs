//! A domain whose people may sign up by themselves, and what they become.

use crate::Timestamp;
use crate::account::AuthenticationMethod;
use crate::domain_name::DomainName;
use crate::grant::Granting;
use crate::id::SignupDomainId;
use crate::role::{GUEST, MEMBER, Role};

/// What somebody may become whom nobody has chosen: one of the two least roles, by slug.
pub const BEGINNINGS: [&str; 2] = [MEMBER, GUEST];

#[derive(Clone, Debug)]
pub struct SignupDomain {
    pub id: SignupDomainId,
    pub domain: DomainName,
    /// How whoever comes by it signs in.
    pub authentication_method: AuthenticationMethod,
    pub role: Role,
    /// Who let the domain's people have the role: whoever comes has it from them.
    pub granted: Granting,
    /// What a public record of the domain must say to prove the organization's claim.
    pub proof: String,
    pub proved_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub revision: i64,
}

impl SignupDomain {
    /// The whole text of the record.
    pub fn proof_record(&self) -> String {
        format!("roster-domain-proof={}", self.proof)
    }

    /// Whether one of these texts, as the domain's records say them, is the proof.
    pub fn is_proved_by(&self, records: &[String]) -> bool {
        let wanted = self.proof_record();
        records.iter().any(|record| record.trim() == wanted)
    }
}

/// Of all who list a domain, those who may let somebody in: whoever proved that it is theirs excludes the others.
pub fn eligible<T>(listed: Vec<(T, bool)>) -> Vec<T> {
    let any_proved = listed.iter().any(|(_, proved)| *proved);
    listed
        .into_iter()
        .filter(|(_, proved)| *proved || !any_proved)
        .map(|(one, _)| one)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::eligible;

    #[test]
    fn a_proved_claim_excludes_the_others() {
        assert_eq!(
            eligible(vec![("acme", false), ("elsewhere", false)]),
            ["acme", "elsewhere"]
        );
        assert_eq!(eligible(vec![("acme", false), ("elsewhere", true)]), ["elsewhere"]);
        assert!(eligible(Vec::<((), bool)>::new()).is_empty());
    }
}

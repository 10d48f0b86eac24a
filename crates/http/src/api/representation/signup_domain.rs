//! A domain whose people may sign up by themselves.

use domain::signup_domain::SignupDomain as DomainSignupDomain;
use serde::Serialize;
use utoipa::ToSchema;

use super::{RoleName, maybe, text};

#[derive(Debug, Serialize, ToSchema)]
pub struct SignupDomain {
    pub id: String,
    pub domain: String,
    /// password, pam or saml
    pub authentication_method: String,
    pub role: RoleName,
    pub proved: bool,
    pub proved_at: Option<String>,
    /// The DNS record that proves the domain to be the organization's own.
    pub record: ProofRecord,
    pub created_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProofRecord {
    pub name: String,
    /// TXT
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

impl From<DomainSignupDomain> for SignupDomain {
    fn from(listed: DomainSignupDomain) -> Self {
        Self {
            id: listed.id.to_string(),
            record: ProofRecord {
                name: listed.domain.proof_name(),
                kind: "TXT".to_owned(),
                value: listed.proof_record(),
            },
            domain: listed.domain.to_string(),
            authentication_method: listed.authentication_method.name().to_owned(),
            proved: listed.proved_at.is_some(),
            proved_at: maybe(listed.proved_at),
            created_at: text(listed.created_at),
            role: RoleName::of(&listed.role),
        }
    }
}

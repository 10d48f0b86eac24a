//! Signing in with an account that somebody else keeps: one small interface in front of OpenID Connect and of the hosts that
//! speak plain OAuth 2. A round trip has two ends. `begin` makes what has to be kept until the person comes back, and
//! `leave_for` the address they are sent to; `finish` takes what they came back with and says who they are.

pub mod bitbucket;
pub mod github;
pub mod host;
pub mod id_token;
pub mod metadata;
pub mod oauth;
pub mod outgoing;
mod provider;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use host::{HostError, RepositoryAccess, Seen};
pub use outgoing::Outgoing;
pub use provider::{Client, Kind, Provider, Providers, Unusable};

/// How much is asked of a host: who somebody is, or also who works on their repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    Identity,
    Repositories,
}

/// What is kept between the two ends of a round trip, by the server alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    pub provider: String,
    pub asked: Asked,
    nonce: String,
    verifier: String,
}

impl Kept {
    pub fn begin(provider: &str, asked: Asked, chance: &[u8; 64]) -> Self {
        let (nonce, verifier) = chance.split_at(32);
        Self {
            provider: provider.to_owned(),
            asked,
            nonce: URL_SAFE_NO_PAD.encode(nonce),
            verifier: URL_SAFE_NO_PAD.encode(verifier),
        }
    }
}

/// What the browser brought back, beside the state that found `Kept`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Callback {
    pub code: Option<String>,
    /// Who answers, as RFC 9207 has it.
    pub iss: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

/// Who came back, as the provider vouches for it.
#[derive(Clone, Debug)]
pub struct Proven {
    pub provider: String,
    pub issuer: String,
    /// The Entra tenant.
    pub tenant: Option<String>,
    /// Stable and never given to anybody else, which a name or an address is not.
    pub subject: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    /// Kept for hosts that are asked about repositories later.
    pub access: Option<Access>,
}

/// What opens a host's API in somebody's name.
#[derive(Clone, Debug)]
pub struct Access {
    pub token: SecretString,
    pub refresh: Option<SecretString>,
    pub scopes: Vec<String>,
    pub expires_at: Option<Timestamp>,
}

/// Why nobody was proved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The person said no, or the provider did.
    #[error("{provider} did not sign you in: {answer}")]
    Denied { provider: String, answer: String },
    #[error("{provider} cannot be reached: {detail}")]
    Unreachable { provider: String, detail: String },
    /// The answer came and is not to be trusted.
    #[error("The answer of {provider} was refused: {reason}")]
    Refused { provider: String, reason: String },
}

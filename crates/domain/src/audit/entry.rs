//! An entry as it is kept, as the API shows it, and as a line of an export has it: with all that verifying takes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Target;
use super::chain::{Chain, Salting};
use super::digest::Digest;
use crate::Timestamp;
use crate::id::EventId;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub id: EventId,
    pub at: Timestamp,
    pub actor: Target,
    pub action: String,
    pub target: Target,
    pub before: Value,
    pub after: Value,
    pub address: String,
    pub medium: String,
    pub request_id: String,
    pub chain: Chain,
    /// From 1, without a gap.
    pub number: i64,
    /// Of the form that its hash covers.
    pub version: i64,
    pub salting: Salting,
    /// The hash of the entry before.
    pub previous_hash: Digest,
    pub hash: Digest,
}

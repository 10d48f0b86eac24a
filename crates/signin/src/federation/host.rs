//! What a host of repositories is asked beyond who somebody is: whose a handle is, and who works on a repository.

use serde::{Deserialize, Serialize};
use url::Url;

use super::outgoing::{Answer, NoAnswer};

/// What somebody may do to a repository, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepositoryAccess {
    Read,
    Write,
}

/// Somebody as the host knows them. The handle may pass to somebody else; the id never does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub id: String,
    pub handle: String,
    pub name: Option<String>,
}

/// Why a host did not tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It answered with this status; 401 is a link that no longer holds.
    #[error("{0}")]
    Status(u16),
    #[error("there is nobody of that name; handles are case-sensitive")]
    Nobody,
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
}

impl From<NoAnswer> for HostError {
    fn from(error: NoAnswer) -> Self {
        Self::Unreachable(error.0)
    }
}

pub(super) fn good(answer: Answer) -> Result<Answer, HostError> {
    if answer.is_success() {
        Ok(answer)
    } else {
        Err(HostError::Status(answer.status))
    }
}

/// An address below the API's, each part kept to its own segment.
pub(super) fn below(api: &Url, parts: &[&str]) -> Url {
    let mut url = api.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    url
}

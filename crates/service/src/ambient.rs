//! The one place where the time of day and chance come from. Everything else is handed them, so that a test can say what
//! time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use domain::id::Id;
use signin::token::{Kind, LinkToken, Secret};

#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// A clock that tests move: microseconds since the epoch.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_time(),
            Self::Manual(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// So many bytes of chance from the operating system.
///
/// # Panics
/// If the operating system has none: going on would make secrets that can be guessed.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for chance")]
pub fn entropy<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the operating system gives no randomness: {error}");
    }
    bytes
}

pub fn new_id<I: Id>(now: Timestamp) -> I {
    I::new(now, entropy())
}

pub fn new_secret(kind: Kind) -> Secret {
    Secret::from_entropy(kind, entropy())
}

pub fn new_link_token() -> LinkToken {
    LinkToken::from_entropy(entropy())
}

/// An id to find a request by in the log: 16 characters.
pub fn request_id() -> String {
    entropy::<8>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An `ETag` (RFC 9110 §8.8.3) of what has no revision of its own: it is told apart by what it says.
pub fn tag_of(value: &serde_json::Value) -> String {
    let digest = fingerprint(&[value.to_string().as_bytes()]);
    let short: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

/// A digest that two requests share only if they are the same.
pub fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

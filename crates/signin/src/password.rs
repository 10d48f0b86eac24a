//! Passwords: hashed slowly on purpose, by a few threads of their own, so that a burst of sign-ins takes neither all
//! memory nor the time of other requests.

mod argon;
mod breached;
mod imported;
pub mod policy;
mod pool;
pub mod temporary;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use argon2::Block;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use unicode_normalization::UnicodeNormalization;

pub use argon::Params;
pub use breached::{Breached, Unusable};
use imported::Imported;
pub use imported::Unimportable;
use pool::{Job, Pool};

/// How long a thread keeps its memory while nobody signs in.
const IDLE: Duration = Duration::from_secs(10);

/// How many may wait for each thread: with the default parameters the last of them waits about three seconds.
const WAITING_PER_THREAD: usize = 128;

/// Longer than any password that may be set takes in bytes; only its hash would be wasted work.
const LONGEST_BYTES: usize = 4_096;

/// A password's hash as it is stored: a PHC string of our own making, or what another system made.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// A hash that another system made, if it is one that can be checked at a cost that anyone may be made to pay.
    ///
    /// # Errors
    /// It is none, or checking it would take too much.
    pub fn imported(text: &str) -> Result<Self, Unimportable> {
        let text = text.trim();
        // Django's name for what is argon2's own form otherwise.
        let own = text.strip_prefix("argon2$argon2").map(|rest| format!("$argon2{rest}"));
        let text = own.as_deref().unwrap_or(text);
        if text.starts_with("$argon2") {
            argon::readable(text)?;
        } else {
            Imported::read(text)?;
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash(…)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `outdated`: made with other parameters than today's; hash the password anew while it is at hand.
    Right {
        outdated: bool,
    },
    Wrong,
}

/// More passwords wait than can be answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many people are signing in at this moment; try again in a few seconds")]
pub struct Busy;

impl Busy {
    pub const RETRY_AFTER: Duration = Duration::from_secs(3);
}

/// Hashes and verifies passwords. Cloning shares the threads; they end with the last clone.
#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Pool<Vec<Block>>>,
    params: Params,
}

impl Hasher {
    /// Starts `threads` threads, which is how many passwords are worked on, and how many memory blocks held, at once.
    pub fn new(params: Params, threads: usize) -> Self {
        Self::with_limits(params, threads, threads * WAITING_PER_THREAD, IDLE)
    }

    /// As many threads as the machine has cores.
    pub fn with_default_threads(params: Params) -> Self {
        Self::new(
            params,
            std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        )
    }

    fn with_limits(params: Params, threads: usize, waiting: usize, idle: Duration) -> Self {
        Self {
            pool: Arc::new(Pool::start(threads, waiting, idle)),
            params,
        }
    }

    pub async fn hash(&self, password: SecretString, salt: [u8; 16]) -> Result<PasswordHash, Busy> {
        let password = normalized(&password);
        let params = self.params.clone();
        let hashed = self
            .run(move |memory| argon::hash(memory, &params, password.expose_secret(), &salt))
            .await?;
        // The parameters were checked when they were made, so only a broken build could fail here.
        hashed.map(PasswordHash).ok_or(Busy)
    }

    /// With no hash, for an account that does not exist, the answer is `Wrong` after the same work, so that the time
    /// it takes does not tell who has an account.
    pub async fn verify(&self, password: SecretString, hash: Option<PasswordHash>) -> Result<Verdict, Busy> {
        let acceptable = password.expose_secret().len() <= LONGEST_BYTES;
        let typed = if acceptable { password } else { SecretString::default() };
        let hash = hash.filter(|_| acceptable);
        let password = normalized(&typed);
        let params = self.params.clone();
        self.run(move |memory| {
            let imported = hash.as_ref().and_then(|hash| Imported::read(hash.as_str()).ok());
            if let Some(imported) = imported {
                return judge(&imported, &typed, &password);
            }
            argon::verify(
                memory,
                &params,
                password.expose_secret(),
                hash.as_ref().map(PasswordHash::as_str),
            )
        })
        .await
    }

    /// Memory that the threads hold at this moment, in bytes. None after ten idle seconds.
    pub fn memory_held(&self) -> usize {
        self.pool.holding() * self.params.memory_bytes()
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (answer, result) = oneshot::channel();
        let job: Job<Vec<Block>> = Box::new(move |memory| {
            // Whoever gave up waiting takes no time from those who still do.
            if !answer.is_closed() {
                let _ = answer.send(work(memory));
            }
        });
        self.pool.submit(job).map_err(|_| Busy)?;
        result.await.map_err(|_| Busy)
    }
}

/// Other systems hashed what was typed, byte by byte; some made it one form before, as we do.
fn judge(imported: &Imported, typed: &SecretString, normalized: &SecretString) -> Verdict {
    let (typed, normalized) = (typed.expose_secret(), normalized.expose_secret());
    let right = imported.is(typed.as_bytes()) || (typed != normalized && imported.is(normalized.as_bytes()));
    if right {
        Verdict::Right { outdated: true }
    } else {
        Verdict::Wrong
    }
}

/// Keyboards differ in how they write an é; Unicode's form NFC makes them one before anything is hashed or counted.
fn normalized(password: &SecretString) -> SecretString {
    SecretString::from(password.expose_secret().nfc().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: [u8; 16] = [7; 16];

    fn hasher() -> Hasher {
        Hasher::new(Params::smallest(), 2)
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn the_right_password_is_right_and_another_wrong() {
        let hasher = hasher();
        let hash = hasher.hash(secret("correct horse"), SALT).await.unwrap();
        assert!(
            hash.as_str().starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
            "{}",
            hash.as_str()
        );
        assert_eq!(
            hasher.verify(secret("correct horse"), Some(hash.clone())).await,
            Ok(Verdict::Right { outdated: false })
        );
        assert_eq!(
            hasher.verify(secret("Correct horse"), Some(hash)).await,
            Ok(Verdict::Wrong)
        );
    }

    #[tokio::test]
    async fn an_unknown_account_is_wrong_whatever_is_typed() {
        for password in ["", "correct horse"] {
            assert_eq!(hasher().verify(secret(password), None).await, Ok(Verdict::Wrong));
        }
    }

    #[tokio::test]
    async fn the_same_accent_typed_on_two_keyboards_is_the_same_password() {
        let hasher = hasher();
        let hash = hasher.hash(secret("caf\u{e9}"), SALT).await.unwrap();
        assert_eq!(
            hasher.verify(secret("cafe\u{301}"), Some(hash)).await,
            Ok(Verdict::Right { outdated: false })
        );
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_right_and_outdated() {
        let older = Hasher::new(Params::new(16, 2, 1).unwrap(), 1);
        let hash = older.hash(secret("correct horse"), SALT).await.unwrap();
        assert_eq!(
            hasher().verify(secret("correct horse"), Some(hash)).await,
            Ok(Verdict::Right { outdated: true })
        );
    }

    #[tokio::test]
    async fn a_hash_of_another_system_is_right_and_outdated() {
        // Made of `lètmein` with the accent in one character, and apart from its letter.
        for hash in [
            "$2b$04$CCCCCCCCCCCCCCCCCCCCC.gkH6UnjS0HnlIFKPrxOxecnCGXTwVua",
            " pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A= ",
        ] {
            let hash = PasswordHash::imported(hash).unwrap();
            for typed in ["l\u{e8}tmein", "le\u{300}tmein"] {
                assert_eq!(
                    hasher().verify(secret(typed), Some(hash.clone())).await,
                    Ok(Verdict::Right { outdated: true })
                );
            }
            assert_eq!(hasher().verify(secret("letmein"), Some(hash)).await, Ok(Verdict::Wrong));
        }
    }

    #[tokio::test]
    async fn djangos_argon2_is_argon2() {
        let hash = "argon2$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let hash = PasswordHash::imported(hash).unwrap();
        assert_eq!(
            hasher().verify(secret("password"), Some(hash)).await,
            Ok(Verdict::Right { outdated: true })
        );
    }

    #[test]
    fn an_argon2_hash_beyond_the_cap_is_not_taken_over() {
        let with = |settings| {
            PasswordHash::imported(&format!(
                "$argon2id$v=19${settings}$BwcHBwcHBwcHBwcHBwcHBw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            ))
        };
        assert!(with("m=19456,t=2,p=1").is_ok());
        assert_eq!(with("m=4194304,t=1,p=1"), Err(Unimportable::TooCostly));
        assert_eq!(with("m=8,t=17,p=1"), Err(Unimportable::TooCostly));
        assert_eq!(
            PasswordHash::imported("$argon2id$v=19$m=8"),
            Err(Unimportable::Unreadable)
        );
    }

    #[tokio::test]
    async fn what_is_no_hash_or_would_take_all_memory_is_wrong() {
        let giant =
            "$argon2id$v=19$m=4194304,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        for text in [
            "",
            "!",
            "$argon2id$",
            "$scrypt$ln=1$YWJj$YWJj",
            "$argon2id$v=19$m=8,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw",
            giant,
            "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        ] {
            let hash = PasswordHash::from_stored(text.to_owned());
            assert_eq!(
                hasher().verify(secret("correct horse"), Some(hash)).await,
                Ok(Verdict::Wrong),
                "{text}"
            );
        }
    }

    #[tokio::test]
    async fn a_password_longer_than_any_that_could_be_set_is_wrong() {
        let hasher = hasher();
        let long = "x".repeat(LONGEST_BYTES + 1);
        let hash = hasher.hash(secret(&long), SALT).await.unwrap();
        assert_eq!(hasher.verify(secret(&long), Some(hash)).await, Ok(Verdict::Wrong));
    }

    #[tokio::test]
    async fn when_nobody_can_work_the_answer_is_busy() {
        let hasher = Hasher::with_limits(Params::smallest(), 1, 0, IDLE);
        assert_eq!(hasher.hash(secret("correct horse"), SALT).await, Err(Busy));
        assert_eq!(hasher.verify(secret("correct horse"), None).await, Err(Busy));
    }

    #[tokio::test]
    async fn memory_is_given_back_after_a_while() {
        let hasher = Hasher::with_limits(Params::smallest(), 1, 8, Duration::from_millis(1));
        assert_eq!(hasher.memory_held(), 0);
        hasher.hash(secret("correct horse"), SALT).await.unwrap();
        while hasher.memory_held() > 0 {
            std::thread::yield_now();
        }
        let kept = self::hasher();
        kept.hash(secret("correct horse"), SALT).await.unwrap();
        assert_eq!(kept.memory_held(), 8 * 1024);
    }

    #[test]
    fn a_hash_is_not_printed() {
        assert_eq!(
            format!("{:?}", PasswordHash::from_stored("$argon2id$…".to_owned())),
            "PasswordHash(…)"
        );
    }
}

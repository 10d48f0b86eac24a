//! A request that may be repeated gets its first answer again.

pub use store::idempotency::Answer;

use store::{Tx, Writing};

use crate::request::IdempotencyKey;
use crate::{Error, Request, Result, Roster};

/// How long a first answer is kept: microseconds.
pub const KEPT: i64 = domain::time::DAY;

impl Roster {
    /// The first answer, if this request was made before.
    ///
    /// # Errors
    /// The key was used for another request, or the first answer was lost.
    pub async fn first_answer(&self, request: &Request, key: &IdempotencyKey) -> Result<Option<Answer>> {
        let mut tx = self.store().see_account().await?;
        match store::idempotency::find(&mut tx, request.caller.identity, &key.key).await? {
            None => Ok(None),
            Some(known) if known.fingerprint != key.fingerprint => Err(Error::IdempotencyKeyReused),
            Some(known) => known.answer.map(Some).ok_or(Error::AnswerLost),
        }
    }

    /// Keeps the answer; the caller has taken secrets out of it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep_answer(&self, request: &Request, key: &IdempotencyKey, answer: &Answer) -> Result<()> {
        let mut tx = self.store().account().await?;
        store::idempotency::answer(&mut tx, request.caller.identity, &key.key, answer).await?;
        Ok(tx.commit().await?)
    }
}

/// Claims the request's key, if it has one, in the transaction of the change.
///
/// # Errors
/// A request with the same key was faster.
pub(crate) async fn claim(tx: &mut Tx<Writing>, request: &Request) -> Result<()> {
    let Some(key) = &request.idempotency else {
        return Ok(());
    };
    match store::idempotency::claim(tx, request.caller.identity, &key.key, key.fingerprint, request.now).await? {
        true => Ok(()),
        false => Err(Error::Repeated),
    }
}

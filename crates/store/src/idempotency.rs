//! The first answer to a request that may be repeated. Its row is written in the change's own transaction, so that a
//! repeat finds it exactly when the change is there.

use domain::Timestamp;
use domain::actor::Identity;

use crate::db::{Result, query};
use crate::{Mode, Tx, Writing};

/// `answer` is missing where the program ended between the change and its answer.
#[derive(Debug)]
pub struct Known {
    pub fingerprint: Vec<u8>,
    pub answer: Option<Answer>,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: i64,
    pub location: Option<String>,
    pub body: String,
}

pub async fn find(tx: &mut Tx<impl Mode>, caller: Identity, key: &str) -> Result<Option<Known>> {
    let row = query("SELECT fingerprint, status, location, body FROM idempotency WHERE account_id = $1 AND key = $2")
        .bind(caller)
        .bind(key)
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let status: Option<i64> = row.get("status")?;
    let answer = match status {
        Some(status) => Some(Answer {
            status,
            location: row.get("location")?,
            body: row.get::<Option<String>>("body")?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Some(Known {
        fingerprint: row.get("fingerprint")?,
        answer,
    }))
}

/// Returns whether the key was free.
pub async fn claim(
    tx: &mut Tx<Writing>,
    caller: Identity,
    key: &str,
    fingerprint: [u8; 32],
    now: Timestamp,
) -> Result<bool> {
    let met = query(
        "INSERT INTO idempotency (account_id, key, fingerprint, created_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, key) DO NOTHING",
    )
    .bind(caller)
    .bind(key)
    .bind(fingerprint)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(met > 0)
}

pub async fn answer(tx: &mut Tx<Writing>, caller: Identity, key: &str, answer: &Answer) -> Result<()> {
    query("UPDATE idempotency SET status = $3, location = $4, body = $5 WHERE account_id = $1 AND key = $2")
        .bind(caller)
        .bind(key)
        .bind(answer.status)
        .bind(answer.location.as_deref())
        .bind(answer.body.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn forget_before(tx: &mut Tx<Writing>, time: Timestamp) -> Result<u64> {
    query("DELETE FROM idempotency WHERE created_at < $1")
        .bind(time)
        .execute(tx)
        .await
}

//! What was begun and waits for its other half. It is found by the hash of what the other side brings back, once.

use domain::Timestamp;

use crate::db::{Result, query};
use crate::{Tx, Writing};

pub async fn insert(
    tx: &mut Tx<Writing>,
    state_hash: [u8; 32],
    kind: &str,
    payload: &str,
    expires_at: Timestamp,
) -> Result<()> {
    query("INSERT INTO ceremony (state_hash, kind, payload, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(state_hash)
        .bind(kind)
        .bind(payload)
        .bind(expires_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes it away. Of two who bring the same only one gets it.
pub async fn take(tx: &mut Tx<Writing>, state_hash: [u8; 32], kind: &str, now: Timestamp) -> Result<Option<String>> {
    let row = query("DELETE FROM ceremony WHERE state_hash = $1 AND kind = $2 AND expires_at > $3 RETURNING payload")
        .bind(state_hash)
        .bind(kind)
        .bind(now)
        .fetch_optional(tx)
        .await?;
    row.map(|row| row.get("payload")).transpose()
}

pub async fn forget_expired(tx: &mut Tx<Writing>, now: Timestamp) -> Result<u64> {
    query("DELETE FROM ceremony WHERE expires_at <= $1")
        .bind(now)
        .execute(tx)
        .await
}

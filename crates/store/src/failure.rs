//! Failed tries, counted before their outcome is known: many at once are counted as many. A success takes its own back.

use domain::Timestamp;

use crate::db::{Result, query};
use crate::{Mode, Tx, Writing};

#[derive(Clone, Copy, Debug)]
pub struct Failures {
    pub count: i64,
    pub last_at: Timestamp,
}

pub async fn find(tx: &mut Tx<impl Mode>, key: [u8; 32]) -> Result<Option<Failures>> {
    let row = query("SELECT count, last_at FROM failure WHERE key = $1")
        .bind(key)
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Failures {
            count: row.get("count")?,
            last_at: row.get("last_at")?,
        })
    })
    .transpose()
}

/// As [`find`], and nobody else counts under this key until the transaction ends: of many who try at once each sees those
/// before. What the clock says is to come was counted before it was set back, and is taken to be now: nobody waits for the
/// clock to come there again.
pub async fn hold(tx: &mut Tx<Writing>, key: [u8; 32], now: Timestamp) -> Result<Failures> {
    let row = query(
        "INSERT INTO failure (key, count, last_at)
         VALUES ($1, 0, $2)
         ON CONFLICT (key) DO UPDATE SET
             last_at = CASE WHEN failure.last_at > excluded.last_at THEN excluded.last_at ELSE failure.last_at END
         RETURNING count, last_at",
    )
    .bind(key)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(Failures {
        count: row.get("count")?,
        last_at: row.get("last_at")?,
    })
}

pub async fn add(tx: &mut Tx<Writing>, key: [u8; 32], now: Timestamp) -> Result<()> {
    query(
        "INSERT INTO failure (key, count, last_at)
         VALUES ($1, 1, $2)
         ON CONFLICT (key) DO UPDATE SET count = failure.count + 1, last_at = excluded.last_at",
    )
    .bind(key)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes one back that turned out to be none.
pub async fn take_back(tx: &mut Tx<Writing>, key: [u8; 32]) -> Result<()> {
    query("UPDATE failure SET count = count - 1 WHERE key = $1 AND count > 0")
        .bind(key)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn forget(tx: &mut Tx<Writing>, key: [u8; 32]) -> Result<()> {
    query("DELETE FROM failure WHERE key = $1")
        .bind(key)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn forget_before(tx: &mut Tx<Writing>, time: Timestamp) -> Result<u64> {
    query("DELETE FROM failure WHERE last_at < $1")
        .bind(time)
        .execute(tx)
        .await
}

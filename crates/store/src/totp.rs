//! Authenticator apps: one for an account, its secret sealed, and the last step of it that was used. Which step that is
//! changes in one conditional statement: of two who bring the same code only one gets in.

use domain::Timestamp;
use domain::id::AccountId;

use crate::db::{Result, query};
use crate::{Mode, Tx, Writing};

pub struct Kept {
    /// Sealed for the account.
    pub secret: String,
    pub created_at: Timestamp,
    /// Until a code of it was given it proves nothing.
    pub confirmed_at: Option<Timestamp>,
    pub last_step: Option<i64>,
}

pub async fn find(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<Option<Kept>> {
    let row = query("SELECT secret, created_at, confirmed_at, last_step FROM totp WHERE account_id = $1")
        .bind(account)
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Kept {
            secret: row.get("secret")?,
            created_at: row.get("created_at")?,
            confirmed_at: row.get("confirmed_at")?,
            last_step: row.get("last_step")?,
        })
    })
    .transpose()
}

/// Puts a new one in place of one that was never confirmed. Returns whether there was no confirmed one in its way.
pub async fn begin(tx: &mut Tx<Writing>, account: AccountId, secret: &str, now: Timestamp) -> Result<bool> {
    let met = query(
        "INSERT INTO totp (account_id, secret, created_at)
         VALUES ($1, $2, $3)
         ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
         WHERE totp.confirmed_at IS NULL",
    )
    .bind(account)
    .bind(secret)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(met > 0)
}

/// Returns whether it was still the one to confirm. The step of the code that confirms it is used up.
pub async fn confirm(
    tx: &mut Tx<Writing>,
    account: AccountId,
    secret: &str,
    step: i64,
    now: Timestamp,
) -> Result<bool> {
    let met = query(
        "UPDATE totp SET confirmed_at = $4, last_step = $3
         WHERE account_id = $1 AND secret = $2 AND confirmed_at IS NULL",
    )
    .bind(account)
    .bind(secret)
    .bind(step)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(met > 0)
}

/// Uses a step up, and with it all before. Returns whether it was there to use.
pub async fn use_up(tx: &mut Tx<Writing>, account: AccountId, secret: &str, step: i64) -> Result<bool> {
    let met = query(
        "UPDATE totp SET last_step = $3
         WHERE account_id = $1 AND secret = $2 AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < $3)",
    )
    .bind(account)
    .bind(secret)
    .bind(step)
    .execute(tx)
    .await?;
    Ok(met > 0)
}

/// Returns whether there was a confirmed one.
pub async fn delete(tx: &mut Tx<Writing>, account: AccountId) -> Result<bool> {
    let row = query("DELETE FROM totp WHERE account_id = $1 RETURNING confirmed_at")
        .bind(account)
        .fetch_optional(tx)
        .await?;
    row.map_or(Ok(false), |row| {
        row.get::<Option<Timestamp>>("confirmed_at").map(|at| at.is_some())
    })
}

//! Password hashes, and what is asked of them.

use domain::Timestamp;
use domain::id::AccountId;

use crate::db::{Result, query};
use crate::{Mode, Tx, Writing};

#[derive(Clone)]
pub struct Password {
    /// In PHC string format.
    pub hash: String,
    pub must_change: bool,
    /// When a temporary one ends.
    pub expires_at: Option<Timestamp>,
}

pub async fn find(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<Option<Password>> {
    let row = query("SELECT hash, must_change, expires_at FROM password WHERE account_id = $1")
        .bind(account)
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Password {
            hash: row.get("hash")?,
            must_change: row.get("must_change")?,
            expires_at: row.get("expires_at")?,
        })
    })
    .transpose()
}

pub async fn set(tx: &mut Tx<Writing>, account: AccountId, password: &Password, now: Timestamp) -> Result<()> {
    query(
        "INSERT INTO password (account_id, hash, must_change, expires_at, changed_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id) DO UPDATE
         SET hash = excluded.hash, must_change = excluded.must_change, expires_at = excluded.expires_at,
             changed_at = excluded.changed_at",
    )
    .bind(account)
    .bind(password.hash.as_str())
    .bind(password.must_change)
    .bind(password.expires_at)
    .bind(now)
    .execute(tx)
    .await?;
    query("UPDATE account SET revision = revision + 1 WHERE id = $1")
        .bind(account)
        .execute(tx)
        .await?;
    // A link to a new password is over with whatever sets one.
    crate::password_reset::drop_links(tx, account).await
}

/// From then on the account has no password.
pub async fn delete(tx: &mut Tx<Writing>, account: AccountId) -> Result<()> {
    query("DELETE FROM password WHERE account_id = $1")
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Puts a hash of the current parameters in place of an outdated one, unless the password was changed meanwhile.
pub async fn rehash(tx: &mut Tx<Writing>, account: AccountId, outdated: &str, hash: &str) -> Result<()> {
    query("UPDATE password SET hash = $3 WHERE account_id = $1 AND hash = $2")
        .bind(account)
        .bind(outdated)
        .bind(hash)
        .execute(tx)
        .await?;
    Ok(())
}

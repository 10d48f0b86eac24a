//! Recovery codes, by their hashes. Using one deletes it: of two who bring the same only one gets in.

use domain::id::AccountId;

use crate::db::{Result, query};
use crate::{Mode, Tx, Writing};

/// Puts new ones in place of those that are left.
pub async fn replace(tx: &mut Tx<Writing>, account: AccountId, hashes: &[[u8; 32]]) -> Result<()> {
    delete_all(tx, account).await?;
    for hash in hashes {
        query("INSERT INTO recovery_code (account_id, code_hash) VALUES ($1, $2)")
            .bind(account)
            .bind(*hash)
            .execute(tx)
            .await?;
    }
    Ok(())
}

pub async fn count(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<i64> {
    query("SELECT COUNT(*) AS left_over FROM recovery_code WHERE account_id = $1")
        .bind(account)
        .fetch_one(tx)
        .await?
        .get("left_over")
}

/// Returns whether it was there to use.
pub async fn use_up(tx: &mut Tx<Writing>, account: AccountId, hash: [u8; 32]) -> Result<bool> {
    let met = query("DELETE FROM recovery_code WHERE account_id = $1 AND code_hash = $2")
        .bind(account)
        .bind(hash)
        .execute(tx)
        .await?;
    Ok(met > 0)
}

pub async fn delete_all(tx: &mut Tx<Writing>, account: AccountId) -> Result<u64> {
    query("DELETE FROM recovery_code WHERE account_id = $1")
        .bind(account)
        .execute(tx)
        .await
}

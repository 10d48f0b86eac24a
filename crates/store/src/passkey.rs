//! Passkeys of accounts. A passkey is found by the id that the authenticator gave it, which is unique in the instance.

use domain::Refusal;
use domain::Timestamp;
use domain::id::{AccountId, PasskeyId};
use domain::passkey::Passkey;

use crate::db::{Result, Row, query};
use crate::{Mode, Tx, Writing};

/// With what is needed to judge an answer of it.
pub struct Judged {
    pub passkey: Passkey,
    pub kept: String,
}

fn from_row(row: &Row) -> Result<Passkey> {
    Ok(Passkey {
        id: row.id("id")?,
        account: row.id("account_id")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}

pub async fn insert(tx: &mut Tx<Writing>, passkey: &Passkey, credential: &[u8], kept: &str) -> Result<()> {
    query(
        "INSERT INTO passkey (id, account_id, name, credential_id, kept, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(passkey.id)
    .bind(passkey.account)
    .bind(passkey.name.as_str())
    .bind(credential)
    .bind(kept)
    .bind(passkey.created_at)
    .conflict(Refusal::PasskeyTaken)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn find_by_credential(tx: &mut Tx<impl Mode>, credential: &[u8]) -> Result<Option<Judged>> {
    let row = query(
        "SELECT id, account_id, name, kept, created_at, last_used_at
         FROM passkey
         WHERE credential_id = $1",
    )
    .bind(credential)
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        Ok(Judged {
            passkey: from_row(&row)?,
            kept: row.get("kept")?,
        })
    })
    .transpose()
}

/// The oldest first.
pub async fn list(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<Vec<Passkey>> {
    let rows = query(
        "SELECT id, account_id, name, created_at, last_used_at
         FROM passkey
         WHERE account_id = $1
         ORDER BY id
         LIMIT 50",
    )
    .bind(account)
    .fetch_all(tx)
    .await?;
    rows.iter().map(from_row).collect()
}

/// As the authenticators call them.
pub async fn credentials(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<Vec<Vec<u8>>> {
    let rows = query("SELECT credential_id FROM passkey WHERE account_id = $1 ORDER BY id LIMIT 50")
        .bind(account)
        .fetch_all(tx)
        .await?;
    rows.iter().map(|row| row.get("credential_id")).collect()
}

/// Notes its use and what is kept of it from now on. Returns whether it was still as it was judged.
pub async fn used(tx: &mut Tx<Writing>, id: PasskeyId, before: &str, after: &str, now: Timestamp) -> Result<bool> {
    let met = query("UPDATE passkey SET kept = $3, last_used_at = $4 WHERE id = $1 AND kept = $2")
        .bind(id)
        .bind(before)
        .bind(after)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(met > 0)
}

/// The name of the one that was deleted.
pub async fn delete(tx: &mut Tx<Writing>, account: AccountId, id: PasskeyId) -> Result<Option<String>> {
    let row = query("DELETE FROM passkey WHERE account_id = $1 AND id = $2 RETURNING name")
        .bind(account)
        .bind(id)
        .fetch_optional(tx)
        .await?;
    row.map(|row| row.get("name")).transpose()
}

/// Returns how many there were.
pub async fn delete_all(tx: &mut Tx<Writing>, account: AccountId) -> Result<u64> {
    query("DELETE FROM passkey WHERE account_id = $1")
        .bind(account)
        .execute(tx)
        .await
}

//! Accounts that were deleted and of which the audit log still tells. What is erased there is gone; the entry stays, with
//! the digest of what it held, and so does its chain.

use domain::audit::erasure::Sought;
use domain::audit::{Chain, Entry};
use domain::id::AccountId;

use crate::audit::{salting, seed, take};
use crate::db::{Result, json, query};
use crate::{Mode, Tx, Writing};

/// Somebody to be erased.
pub struct Erasure {
    pub account: AccountId,
    pub sought: Sought,
}

/// Asks for it, in the transaction that deletes the account.
pub(crate) async fn ask(tx: &mut Tx<Writing>, account: AccountId) -> Result<()> {
    let row = query("SELECT email FROM account WHERE id = $1")
        .bind(account)
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else { return Ok(()) };
    let email: Option<String> = row.get("email")?;
    let sought = Sought::new(account, email.as_deref());
    query("INSERT INTO audit_erasure (account_id, sought) VALUES ($1, $2) ON CONFLICT (account_id) DO NOTHING")
        .bind(account)
        .bind(json(&sought)?)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn next(tx: &mut Tx<impl Mode>) -> Result<Option<Erasure>> {
    let row = query("SELECT account_id, sought FROM audit_erasure ORDER BY account_id LIMIT 1")
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Erasure {
            account: row.id("account_id")?,
            sought: row.json("sought")?,
        })
    })
    .transpose()
}

pub async fn done(tx: &mut Tx<Writing>, account: AccountId) -> Result<()> {
    query("DELETE FROM audit_erasure WHERE account_id = $1")
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Erases what an entry tells of whom is sought; an entry that is there no more tells nothing.
pub async fn erase(tx: &mut Tx<Writing>, chain: Chain, number: i64, sought: &Sought) -> Result<()> {
    let Some(mut entry) = take(tx, chain, number).await? else {
        return Ok(());
    };
    if sought.erase(&mut entry) {
        keep(tx, &entry).await?;
    }
    Ok(())
}

async fn keep(tx: &mut Tx<Writing>, entry: &Entry) -> Result<()> {
    query(
        "UPDATE audit_event
         SET actor_name = $3, target_name = $4, before_state = $5, after_state = $6, address = $7, seed = $8, salting = $9
         WHERE organization_id = $1 AND number = $2",
    )
    .bind(entry.chain.key())
    .bind(entry.number)
    .bind(entry.actor.name.as_str())
    .bind(entry.target.name.as_str())
    .bind(json(&entry.before)?)
    .bind(json(&entry.after)?)
    .bind(entry.address.as_str())
    .bind(seed(&entry.salting))
    .bind(salting(&entry.salting)?)
    .execute(tx)
    .await?;
    Ok(())
}

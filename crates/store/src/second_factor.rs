//! Which kinds of second factor an account has, written down at the account itself.

use domain::account::{Account, SecondFactor};
use domain::id::AccountId;

use crate::db::{Result, query};
use crate::{Tx, Writing, account};

/// Locks the account for a change of what it proves itself by, and gives it as it is.
pub async fn hold(tx: &mut Tx<Writing>, id: AccountId) -> Result<Account> {
    query("UPDATE account SET revision = revision WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    account::get(tx, id).await
}

/// Writes down which kinds of second factor the account has now. It must be held.
pub async fn note(tx: &mut Tx<Writing>, id: AccountId) -> Result<Vec<SecondFactor>> {
    let row = query(
        "SELECT EXISTS (SELECT 1 FROM totp WHERE account_id = $1 AND confirmed_at IS NOT NULL) AS totp,
             EXISTS (SELECT 1 FROM passkey WHERE account_id = $1) AS passkey",
    )
    .bind(id)
    .fetch_one(tx)
    .await?;
    let there = [
        (SecondFactor::Totp, row.get::<bool>("totp")?),
        (SecondFactor::Passkey, row.get::<bool>("passkey")?),
    ];
    let kinds: Vec<_> = there.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect();
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    query("UPDATE account SET second_factors = $2, revision = revision + 1 WHERE id = $1")
        .bind(id)
        .bind(names.join(","))
        .execute(tx)
        .await?;
    Ok(kinds)
}

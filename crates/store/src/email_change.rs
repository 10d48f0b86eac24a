//! An address that an account is to have once its mailbox has answered.

use domain::Timestamp;
use domain::id::{AccountId, EmailChangeId};
use domain::text::EmailAddress;

use crate::db::{Query, Result, Row, assembled, query};
use crate::{Mode, Tx, Writing};

#[derive(Clone, Debug)]
pub struct EmailChange {
    pub id: EmailChangeId,
    pub account: AccountId,
    pub email: EmailAddress,
    pub created_at: Timestamp,
}

/// Puts it in the place of one that was asked for before, whose link dies.
pub async fn replace(tx: &mut Tx<Writing>, new: &EmailChange) -> Result<()> {
    query(
        "INSERT INTO email_change (account_id, id, email, created_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id) DO UPDATE
         SET id = excluded.id, email = excluded.email, token_hash = NULL, created_at = excluded.created_at",
    )
    .bind(new.account)
    .bind(new.id)
    .bind(new.email.as_str())
    .bind(new.created_at)
    .execute(tx)
    .await?;
    Ok(())
}

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT account_id, id, email, created_at FROM email_change WHERE {condition}"
    ))
}

fn from_row(row: &Row) -> Result<EmailChange> {
    Ok(EmailChange {
        id: row.id("id")?,
        account: row.id("account_id")?,
        email: row.word("email", |text| EmailAddress::parse(text).ok())?,
        created_at: row.get("created_at")?,
    })
}

pub async fn find(tx: &mut Tx<impl Mode>, id: EmailChangeId) -> Result<Option<EmailChange>> {
    let row = select("id = $1").bind(id).fetch_optional(tx).await?;
    row.as_ref().map(from_row).transpose()
}

pub async fn of_account(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<Option<EmailChange>> {
    let row = select("account_id = $1").bind(account).fetch_optional(tx).await?;
    row.as_ref().map(from_row).transpose()
}

pub async fn find_by_link(tx: &mut Tx<impl Mode>, token_hash: [u8; 32]) -> Result<Option<EmailChange>> {
    let row = select("token_hash = $1").bind(token_hash).fetch_optional(tx).await?;
    row.as_ref().map(from_row).transpose()
}

pub async fn set_link(tx: &mut Tx<Writing>, id: EmailChangeId, token_hash: [u8; 32]) -> Result<()> {
    query("UPDATE email_change SET token_hash = $2 WHERE id = $1")
        .bind(id)
        .bind(token_hash)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether it was there to be used up: of two at once one does.
pub async fn use_up(tx: &mut Tx<Writing>, id: EmailChangeId) -> Result<bool> {
    Ok(query("DELETE FROM email_change WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await?
        == 1)
}

pub async fn forget_before(tx: &mut Tx<Writing>, time: Timestamp) -> Result<()> {
    query("DELETE FROM email_change WHERE created_at <= $1")
        .bind(time)
        .execute(tx)
        .await?;
    Ok(())
}

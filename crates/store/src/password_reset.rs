//! New passwords by mail: what was asked for, and the links that were mailed.

use domain::Timestamp;
use domain::id::{AccountId, PasswordResetId};
use domain::text::EmailAddress;

use crate::db::{Result, query};
use crate::{Mode, Tx, Writing};

/// A mail that somebody asked for, to whoever has the address.
#[derive(Clone, Debug)]
pub struct Asked {
    pub email: EmailAddress,
    /// The organization whose admin asked; none: whoever stood at the sign-in page.
    pub by: Option<String>,
}

pub async fn ask(tx: &mut Tx<Writing>, id: PasswordResetId, asked: &Asked, now: Timestamp) -> Result<()> {
    query("INSERT INTO password_reset (id, email, asked_by, created_at) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(asked.email.as_str())
        .bind(asked.by.as_deref())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn find(tx: &mut Tx<impl Mode>, id: PasswordResetId) -> Result<Option<Asked>> {
    let row = query("SELECT email, asked_by FROM password_reset WHERE id = $1")
        .bind(id)
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Asked {
            email: row.word("email", |text| EmailAddress::parse(text).ok())?,
            by: row.get("asked_by")?,
        })
    })
    .transpose()
}

/// What was mailed, or is not to be.
pub async fn forget(tx: &mut Tx<Writing>, id: PasswordResetId) -> Result<()> {
    query("DELETE FROM password_reset WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// A mailed link to a new password.
#[derive(Clone, Debug)]
pub struct Link {
    pub account: AccountId,
    /// The address that it was mailed to, in lower case.
    pub email_key: String,
    pub expires_at: Timestamp,
}

pub async fn insert_link(tx: &mut Tx<Writing>, token_hash: [u8; 32], link: &Link) -> Result<()> {
    query("INSERT INTO password_reset_link (token_hash, account_id, email_key, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(token_hash)
        .bind(link.account)
        .bind(link.email_key.as_str())
        .bind(link.expires_at)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn find_link(tx: &mut Tx<impl Mode>, token_hash: [u8; 32]) -> Result<Option<Link>> {
    let row = query("SELECT account_id, email_key, expires_at FROM password_reset_link WHERE token_hash = $1")
        .bind(token_hash)
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Link {
            account: row.id("account_id")?,
            email_key: row.get("email_key")?,
            expires_at: row.get("expires_at")?,
        })
    })
    .transpose()
}

/// Whether it was there to be used up: of two at once one does.
pub async fn use_up(tx: &mut Tx<Writing>, token_hash: [u8; 32]) -> Result<bool> {
    let used = query("DELETE FROM password_reset_link WHERE token_hash = $1")
        .bind(token_hash)
        .execute(tx)
        .await?;
    Ok(used == 1)
}

pub async fn drop_links(tx: &mut Tx<Writing>, account: AccountId) -> Result<()> {
    query("DELETE FROM password_reset_link WHERE account_id = $1")
        .bind(account)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets links that are over, and what was asked for before `asked` and never mailed.
pub async fn forget_expired(tx: &mut Tx<Writing>, now: Timestamp, asked: Timestamp) -> Result<()> {
    query("DELETE FROM password_reset_link WHERE expires_at <= $1")
        .bind(now)
        .execute(tx)
        .await?;
    query("DELETE FROM password_reset WHERE created_at <= $1")
        .bind(asked)
        .execute(tx)
        .await?;
    Ok(())
}

//! Sessions. A token is found by its hash, and only while account and password let it be used.

use domain::Timestamp;
use domain::actor::{Caller, Credential, Identity, Reach};
use domain::id::{AccountId, SessionId};
use domain::session::{IDLE_LIFETIME, Session};

use crate::db::{Result, Row, query};
use crate::{Mode, Tx, Writing};

fn from_row(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.id("id")?,
        account: row.id("account_id")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        expires_at: row.get("expires_at")?,
        address: row.get("address")?,
        user_agent: row.get("user_agent")?,
    })
}

pub async fn insert(tx: &mut Tx<Writing>, session: &Session, token_hash: [u8; 32]) -> Result<()> {
    query(
        "INSERT INTO session (id, account_id, token_hash, created_at, last_seen_at, expires_at, address, user_agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(session.id)
    .bind(session.account)
    .bind(token_hash)
    .bind(session.created_at)
    .bind(session.last_seen_at)
    .bind(session.expires_at)
    .bind(session.address.as_str())
    .bind(session.user_agent.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// A live session and whose it is: not ended, not expired, its account not suspended.
pub async fn find_live(
    tx: &mut Tx<impl Mode>,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<(Session, Caller)>> {
    let row = query(
        "SELECT s.id, s.account_id, s.created_at, s.last_seen_at, s.expires_at, s.address, s.user_agent,
             a.name, a.superuser, COALESCE(p.must_change, FALSE) AS must_change
         FROM session s
         JOIN account a ON a.id = s.account_id
         LEFT JOIN password p ON p.account_id = a.id
         WHERE s.token_hash = $1 AND a.suspended_at IS NULL",
    )
    .bind(token_hash)
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let session = from_row(&row)?;
    if !session.is_live(now) {
        return Ok(None);
    }
    let caller = Caller {
        identity: Identity::Account(session.account),
        credential: Credential::Session(session.id),
        reach: Reach::default(),
        name: row.get("name")?,
        superuser: row.get("superuser")?,
        must_change_password: row.get("must_change")?,
    };
    Ok(Some((session, caller)))
}

/// Whose session it is, live or not.
pub async fn account_of(tx: &mut Tx<impl Mode>, token_hash: [u8; 32]) -> Result<Option<AccountId>> {
    let row = query("SELECT account_id FROM session WHERE token_hash = $1")
        .bind(token_hash)
        .fetch_optional(tx)
        .await?;
    row.map(|row| row.id("account_id")).transpose()
}

/// Those of an account that could still be used, the latest first.
pub async fn list(tx: &mut Tx<impl Mode>, account: AccountId, now: Timestamp) -> Result<Vec<Session>> {
    let rows = query(
        "SELECT id, account_id, created_at, last_seen_at, expires_at, address, user_agent
         FROM session
         WHERE account_id = $1 AND expires_at > $2 AND last_seen_at > $3
         ORDER BY last_seen_at DESC, id DESC
         LIMIT 200",
    )
    .bind(account)
    .bind(now)
    .bind(now.plus(-IDLE_LIFETIME))
    .fetch_all(tx)
    .await?;
    rows.iter().map(from_row).collect()
}

pub async fn seen(tx: &mut Tx<Writing>, id: SessionId, at: Timestamp, address: &str) -> Result<()> {
    query("UPDATE session SET last_seen_at = $2, address = $3 WHERE id = $1")
        .bind(id)
        .bind(at)
        .bind(address)
        .execute(tx)
        .await?;
    Ok(())
}

/// Returns whether there was one to end.
pub async fn end(tx: &mut Tx<Writing>, account: AccountId, id: SessionId) -> Result<bool> {
    let met = query("DELETE FROM session WHERE account_id = $1 AND id = $2")
        .bind(account)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(met > 0)
}

/// Ends all of an account's sessions but the one to keep. Returns how many.
pub async fn end_all(tx: &mut Tx<Writing>, account: AccountId, keep: Option<SessionId>) -> Result<u64> {
    match keep {
        Some(keep) => {
            query("DELETE FROM session WHERE account_id = $1 AND id <> $2")
                .bind(account)
                .bind(keep)
                .execute(tx)
                .await
        }
        None => {
            query("DELETE FROM session WHERE account_id = $1")
                .bind(account)
                .execute(tx)
                .await
        }
    }
}

pub async fn forget_expired(tx: &mut Tx<Writing>, now: Timestamp) -> Result<u64> {
    query("DELETE FROM session WHERE expires_at <= $1")
        .bind(now)
        .execute(tx)
        .await
}

/// Whether the session has not been ended meanwhile; asked inside a write, so that a request in flight brings none back.
pub async fn exists(tx: &mut Tx<impl Mode>, id: SessionId) -> Result<bool> {
    Ok(query("SELECT 1 AS one FROM session WHERE id = $1")
        .bind(id)
        .fetch_optional(tx)
        .await?
        .is_some())
}

/// Its owner gave a second factor in it.
pub async fn gave_second_factor(tx: &mut Tx<Writing>, id: SessionId, at: Timestamp) -> Result<()> {
    query("UPDATE session SET second_factor_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}

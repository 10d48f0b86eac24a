//! Sessions. A token is found by its hash, and only while account and password let it be used.

use domain::Timestamp;
use domain::actor::{Caller, Credential, Identity, Reach};
use domain::id::{AccountId, SessionId};
use domain::security::Visitor;
use domain::session::{IDLE_LIFETIME, Method, Proof, Session};

use crate::db::{Maybe, Result, Row, assembled, query};
use crate::member::managed;
use crate::{Mode, Tx, Writing};

const COLUMNS: &str =
    "s.id, s.account_id, s.created_at, s.last_seen_at, s.expires_at, s.address, s.user_agent, s.method,
    s.proved_at, s.proved_by_organization_id, s.second_factor_at, s.longest_rest, s.mfa_due";

fn from_row(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.id("id")?,
        account: row.id("account_id")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        expires_at: row.get("expires_at")?,
        address: row.get("address")?,
        user_agent: row.get("user_agent")?,
        proof: proof(row)?,
        mfa_due: row.get("mfa_due")?,
    })
}

/// Whether it was opened by a method that this version knows: one of a later version beside this one is that one's to judge.
fn is_known(row: &Row) -> Result<bool> {
    Ok(Method::parse(&row.get::<String>("method")?).is_some())
}

fn proof(row: &Row) -> Result<Proof> {
    Ok(Proof {
        method: row.word("method", Method::parse)?,
        at: row.get("proved_at")?,
        organization: row.maybe_id("proved_by_organization_id")?,
        second_factor_at: row.get("second_factor_at")?,
        longest_rest: row.get("longest_rest")?,
    })
}

pub async fn insert(tx: &mut Tx<Writing>, session: &Session, token_hash: [u8; 32]) -> Result<()> {
    query(
        "INSERT INTO session (id, account_id, token_hash, created_at, last_seen_at, expires_at, address, user_agent, method,
             proved_at, proved_by_organization_id, second_factor_at, mfa_due)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(session.id)
    .bind(session.account)
    .bind(token_hash)
    .bind(session.created_at)
    .bind(session.last_seen_at)
    .bind(session.expires_at)
    .bind(session.address.as_str())
    .bind(session.user_agent.as_str())
    .bind(session.proof.method.name())
    .bind(session.proof.at)
    .bind(Maybe(session.proof.organization))
    .bind(session.proof.second_factor_at)
    .bind(session.mfa_due)
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
    let row = assembled(format!(
        "SELECT {COLUMNS}, a.name, a.superuser, a.second_factors, COALESCE(p.must_change, FALSE) AS must_change,
             (s.proved_by_organization_id IS NOT NULL AND NOT ({})) AS confined
         FROM session s
         JOIN account a ON a.id = s.account_id
         LEFT JOIN password p ON p.account_id = a.id
         WHERE s.token_hash = $1 AND a.suspended_at IS NULL",
        managed("s.proved_by_organization_id")
    ))
    .bind(token_hash)
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if !is_known(&row)? {
        return Ok(None);
    }
    let session = from_row(&row)?;
    if !session.is_live(now) {
        return Ok(None);
    }
    let caller = Caller {
        identity: Identity::Account(session.account),
        credential: Credential::Session(session.id),
        reach: Reach::default(),
        answers: None,
        name: row.get("name")?,
        superuser: row.get("superuser")?,
        must_change_password: row.get("must_change")?,
        visitor: Visitor {
            proof: Some(session.proof),
            last_seen_at: session.last_seen_at,
            confined: session
                .proof
                .organization
                .filter(|_| row.get::<Option<bool>>("confined").ok().flatten().unwrap_or(true)),
            has_second_factor: !row.get::<String>("second_factors")?.is_empty(),
            joined_at: None,
        },
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
    let rows = assembled(format!(
        "SELECT {COLUMNS}
         FROM session s
         WHERE s.account_id = $1 AND s.expires_at > $2 AND s.last_seen_at > $3
         ORDER BY s.last_seen_at DESC, s.id DESC
         LIMIT 200"
    ))
    .bind(account)
    .bind(now)
    .bind(now.plus(-IDLE_LIFETIME))
    .fetch_all(tx)
    .await?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in &rows {
        if is_known(row)? {
            sessions.push(from_row(row)?);
        }
    }
    Ok(sessions)
}

/// Notes its use, and how long it had rested.
pub async fn seen(tx: &mut Tx<Writing>, id: SessionId, at: Timestamp, address: &str) -> Result<()> {
    query(
        "UPDATE session
         SET longest_rest = CASE WHEN $2 - last_seen_at > longest_rest THEN $2 - last_seen_at ELSE longest_rest END,
             last_seen_at = $2, address = $3
         WHERE id = $1",
    )
    .bind(id)
    .bind(at)
    .bind(address)
    .execute(tx)
    .await?;
    Ok(())
}

/// It was proved again; a second factor that was given before stays given.
pub async fn proved(tx: &mut Tx<Writing>, id: SessionId, proof: &Proof) -> Result<bool> {
    let met = query(
        "UPDATE session
         SET method = $2, proved_at = $3, proved_by_organization_id = $4, longest_rest = 0, mfa_due = FALSE,
             second_factor_at = COALESCE($5, second_factor_at)
         WHERE id = $1",
    )
    .bind(id)
    .bind(proof.method.name())
    .bind(proof.at)
    .bind(Maybe(proof.organization))
    .bind(proof.second_factor_at)
    .execute(tx)
    .await?;
    Ok(met > 0)
}

/// Returns whether there was one to end.
pub async fn end(tx: &mut Tx<Writing>, account: AccountId, id: SessionId) -> Result<bool> {
    tx.prove().await?;
    let met = query("DELETE FROM session WHERE account_id = $1 AND id = $2")
        .bind(account)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(met > 0)
}

/// Ends all of an account's sessions but the one to keep. Returns how many.
pub async fn end_all(tx: &mut Tx<Writing>, account: AccountId, keep: Option<SessionId>) -> Result<u64> {
    tx.prove().await?;
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

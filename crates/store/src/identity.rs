//! Identities that accounts are linked with, and what opens a host's API in their name, sealed.

use domain::id::{AccountId, IdentityId};
use domain::identity::LinkedIdentity;
use domain::{Refusal, Timestamp};

use crate::db::{Error, Query, Result, Row, assembled, query};
use crate::{Mode, Tx, Writing};

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT i.id, i.account_id, i.provider, i.issuer, i.subject, i.tenant, i.username, i.email, i.scopes,
             (i.access IS NOT NULL) AS has_access, i.linked_at, i.last_used_at, i.broken_at
         FROM identity i
         WHERE {condition}"
    ))
}

fn from_row(row: &Row) -> Result<LinkedIdentity> {
    Ok(LinkedIdentity {
        id: row.id("id")?,
        account: row.id("account_id")?,
        provider: row.get("provider")?,
        issuer: row.get("issuer")?,
        subject: row.get("subject")?,
        tenant: row.get("tenant")?,
        username: row.get("username")?,
        email: row.get("email")?,
        scopes: row
            .get::<String>("scopes")?
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        has_access: row.get("has_access")?,
        linked_at: row.get("linked_at")?,
        last_used_at: row.get("last_used_at")?,
        broken_at: row.get("broken_at")?,
    })
}

/// `access` is sealed already.
pub async fn insert(tx: &mut Tx<Writing>, new: &LinkedIdentity, access: Option<&str>) -> Result<()> {
    query(
        "INSERT INTO identity (id, account_id, provider, issuer, subject, tenant, username, email, access, scopes, linked_at,
             last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(new.id)
    .bind(new.account)
    .bind(new.provider.as_str())
    .bind(new.issuer.as_str())
    .bind(new.subject.as_str())
    .bind(new.tenant.as_deref())
    .bind(new.username.as_deref())
    .bind(new.email.as_deref())
    .bind(access)
    .bind(new.scopes.join(" "))
    .bind(new.linked_at)
    .bind(new.last_used_at)
    .conflict(Refusal::IdentityTaken)
    .execute(tx)
    .await?;
    Ok(())
}

/// The one that this provider vouches for, whoever linked it.
pub async fn find(
    tx: &mut Tx<impl Mode>,
    provider: &str,
    issuer: &str,
    subject: &str,
) -> Result<Option<LinkedIdentity>> {
    select("i.provider = $1 AND i.issuer = $2 AND i.subject = $3")
        .bind(provider)
        .bind(issuer)
        .bind(subject)
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// Those of an account, the oldest first.
pub async fn list(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<Vec<LinkedIdentity>> {
    let rows = select("i.account_id = $1 ORDER BY i.id LIMIT 100")
        .bind(account)
        .fetch_all(tx)
        .await?;
    rows.iter().map(from_row).collect()
}

/// # Errors
/// The account has no such identity.
pub async fn get(tx: &mut Tx<impl Mode>, account: AccountId, id: IdentityId) -> Result<LinkedIdentity> {
    select("i.account_id = $1 AND i.id = $2")
        .bind(account)
        .bind(id)
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()?
        .ok_or(Error::Refused(Refusal::NotFound { what: "identity" }))
}

/// Notes a use, and the names that were told with it.
pub async fn used(tx: &mut Tx<Writing>, told: &LinkedIdentity, at: Timestamp) -> Result<()> {
    query("UPDATE identity SET username = $2, email = $3, tenant = $4, last_used_at = $5 WHERE id = $1")
        .bind(told.id)
        .bind(told.username.as_deref())
        .bind(told.email.as_deref())
        .bind(told.tenant.as_deref())
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}

/// What opens the host's API, sealed; nothing where none was given or it is broken.
pub async fn access(tx: &mut Tx<impl Mode>, id: IdentityId) -> Result<Option<String>> {
    let row = query("SELECT access FROM identity WHERE id = $1 AND broken_at IS NULL")
        .bind(id)
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| row.get("access")).transpose()?.flatten())
}

/// New access, which mends what was broken.
pub async fn set_access(tx: &mut Tx<Writing>, id: IdentityId, access: &str, scopes: &[String]) -> Result<()> {
    query("UPDATE identity SET access = $2, scopes = $3, broken_at = NULL WHERE id = $1")
        .bind(id)
        .bind(access)
        .bind(scopes.join(" "))
        .execute(tx)
        .await?;
    Ok(())
}

/// The host refuses the access it gave.
pub async fn set_broken(tx: &mut Tx<Writing>, id: IdentityId, at: Timestamp) -> Result<()> {
    query("UPDATE identity SET broken_at = $2 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx<Writing>, account: AccountId, id: IdentityId) -> Result<()> {
    query("DELETE FROM identity WHERE account_id = $1 AND id = $2")
        .bind(account)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

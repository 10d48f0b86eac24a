//! The record of sign-ins, failed ones too, that a member's Activity shows.

use serde::Serialize;

use domain::Timestamp;
use domain::actor::Origin;
use domain::id::{AccountId, EventId, Id, OrganizationId};

use crate::db::{Maybe, Result, Row, query};
use crate::{Mode, Scope, Tx, Writing};

#[derive(Clone, Debug, Serialize)]
pub struct SignIn {
    pub at: Timestamp,
    /// "sign_in", or "entry" into an organization.
    pub action: String,
    pub success: bool,
    pub reason: Option<String>,
    pub address: String,
    pub user_agent: String,
}

pub struct NewSignIn<'a> {
    pub id: EventId,
    pub account: AccountId,
    pub organization: Option<OrganizationId>,
    pub action: &'static str,
    /// Why it failed; `None` for success.
    pub failure: Option<&'static str>,
    pub origin: &'a Origin,
    pub at: Timestamp,
}

pub async fn insert(tx: &mut Tx<Writing>, new: &NewSignIn<'_>) -> Result<()> {
    query(
        "INSERT INTO sign_in (id, account_id, organization_id, at, action, success, reason, address, user_agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.account)
    .bind(Maybe(new.organization))
    .bind(new.at)
    .bind(new.action)
    .bind(new.failure.is_none())
    .bind(new.failure)
    .bind(new.origin.address.as_str())
    .bind(new.origin.user_agent.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// The latest first. Of an account that is not the organization's own, only its entries into this organization.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    account: AccountId,
    managed: bool,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<(EventId, SignIn)>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT id, at, action, success, reason, address, user_agent
         FROM sign_in
         WHERE account_id = $1 AND id < $2 AND (organization_id = $3 OR ($4 AND organization_id IS NULL))
         ORDER BY id DESC
         LIMIT $5 + 0",
    )
    .bind(account)
    .bind(before.map_or(uuid::Uuid::max(), Id::uuid))
    .bind(organization)
    .bind(managed)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(of_row).collect()
}

/// Of an account, wherever it went, the latest first.
pub async fn list_all(tx: &mut Tx<impl Mode>, account: AccountId, limit: i64) -> Result<Vec<(EventId, SignIn)>> {
    let rows = query(
        "SELECT id, at, action, success, reason, address, user_agent
         FROM sign_in
         WHERE account_id = $1
         ORDER BY id DESC
         LIMIT $2 + 0",
    )
    .bind(account)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.iter().map(of_row).collect()
}

fn of_row(row: &Row) -> Result<(EventId, SignIn)> {
    let sign_in = SignIn {
        at: row.get("at")?,
        action: row.get("action")?,
        success: row.get("success")?,
        reason: row.get("reason")?,
        address: row.get("address")?,
        user_agent: row.get("user_agent")?,
    };
    Ok((row.id("id")?, sign_in))
}

/// With what the account was signed in to since then, the latest first.
pub async fn user_agents(tx: &mut Tx<impl Mode>, account: AccountId, since: Timestamp) -> Result<Vec<String>> {
    let rows = query(
        "SELECT user_agent
         FROM sign_in
         WHERE account_id = $1 AND success AND action = 'sign_in' AND at > $2
         ORDER BY id DESC
         LIMIT 100",
    )
    .bind(account)
    .bind(since)
    .fetch_all(tx)
    .await?;
    rows.iter().map(|row| row.get("user_agent")).collect()
}

/// Whether the account signed in from this address since then: such an address is not held back for others' failures.
pub async fn succeeded_from(
    tx: &mut Tx<impl Mode>,
    account: AccountId,
    address: &str,
    since: Timestamp,
) -> Result<bool> {
    let row = query(
        "SELECT 1 AS known
         FROM sign_in
         WHERE account_id = $1 AND success AND address = $2 AND at > $3
         LIMIT 1",
    )
    .bind(account)
    .bind(address)
    .bind(since)
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

//! Where entries are forwarded to, and how far each chain has arrived there. What is behind is what the chain holds beyond
//! that: nothing else is written for it.

use domain::Timestamp;
use domain::audit::Chain;

use crate::db::{Result, Row, query};
use crate::{Mode, Tx, Writing};

/// Whose log is forwarded, to where, and how that goes.
#[derive(Clone, Debug)]
pub struct Forwarding {
    /// The instance's tells of every chain.
    pub of: Chain,
    pub url: String,
    pub authentication: String,
    pub sealed_secret: Option<String>,
    pub trusted_certificate: Option<String>,
    pub changed_at: Timestamp,
    pub attempts: i64,
    pub due_at: Timestamp,
    pub failing_since: Option<Timestamp>,
    pub last_error: Option<String>,
    pub delivered_at: Option<Timestamp>,
}

/// Settings as they are to be.
pub struct Kept<'a> {
    pub url: &'a str,
    pub authentication: &'a str,
    pub sealed_secret: Option<&'a str>,
    pub trusted_certificate: Option<&'a str>,
}

/// What has not arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    pub entries: i64,
    /// Of the oldest of them.
    pub since: Option<Timestamp>,
}

/// A chain that has entries which have not arrived.
#[derive(Clone, Copy, Debug)]
pub struct Behind {
    pub chain: Chain,
    /// The last that has.
    pub arrived: i64,
}

const SELECT: &str =
    "SELECT organization_id, url, authentication, sealed_secret, trusted_certificate, changed_at, attempts, due_at,
     failing_since, last_error, delivered_at FROM audit_forwarding";

fn from_row(row: &Row) -> Result<Forwarding> {
    Ok(Forwarding {
        of: Chain::from_key(row.id("organization_id")?),
        url: row.get("url")?,
        authentication: row.get("authentication")?,
        sealed_secret: row.get("sealed_secret")?,
        trusted_certificate: row.get("trusted_certificate")?,
        changed_at: row.get("changed_at")?,
        attempts: row.get("attempts")?,
        due_at: row.get("due_at")?,
        failing_since: row.get("failing_since")?,
        last_error: row.get("last_error")?,
        delivered_at: row.get("delivered_at")?,
    })
}

pub async fn find(tx: &mut Tx<impl Mode>, of: Chain) -> Result<Option<Forwarding>> {
    let row = crate::db::assembled(format!("{SELECT} WHERE organization_id = $1"))
        .bind(of.key())
        .fetch_optional(tx)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Those that are due and that no node works on. What is put off or leased for more than the longest time was so before the
/// clock was set back.
pub async fn due(tx: &mut Tx<impl Mode>, now: Timestamp, longest: i64) -> Result<Vec<Forwarding>> {
    let rows = crate::db::assembled(format!(
        "{SELECT} WHERE (due_at <= $1 OR due_at > $2) AND (leased_until <= $1 OR leased_until > $2) ORDER BY due_at LIMIT 100"
    ))
    .bind(now)
    .bind(now.plus(longest))
    .fetch_all(tx)
    .await?;
    rows.iter().map(from_row).collect()
}

/// Sets it, to be tried at once. How far it has come stays.
pub async fn put(tx: &mut Tx<Writing>, of: Chain, kept: &Kept<'_>, now: Timestamp) -> Result<()> {
    query(
        "INSERT INTO audit_forwarding (organization_id, url, authentication, sealed_secret, trusted_certificate, changed_at,
             leased_until, leased_by, attempts, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, '', 0, 0)
         ON CONFLICT (organization_id) DO UPDATE SET url = excluded.url, authentication = excluded.authentication,
             sealed_secret = excluded.sealed_secret, trusted_certificate = excluded.trusted_certificate,
             changed_at = excluded.changed_at, attempts = 0, due_at = 0, failing_since = NULL, last_error = NULL",
    )
    .bind(of.key())
    .bind(kept.url)
    .bind(kept.authentication)
    .bind(kept.sealed_secret)
    .bind(kept.trusted_certificate)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// What is there already counts as arrived.
pub async fn begin_now(tx: &mut Tx<Writing>, of: Chain) -> Result<()> {
    query(
        "INSERT INTO audit_forwarded (organization_id, chain_id, number)
         SELECT $1, organization_id, number FROM audit_chain WHERE organization_id = $1 OR $2
         ON CONFLICT (organization_id, chain_id) DO UPDATE SET number = excluded.number",
    )
    .bind(of.key())
    .bind(of == Chain::Instance)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whatever is still there is sent, once more where it was sent before.
pub async fn begin_anew(tx: &mut Tx<Writing>, of: Chain) -> Result<()> {
    query("DELETE FROM audit_forwarded WHERE organization_id = $1")
        .bind(of.key())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn remove(tx: &mut Tx<Writing>, of: Chain) -> Result<bool> {
    let met = query("DELETE FROM audit_forwarding WHERE organization_id = $1")
        .bind(of.key())
        .execute(tx)
        .await?;
    Ok(met > 0)
}

/// Takes it for so long; whoever does not finish by then leaves it to others, and so does who has it for more than a minute
/// longer: that was before the clock was set back. Returns whether it was free.
pub async fn lease(tx: &mut Tx<Writing>, of: Chain, by: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
    let met = query(
        "UPDATE audit_forwarding SET leased_until = $3, leased_by = $2
         WHERE organization_id = $1 AND (leased_until <= $4 OR leased_until > $3 + 60000000 OR leased_by = $2)",
    )
    .bind(of.key())
    .bind(by)
    .bind(until)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(met > 0)
}

pub async fn release(tx: &mut Tx<Writing>, of: Chain, by: &str) -> Result<()> {
    query("UPDATE audit_forwarding SET leased_until = 0 WHERE organization_id = $1 AND leased_by = $2")
        .bind(of.key())
        .bind(by)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn behind(tx: &mut Tx<impl Mode>, of: Chain, limit: i64) -> Result<Vec<Behind>> {
    let rows = query(
        "SELECT c.organization_id, COALESCE(d.number, c.pruned_number) AS arrived
         FROM audit_chain c
         LEFT JOIN audit_forwarded d ON d.organization_id = $1 AND d.chain_id = c.organization_id
         WHERE (c.organization_id = $1 OR $2) AND c.number > COALESCE(d.number, c.pruned_number)
         LIMIT $3 + 0",
    )
    .bind(of.key())
    .bind(of == Chain::Instance)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Behind {
                chain: Chain::from_key(row.id("organization_id")?),
                arrived: row.get("arrived")?,
            })
        })
        .collect()
}

pub async fn lag(tx: &mut Tx<impl Mode>, of: Chain) -> Result<Lag> {
    let row = query(
        "SELECT CAST(COALESCE(SUM(c.number - COALESCE(d.number, c.pruned_number)), 0) AS BIGINT) AS entries, MIN(e.at) AS since
         FROM audit_chain c
         LEFT JOIN audit_forwarded d ON d.organization_id = $1 AND d.chain_id = c.organization_id
         LEFT JOIN audit_event e ON e.organization_id = c.organization_id
             AND e.number = COALESCE(d.number, c.pruned_number) + 1
         WHERE (c.organization_id = $1 OR $2) AND c.number > COALESCE(d.number, c.pruned_number)",
    )
    .bind(of.key())
    .bind(of == Chain::Instance)
    .fetch_one(tx)
    .await?;
    Ok(Lag {
        entries: row.get("entries")?,
        since: row.get("since")?,
    })
}

/// So far it has arrived: nothing is the matter any more.
pub async fn advance(tx: &mut Tx<Writing>, of: Chain, chain: Chain, number: i64, now: Timestamp) -> Result<()> {
    query(
        "INSERT INTO audit_forwarded (organization_id, chain_id, number)
         SELECT organization_id, $2, $3 FROM audit_forwarding WHERE organization_id = $1
         ON CONFLICT (organization_id, chain_id) DO UPDATE SET number = excluded.number",
    )
    .bind(of.key())
    .bind(chain.key())
    .bind(number)
    .execute(tx)
    .await?;
    query(
        "UPDATE audit_forwarding SET delivered_at = $2, attempts = 0, due_at = 0, failing_since = NULL, last_error = NULL
         WHERE organization_id = $1",
    )
    .bind(of.key())
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// It did not arrive, and is tried again then.
pub async fn failed(tx: &mut Tx<Writing>, of: Chain, error: &str, now: Timestamp, due_at: Timestamp) -> Result<()> {
    query(
        "UPDATE audit_forwarding SET attempts = attempts + 1, due_at = $4, last_error = $2,
             failing_since = COALESCE(failing_since, $3), leased_until = 0
         WHERE organization_id = $1",
    )
    .bind(of.key())
    .bind(error)
    .bind(now)
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether entries of a chain have not arrived where the instance forwards them to.
pub async fn is_awaited(tx: &mut Tx<impl Mode>, chain: Chain) -> Result<bool> {
    let row = query(
        "SELECT 1 AS one
         FROM audit_forwarding f
         JOIN audit_chain c ON c.organization_id = $1
         LEFT JOIN audit_forwarded d ON d.organization_id = f.organization_id AND d.chain_id = $1
         WHERE f.organization_id = $2 AND c.number > COALESCE(d.number, c.pruned_number)
             AND EXISTS (SELECT 1 FROM audit_event e WHERE e.organization_id = $1)",
    )
    .bind(chain.key())
    .bind(Chain::Instance.key())
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// The last entry of a chain that has arrived wherever it is forwarded to; `None` where it is forwarded nowhere.
pub async fn arrived(tx: &mut Tx<impl Mode>, chain: Chain) -> Result<Option<i64>> {
    let row = query(
        "SELECT MIN(COALESCE(d.number, 0)) AS number
         FROM audit_forwarding f
         LEFT JOIN audit_forwarded d ON d.organization_id = f.organization_id AND d.chain_id = $1
         WHERE f.organization_id = $1 OR f.organization_id = $2",
    )
    .bind(chain.key())
    .bind(Chain::Instance.key())
    .fetch_one(tx)
    .await?;
    row.get("number")
}

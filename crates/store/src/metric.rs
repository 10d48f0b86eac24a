//! What can be measured of the instance, and the values that are kept of it.

use domain::Timestamp;
use domain::id::{EventId, Id};

use crate::db::{Result, query};
use crate::open::Store;
use crate::wait::{Waited, Waits};
use crate::{Mode, Tx, Writing};

pub async fn keep(tx: &mut Tx<Writing>, measure: &str, at: Timestamp, value: i64) -> Result<()> {
    // Of several nodes the highest counts.
    query(
        "INSERT INTO metric_sample (measure, at, value) VALUES ($1, $2, $3)
         ON CONFLICT (measure, at) DO UPDATE
         SET value = CASE WHEN excluded.value > metric_sample.value THEN excluded.value ELSE metric_sample.value END",
    )
    .bind(measure)
    .bind(at)
    .bind(value)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn forget_before(tx: &mut Tx<Writing>, time: Timestamp) -> Result<()> {
    query("DELETE FROM metric_sample WHERE at < $1")
        .bind(time)
        .execute(tx)
        .await?;
    Ok(())
}

/// The highest value of each stretch of time (microseconds) in which there is one.
pub async fn samples(
    tx: &mut Tx<impl Mode>,
    measure: &str,
    since: Timestamp,
    stretch: i64,
) -> Result<Vec<(Timestamp, i64)>> {
    let rows = query(
        "SELECT (at / $3) * $3 AS stretch, MAX(value) AS value
         FROM metric_sample
         WHERE measure = $1 AND at >= $2
         GROUP BY (at / $3) * $3
         ORDER BY 1",
    )
    .bind(measure)
    .bind(since)
    .bind(stretch)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| Ok((row.get("stretch")?, row.get("value")?)))
        .collect()
}

pub struct SignIns {
    pub at: Timestamp,
    pub success: bool,
    pub number: i64,
}

/// How many sign-ins there were in each stretch of time (microseconds).
pub async fn sign_ins(tx: &mut Tx<impl Mode>, since: Timestamp, stretch: i64) -> Result<Vec<SignIns>> {
    // Ids are in the order of time.
    let rows = query(
        "SELECT (at / $2) * $2 AS stretch, success, COUNT(*) AS number
         FROM sign_in
         WHERE id >= $1 AND action IN ('sign_in', 'second_factor')
         GROUP BY (at / $2) * $2, success",
    )
    .bind(EventId::new(since, [0; 10]).uuid())
    .bind(stretch)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(SignIns {
                at: row.get("stretch")?,
                success: row.get("success")?,
                number: row.get("number")?,
            })
        })
        .collect()
}

/// How many people signed in, or came into an organization, in each stretch of time (microseconds).
pub async fn active_people(tx: &mut Tx<impl Mode>, since: Timestamp, stretch: i64) -> Result<Vec<(Timestamp, i64)>> {
    let rows = query(
        "SELECT (at / $2) * $2 AS stretch, COUNT(DISTINCT account_id) AS people
         FROM sign_in
         WHERE id >= $1 AND success
         GROUP BY (at / $2) * $2",
    )
    .bind(EventId::new(since, [0; 10]).uuid())
    .bind(stretch)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| Ok((row.get("stretch")?, row.get("people")?)))
        .collect()
}

/// What waits to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub number: i64,
    /// For how long the oldest has waited (microseconds).
    pub oldest: i64,
}

pub async fn waiting(tx: &mut Tx<impl Mode>, now: Timestamp) -> Result<Waiting> {
    let row = query("SELECT COUNT(*) AS number, COALESCE(MIN(created_at), $1) AS oldest FROM job")
        .bind(now)
        .fetch_one(tx)
        .await?;
    let oldest: Timestamp = row.get("oldest")?;
    Ok(Waiting {
        number: row.get("number")?,
        oldest: now.since(oldest).max(0),
    })
}

pub struct Sizes {
    pub accounts: i64,
    pub organizations: i64,
    pub sessions: i64,
}

pub async fn sizes(tx: &mut Tx<impl Mode>, now: Timestamp) -> Result<Sizes> {
    let row = query(
        "SELECT (SELECT COUNT(*) FROM account) AS accounts,
             (SELECT COUNT(*) FROM organization WHERE status <> 'deleted') AS organizations,
             (SELECT COUNT(*) FROM session WHERE expires_at > $1) AS sessions",
    )
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(Sizes {
        accounts: row.get("accounts")?,
        organizations: row.get("organizations")?,
        sessions: row.get("sessions")?,
    })
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    pub open: i64,
    pub idle: i64,
}

impl Store {
    pub fn connections(&self) -> Connections {
        self.pool()
    }

    /// How long those waited who wanted a connection to read, and to write.
    pub fn waited(&self) -> [(&'static str, Waited); 2] {
        let Waits { reading, writing } = &*self.waits;
        [("read", reading.waited()), ("write", writing.waited())]
    }
}

//! A database that is only looked at: nothing is made, migrated or written, and a server that runs on it is not disturbed.

use std::path::Path;
use std::time::Duration;

use domain::Timestamp;
use domain::audit::Target;
use domain::id::{EventId, Id, InstanceId};
use domain::revival::Happened;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use uuid::Uuid;

use crate::audit_chain::Heads;
use crate::db::{Error, Result, query};
use crate::migration;
use crate::open::Database;
use crate::pulse::Pulse;
use crate::readers::Readers;
use crate::snapshot::stand_still;
use crate::tx::{Connection, Reading, ServerScope, Tx};

const WAIT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Still(Kind);

#[derive(Clone)]
enum Kind {
    Sqlite(Readers),
    Postgres(PgPool),
}

/// What a database says of itself, all of one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub instance: InstanceId,
    /// The newest migration that was applied.
    pub schema: i64,
    /// Of all organizations together: how many changes there were.
    pub revision: i64,
    pub last_entry_at: Option<Timestamp>,
    pub organizations: i64,
    pub accounts: i64,
    pub members: i64,
    pub audit_events: i64,
}

/// The newest migration that this program knows.
pub fn known_schema() -> i64 {
    migration::newest_known()
}

/// The migrations that this program would apply at its next start.
pub async fn missing_migrations(scope: &mut ServerScope<Reading>) -> Result<Vec<String>> {
    migration::missing(scope).await
}

impl Still {
    /// # Errors
    /// There is no such file, or the URL is none. Whether it can be read shows with the first question.
    pub fn open(database: &Database) -> Result<Self> {
        Ok(Self(match database {
            Database::Sqlite(file) => Kind::Sqlite(sqlite(file)?),
            Database::Postgres(url) => Kind::Postgres(postgres(url)?),
        }))
    }

    /// # Errors
    /// The database does not answer.
    pub async fn look(&self) -> Result<ServerScope<Reading>> {
        let connection = match &self.0 {
            Kind::Sqlite(readers) => Connection::SqliteReader(readers.acquire().await?),
            Kind::Postgres(pool) => Connection::PostgresReader(pool.acquire().await?, Pulse::default()),
        };
        Ok(ServerScope(Tx::new(connection, Heads::default())))
    }

    /// Waits for those who look, and lets go of the file.
    pub async fn close(&self) {
        match &self.0 {
            Kind::Sqlite(readers) => readers.close().await,
            Kind::Postgres(pool) => pool.close().await,
        }
    }

    /// The same, in which everything is of one moment until it is dropped.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn look_at_one_moment(&self) -> Result<ServerScope<Reading>> {
        let mut scope = self.look().await?;
        stand_still(&mut scope).await?;
        Ok(scope)
    }
}

fn sqlite(file: &Path) -> Result<Readers> {
    if !file.is_file() {
        return Err(Error::Unusable(format!("There is no database {}.", file.display())));
    }
    // Without a write-ahead log nobody has it open; then not even the files beside it are made.
    let beside = |ending: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        Path::new(&name).exists()
    };
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(!beside("-wal") && !beside("-journal"))
        .busy_timeout(WAIT)
        .optimize_on_close(false, None)
        .pragma("cache_size", "-4096");
    Ok(Readers::new(options))
}

fn postgres(url: &str) -> Result<PgPool> {
    let options: PgConnectOptions = url.parse().map_err(|_| {
        Error::Unusable("The database URL is not of the form postgres://user:password@host:5432/name.".to_owned())
    })?;
    Ok(PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(WAIT)
        .connect_lazy_with(options.options([("default_transaction_read_only", "on")])))
}

/// # Errors
/// It is no database of Roster, or does not answer.
pub async fn facts(scope: &mut ServerScope<Reading>) -> Result<Facts> {
    let row = query(
        "SELECT (SELECT MAX(number) FROM migration) AS schema,
             (SELECT id FROM instance) AS id,
             (SELECT CAST(COALESCE(SUM(revision), 0) AS BIGINT) FROM organization) AS revision,
             (SELECT MAX(at) FROM audit_event) AS last_entry_at,
             (SELECT COUNT(*) FROM organization) AS organizations,
             (SELECT COUNT(*) FROM account) AS accounts,
             (SELECT COUNT(*) FROM membership) AS members,
             (SELECT COUNT(*) FROM audit_event) AS audit_events",
    )
    .fetch_one(scope)
    .await?;
    let instance = row.maybe_id("id")?;
    Ok(Facts {
        instance: instance.ok_or_else(|| Error::Unusable("The database belongs to no instance yet.".to_owned()))?,
        schema: row.get::<Option<i64>>("schema")?.unwrap_or(0),
        revision: row.get("revision")?,
        last_entry_at: row.get("last_entry_at")?,
        organizations: row.get("organizations")?,
        accounts: row.get("accounts")?,
        members: row.get("members")?,
        audit_events: row.get("audit_events")?,
    })
}

/// What was recorded at this time or later, everywhere, the earliest first, after the last one already seen.
pub async fn recorded_since(
    scope: &mut ServerScope<Reading>,
    time: Timestamp,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<(EventId, Happened)>> {
    let sql = "SELECT id, at, action, target_type, target_id, target_name, before_state, after_state
         FROM audit_event
         WHERE at >= $1 AND id > $2
         ORDER BY id
         LIMIT $3 + 0";
    let rows = query(sql)
        .bind(time)
        .bind(after.map_or(Uuid::nil(), Id::uuid))
        .bind(limit)
        .fetch_all(scope)
        .await?;
    rows.iter()
        .map(|row| {
            let id: EventId = row.id("id")?;
            let happened = Happened {
                id: id.to_string(),
                at: row.get("at")?,
                action: row.get("action")?,
                target: Target {
                    kind: row.get("target_type")?,
                    id: row.get("target_id")?,
                    name: row.get("target_name")?,
                },
                before: row.json("before_state")?,
                after: row.json("after_state")?,
            };
            Ok((id, happened))
        })
        .collect()
}

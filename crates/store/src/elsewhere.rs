//! Changes that are made elsewhere: by other nodes on the same PostgreSQL, or by another program on the same SQLite file.
//! What this program remembers of who may do what it forgets by them.

use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::{PgListener, PgPool};
use tokio::time::{sleep, timeout};

use domain::id::{AccountId, Id, OrganizationId};

use crate::db::{Error, Result, query};
use crate::open::{Backend, Store};
use crate::writer::Writer;
use crate::{Tx, Writing};

/// How long a change may go unnoticed at most is a little more than twice this: a connection that has died without a word
/// is found out by the second look.
const LOOK: Duration = Duration::from_millis(350);
/// PostgreSQL's channel; what is sent on it is written by triggers, so that no change is forgotten.
const CHANNEL: &str = "roster";

/// A lock that every node shares while it serves; any number that no other program is likely to lock.
const SERVED: i64 = 0x726f_7374_6573;

/// Keeps nodes from starting to listen for as long as this transaction lasts. Returns whether none does already.
///
/// # Errors
/// The database does not answer.
pub async fn nobody_serves(tx: &mut Tx<Writing>) -> Result<bool> {
    if tx.is_sqlite() {
        // A file beside the database says so.
        return Ok(true);
    }
    query("SELECT pg_try_advisory_xact_lock($1) AS free")
        .bind(SERVED)
        .fetch_one(tx)
        .await?
        .get("free")
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Organization(OrganizationId),
    Account(AccountId),
    /// A setting of the whole instance.
    Setting,
    /// It is not known what.
    Anything,
}

/// Somebody who listens. Dropped where it fails: then nothing is told until there is a new one.
pub struct Elsewhere(Source);

enum Source {
    /// Counts the commits of others, as the writing connection sees them.
    File {
        writer: Writer,
        version: i64,
    },
    Server(PgListener),
}

impl Store {
    /// Begins to listen. What was changed before is not told.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn elsewhere(&self) -> Result<Elsewhere> {
        Ok(Elsewhere(match &self.backend {
            Backend::Sqlite { writer, .. } => Source::File {
                version: writer.version().await?,
                writer: writer.clone(),
            },
            Backend::Postgres { writers, .. } => Source::Server(listener(writers).await?),
        }))
    }
}

async fn listener(pool: &PgPool) -> Result<PgListener> {
    // A pool of its own: what listens for ever must not take a place from those who work.
    let options = pool.connect_options();
    let own = sqlx::pool::PoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with((*options).clone())
        .await?;
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(CHANNEL).await?;
    // As long as somebody listens the instance is being served.
    listener
        .execute(sqlx::query("SELECT pg_advisory_lock_shared($1)").bind(SERVED))
        .await?;
    Ok(listener)
}

impl Elsewhere {
    /// Listens no more; returns when the database knows it too.
    pub async fn end(self) {
        if let Source::Server(mut listener) = self.0 {
            let given_back = listener.execute("SELECT pg_advisory_unlock_all()").await;
            if let Err(error) = given_back {
                tracing::warn!(%error, "the connection that listened was lost before its end");
            }
        }
    }

    /// Waits for the next change.
    ///
    /// # Errors
    /// The database does not answer any more.
    pub async fn next(&mut self) -> Result<Change> {
        match &mut self.0 {
            Source::File { writer, version } => loop {
                sleep(LOOK).await;
                let now = writer.version().await?;
                if now != *version {
                    *version = now;
                    return Ok(Change::Anything);
                }
            },
            Source::Server(listener) => next_told(listener).await,
        }
    }
}

async fn next_told(listener: &mut PgListener) -> Result<Change> {
    let lost = || Error::Unavailable("the connection that listens is lost".to_owned());
    loop {
        match timeout(LOOK, listener.try_recv()).await {
            Ok(Ok(Some(told))) => return Ok(parse(told.payload())),
            Ok(Ok(None)) => return Err(lost()),
            Ok(Err(error)) => return Err(error.into()),
            // Nothing was told: whether there is still anybody who would.
            Err(_) => {
                let alive = timeout(LOOK, listener.fetch_optional("SELECT 1 AS one"));
                alive.await.map_err(|_| lost())??;
            }
        }
    }
}

fn parse(payload: &str) -> Change {
    if payload == "setting" {
        return Change::Setting;
    }
    let told = payload.split_once(' ').and_then(|(kind, id)| {
        let id = uuid::Uuid::parse_str(id).ok()?;
        match kind {
            "organization" => Some(Change::Organization(OrganizationId::from_uuid(id))),
            "account" => Some(Change::Account(AccountId::from_uuid(id))),
            _ => None,
        }
    });
    told.unwrap_or(Change::Anything)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_names_an_organization_an_account_or_else_anything() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let uuid = uuid::Uuid::parse_str(id).unwrap();
        assert_eq!(
            parse(&format!("account {id}")),
            Change::Account(AccountId::from_uuid(uuid))
        );
        assert_eq!(
            parse(&format!("organization {id}")),
            Change::Organization(OrganizationId::from_uuid(uuid))
        );
        assert_eq!(parse("setting"), Change::Setting);
        for text in ["", "account", "account 7", "everything"] {
            assert_eq!(parse(text), Change::Anything, "{text}");
        }
    }
}

//! Opening a database: a SQLite file in the data directory, or PostgreSQL by its URL.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::time::timeout;

use domain::Timestamp;
use domain::id::InstanceId;

use crate::audit_chain::Heads;
use crate::db::{Error, Result};
use crate::metric::Connections;
use crate::pulse::Pulse;
use crate::readers::Readers;
use crate::refusing::Refusing;
use crate::stage::Stage;
use crate::wait::Waits;
use crate::writer::Writer;
use crate::{instance, migration, snapshot};

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Database {
    /// The file, which is made where it is missing.
    Sqlite(PathBuf),
    /// `postgres://…`
    Postgres(String),
}

#[derive(Clone)]
pub struct Store {
    pub(crate) backend: Backend,
    pub(crate) waits: Arc<Waits>,
    pub(crate) heads: Heads,
}

#[derive(Clone)]
pub(crate) enum Backend {
    Sqlite {
        file: PathBuf,
        writer: Writer,
        readers: Readers,
        snapshots: Readers,
    },
    /// Connections that may write, and those that PostgreSQL itself keeps from it.
    Postgres {
        writers: PgPool,
        readers: PgPool,
        snapshots: PgPool,
        pulse: Pulse,
    },
    Staged(Stage),
}

const POSTGRES_CONNECTIONS: u32 = 10;
/// Rows that a reader of SQLite gets ahead of whoever asked for them.
const ROWS: usize = 256;
/// A connection to PostgreSQL that was used this recently is taken to be alive.
const RECENTLY: Duration = Duration::from_secs(1);
/// How long one that was not is given to say so.
const SIGN: Duration = Duration::from_secs(1);
/// How long it takes at most to let go of a database that does not answer.
const FAREWELL: Duration = Duration::from_secs(3);
/// How often a migration is tried that others hold up; with what each try waits, a minute or more.
const MIGRATION_TRIES: u32 = 120;
const HELD_UP: &str = "The database cannot be brought up to date: other connections hold its tables. End what works on them \
                       for long (pg_stat_activity shows it), and start again.";
/// How long a request waits for a database connection before it is told that there is none.
const WAIT: Duration = Duration::from_secs(5);
/// PostgreSQL 14 is the oldest release that is still maintained.
const OLDEST_POSTGRES: u32 = 140_000;

/// Five seconds in all, as long as any statement waits for a lock.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

impl Store {
    /// Opens and migrates the database.
    ///
    /// # Errors
    /// It cannot be reached or read, is damaged, or is newer than this program.
    ///
    /// `id` and `now` become the instance's own where the database is new.
    pub async fn open(database: &Database, id: InstanceId, now: Timestamp) -> Result<Self> {
        match database {
            Database::Sqlite(file) => Self::open_sqlite(file, id, now).await,
            Database::Postgres(url) => Self::open_postgres(url, id, now).await,
        }
    }

    /// Whether it is one file on this machine, which no other node uses.
    pub fn is_sqlite(&self) -> bool {
        match &self.backend {
            Backend::Sqlite { .. } => true,
            Backend::Postgres { .. } => false,
            Backend::Staged(stage) => stage.is_sqlite(),
        }
    }

    pub(crate) fn refusing(&self) -> Option<&Refusing> {
        match &self.backend {
            Backend::Sqlite { writer, .. } => Some(writer.refusing()),
            Backend::Postgres { pulse, .. } => Some(pulse.refusing()),
            Backend::Staged(_) => None,
        }
    }

    /// Nodes that serve meanwhile come first: a migration that they hold up lets go of everything, and tries again.
    async fn begin(&self, id: InstanceId, now: Timestamp) -> Result<()> {
        for _ in 0..MIGRATION_TRIES {
            match self.try_to_begin(id, now).await {
                Err(error) if error.is_held_up() => tokio::time::sleep(BETWEEN_TRIES).await,
                result => return result,
            }
        }
        Err(Error::Unusable(HELD_UP.to_owned()))
    }

    async fn try_to_begin(&self, id: InstanceId, now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        migration::run(&mut tx).await?;
        instance::insert(&mut tx, id, now).await?;
        tx.commit().await
    }

    async fn open_sqlite(file: &Path, id: InstanceId, now: Timestamp) -> Result<Self> {
        let marker = instance::Marker::beside(file);
        let is_new = !file.exists();
        if is_new {
            marker.must_be_absent(file)?;
            make_private(file)?;
        }
        let unreadable = |error: &Error| Error::Unusable(why(file, error));
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-4096")
            .pragma("journal_size_limit", "67108864");
        // What one change of thousands of rows touches should not have to be written out before it is done.
        let writing = options.clone().pragma("cache_size", "-16384");
        let writer = patiently(&writing).await.map_err(|error| unreadable(&error))?;
        let reading = options
            .create_if_missing(false)
            .pragma("query_only", "ON")
            .optimize_on_close(false, None)
            // A whole page of a list, so that the engine does not wait for its reader in the middle of it.
            .row_buffer_size(ROWS);
        let store = Self {
            backend: Backend::Sqlite {
                file: file.to_owned(),
                writer,
                readers: Readers::new(reading.clone()),
                snapshots: Readers::once(reading, snapshot::MOST),
            },
            waits: Arc::default(),
            heads: Heads::default(),
        };
        store.begin(id, now).await.map_err(|error| match error {
            Error::Unusable(_) => error,
            error => unreadable(&error),
        })?;
        marker.agree_with(&store, file).await?;
        Ok(store)
    }

    async fn open_postgres(url: &str, id: InstanceId, now: Timestamp) -> Result<Self> {
        let options: PgConnectOptions = url.parse().map_err(|_| {
            Error::Unusable("The database URL is not of the form postgres://user:password@host:5432/name.".to_owned())
        })?;
        let unreachable = |error: &dyn std::fmt::Display| {
            Error::Unusable(format!(
                "PostgreSQL does not answer as asked: {error}. Check --database and the server."
            ))
        };
        let pulse = Pulse::default();
        let pool = || {
            let (pulse, doubt) = (pulse.clone(), pulse.clone());
            PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(WAIT)
                .test_before_acquire(false)
                .before_acquire(move |connection, about| {
                    let in_doubt = about.idle_for > RECENTLY || doubt.was_lost_within(RECENTLY);
                    Box::pin(async move {
                        if in_doubt {
                            let ping = timeout(SIGN, connection.ping()).await;
                            ping.map_err(|_| sqlx::Error::PoolTimedOut)??;
                        }
                        Ok(true)
                    })
                })
                .after_release(move |_, _| {
                    let lost = pulse.is_lost();
                    // What was given up in the middle of a statement is closed rather than asked whether it still lives.
                    Box::pin(async move { Ok(!lost) })
                })
        };
        let reading = options.clone().options([("default_transaction_read_only", "on")]);
        let snapshots = pool()
            .max_connections(snapshot::MOST)
            // With the transaction that was begun on it.
            .after_release(|_, _| Box::pin(async { Ok(false) }))
            .connect_lazy_with(reading.clone());
        let readers = pool().connect_lazy_with(reading);
        let writers = pool()
            .connect_with(options)
            .await
            .map_err(|error| unreachable(&error))?;
        let version: String = sqlx::query_scalar("SELECT current_setting('server_version_num')")
            .fetch_one(&writers)
            .await
            .map_err(|error| unreachable(&error))?;
        if version.parse::<u32>().unwrap_or(0) < OLDEST_POSTGRES {
            return Err(Error::Unusable(format!(
                "PostgreSQL {version} is too old: Roster needs 14 or newer. Upgrade the server."
            )));
        }
        let store = Self {
            backend: Backend::Postgres {
                writers,
                readers,
                snapshots,
                pulse,
            },
            waits: Arc::default(),
            heads: Heads::default(),
        };
        store.begin(id, now).await?;
        Ok(store)
    }

    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite {
                writer,
                readers,
                snapshots,
                ..
            } => {
                // Whoever still reads one holds up nobody's end.
                let _left = timeout(FAREWELL, snapshots.close()).await;
                readers.close().await;
                writer.close().await;
            }
            Backend::Postgres {
                writers,
                readers,
                snapshots,
                ..
            } => {
                let closed = timeout(FAREWELL, async {
                    snapshots.close().await;
                    readers.close().await;
                    writers.close().await;
                });
                if closed.await.is_err() {
                    tracing::warn!("connections to the database were left to themselves: it does not answer");
                }
            }
            Backend::Staged(_) => {}
        }
    }

    /// How many connections there are.
    pub(crate) fn pool(&self) -> Connections {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        match &self.backend {
            Backend::Sqlite { readers, snapshots, .. } => {
                let (open, idle) = readers.counted();
                // The writer is always there.
                Connections {
                    open: number(open + 1 + snapshots.counted().0),
                    idle: number(idle),
                }
            }
            Backend::Postgres {
                writers,
                readers,
                snapshots,
                ..
            } => Connections {
                open: i64::from(writers.size() + readers.size() + snapshots.size()),
                idle: number(writers.num_idle() + readers.num_idle()),
            },
            Backend::Staged(_) => Connections { open: 0, idle: 0 },
        }
    }
}

/// What keeps a file from being used, and what to do about it.
fn why(file: &Path, error: &Error) -> String {
    let place = file.display();
    match error {
        Error::Damaged(cause) => format!(
            "The database {place} is damaged: {cause}. Leave the folder as it is, and bring the last backup back into an \
             empty one: roster restore FILE --data DIR."
        ),
        Error::Full(_) => format!("The database {place} cannot be written: {error}. Make room on its disk."),
        _ => format!(
            "The database {place} cannot be used: {error}. Check the file's permissions and the disk, or restore a backup: \
             roster restore FILE --data DIR."
        ),
    }
}

/// Makes the file before the engine does, so that nobody else on the machine can read it.
fn make_private(file: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        // Another process of ours was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::Unusable(format!(
            "The database {} cannot be made: {error}. Check the folder's permissions, or choose another with --data.",
            file.display()
        ))),
    }
}

/// Of two programs that open a new database at once, each turns on its write-ahead log, and SQLite lets neither wait for
/// the other.
async fn patiently(options: &SqliteConnectOptions) -> Result<Writer> {
    for _ in 0..TRIES {
        match Writer::open(options).await {
            Err(Error::Unavailable(_)) => tokio::time::sleep(BETWEEN_TRIES).await,
            opened => return opened,
        }
    }
    Writer::open(options).await
}

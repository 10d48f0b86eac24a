//! Opening a database: a SQLite file in the data directory, or PostgreSQL by its URL.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use domain::Timestamp;
use domain::id::InstanceId;

use crate::db::{Error, Result};
use crate::metric::Connections;
use crate::readers::Readers;
use crate::tx::{AccountScope, Connection, JobScope, Reading, ServerScope, SignInScope, Tx, Writing};
use crate::writer::Writer;
use crate::{instance, migration};

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
}

#[derive(Clone)]
pub(crate) enum Backend {
    Sqlite {
        writer: Writer,
        readers: Readers,
    },
    /// Connections that may write, and those that PostgreSQL itself keeps from it.
    Postgres {
        writers: PgPool,
        readers: PgPool,
    },
}

const POSTGRES_CONNECTIONS: u32 = 10;
/// Rows that a reader of SQLite gets ahead of whoever asked for them.
const ROWS: usize = 256;
/// A connection to PostgreSQL that was used this recently is taken to be alive.
const RECENTLY: Duration = Duration::from_secs(1);
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
        matches!(self.backend, Backend::Sqlite { .. })
    }

    async fn begin(&self, id: InstanceId, now: Timestamp) -> Result<()> {
        migration::run(self).await?;
        let mut tx = self.write().await?;
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
        let unreadable = |error: &dyn std::fmt::Display| {
            Error::Unusable(format!(
                "The database {} cannot be used: {error}. Check the file's permissions and the disk, or restore a backup.",
                file.display()
            ))
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-4096")
            .pragma("journal_size_limit", "67108864");
        let writer = patiently(&options).await.map_err(|error| unreadable(&error))?;
        let readers = Readers::new(
            options
                .create_if_missing(false)
                .pragma("query_only", "ON")
                .optimize_on_close(false, None)
                // A whole page of a list, so that the engine does not wait for its reader in the middle of it.
                .row_buffer_size(ROWS),
        );
        let store = Self {
            backend: Backend::Sqlite { writer, readers },
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
        let pool = || {
            PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(WAIT)
                .test_before_acquire(false)
                .before_acquire(|connection, about| {
                    Box::pin(async move {
                        if about.idle_for > RECENTLY {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
        };
        let readers = pool().connect_lazy_with(options.clone().options([("default_transaction_read_only", "on")]));
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
            backend: Backend::Postgres { writers, readers },
        };
        store.begin(id, now).await?;
        Ok(store)
    }

    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Backend::Postgres { writers, readers } => {
                readers.close().await;
                writers.close().await;
            }
        }
    }

    /// How many connections there are.
    pub(crate) fn pool(&self) -> Connections {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        match &self.backend {
            Backend::Sqlite { readers, .. } => {
                let (open, idle) = readers.counted();
                // The writer is always there.
                Connections {
                    open: number(open + 1),
                    idle: number(idle),
                }
            }
            Backend::Postgres { writers, readers } => Connections {
                open: i64::from(writers.size() + readers.size()),
                idle: number(writers.num_idle() + readers.num_idle()),
            },
        }
    }

    pub(crate) async fn read(&self) -> Result<Tx<Reading>> {
        Ok(Tx::new(match &self.backend {
            Backend::Sqlite { readers, .. } => Connection::SqliteReader(readers.acquire().await?),
            Backend::Postgres { readers, .. } => Connection::PostgresReader(readers.acquire().await?),
        }))
    }

    pub(crate) async fn write(&self) -> Result<Tx<Writing>> {
        Ok(Tx::new(match &self.backend {
            Backend::Sqlite { writer, .. } => Connection::SqliteWriter(writer.turn().await?),
            Backend::Postgres { writers, .. } => Connection::PostgresWriter(writers.begin().await?),
        }))
    }

    pub async fn sign_in(&self) -> Result<SignInScope<Writing>> {
        Ok(SignInScope(self.write().await?))
    }

    pub async fn look_up(&self) -> Result<SignInScope<Reading>> {
        Ok(SignInScope(self.read().await?))
    }

    pub async fn account(&self) -> Result<AccountScope<Writing>> {
        Ok(AccountScope(self.write().await?))
    }

    pub async fn see_account(&self) -> Result<AccountScope<Reading>> {
        Ok(AccountScope(self.read().await?))
    }

    pub async fn server(&self) -> Result<ServerScope<Writing>> {
        Ok(ServerScope(self.write().await?))
    }

    pub async fn see_server(&self) -> Result<ServerScope<Reading>> {
        Ok(ServerScope(self.read().await?))
    }

    /// `name` says in the code which job it is; there is no caller to ask.
    pub async fn job(&self, _name: &'static str) -> Result<JobScope<Writing>> {
        Ok(JobScope(self.write().await?))
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

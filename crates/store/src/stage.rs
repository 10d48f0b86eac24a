//! A stage: many changes, one after the other, each of which finds what those before it left, and of all of which nothing
//! remains. What a long change would do is told by doing it there. Every change is a savepoint in one transaction, so that one
//! that is refused leaves the others as they are.
//!
//! On SQLite, whose one writer is everybody's, a stage is a copy of the database, so that nobody waits for what is only tried.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::audit_chain::Heads;
use crate::backup;
use crate::db::{Error, Result, query};
use crate::open::{Backend, Store};
use crate::tx::{Connection, Tx, Writing};
use crate::writer::Writer;

#[derive(Clone)]
pub(crate) struct Stage {
    play: Arc<Mutex<Play>>,
    is_sqlite: bool,
}

struct Play {
    /// None once the stage was cleared.
    tx: Option<Tx<Writing>>,
    /// Whether a step was begun and neither kept nor taken back.
    begun: bool,
}

/// One change on the stage, or one look at it.
pub(crate) struct Step {
    play: OwnedMutexGuard<Play>,
    is_sqlite: bool,
}

impl Stage {
    pub async fn step(&self, writes: bool) -> Result<Step> {
        let mut play = Arc::clone(&self.play).lock_owned().await;
        let abandoned = std::mem::replace(&mut play.begun, writes);
        let tx = play.tx.as_mut().ok_or_else(cleared)?;
        if abandoned {
            undo(tx).await?;
        }
        if writes {
            query("SAVEPOINT step").execute(tx).await?;
        }
        Ok(Step {
            play,
            is_sqlite: self.is_sqlite,
        })
    }

    pub fn is_sqlite(&self) -> bool {
        self.is_sqlite
    }
}

fn cleared() -> Error {
    Error::Unavailable("what was tried was taken back".to_owned())
}

async fn undo(tx: &mut Tx<Writing>) -> Result<()> {
    query("ROLLBACK TO SAVEPOINT step").execute(tx).await?;
    query("RELEASE SAVEPOINT step").execute(tx).await?;
    Ok(())
}

impl Step {
    pub fn connection(&mut self) -> Option<&mut Tx<Writing>> {
        self.play.tx.as_mut()
    }

    pub fn is_sqlite(&self) -> bool {
        self.is_sqlite
    }

    pub async fn keep(mut self) -> Result<()> {
        self.play.begun = false;
        let tx = self.play.tx.as_mut().ok_or_else(cleared)?;
        query("RELEASE SAVEPOINT step").execute(tx).await?;
        Ok(())
    }

    pub async fn take_back(mut self) -> Result<()> {
        self.play.begun = false;
        undo(self.play.tx.as_mut().ok_or_else(cleared)?).await
    }
}

async fn copied(file: &Path, copy: &Path) -> Result<Tx<Writing>> {
    let awaited = Arc::new(());
    let still_awaited = Arc::downgrade(&awaited);
    backup::copy(file, copy, move || still_awaited.strong_count() > 0).await?;
    let options = SqliteConnectOptions::new()
        .filename(copy)
        // Changes one at a time are taken back by it; nothing of it has to outlive a crash.
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(true)
        .optimize_on_close(false, None)
        .pragma("locking_mode", "EXCLUSIVE")
        .pragma("cache_size", "-16384");
    let turn = Writer::open(&options).await?.turn().await?;
    drop(awaited);
    Ok(Tx::new(Connection::SqliteWriter(turn), Heads::default()))
}

impl Store {
    /// The same database, on which everything can be done and nothing remains of it: see [`Self::clear`]. `copy` is where a
    /// copy of SQLite's file may be made; it is no longer needed there once this returns.
    ///
    /// # Errors
    /// The database does not answer, or there is no room for the copy.
    pub async fn staged(&self, copy: &Path) -> Result<Self> {
        let tx = match &self.backend {
            Backend::Sqlite { file, .. } => copied(file, copy).await?,
            Backend::Postgres { .. } | Backend::Staged(_) => self.write().await?,
        };
        let stage = Stage {
            is_sqlite: tx.is_sqlite(),
            play: Arc::new(Mutex::new(Play {
                tx: Some(tx),
                begun: false,
            })),
        };
        Ok(Self {
            backend: Backend::Staged(stage),
            waits: Arc::clone(&self.waits),
            // Of what happens on the stage nothing remains, nor what is believed by it.
            heads: Heads::default(),
        })
    }

    /// Takes back all that was done on the stage. One that is dropped is cleared too, a moment later.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn clear(&self) -> Result<()> {
        let Backend::Staged(stage) = &self.backend else {
            return Ok(());
        };
        let tx = stage.play.lock().await.tx.take();
        match tx {
            Some(tx) => tx.rollback().await,
            None => Ok(()),
        }
    }
}

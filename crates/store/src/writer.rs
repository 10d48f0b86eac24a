//! SQLite's one writer, whose commits are shared. Each change is a savepoint in the open batch; when it is done, it
//! queues again behind those who already wait for their turn, and whoever of the batch comes first commits it for all.
//! So one fsync carries as many changes as came meanwhile, and nobody hears "done" before it is on disk.

use std::sync::{Arc, OnceLock};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::db::{Error, Result};

#[derive(Clone)]
pub struct Writer {
    state: Arc<Mutex<State>>,
}

struct State {
    connection: SqliteConnection,
    batch: Option<Batch>,
}

#[derive(Clone)]
struct Batch {
    /// Set once the COMMIT for all has succeeded or failed.
    outcome: Arc<OnceLock<std::result::Result<(), String>>>,
    /// How many changes are in it.
    changes: u32,
}

/// One change's time with the writer. Dropped without [`Turn::commit`], nothing of it remains.
pub struct Turn {
    writer: Writer,
    guard: Option<OwnedMutexGuard<State>>,
}

impl Writer {
    pub async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let connection = SqliteConnection::connect_with(options).await?;
        Ok(Self {
            state: Arc::new(Mutex::new(State {
                connection,
                batch: None,
            })),
        })
    }

    /// Waits for the turn, first come first served.
    pub async fn turn(&self) -> Result<Turn> {
        let guard = Arc::clone(&self.state).lock_owned().await;
        // The turn has the guard before anything is begun: whoever gives up in the middle of what follows drops the turn,
        // and that undoes what was begun.
        let mut turn = Turn {
            writer: self.clone(),
            guard: Some(guard),
        };
        if let Some(state) = turn.guard.as_deref_mut() {
            state.begin().await?;
        }
        Ok(turn)
    }

    /// Ends the connection, after whatever still runs on it.
    pub async fn close(&self) {
        let mut state = self.state.lock().await;
        state.finish().await;
        if let Err(error) = state.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await {
            tracing::warn!(%error, "the write-ahead log could not be emptied; it is read at the next start");
        }
    }

    /// Moves with every commit that anybody else makes in the same file, and with none of this connection's own.
    pub async fn version(&self) -> Result<i64> {
        let mut state = self.state.lock().await;
        Ok(sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut state.connection)
            .await?)
    }

    async fn finish(&self, batch: &Batch) -> Result<()> {
        let mut state = self.state.lock().await;
        if batch.outcome.get().is_none() {
            state.finish().await;
        }
        match batch.outcome.get() {
            Some(Ok(())) => Ok(()),
            Some(Err(reason)) => Err(Error::Unavailable(reason.clone())),
            None => Err(Error::Unavailable("the batch was lost".to_owned())),
        }
    }
}

impl State {
    /// Opens a batch where there is none, and a savepoint in it.
    async fn begin(&mut self) -> Result<()> {
        if self.batch.is_none() {
            self.batch = Some(Batch {
                outcome: Arc::default(),
                changes: 0,
            });
            self.connection.execute("BEGIN IMMEDIATE").await?;
        }
        self.connection.execute("SAVEPOINT turn").await?;
        Ok(())
    }

    /// Commits the open batch, if there is one, and lets its members know.
    async fn finish(&mut self) {
        let Some(batch) = self.batch.take() else { return };
        let outcome = match self.connection.execute("COMMIT").await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.abandon().await;
                Err(error.to_string())
            }
        };
        let _already_known = batch.outcome.set(outcome);
    }

    /// Undoes the turn that was not committed, and the batch with it where that cannot be told apart.
    async fn undo(&mut self) {
        let undone = async {
            self.connection.execute("ROLLBACK TO turn").await?;
            self.connection.execute("RELEASE turn").await
        };
        if let Err(error) = undone.await {
            // After a full disk or a failed read the engine has already given up the whole transaction.
            self.abandon().await;
            if let Some(batch) = self.batch.take() {
                let _already_known = batch.outcome.set(Err(error.to_string()));
            }
        } else if self.batch.as_ref().is_some_and(|batch| batch.changes == 0) {
            self.abandon().await;
            self.batch = None;
        }
    }

    async fn abandon(&mut self) {
        // Fails where there is no transaction any more, which is what is wanted.
        let _no_transaction = self.connection.execute("ROLLBACK").await;
    }
}

impl Turn {
    pub fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.guard.as_deref_mut().map(|state| &mut state.connection)
    }

    /// Returns once the change is on disk.
    pub async fn commit(mut self) -> Result<()> {
        let Some(mut guard) = self.guard.take() else {
            return Err(Error::Unavailable("no turn".to_owned()));
        };
        let writer = self.writer.clone();
        // Its own task: a caller who goes away must not leave the batch open.
        let done = tokio::spawn(async move {
            if let Err(error) = guard.connection.execute("RELEASE turn").await {
                guard.undo().await;
                return Err(Error::from(error));
            }
            let Some(batch) = guard.batch.as_mut() else {
                return Err(Error::Unavailable("the batch was lost".to_owned()));
            };
            batch.changes += 1;
            let batch = batch.clone();
            drop(guard);
            writer.finish(&batch).await
        });
        done.await.map_err(|error| Error::Unavailable(error.to_string()))?
    }

    pub async fn rollback(mut self) {
        if let Some(mut guard) = self.guard.take() {
            // Its own task, as in `commit`: half an undoing would leave the rest to the next one's commit.
            let _undone = tokio::spawn(async move { guard.undo().await }).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { guard.undo().await });
        }
    }
}

//! SQLite's one writer, whose commits are shared. Each change is a savepoint in the open batch; when it is done, it
//! queues again behind those who already wait for their turn, and whoever of the batch comes first commits it for all.
//! So one fsync carries as many changes as came meanwhile, and nobody hears "done" before it is on disk.

use std::sync::{Arc, OnceLock};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::db::{Error, Result};
use crate::refusing::Refusing;

#[derive(Clone)]
pub struct Writer {
    state: Arc<Mutex<State>>,
    refusing: Refusing,
}

struct State {
    connection: SqliteConnection,
    batch: Option<Batch>,
    refusing: Refusing,
}

/// Why the COMMIT for all failed, to be told to each of them.
#[derive(Clone)]
struct Failed {
    full: bool,
    reason: String,
}

#[derive(Clone)]
struct Batch {
    /// Set once the COMMIT for all has succeeded or failed.
    outcome: Arc<OnceLock<std::result::Result<(), Failed>>>,
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
        let refusing = Refusing::default();
        Ok(Self {
            state: Arc::new(Mutex::new(State {
                connection,
                batch: None,
                refusing: refusing.clone(),
            })),
            refusing,
        })
    }

    pub fn refusing(&self) -> &Refusing {
        &self.refusing
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
            state.begin().await.inspect_err(|_| self.refusing.note())?;
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
            Some(Err(failed)) if failed.full => Err(Error::Full(failed.reason.clone())),
            Some(Err(failed)) => Err(Error::Unavailable(failed.reason.clone())),
            None => Err(Error::Unavailable("the batch was lost".to_owned())),
        }
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let error = Error::from(error);
        Self {
            full: matches!(error, Error::Full(_)),
            reason: error.to_string(),
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
            // At one go: each errand to the engine's thread takes longer than these.
            self.connection.execute("BEGIN IMMEDIATE; SAVEPOINT turn").await?;
        } else {
            self.connection.execute("SAVEPOINT turn").await?;
        }
        Ok(())
    }

    /// Commits the open batch, if there is one, and lets its members know.
    async fn finish(&mut self) {
        let Some(batch) = self.batch.take() else { return };
        let outcome = match self.connection.execute("COMMIT").await {
            Ok(_) => Ok(()),
            Err(error) => {
                // Not tried again: a disk that has failed to synchronise may say that all is well the next time, and have
                // lost what it was given. The engine writes whatever comes next over it.
                self.abandon().await;
                Err(Failed::from(error))
            }
        };
        if outcome.is_err() {
            // Nothing is concluded from one that succeeds: it may have had nothing to write.
            self.refusing.note();
        }
        let _already_known = batch.outcome.set(outcome);
    }

    /// Undoes the turn that was not committed, and the batch with it where that cannot be told apart.
    async fn undo(&mut self) {
        let undone = async { self.connection.execute("ROLLBACK TO turn; RELEASE turn").await };
        if let Err(error) = undone.await {
            // After a full disk or a failed read the engine has already given up the whole transaction.
            self.refusing.note();
            self.abandon().await;
            if let Some(batch) = self.batch.take() {
                let _already_known = batch.outcome.set(Err(Failed::from(error)));
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

    /// What was to be written was not taken.
    pub fn refused(&self) {
        self.writer.refusing.note();
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn insert(writer: Writer, parent: i64) -> Result<()> {
        let mut turn = writer.turn().await?;
        let connection = turn.connection().unwrap();
        let statement = sqlx::query("INSERT INTO child (parent) VALUES ($1)").bind(parent);
        connection.execute(statement).await?;
        turn.commit().await
    }

    #[tokio::test]
    async fn when_a_commit_fails_nobody_of_its_batch_hears_that_it_is_done() {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let writer = Writer::open(&options).await.unwrap();
        let mut turn = writer.turn().await.unwrap();
        // What is wrong with it is found out by the commit, as that the disk is full.
        let tables = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
                      CREATE TABLE child (parent BIGINT REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
                      INSERT INTO parent VALUES (1)";
        turn.connection().unwrap().execute(tables).await.unwrap();
        turn.commit().await.unwrap();

        let held = writer.turn().await.unwrap();
        let changes = [1, 1, 2, 1].map(|parent| tokio::spawn(insert(writer.clone(), parent)));
        // Each of them waits for its turn from then on, so that all are in one batch.
        tokio::task::yield_now().await;
        drop(held);
        for change in changes {
            let outcome = change.await.unwrap();
            assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
        }

        insert(writer.clone(), 1).await.unwrap();
        let mut turn = writer.turn().await.unwrap();
        let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM child")
            .fetch_one(turn.connection().unwrap())
            .await
            .unwrap();
        assert_eq!(count, 1);
    }
}

//! SQLite's readers. Whichever came back last goes out first, because what it has read and prepared is still at hand; and it
//! is back at once, so that one caller's requests do not open a connection each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use crate::db::{Error, Result};

const MOST: u32 = 16;
/// How long a request waits for a reader before it is told that there is none.
const WAIT: Duration = Duration::from_secs(5);
/// A reader that nobody has needed for this long is closed.
const IDLE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(crate) struct Readers(Arc<Shared>);

struct Shared {
    options: SqliteConnectOptions,
    most: u32,
    /// Else each is used once, and closed with whatever was begun on it.
    go_back: bool,
    turns: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// The last one was used last.
    connections: Vec<SqliteConnection>,
    /// How many were not needed since this was last looked at.
    unused: usize,
}

/// A connection that goes back when it is dropped.
pub(crate) struct Reader {
    connection: Option<SqliteConnection>,
    shared: Arc<Shared>,
    // Dropped after `Drop::drop` has put the connection back: whoever waits finds it there.
    _turn: OwnedSemaphorePermit,
}

impl Readers {
    /// Opens none yet.
    pub fn new(options: SqliteConnectOptions) -> Self {
        let readers = Self::of(options, MOST, true);
        tokio::spawn(close_unused(Arc::downgrade(&readers.0)));
        readers
    }

    /// Each is used by one caller alone.
    pub fn once(options: SqliteConnectOptions, most: u32) -> Self {
        Self::of(options, most, false)
    }

    fn of(options: SqliteConnectOptions, most: u32, go_back: bool) -> Self {
        Self(Arc::new(Shared {
            options,
            most,
            go_back,
            turns: Arc::new(Semaphore::new(most as usize)),
            idle: Mutex::default(),
        }))
    }

    /// How many there are, and how many of them nobody uses.
    pub fn counted(&self) -> (usize, usize) {
        let out = (self.0.most as usize).saturating_sub(self.0.turns.available_permits());
        let idle = self.0.idle().connections.len();
        (out + idle, idle)
    }

    pub async fn acquire(&self) -> Result<Reader> {
        let turn = timeout(WAIT, Arc::clone(&self.0.turns).acquire_owned())
            .await
            .map_err(|_| Error::Unavailable("all of its readers are busy".to_owned()))?
            .map_err(|_| Error::Unavailable("it was closed".to_owned()))?;
        let idle = self.0.idle().take();
        let connection = match idle {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.0.options).await?,
        };
        Ok(Reader {
            connection: Some(connection),
            shared: Arc::clone(&self.0),
            _turn: turn,
        })
    }

    /// Waits for those that are out, and closes all.
    pub async fn close(&self) {
        let _everyone_is_back = self.0.turns.acquire_many(self.0.most).await;
        self.0.turns.close();
        let connections = std::mem::take(&mut self.0.idle().connections);
        for connection in connections {
            let _only_read = connection.close().await;
        }
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Idle {
    fn take(&mut self) -> Option<SqliteConnection> {
        let connection = self.connections.pop();
        self.unused = self.unused.min(self.connections.len());
        connection
    }

    /// Those that were not needed since the last time.
    fn outdated(&mut self) -> Vec<SqliteConnection> {
        let outdated = self.connections.drain(..self.unused).collect();
        self.unused = self.connections.len();
        outdated
    }
}

impl Reader {
    pub fn connection(&mut self) -> Option<&mut SqliteConnection> {
        self.connection.as_mut()
    }

    /// It is of no use any more: it does not go back.
    pub fn lost(&mut self) {
        self.connection = None;
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.shared.go_back
        {
            self.shared.idle().connections.push(connection);
        }
    }
}

/// As long as anybody has the readers.
async fn close_unused(shared: Weak<Shared>) {
    loop {
        sleep(IDLE).await;
        let Some(shared) = shared.upgrade() else { return };
        let outdated = shared.idle().outdated();
        drop(outdated);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers() -> Readers {
        Readers::new(SqliteConnectOptions::new().in_memory(true))
    }

    fn idle(readers: &Readers) -> usize {
        readers.0.idle().connections.len()
    }

    #[tokio::test]
    async fn one_caller_after_another_uses_one_connection() {
        let readers = readers();
        for _ in 0..5 {
            let mut reader = readers.acquire().await.unwrap();
            assert!(reader.connection().is_some());
        }
        assert_eq!(idle(&readers), 1);
        let (first, second) = (readers.acquire().await.unwrap(), readers.acquire().await.unwrap());
        drop((first, second));
        assert_eq!(idle(&readers), 2);
    }

    #[tokio::test]
    async fn a_reader_that_nobody_needs_any_more_is_closed() {
        let readers = readers();
        let (first, second) = (readers.acquire().await.unwrap(), readers.acquire().await.unwrap());
        drop((first, second));
        assert!(
            readers.0.idle().outdated().is_empty(),
            "both were needed since the last look"
        );
        drop(readers.acquire().await.unwrap());
        assert_eq!(readers.0.idle().outdated().len(), 1);
        assert_eq!(idle(&readers), 1);
    }

    #[tokio::test]
    async fn a_reader_that_is_lost_does_not_go_back() {
        let readers = readers();
        let mut reader = readers.acquire().await.unwrap();
        reader.lost();
        drop(reader);
        assert_eq!(idle(&readers), 0);
        assert!(readers.acquire().await.is_ok());
    }

    #[tokio::test]
    async fn what_was_begun_on_a_reader_for_one_caller_ends_with_it() {
        let readers = Readers::once(SqliteConnectOptions::new().in_memory(true), 1);
        for _ in 0..2 {
            let mut reader = readers.acquire().await.unwrap();
            let begun = sqlx::query("BEGIN").execute(reader.connection().unwrap()).await;
            assert!(begun.is_ok(), "{begun:?}");
        }
        assert_eq!(idle(&readers), 0);
    }

    #[tokio::test]
    async fn whoever_closes_waits_for_those_who_read() {
        let readers = readers();
        let reader = readers.acquire().await.unwrap();
        let closing = tokio::spawn({
            let readers = readers.clone();
            async move { readers.close().await }
        });
        tokio::task::yield_now().await;
        assert!(!closing.is_finished());
        drop(reader);
        closing.await.unwrap();
        assert!(readers.acquire().await.is_err());
    }
}

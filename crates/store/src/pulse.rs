//! Whether PostgreSQL answers, as the connections find out that listen (`elsewhere.rs`). While it does not, nobody waits for
//! it: what is asked of it ends at once, and what was asked before is given up. A network that swallows everything would
//! else keep each caller, and the connection they have, for a quarter of an hour.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::db::is_unwritable;
use crate::refusing::Refusing;

#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lost: AtomicBool,
    last: Mutex<Option<Instant>>,
    told: Notify,
    refusing: Refusing,
}

impl Pulse {
    /// The database does not answer: whoever waits for it ends waiting.
    pub fn lose(&self) {
        self.doubt();
        self.0.lost.store(true, Ordering::SeqCst);
        self.0.told.notify_waiters();
    }

    pub fn regain(&self) {
        self.0.lost.store(false, Ordering::SeqCst);
    }

    /// One connection was lost, and others may be.
    fn doubt(&self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// A connection that was used since then may have been lost with the others.
    pub fn was_lost_within(&self, time: Duration) -> bool {
        let last = *self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() <= time)
    }

    pub fn refusing(&self) -> &Refusing {
        &self.0.refusing
    }

    pub fn is_lost(&self) -> bool {
        self.0.lost.load(Ordering::SeqCst)
    }

    /// What is asked of the database, for as long as it answers.
    pub async fn while_there<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
        // Made before it is looked at, so that no loss falls between.
        let lost = self.0.told.notified();
        if self.is_lost() {
            return Err(gone());
        }
        tokio::select! {
            biased;
            done = work => done.inspect_err(|error| {
                if matches!(error, sqlx::Error::Io(_)) {
                    self.doubt();
                }
                if is_unwritable(error) {
                    self.0.refusing.note();
                }
            }),
            () = lost => Err(gone()),
        }
    }
}

fn gone() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL does not answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_a_lost_database_ends_waiting_and_nobody_begins() {
        let pulse = Pulse::default();
        assert!(pulse.while_there(async { Ok(7) }).await.is_ok());
        let waiting = tokio::spawn({
            let pulse = pulse.clone();
            async move { pulse.while_there(std::future::pending::<sqlx::Result<()>>()).await }
        });
        tokio::task::yield_now().await;
        pulse.lose();
        assert!(waiting.await.unwrap().is_err());
        assert!(pulse.while_there(async { Ok(7) }).await.is_err());
        pulse.regain();
        assert!(pulse.while_there(async { Ok(7) }).await.is_ok());
    }
}

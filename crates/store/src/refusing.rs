//! Whether the database takes changes, as far as the last ones tell. A disk that is full or fails, or a database that may only
//! be read, is known by the change that it did not take; that it takes changes again is known by one that is made for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use tokio::time::{Instant, timeout};

use crate::ceremony;
use crate::db::{Result, query};
use crate::open::Store;
use crate::tx::{Tx, Writing};

/// How often it is tried at most.
const SELDOM: Duration = Duration::from_secs(1);
/// How long a try may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is written for it, and gone by its end: rows that are not made smaller, more of them than most changes have, so that
/// they find room where those do.
const TRY: &str = "try";
const MANY: u8 = 64;
const LONG: usize = 1_900;

#[derive(Clone, Debug, Default)]
pub(crate) struct Refusing(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    refuses: bool,
    tried: Option<Instant>,
}

impl Refusing {
    /// A change was not taken.
    pub fn note(&self) {
        self.state().refuses = true;
    }

    /// Whether a change is to be tried: one was not taken, and none was tried lately. None where all is well.
    fn due(&self, now: Instant) -> Option<bool> {
        let mut state = self.state();
        if !state.refuses {
            return None;
        }
        let due = state.tried.is_none_or(|tried| now.duration_since(tried) >= SELDOM);
        if due {
            state.tried = Some(now);
        }
        Some(due)
    }

    fn end(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Whether changes are taken. Nothing is written to find out but where the last one was refused, and then once a second.
    pub async fn takes_changes(&self) -> bool {
        let Some(refusing) = self.refusing() else { return true };
        match refusing.due(Instant::now()) {
            None => true,
            Some(false) => false,
            Some(true) => {
                let takes = matches!(timeout(PATIENCE, self.write_something()).await, Ok(Ok(())));
                if takes {
                    refusing.end();
                }
                takes
            }
        }
    }

    async fn write_something(&self) -> Result<()> {
        let mut tx = self.write().await?;
        clear(&mut tx).await?;
        // Rows that are new: one that is written as it was is not written at all.
        for number in 0..MANY {
            ceremony::insert(&mut tx, [number; 32], TRY, &"x".repeat(LONG), Timestamp::from_micros(0)).await?;
        }
        if self.is_sqlite() {
            // Nor is there a page that is taken and given back within one change.
            tx.commit().await?;
            tx = self.write().await?;
        }
        clear(&mut tx).await?;
        tx.commit().await
    }
}

async fn clear(tx: &mut Tx<Writing>) -> Result<()> {
    query("DELETE FROM ceremony WHERE kind = $1")
        .bind(TRY)
        .execute(tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_tried_once_a_second_from_one_that_was_refused_to_one_that_was_taken() {
        let (refusing, now) = (Refusing::default(), Instant::now());
        assert_eq!(refusing.due(now), None);
        refusing.note();
        assert_eq!(refusing.due(now), Some(true));
        assert_eq!(refusing.due(now), Some(false));
        refusing.note();
        assert_eq!(refusing.due(now + SELDOM / 2), Some(false));
        assert_eq!(refusing.due(now + SELDOM), Some(true));
        refusing.end();
        assert_eq!(refusing.due(now + SELDOM), None);
        refusing.note();
        assert_eq!(refusing.due(now + SELDOM), Some(true));
    }
}

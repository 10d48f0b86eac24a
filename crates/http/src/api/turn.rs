//! Requests of one caller with the same `Idempotency-Key` take turns: whoever comes second finds the first one's answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use domain::actor::Identity;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

type Key = (Identity, String);

#[derive(Default)]
pub struct Turns(Mutex<HashMap<Key, Weak<Turn<()>>>>);

impl Turns {
    /// Waits until no other request with this key is under way; the turn ends when what is returned is dropped.
    pub async fn of(&self, caller: Identity, key: &str) -> OwnedMutexGuard<()> {
        self.line(caller, key).lock_owned().await
    }

    fn line(&self, caller: Identity, key: &str) -> Arc<Turn<()>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(|_, line| line.strong_count() > 0);
        let line = lines.entry((caller, key.to_owned())).or_default();
        line.upgrade().unwrap_or_else(|| {
            let new = Arc::default();
            *line = Arc::downgrade(&new);
            new
        })
    }
}

//! What has to be cleared away now and then.

use std::time::Duration;

use domain::time::DAY;

use crate::{Result, Roster, idempotency, throttle};

const EVERY: Duration = Duration::from_secs(600);

impl Roster {
    /// Forgets what has expired: sessions, failed tries, first answers, what was begun and not finished.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn clear_expired(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.store().job("clear expired").await?;
        store::session::forget_expired(&mut tx, now).await?;
        store::ceremony::forget_expired(&mut tx, now).await?;
        store::single_sign_on::forget_assertions(&mut tx, now).await?;
        store::failure::forget_before(&mut tx, now.plus(-throttle::MEMORY)).await?;
        store::email_change::forget_before(&mut tx, now.plus(-DAY)).await?;
        store::notice::forget_before(&mut tx, now.plus(-DAY)).await?;
        // Where no mail can be sent, nobody takes them.
        store::job::forget_before(&mut tx, store::job::Kind::NoticeMail, now.plus(-DAY)).await?;
        store::sign_up::forget_before(&mut tx, now.plus(-DAY)).await?;
        store::password_reset::forget_expired(&mut tx, now, now.plus(-DAY)).await?;
        store::idempotency::forget_before(&mut tx, now.plus(-idempotency::KEPT)).await?;
        Ok(tx.commit().await?)
    }

    /// Clears up every ten minutes for as long as the program runs.
    pub async fn keep_clear(&self) {
        loop {
            if let Err(error) = self.purge_deleted().await {
                tracing::warn!(%error, "clearing away a deleted organization failed; it is tried again");
            }
            if let Err(error) = self.clear_expired().await {
                tracing::warn!(%error, "clearing what has expired failed; it is tried again");
            }
            if let Err(error) = self.tend_audit_log().await {
                tracing::warn!(%error, "the audit log was not tended; it is tried again");
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

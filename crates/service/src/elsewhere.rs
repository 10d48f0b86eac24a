//! Hearing of what is changed elsewhere, so that this node's memory may be believed for as long as nothing is.

use std::time::Duration;

use store::elsewhere::{Change, News};

use crate::{Result, Roster};

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

impl Roster {
    /// Listens for as long as the program runs. While nobody tells, memory is not believed for more than a moment.
    pub async fn keep_told(&self) {
        loop {
            let Err(error) = self.hear().await;
            // Once, and not with every try.
            if self.memory().set_told(false) {
                tracing::warn!(%error, "changes made elsewhere are not told; they are asked for until they are");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Whether other nodes' changes are told to this one. Else it asks for them before a second has passed.
    pub fn is_told(&self) -> bool {
        self.memory().is_told()
    }

    async fn hear(&self) -> Result<std::convert::Infallible> {
        let mut elsewhere = self.store().elsewhere().await?;
        loop {
            match elsewhere.next().await? {
                News::Told => {
                    self.memory().set_told(true);
                    tracing::info!("changes made elsewhere are told");
                    // What was changed while nobody told.
                    self.follow_settings().await?;
                }
                News::Untold => {
                    self.memory().set_told(false);
                    tracing::warn!(
                        "the database answers, but passes no notification on; changes made elsewhere are asked for. A pooler \
                         that shares connections between transactions does so: let Roster connect past it"
                    );
                }
                News::Changed(Change::Organization(id)) => self.memory().organization_changed(id),
                News::Changed(Change::Account(id)) => self.memory().account_changed(id),
                News::Changed(Change::Setting) => self.follow_settings().await?,
                News::Changed(Change::Anything) => {
                    self.memory().everything_changed();
                    self.follow_settings().await?;
                }
            }
        }
    }

    /// Serves by the settings as they are now.
    async fn follow_settings(&self) -> Result<()> {
        self.refresh_settings().await?;
        self.open_confirmed().await;
        Ok(())
    }
}

//! The end of a change: it is committed only together with the event that tells of it, and then everybody knows who has to.

use domain::Timestamp;
use domain::audit::{Event, Target};
use domain::permission::Needs;

use super::{Authorized, Outcome};
use crate::Result;

impl<P: Needs> Authorized<P> {
    /// Commits the change with the event that tells of it; of a dry run nothing remains.
    ///
    /// # Errors
    /// The database cannot commit, or a request with the same idempotency key was faster.
    pub async fn commit<T>(mut self, mut event: Event, value: T) -> Result<Outcome<T>> {
        let undoing = self.request.undoing.clone();
        if let Some(undoing) = &undoing {
            undoing.still_fits(&event.before)?;
            event = undoing.named_in(event);
        }
        if self.request.dry_run {
            return self.take_back().await;
        }
        crate::idempotency::claim(self.scope.tx(), &self.request).await?;
        let organization = self.scope.organization().id;
        let id = self.new_id();
        if let Some(undoing) = &undoing {
            undoing.mark(&mut self.scope, id, &event).await?;
        }
        let actor = self.recorded_actor();
        let from = (&actor, &self.request.origin);
        crate::audit::record_as(self.scope.tx(), id, Some(organization), &event, from, self.request.now).await?;
        self.settle().await?;
        Ok(Outcome::Done(value))
    }

    /// What was asked for is so already: nothing is written, told or moved.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn unchanged<T>(mut self, value: T) -> Result<Outcome<T>> {
        self.scope.tx().prove().await?;
        self.scope.rollback().await?;
        Ok(if self.request.dry_run {
            Outcome::Previewed(self.preview)
        } else {
            Outcome::Done(value)
        })
    }

    /// Whether a change that leaves this of something is none. What is taken back is written all the same.
    pub fn is_unchanged(&self, before: &serde_json::Value, after: &serde_json::Value) -> bool {
        self.request.undoing.is_none() && before == after
    }

    /// Commits many changes that were made together, each with the event that tells of it.
    pub(crate) async fn commit_all(mut self, events: &[(Timestamp, Event)]) -> Result<()> {
        let actor = self.recorded_actor();
        let organization = self.scope.organization().id;
        let from = (&actor, &self.request.origin);
        crate::audit::record_all(self.scope.tx(), organization, events, from).await?;
        self.settle().await
    }

    /// Who the log says it was.
    fn recorded_actor(&self) -> Target {
        if self.actor.superuser && self.actor.member.is_none() {
            crate::audit::superuser(&self.request)
        } else {
            self.request.actor()
        }
    }

    /// Commits, and lets everybody know who has to.
    async fn settle(self) -> Result<()> {
        let organization = self.scope.organization().id;
        // Where nobody knows whether it is there, what is remembered may be wrong.
        let committed = self.scope.commit().await;
        committed.inspect_err(|_| self.roster.memory().everything_changed())?;
        if self.access_changed {
            self.roster.memory().organization_changed(organization);
        }
        for account in self.accounts_changed {
            self.roster.memory().account_changed(account);
        }
        if self.everything_changed {
            self.roster.memory().everything_changed();
        }
        if self.job_added {
            self.roster.jobs_added();
        }
        Ok(())
    }
}

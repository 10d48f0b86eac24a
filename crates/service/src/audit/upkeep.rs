//! What becomes of old entries: who was deleted is erased from them, and what is older than an organization keeps is
//! removed. Both leave a chain that verifies.

use domain::Timestamp;
use domain::audit::chain::Chain;
use domain::audit::{Action, Event, Target};
use domain::time::DAY;
use serde_json::json;
use store::audit_chain::Head;
use store::audit_erasure::Erasure;

use super::record_by;
use crate::superuser::from_the_machine;
use crate::{OrganizationRef, Result, Roster};

/// Entries that are read at once.
const READ: i64 = 500;
/// Entries that are removed in one transaction: nobody waits for the writer for long.
const REMOVED: i64 = 2_000;
/// Chains that are listed at once.
const CHAINS: i64 = 200;

impl Roster {
    /// Erases whoever was deleted, and removes what is kept no longer.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn tend_audit_log(&self) -> Result<()> {
        while let Some(erasure) = self.next_erasure().await? {
            self.erase(erasure).await?;
        }
        let mut last = None;
        loop {
            let chains = self.chains(last).await?;
            let Some(end) = chains.last().copied() else {
                return Ok(());
            };
            for chain in chains {
                self.prune(chain).await?;
            }
            last = Some(end);
        }
    }

    async fn chains(&self, after: Option<Chain>) -> Result<Vec<Chain>> {
        let mut tx = self.store().see_server().await?;
        Ok(store::audit_chain::list(&mut tx, after, CHAINS).await?)
    }

    async fn next_erasure(&self) -> Result<Option<Erasure>> {
        let mut tx = self.store().see_server().await?;
        Ok(store::audit_erasure::next(&mut tx).await?)
    }

    async fn erase(&self, mut erasure: Erasure) -> Result<()> {
        let mut last = None;
        loop {
            let chains = self.chains(last).await?;
            let Some(end) = chains.last().copied() else { break };
            for chain in chains {
                self.erase_in(chain, &mut erasure).await?;
            }
            last = Some(end);
        }
        let mut tx = self.store().job("erase a person from the audit log").await?;
        store::audit_erasure::done(&mut tx, erasure.account).await?;
        Ok(tx.commit().await?)
    }

    async fn erase_in(&self, chain: Chain, erasure: &mut Erasure) -> Result<()> {
        let everything = super::Filter::default();
        let mut behind = 0;
        loop {
            let mut tx = self.store().see_server().await?;
            let entries = store::audit::follow(&mut tx, chain, &everything, behind, READ).await?;
            drop(tx);
            let Some(last) = entries.last() else { return Ok(()) };
            behind = last.number;
            let mut concerned = Vec::new();
            for entry in &entries {
                erasure.sought.learn(entry);
                if erasure.sought.concerns(entry) {
                    concerned.push(entry.number);
                }
            }
            if concerned.is_empty() {
                continue;
            }
            let mut tx = self.store().job("erase a person from the audit log").await?;
            for number in concerned {
                store::audit_erasure::erase(&mut tx, chain, number, &erasure.sought).await?;
            }
            tx.commit().await?;
        }
    }

    /// Removes what is older than is kept, at most once a day.
    async fn prune(&self, chain: Chain) -> Result<()> {
        let now = self.now();
        let Some(before) = self.kept_since(chain, now).await? else {
            return Ok(());
        };
        let mut tx = self.store().see_server().await?;
        let Some(state) = store::audit_chain::state(&mut tx, chain).await? else {
            return Ok(());
        };
        // What is forwarded is not removed before it has arrived.
        let up_to = store::audit_forwarding::arrived(&mut tx, chain)
            .await?
            .unwrap_or(i64::MAX);
        drop(tx);
        if now.since(state.pruned_at) < DAY {
            return Ok(());
        }
        loop {
            let mut tx = self.store().see_server().await?;
            let outdated = store::audit_chain::outdated(&mut tx, chain, before, up_to, REMOVED).await?;
            drop(tx);
            match outdated {
                Some(last) => self.remove(chain, last, before, now).await?,
                None => return Ok(()),
            }
        }
    }

    /// From when on the chain's entries are kept; none: all are.
    async fn kept_since(&self, chain: Chain, now: Timestamp) -> Result<Option<Timestamp>> {
        let days = match chain {
            Chain::Instance => self.instance_audit_retention().await?,
            Chain::Organization(id) => match self.store().see(&OrganizationRef::Id(id)).await {
                Ok(scope) => scope.organization().policies.audit_retention_days,
                // It was deleted, and its log with it or not.
                Err(store::Error::Refused(_)) => None,
                Err(error) => return Err(error.into()),
            },
        };
        Ok(days.map(|days| super::retention::older_than(now, days)))
    }

    async fn remove(&self, chain: Chain, last: Head, before: Timestamp, now: Timestamp) -> Result<()> {
        let tx = self.store().job("prune the audit log").await?.into_inner();
        let (mut tx, target) = match chain {
            Chain::Instance => (tx, Target::new("instance", "", "instance")),
            Chain::Organization(id) => {
                let scope = store::organization::enter(tx, &OrganizationRef::Id(id)).await?;
                let target = crate::organization::target(scope.organization());
                (scope.leave(), target)
            }
        };
        let removed = store::audit_chain::prune(&mut tx, chain, last, now).await?;
        if removed == 0 {
            return Ok(tx.rollback().await?);
        }
        let event = Event::new(Action::AuditLogPruned, target).after(json!({
            "removed": removed,
            "up_to_number": last.number,
            "up_to_hash": last.hash,
            "older_than": before,
        }));
        let organization = match chain {
            Chain::Instance => None,
            Chain::Organization(id) => Some(id),
        };
        let actor = Target::new("system", "", "Roster");
        record_by(&mut tx, organization, &event, (&actor, &from_the_machine()), now).await?;
        Ok(tx.commit().await?)
    }
}

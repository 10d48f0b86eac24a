//! Clearing away what was deleted thirty days ago: the organization, all that is in it, and the accounts that began there and
//! belong nowhere else. In steps, so that nobody waits for the writer; whatever is interrupted goes on with the next upkeep.

use domain::account::Account;
use domain::audit::{Action, Chain, Event, Target};
use domain::organization::{Organization, RESTORABLE};
use serde_json::json;
use store::{Tx, Writing};

use crate::superuser::from_the_machine;
use crate::{Error, Result, Roster};

/// Accounts in one step; each takes a good deal with it.
const ACCOUNTS: i64 = 50;
/// Entries and memberships in one step.
const ROWS: i64 = 1_000;

impl Roster {
    /// Returns how many organizations were cleared away.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn purge_deleted(&self) -> Result<usize> {
        let before = self.now().plus(-RESTORABLE);
        let mut tx = self.store().see_server().await?;
        let due = store::tenant::due_for_purge(&mut tx, before).await?;
        let mut ready = Vec::new();
        for organization in due {
            // What the instance forwards arrives first.
            if !store::audit_forwarding::is_awaited(&mut tx, Chain::Organization(organization.id)).await? {
                ready.push(organization);
            }
        }
        drop(tx);
        let mut purged = 0;
        for organization in &ready {
            purged += usize::from(self.purge(organization).await?);
        }
        Ok(purged)
    }

    /// Returns whether it was this node that did it to its end.
    async fn purge(&self, organization: &Organization) -> Result<bool> {
        let id = organization.id;
        while self.purge_accounts(organization).await? {}
        loop {
            let mut tx = self.store().job("clear away an organization").await?;
            if !store::tenant::hold(&mut tx, id).await? {
                return Ok(false);
            }
            let more = store::tenant::clear_some(&mut tx, id, ROWS).await?;
            tx.commit().await?;
            if !more {
                break;
            }
        }
        let mut tx = self.store().job("clear away an organization").await?;
        if !store::tenant::hold(&mut tx, id).await? {
            return Ok(false);
        }
        store::tenant::clear_rest(&mut tx, id).await?;
        let left = store::tenant::remains(&mut tx, id).await?;
        if !left.is_empty() {
            let detail = format!("{} still has rows of the organization {id}", left.join(", "));
            return Err(Error::Unexpected(detail));
        }
        let event = Event::new(
            Action::OrganizationPurged,
            Target::new("organization", id, &organization.name),
        )
        .before(json!({
            "slug": organization.slug,
            "deleted_at": organization.deleted.as_ref().map(|ending| ending.at),
            "deleted_by": organization.deleted.as_ref().map(|ending| ending.by.clone()),
        }));
        record(&mut tx, &event, self.now()).await?;
        tx.commit().await?;
        self.memory().organization_changed(id);
        self.memory().everything_changed();
        Ok(true)
    }

    /// Returns whether there may be more.
    async fn purge_accounts(&self, organization: &Organization) -> Result<bool> {
        let mut tx = self.store().job("clear away accounts").await?;
        if !store::tenant::hold(&mut tx, organization.id).await? {
            return Ok(false);
        }
        store::tenant::disown(&mut tx, organization.id).await?;
        let ending = store::tenant::ending_accounts(&mut tx, organization.id, ACCOUNTS).await?;
        for account in &ending {
            store::account::delete(&mut tx, account.id).await?;
            record(&mut tx, &deleted(account, organization), self.now()).await?;
        }
        tx.commit().await?;
        for account in &ending {
            self.memory().account_changed(account.id);
        }
        Ok(!ending.is_empty())
    }
}

fn deleted(account: &Account, organization: &Organization) -> Event {
    Event::new(
        Action::AccountDeleted,
        Target::new("account", account.id, &account.name),
    )
    .before(json!({ "username": account.username, "home": organization.name }))
}

async fn record(tx: &mut Tx<Writing>, event: &Event, now: domain::Timestamp) -> Result<()> {
    let by = Target::new("system", "", "upkeep");
    crate::audit::record_by(tx, None, event, (&by, &from_the_machine()), now).await
}

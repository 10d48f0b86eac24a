//! The audit log: the one place that writes it, and how it is read. What is done with it later is in `audit/`.

pub mod forwarding;
pub mod retention;
mod upkeep;

use domain::Timestamp;
use domain::actor::Origin;
use domain::audit::{Chain, Entry, Event, Seed, Target};
use domain::id::{EventId, OrganizationId};
use domain::permission::AuditLogView;
pub use store::audit::Filter;
#[cfg(feature = "yardstick")]
pub use store::audit::yardstick;
pub use store::audit_chain::State;
use store::{Reading, Tx, Writing};

use crate::ambient::{entropy, new_id};
use crate::instance::superusers_only;
use crate::{Authorized, Request, Result, Roster};

/// The latest first.
///
/// # Errors
/// The database does not answer.
pub async fn list(mut seen: Authorized<AuditLogView, Reading>, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    let chain = Chain::Organization(seen.organization().id);
    Ok(store::audit::list(seen.scope().tx(), chain, filter, limit).await?)
}

/// Where the organization's chain begins and ends.
///
/// # Errors
/// The database does not answer.
pub async fn state(seen: &mut Authorized<AuditLogView, Reading>) -> Result<Option<State>> {
    let chain = Chain::Organization(seen.organization().id);
    Ok(store::audit_chain::state(seen.scope().tx(), chain).await?)
}

/// Begins an export of an organization's log.
///
/// # Errors
/// The database does not answer.
pub async fn export(mut seen: Authorized<AuditLogView, Reading>, filter: Filter) -> Result<Export> {
    let chain = Chain::Organization(seen.organization().id);
    let end = store::audit_chain::state(seen.scope().tx(), chain).await?;
    Ok(Export::new(seen.roster(), chain, filter, end))
}

impl Roster {
    /// The instance's own log, the latest first.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn instance_audit(&self, request: &Request, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        Ok(store::audit::list(&mut tx, Chain::Instance, filter, limit).await?)
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn instance_audit_state(&self, request: &Request) -> Result<Option<State>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        Ok(store::audit_chain::state(&mut tx, Chain::Instance).await?)
    }

    /// How many entries of the instance's own log are older than that today.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn instance_audit_would_remove(&self, request: &Request, days: u32) -> Result<i64> {
        superusers_only(request)?;
        let before = retention::older_than(request.now, days);
        let mut tx = self.store().see_server().await?;
        Ok(store::audit::count_before(&mut tx, Chain::Instance, before).await?)
    }

    /// Begins an export of the instance's own.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn export_instance_audit(&self, request: &Request, filter: Filter) -> Result<Export> {
        let end = self.instance_audit_state(request).await?;
        Ok(Export::new(self, Chain::Instance, filter, end))
    }
}

/// Entries of one read: few enough to be in memory, many enough that asking does not count.
const AT_ONCE: i64 = 500;

/// What matches, in the order it was written, up to what was there when it was asked for. Between one read and the next no
/// connection is held: a reader that takes its time keeps nobody waiting, and SQLite's log from growing.
pub struct Export {
    roster: Roster,
    chain: Chain,
    filter: Filter,
    behind: i64,
    end: i64,
}

impl Export {
    fn new(roster: &Roster, chain: Chain, filter: Filter, state: Option<State>) -> Self {
        Self {
            roster: roster.clone(),
            chain,
            filter,
            behind: 0,
            end: state.map_or(0, |state| state.head.number),
        }
    }

    /// The next ones; empty at the end.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn next(&mut self) -> Result<Vec<Entry>> {
        if self.behind >= self.end {
            return Ok(Vec::new());
        }
        let mut tx = self.roster.store().see_server().await?;
        let mut entries = store::audit::follow(&mut tx, self.chain, &self.filter, self.behind, AT_ONCE).await?;
        entries.retain(|entry| entry.number <= self.end);
        self.behind = entries.last().map_or(self.end, |last| last.number);
        Ok(entries)
    }
}

/// What an actor's type is who is no member and acts by being superuser.
pub const SUPERUSER: &str = "superuser";

/// Whoever makes the request, where they act by being superuser alone.
pub(crate) fn superuser(request: &Request) -> Target {
    Target {
        kind: SUPERUSER.to_owned(),
        ..request.actor()
    }
}

/// Writes an event of a request, in the transaction of the change that it tells of. Without an organization it stands in
/// the instance's log.
pub(crate) async fn record(
    tx: &mut Tx<Writing>,
    organization: Option<OrganizationId>,
    event: &Event,
    request: &Request,
) -> Result<()> {
    let by = (&request.actor(), &request.origin);
    record_as(tx, new_id(request.now), organization, event, by, request.now).await
}

/// The same of somebody who makes no request as themselves, or not yet.
pub(crate) async fn record_by(
    tx: &mut Tx<Writing>,
    organization: Option<OrganizationId>,
    event: &Event,
    by: (&Target, &Origin),
    at: Timestamp,
) -> Result<()> {
    record_as(tx, new_id(at), organization, event, by, at).await
}

/// The same under an id that is known before.
pub(crate) async fn record_as(
    tx: &mut Tx<Writing>,
    id: EventId,
    organization: Option<OrganizationId>,
    event: &Event,
    (actor, origin): (&Target, &Origin),
    at: Timestamp,
) -> Result<()> {
    let entry = store::audit::NewEntry {
        id,
        organization,
        at,
        actor,
        event,
        origin,
        seed: Seed(entropy()),
    };
    Ok(store::audit::append(tx, &entry).await?)
}

/// The same of many events of one organization, each at its own time.
pub(crate) async fn record_all(
    tx: &mut Tx<Writing>,
    organization: OrganizationId,
    events: &[(Timestamp, Event)],
    (actor, origin): (&Target, &Origin),
) -> Result<()> {
    let mut entries = Vec::with_capacity(events.len());
    for (at, event) in events {
        entries.push(store::audit::NewEntry {
            id: new_id(*at),
            organization: Some(organization),
            at: *at,
            actor,
            event,
            origin,
            seed: Seed(entropy()),
        });
    }
    Ok(store::audit::append_all(tx, Some(organization), &entries).await?)
}

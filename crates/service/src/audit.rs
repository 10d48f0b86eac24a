//! Reading the audit log, and the one place that writes it.

use domain::Timestamp;
use domain::actor::Origin;
use domain::audit::{Entry, Event, Target};
use domain::id::OrganizationId;
use domain::permission::AuditLogView;
use store::Reading;
pub use store::audit::Filter;
use store::{Tx, Writing};

use crate::ambient::new_id;
use crate::{Authorized, Request, Result};

/// The latest first.
///
/// # Errors
/// The database does not answer.
pub async fn list(mut seen: Authorized<AuditLogView, Reading>, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    let organization = seen.organization().id;
    Ok(store::audit::list(seen.scope().tx(), Some(organization), filter, limit).await?)
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
    record_by(
        tx,
        organization,
        event,
        (&request.actor(), &request.origin),
        request.now,
    )
    .await
}

/// The same of somebody who makes no request as themselves, or not yet.
pub(crate) async fn record_by(
    tx: &mut Tx<Writing>,
    organization: Option<OrganizationId>,
    event: &Event,
    (actor, origin): (&Target, &Origin),
    at: Timestamp,
) -> Result<()> {
    let entry = store::audit::NewEntry {
        id: new_id(at),
        organization,
        at,
        actor,
        event,
        origin,
    };
    Ok(store::audit::append(tx, &entry).await?)
}

//! Reading the audit log.

use domain::audit::Entry;
use domain::permission::AuditLogView;
use store::Reading;
pub use store::audit::Filter;

use crate::{Authorized, Result};

/// The latest first.
///
/// # Errors
/// The database does not answer.
pub async fn list(mut seen: Authorized<AuditLogView, Reading>, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    let organization = seen.organization().id;
    Ok(store::audit::list(seen.scope().tx(), Some(organization), filter, limit).await?)
}

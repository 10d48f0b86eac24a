//! What is the matter with an organization: told to whoever can see it, and shown to whoever can mend it.

use std::collections::BTreeMap;

use domain::id::OrganizationId;
use domain::organization::{Flag, Organization};
use domain::permission::Needs;
use store::Mode;

use crate::{Authorized, Request, Result, Roster};

/// # Errors
/// The database does not answer.
pub async fn of<P: Needs, M: Mode>(seen: &mut Authorized<P, M>) -> Result<Vec<Flag>> {
    let id = seen.organization().id;
    let found = store::flag::without_active_owner(seen.scope().tx(), &[id]).await?;
    Ok(found.into_iter().map(|_| Flag::NoActiveOwner).collect())
}

impl Roster {
    /// The flags of organizations that the caller was shown; those without any are left out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn flags(
        &self,
        request: &Request,
        shown: &[Organization],
    ) -> Result<BTreeMap<OrganizationId, Vec<Flag>>> {
        request.settled()?;
        let ids: Vec<OrganizationId> = shown.iter().map(|organization| organization.id).collect();
        let mut tx = self.store().see_server().await?;
        let found = store::flag::without_active_owner(&mut tx, &ids).await?;
        Ok(found.into_iter().map(|id| (id, vec![Flag::NoActiveOwner])).collect())
    }
}

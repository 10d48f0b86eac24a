//! Reading who may do what: from this node's memory, or from the database, and then remembered.

use std::sync::Arc;

use domain::access::{Holding, OrganizationAccess, Principal, ProjectFacts};
use domain::id::{OrganizationId, ProjectId};
use store::organization::OrganizationRef;
use store::{Mode, Scope};

use crate::memory::{Held, Stamp, account_of};
use crate::{Result, Roster};

impl Roster {
    /// Catalogue, roles and policies of an organization; none where there is no such organization.
    pub(crate) async fn organization_access(&self, id: OrganizationId) -> Result<Option<Arc<OrganizationAccess>>> {
        let now = self.now();
        if let Some(known) = self.memory().organization(id, now) {
            return Ok(Some(known));
        }
        let stamp = self.memory().stamp(Some(id), None, now);
        let mut scope = match self.store().see(&OrganizationRef::Id(id)).await {
            Err(store::Error::Refused(_)) => return Ok(None),
            scope => scope?,
        };
        let access = Arc::new(store::access::of_organization(&mut scope).await?);
        self.memory().remember_organization(stamp, Arc::clone(&access));
        Ok(Some(access))
    }

    /// What somebody holds in an organization; none where there is nobody of that id.
    pub(crate) async fn held(
        &self,
        access: &Arc<OrganizationAccess>,
        principal: Principal,
    ) -> Result<Option<Arc<Held>>> {
        let (organization, now) = (access.organization, self.now());
        let principal = match principal {
            Principal::Member(member) => match self.memory().account(member) {
                Some(account) => Principal::Account(account),
                None => principal,
            },
            other => other,
        };
        if let Some(known) = self.memory().held(organization, principal, now)
            && known.revision == access.revision
        {
            return Ok(Some(known));
        }
        let stamp = self.memory().stamp(Some(organization), account_of(principal), now);
        let mut scope = self.store().see(&OrganizationRef::Id(organization)).await?;
        self.read_held(&mut scope, access, principal, Some(stamp)).await
    }

    pub(crate) async fn project_facts(&self, id: ProjectId) -> Result<Option<ProjectFacts>> {
        let now = self.now();
        if let Some(known) = self.memory().project(id, now) {
            return Ok(Some(known));
        }
        let mut tx = self.store().look_up().await?;
        let Some(found) = store::access::find_project(&mut tx, id).await? else {
            return Ok(None);
        };
        // Only now it is known whose project it is: what follows is read under that organization's epoch.
        let stamp = self.memory().stamp(Some(found.organization), None, now);
        let Some(facts) = store::access::find_project(&mut tx, id).await? else {
            return Ok(None);
        };
        self.memory().remember_project(stamp, facts);
        Ok(Some(facts))
    }

    async fn read_held<M: Mode>(
        &self,
        scope: &mut Scope<M>,
        access: &OrganizationAccess,
        principal: Principal,
        stamp: Option<Stamp>,
    ) -> Result<Option<Arc<Held>>> {
        let Some((known, holding)) = store::access::of_principal(scope, access, principal).await? else {
            return Ok(None);
        };
        let organization = scope.organization();
        let held = Arc::new(Held {
            known,
            holding: Arc::new(holding),
            revision: organization.access_revision,
        });
        if let (Some(member), Some(account)) = (known.member, known.account) {
            self.memory().remember_account(member, account);
        }
        if let Some(stamp) = stamp
            && !matches!(principal, Principal::Member(_))
            && held.revision == access.revision
        {
            self.memory()
                .remember_held(organization.id, principal, stamp, Arc::clone(&held));
        }
        Ok(Some(held))
    }

    /// The same inside an organization that was opened already. `stamp` is of before it was opened for reading; what is
    /// read in a change is not remembered.
    pub(crate) async fn held_in<M: Mode>(
        &self,
        scope: &mut Scope<M>,
        principal: Principal,
        stamp: Option<Stamp>,
    ) -> Result<(Arc<OrganizationAccess>, Option<Arc<Held>>)> {
        let (organization, revision, now) = (
            scope.organization().id,
            scope.organization().access_revision,
            self.now(),
        );
        let remembered = self.memory().organization(organization, now);
        let access = match remembered.filter(|access| access.revision == revision) {
            Some(access) => access,
            None => {
                let access = Arc::new(store::access::of_organization(scope).await?);
                if let Some(stamp) = stamp {
                    self.memory()
                        .remember_organization(stamp.without_account(), Arc::clone(&access));
                }
                access
            }
        };
        let remembered = self.memory().held(organization, principal, now);
        let held = match remembered.filter(|held| held.revision == revision) {
            Some(held) => Some(held),
            None => self.read_held(scope, &access, principal, stamp).await?,
        };
        Ok((access, held))
    }
}

/// What a principal holds now in a change that is under way, which memory knows nothing of.
pub(crate) async fn holding_now<M: Mode>(
    scope: &mut Scope<M>,
    principal: Principal,
) -> Result<(OrganizationAccess, Holding)> {
    let access = store::access::of_organization(scope).await?;
    let found = store::access::of_principal(scope, &access, principal).await?;
    Ok((access, found.map(|(_, holding)| holding).unwrap_or_default()))
}

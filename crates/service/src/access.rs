//! Reading who may do what: from this node's memory, or from the database, and then remembered.

use std::sync::Arc;

use domain::Timestamp;
use domain::access::{Holding, OrganizationAccess, Principal, ProjectFacts};
use domain::id::{OrganizationId, ProjectId};
use store::organization::OrganizationRef;
use store::{Mode, Scope};

use crate::memory::{Held, Stamp, account_of};
use crate::{Result, Roster};

impl Roster {
    /// Catalogue, roles and policies of an organization; none where there is no such organization.
    pub(crate) async fn organization_access(
        &self,
        id: OrganizationId,
        now: Timestamp,
    ) -> Result<Option<Arc<OrganizationAccess>>> {
        match self.memory().organization(id, now) {
            Some(known) => Ok(Some(known)),
            // What waits for the database is large, and seldom needed; so with all of these.
            None => Box::pin(self.read_organization(id, now)).await,
        }
    }

    async fn read_organization(&self, id: OrganizationId, now: Timestamp) -> Result<Option<Arc<OrganizationAccess>>> {
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
        access: &OrganizationAccess,
        principal: Principal,
        now: Timestamp,
    ) -> Result<Option<Held>> {
        let principal = match principal {
            Principal::Member(member) => match self.memory().account(member) {
                Some(account) => Principal::Account(account),
                None => principal,
            },
            other => other,
        };
        let known = self.memory().held(access.organization, principal, now);
        match known.filter(|held| held.revision == access.revision) {
            Some(known) => Ok(Some(known)),
            None => Box::pin(self.find_held(access, principal, now)).await,
        }
    }

    async fn find_held(
        &self,
        access: &OrganizationAccess,
        principal: Principal,
        now: Timestamp,
    ) -> Result<Option<Held>> {
        let organization = access.organization;
        let stamp = self.memory().stamp(Some(organization), account_of(principal), now);
        let mut scope = self.store().see(&OrganizationRef::Id(organization)).await?;
        self.read_held(&mut scope, access, principal, Some(stamp)).await
    }

    pub(crate) async fn project_facts(&self, id: ProjectId, now: Timestamp) -> Result<Option<ProjectFacts>> {
        match self.memory().project(id, now) {
            Some(known) => Ok(Some(known)),
            None => Box::pin(self.read_project(id, now)).await,
        }
    }

    async fn read_project(&self, id: ProjectId, now: Timestamp) -> Result<Option<ProjectFacts>> {
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
    ) -> Result<Option<Held>> {
        let Some((known, holding)) = store::access::of_principal(scope, access, principal).await? else {
            return Ok(None);
        };
        let organization = scope.organization();
        let held = Held::new(&known, access.shared(holding), organization.access_revision);
        if let (Principal::Member(member), Some(account)) = (principal, known.account) {
            self.memory().remember_account(member, account);
        }
        if let Some(stamp) = stamp
            && !matches!(principal, Principal::Member(_))
            && held.revision == access.revision
        {
            self.memory()
                .remember_held(organization.id, principal, stamp, held.clone());
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
    ) -> Result<(Arc<OrganizationAccess>, Option<Held>)> {
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

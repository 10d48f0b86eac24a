//! Permission, tenant and transaction are one value. An [`Authorized`] is made only by the check, inside the write's own
//! transaction, and a change is committed only together with the audit event that tells of it.

mod commit;
mod project;
mod watch;

use std::marker::PhantomData;
use std::sync::Arc;

use domain::Refusal;
use domain::Timestamp;
use domain::access::{Principal, ProjectFacts, Through};
use domain::actor::{Actor, Caller, Credential, Identity};
use domain::effect::{Effect, Kind, Preview};
use domain::grant::{Granting, Grants};
use domain::id::{AccountId, Id, MemberId, ProjectId};
use domain::member::Member;
use domain::organization::{Organization, OrganizationStatus};
use domain::permission::{Needs, Permission};
use domain::project::Project;
use domain::role;
use store::Scope;
use store::job;
pub use store::{Mode, Reading, Writing};

use crate::ambient::new_id;
use crate::memory::{Stamp, account_of};
use crate::preview::Watch;
use crate::{Error, OrganizationRef, Request, Result, Roster};

/// Proof that the caller holds `P` in an organization, and the transaction in which that is so.
pub struct Authorized<P: Needs, M: Mode = Writing> {
    scope: Scope<M>,
    actor: Actor,
    request: Request,
    roster: Roster,
    project: Option<(Project, ProjectFacts)>,
    preview: Preview,
    watched: Watch,
    access_changed: bool,
    accounts_changed: Vec<AccountId>,
    everything_changed: bool,
    job_added: bool,
    permission: PhantomData<P>,
}

/// What a write leads to.
#[derive(Debug)]
pub enum Outcome<T> {
    Done(T),
    /// It was a dry run: what it would have done.
    Previewed(Preview),
}

impl<T> Outcome<T> {
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Done(value) => Outcome::Done(change(value)),
            Self::Previewed(preview) => Outcome::Previewed(preview),
        }
    }
}

impl Roster {
    /// Opens an organization for a change that takes the permission `P`.
    ///
    /// # Errors
    /// The caller may not see the organization (not found) or lacks the permission (forbidden).
    pub async fn authorize<P: Needs>(
        &self,
        request: &Request,
        organization: &OrganizationRef,
    ) -> Result<Authorized<P>> {
        let mut authorized = self.open_for_change(request, organization).await?;
        authorized.permit()?;
        Ok(authorized)
    }

    /// Opens an organization for reading what takes the permission `P`.
    ///
    /// # Errors
    /// As [`Self::authorize`].
    pub async fn see<P: Needs>(
        &self,
        request: &Request,
        organization: &OrganizationRef,
    ) -> Result<Authorized<P, Reading>> {
        let mut seen = self.open_for_reading(request, organization).await?;
        seen.permit()?;
        Ok(seen)
    }

    /// Opens one project of an organization for a change that takes the permission `P` on it.
    ///
    /// # Errors
    /// The caller may not see the project (not found) or lacks the permission (forbidden).
    pub async fn authorize_on<P: Needs>(
        &self,
        request: &Request,
        organization: &OrganizationRef,
        project: &str,
    ) -> Result<Authorized<P>> {
        let mut authorized = self.open_for_change(request, organization).await?;
        authorized.permit_on(project).await?;
        Ok(authorized)
    }

    /// Opens one project of an organization for reading what takes the permission `P` on it.
    ///
    /// # Errors
    /// As [`Self::authorize_on`].
    pub async fn see_on<P: Needs>(
        &self,
        request: &Request,
        organization: &OrganizationRef,
        project: &str,
    ) -> Result<Authorized<P, Reading>> {
        let mut seen = self.open_for_reading(request, organization).await?;
        seen.permit_on(project).await?;
        Ok(seen)
    }

    async fn open_for_change<P: Needs>(
        &self,
        request: &Request,
        organization: &OrganizationRef,
    ) -> Result<Authorized<P>> {
        request.settled()?;
        self.recall(request, organization).await?;
        let mut scope = self.store().change(organization).await?;
        match request.caller.credential {
            // Asked with the audit entry: one errand less for each change.
            Credential::Session(session) => scope.tx().made_by(session),
            Credential::Token(_) => crate::session::goes_on(scope.tx(), request).await?,
        }
        self.opened(request, scope, None).await
    }

    /// Reads what the caller may do where it is not remembered, so that it need not be read while others wait for the change
    /// to end. The change believes it as long as the organization's access revision is the same.
    async fn recall(&self, request: &Request, organization: &OrganizationRef) -> Result<()> {
        let Some(principal) = principal(&request.caller) else {
            return Ok(());
        };
        let memory = self.memory();
        let known = match organization {
            OrganizationRef::Id(id) => Some(*id),
            OrganizationRef::Slug(slug) => memory.organization_of_slug(slug),
        };
        if known.is_some_and(|id| memory.knows(id, principal, request.now)) {
            return Ok(());
        }
        let mut scope = match self.store().see(organization).await {
            // The change itself says so.
            Err(store::Error::Refused(_)) => return Ok(()),
            scope => scope?,
        };
        let id = scope.organization().id;
        if let OrganizationRef::Slug(slug) = organization {
            memory.remember_slug(slug, id);
        }
        let stamp = memory.stamp(Some(id), account_of(principal), request.now);
        self.held_in(&mut scope, principal, Some(stamp)).await?;
        Ok(())
    }

    async fn open_for_reading<P: Needs>(
        &self,
        request: &Request,
        organization: &OrganizationRef,
    ) -> Result<Authorized<P, Reading>> {
        request.settled()?;
        let account = principal(&request.caller).and_then(account_of);
        let scope = self.store().see(organization).await?;
        // Taken before anything about access is read; the organization itself tells its revision.
        let stamp = self.memory().stamp(Some(scope.organization().id), account, request.now);
        let seen = self.opened(request, scope, Some(stamp)).await?;
        self.note_look(request, &seen.actor, seen.organization());
        Ok(seen)
    }

    async fn opened<P: Needs, M: Mode>(
        &self,
        request: &Request,
        mut scope: Scope<M>,
        stamp: Option<Stamp>,
    ) -> Result<Authorized<P, M>> {
        let actor = self.actor(&mut scope, request, stamp).await?;
        visible(&actor, scope.organization())?;
        Self::trace(scope.organization().id);
        if actor.member.is_some() {
            self.note_entry(request, scope.organization().id);
        }
        Ok(Authorized {
            scope,
            actor,
            request: request.clone(),
            roster: self.clone(),
            project: None,
            preview: Preview::default(),
            watched: Watch::default(),
            access_changed: false,
            accounts_changed: Vec::new(),
            everything_changed: false,
            job_added: false,
            permission: PhantomData,
        })
    }

    /// The caller in this organization, with what they hold now.
    async fn actor<M: Mode>(&self, scope: &mut Scope<M>, request: &Request, stamp: Option<Stamp>) -> Result<Actor> {
        let caller = &request.caller;
        let elsewhere = caller
            .reach
            .organization
            .is_some_and(|only| only != scope.organization().id);
        let principal = principal(caller).ok_or(NO_ORGANIZATION)?;
        if elsewhere {
            return Err(NO_ORGANIZATION.into());
        }
        let (access, held) = self.held_in(scope, principal, stamp).await?;
        let held = held.ok_or(NO_ORGANIZATION)?;
        if held.suspended {
            return Err(Error::SignInRequired);
        }
        let project = own_project(caller.identity);
        if project.is_none() && !held.holding.roles.is_empty() {
            crate::session::admitted(caller.visitor, &access, &held, request.now).map_err(Refusal::from)?;
        }
        let mut holding = held.holding;
        if holding.superuser && !caller.superuser {
            // A narrowed token of a superuser is an ordinary member's.
            Arc::make_mut(&mut holding).superuser = false;
        }
        let scopes = caller
            .reach
            .scopes
            .as_deref()
            .map(|scopes| access.catalogue.expand(scopes));
        let owner = holding
            .roles
            .iter()
            .any(|role| role.through == Through::Oneself && access.role(role.role).slug == role::OWNER);
        let is_member = project.is_none() && !holding.roles.is_empty();
        Ok(Actor {
            identity: caller.identity,
            member: held.member.filter(|_| is_member),
            name: caller.name.clone(),
            superuser: holding.superuser,
            owner: owner && project.is_none(),
            grants: match project {
                Some(project) => Grants::of_project(access, holding, (project, scopes), request.now),
                None => Grants::new(access, holding, scopes, request.now),
            },
        })
    }
}

/// Whose grants count. Projects are nobody in an organization: what a token of one may, its owner holds.
fn principal(caller: &Caller) -> Option<Principal> {
    match caller.identity {
        Identity::Account(account) => Some(Principal::Account(account)),
        Identity::ServiceAccount(service_account) => Some(Principal::ServiceAccount(service_account)),
        Identity::Project(_) => caller.answers.map(Principal::Account),
    }
}

fn own_project(identity: Identity) -> Option<ProjectId> {
    match identity {
        Identity::Project(project) => Some(project),
        Identity::Account(_) | Identity::ServiceAccount(_) => None,
    }
}

fn lacking(permission: Permission, out_of_scope: bool) -> Refusal {
    if out_of_scope {
        return Refusal::OutOfScope {
            permission: permission.name().to_owned(),
        };
    }
    Refusal::Forbidden { permission }
}

const NO_ORGANIZATION: Refusal = Refusal::NotFound { what: "organization" };

/// An organization that cannot be seen is not there.
fn visible(actor: &Actor, organization: &Organization) -> Result<()> {
    let grants = &actor.grants;
    if !grants.has(Permission::OrganizationView) && !grants.is_out_of_scope(Permission::OrganizationView) {
        return Err(NO_ORGANIZATION.into());
    }
    if organization.status == OrganizationStatus::Disabled && !actor.superuser {
        return Err(Refusal::OrganizationNotActive.into());
    }
    Ok(())
}

impl<P: Needs, M: Mode> Authorized<P, M> {
    fn permit(&mut self) -> Result<()> {
        let grants = &self.actor.grants;
        if grants.has(P::PERMISSION) {
            return Ok(());
        }
        Err(lacking(P::PERMISSION, grants.is_out_of_scope(P::PERMISSION)).into())
    }

    pub fn scope(&mut self) -> &mut Scope<M> {
        &mut self.scope
    }

    pub fn organization(&self) -> &Organization {
        self.scope.organization()
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    pub fn request(&self) -> &Request {
        &self.request
    }

    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    pub fn now(&self) -> Timestamp {
        self.request.now
    }

    pub fn new_id<I: Id>(&self) -> I {
        new_id(self.request.now)
    }
}

impl<P: Needs> Authorized<P> {
    /// The member to be changed, if it is still as the caller last saw it.
    pub async fn target(&mut self, id: MemberId) -> Result<Member> {
        let member = store::member::get(&mut self.scope, id).await?;
        self.request.matches(&crate::member::etag(&member))?;
        Ok(member)
    }

    pub fn effect(&mut self, effect: Effect) {
        self.preview.add(effect);
    }

    /// So many more of a kind, who are not named.
    pub fn more(&mut self, kind: Kind, number: u64) {
        self.preview.count(kind, number);
    }

    /// Says that this change alters who may do what.
    pub async fn touch_access(&mut self) -> Result<()> {
        self.access_changed = true;
        Ok(store::organization::touch_access(&mut self.scope).await?)
    }

    /// Says that this change alters an account's credentials, standing or powers.
    pub fn touch_account(&mut self, account: AccountId) {
        self.accounts_changed.push(account);
    }

    /// Says that this change alters what holds of accounts that nobody counts here.
    pub fn touch_everything(&mut self) {
        self.everything_changed = true;
    }

    /// Who grants now: what a grant keeps of its maker.
    pub fn granting(&self) -> Granting {
        Granting {
            by: self.request.actor(),
            at: self.request.now,
        }
    }

    /// Something to be done after the commit, kept in the same transaction.
    pub async fn later(&mut self, kind: job::Kind, subject: impl Id) -> Result<()> {
        self.job_added = true;
        let (id, now, organization) = (self.new_id(), self.now(), self.organization().id);
        Ok(store::job::enqueue(self.scope.tx(), id, Some(organization), kind, subject, now).await?)
    }

    /// The same of what belongs to no organization.
    pub async fn later_for_account(&mut self, kind: job::Kind, subject: impl Id) -> Result<()> {
        self.job_added = true;
        let (id, now) = (self.new_id(), self.now());
        Ok(store::job::enqueue(self.scope.tx(), id, None, kind, subject, now).await?)
    }
}

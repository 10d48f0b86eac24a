//! Permission, tenant and transaction are one value. An [`Authorized`] is made only by the check, inside the write's own
//! transaction, and a change is committed only together with the audit event that tells of it.

mod project;
mod watch;

use std::marker::PhantomData;
use std::sync::Arc;

use domain::Refusal;
use domain::Timestamp;
use domain::access::{Principal, ProjectFacts, Through};
use domain::actor::{Actor, Identity};
use domain::audit::Event;
use domain::effect::{Effect, Kind, Preview};
use domain::grant::{Granting, Grants};
use domain::id::{AccountId, Id, MemberId};
use domain::member::Member;
use domain::organization::{Organization, OrganizationStatus};
use domain::permission::{Needs, Permission};
use domain::project::Project;
use domain::role;
use store::Scope;
use store::job;
pub use store::{Mode, Reading, Writing};

use crate::ambient::new_id;
use crate::memory::Stamp;
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
        let mut scope = self.store().change(organization).await?;
        if !crate::session::is_live(scope.tx(), request).await? {
            return Err(Error::SignInRequired);
        }
        self.opened(request, scope, None).await
    }

    async fn open_for_reading<P: Needs>(
        &self,
        request: &Request,
        organization: &OrganizationRef,
    ) -> Result<Authorized<P, Reading>> {
        request.settled()?;
        let account = request.caller.account().ok();
        let scope = self.store().see(organization).await?;
        // Taken before anything about access is read; the organization itself tells its revision.
        let stamp = self.memory().stamp(Some(scope.organization().id), account, request.now);
        self.opened(request, scope, Some(stamp)).await
    }

    async fn opened<P: Needs, M: Mode>(
        &self,
        request: &Request,
        mut scope: Scope<M>,
        stamp: Option<Stamp>,
    ) -> Result<Authorized<P, M>> {
        let actor = self.actor(&mut scope, request, stamp).await?;
        visible(&actor, scope.organization())?;
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
        let principal = match caller.identity {
            Identity::Account(account) => Principal::Account(account),
            Identity::ServiceAccount(service_account) => Principal::ServiceAccount(service_account),
            Identity::Project(_) => return Err(NO_ORGANIZATION.into()),
        };
        if elsewhere {
            return Err(NO_ORGANIZATION.into());
        }
        let (access, held) = self.held_in(scope, principal, stamp).await?;
        let held = held.ok_or(NO_ORGANIZATION)?;
        if held.known.suspended {
            return Err(Error::SignInRequired);
        }
        if !held.holding.roles.is_empty() {
            crate::session::admitted(caller.visitor, &access, &held, request.now).map_err(Refusal::from)?;
        }
        let mut holding = Arc::clone(&held.holding);
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
        Ok(Actor {
            identity: caller.identity,
            member: held.known.member.filter(|_| !holding.roles.is_empty()),
            name: caller.name.clone(),
            superuser: holding.superuser,
            owner,
            grants: Grants::new(access, holding, scopes, request.now),
        })
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

    async fn permit_on(&mut self, reference: &str) -> Result<()> {
        let project = store::project::get(&mut self.scope, reference).await?;
        let facts = store::access::of_project(&mut self.scope, project.id).await?;
        let facts = facts.ok_or(Refusal::NotFound { what: "project" })?;
        let grants = &self.actor.grants;
        if !grants.has_on(Permission::ProjectView, &facts) {
            return Err(Refusal::NotFound { what: "project" }.into());
        }
        if !grants.has_on(P::PERMISSION, &facts) {
            return Err(lacking(P::PERMISSION, false).into());
        }
        self.project = Some((project, facts));
        Ok(())
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
        let actor = if self.actor.superuser && self.actor.member.is_none() {
            crate::audit::superuser(&self.request)
        } else {
            self.request.actor()
        };
        let from = (&actor, &self.request.origin);
        crate::audit::record_as(self.scope.tx(), id, Some(organization), &event, from, self.request.now).await?;
        self.scope.commit().await?;
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
        Ok(Outcome::Done(value))
    }
}

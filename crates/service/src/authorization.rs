//! Permission, tenant and transaction are one value. An [`Authorized`] is made only by the check, inside the write's own
//! transaction, and a change is committed only together with the audit event that tells of it.

use std::marker::PhantomData;

use domain::Refusal;
use domain::Timestamp;
use domain::actor::Actor;
use domain::audit::Event;
use domain::effect::{Effect, Preview};
use domain::grant::{Decision, Grant, Grants, Source, decide};
use domain::id::{Id, MemberId};
use domain::member::{Member, MemberStatus};
use domain::organization::{Organization, OrganizationStatus};
use domain::permission::{Needs, Permission, PermissionSet};
use domain::role;
use store::Scope;
use store::job;
pub use store::{Mode, Reading, Writing};

use crate::ambient::new_id;
use crate::{Error, OrganizationRef, Request, Result, Roster};

/// Proof that the caller holds `P` in an organization, and the transaction in which that is so.
pub struct Authorized<P: Needs, M: Mode = Writing> {
    scope: Scope<M>,
    actor: Actor,
    request: Request,
    roster: Roster,
    preview: Preview,
    access_changed: bool,
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
        request.settled()?;
        let mut scope = self.store().change(organization).await?;
        if !store::session::exists(scope.tx(), request.caller.session).await? {
            return Err(Error::SignInRequired);
        }
        self.authorized(request, scope).await
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
        request.settled()?;
        let scope = self.store().see(organization).await?;
        self.authorized(request, scope).await
    }

    async fn authorized<P: Needs, M: Mode>(&self, request: &Request, mut scope: Scope<M>) -> Result<Authorized<P, M>> {
        let actor = actor(&mut scope, request).await?;
        permit(&actor, scope.organization(), P::PERMISSION)?;
        if actor.member.is_some() {
            self.note_entry(request, scope.organization().id);
        }
        Ok(Authorized {
            scope,
            actor,
            request: request.clone(),
            roster: self.clone(),
            preview: Preview::default(),
            access_changed: false,
            job_added: false,
            permission: PhantomData,
        })
    }
}

/// The caller as a member of this organization, with what they hold now.
async fn actor<M: Mode>(scope: &mut Scope<M>, request: &Request) -> Result<Actor> {
    let account = store::account::find(scope.tx(), request.caller.account)
        .await?
        .ok_or(Error::SignInRequired)?;
    if account.suspended.is_some() {
        return Err(Error::SignInRequired);
    }
    let member = store::member::find_by_account(scope, account.id).await?;
    let member = member.filter(|member| member.status() == MemberStatus::Active);
    let grants = grants(scope, member.as_ref(), account.superuser, request.now).await?;
    Ok(Actor {
        account: account.id,
        member: member.as_ref().map(|member| member.id),
        name: account.name,
        superuser: account.superuser,
        owner: member.is_some_and(|member| member.role.is_owner()),
        grants,
    })
}

/// Everything a member holds: the role's permissions, what those carry, and what a policy adds.
pub(crate) async fn grants<M: Mode>(
    scope: &mut Scope<M>,
    member: Option<&Member>,
    superuser: bool,
    now: Timestamp,
) -> Result<Grants> {
    let catalogue = store::catalogue::list(scope).await?;
    let mut grants = Vec::new();
    if let Some(member) = member.filter(|member| member.role_until.is_none_or(|until| now < until)) {
        let carried = catalogue
            .iter()
            .filter(|declared| member.role.permissions.iter().any(|name| name == declared.name))
            .flat_map(|declared| declared.carries.iter().map(String::as_str));
        let permissions: PermissionSet = member.role.permissions.iter().chain(carried).collect();
        let source = Source::Role {
            id: member.role.id,
            name: member.role.name.clone(),
        };
        grants.push(Grant { source, permissions });
        if member.role.slug == role::MEMBER && scope.organization().policies.members_may_invite {
            let permissions = [Permission::InvitationSend.name()].into_iter().collect();
            grants.push(Grant {
                source: Source::Policy {
                    name: "members_may_invite",
                },
                permissions,
            });
        }
    }
    if superuser {
        grants.push(Grants::superuser(catalogue.into_iter().map(|declared| declared.name)));
    }
    Ok(Grants::new(grants))
}

fn permit(actor: &Actor, organization: &Organization, permission: Permission) -> Result<()> {
    if decide(&actor.grants, Permission::OrganizationView) == Decision::Denied {
        return Err(Refusal::NotFound { what: "organization" }.into());
    }
    if organization.status == OrganizationStatus::Disabled && !actor.superuser {
        return Err(Refusal::OrganizationNotActive.into());
    }
    match decide(&actor.grants, permission) {
        Decision::Allowed { .. } => Ok(()),
        Decision::Denied => Err(Refusal::Forbidden { permission }.into()),
    }
}

impl<P: Needs, M: Mode> Authorized<P, M> {
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

    /// Says that this change alters who may do what.
    pub async fn touch_access(&mut self) -> Result<()> {
        self.access_changed = true;
        Ok(store::organization::touch_access(&mut self.scope).await?)
    }

    /// Something to be done after the commit, kept in the same transaction.
    pub async fn later(&mut self, kind: job::Kind, subject: impl Id) -> Result<()> {
        self.job_added = true;
        let (id, now, organization) = (self.new_id(), self.now(), self.organization().id);
        Ok(store::job::enqueue(self.scope.tx(), id, Some(organization), kind, subject, now).await?)
    }

    /// Commits the change with the event that tells of it; of a dry run nothing remains.
    ///
    /// # Errors
    /// The database cannot commit, or a request with the same idempotency key was faster.
    pub async fn commit<T>(mut self, event: Event, value: T) -> Result<Outcome<T>> {
        if self.request.dry_run {
            self.scope.rollback().await?;
            return Ok(Outcome::Previewed(self.preview));
        }
        if let Some(idempotency) = &self.request.idempotency {
            let (account, now) = (self.request.caller.account, self.request.now);
            let tx = self.scope.tx();
            if !store::idempotency::claim(tx, account, &idempotency.key, idempotency.fingerprint, now).await? {
                return Err(Error::Repeated);
            }
        }
        let entry = store::audit::NewEntry {
            id: new_id(self.request.now),
            organization: Some(self.scope.organization().id),
            at: self.request.now,
            actor: &self.request.actor(),
            event: &event,
            origin: &self.request.origin,
        };
        store::audit::append(self.scope.tx(), &entry).await?;
        self.scope.commit().await?;
        if self.access_changed {
            self.roster.access_changed();
        }
        if self.job_added {
            self.roster.jobs_added();
        }
        Ok(Outcome::Done(value))
    }
}

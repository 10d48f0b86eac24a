//! Organizations as whoever runs the instance sees them: listed, disabled, deleted, brought back. A deleted one is out of
//! everybody's reach at once and is cleared away after thirty days; see `purge.rs`.

pub mod deletion;
pub mod purge;

use std::collections::BTreeMap;

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::id::OrganizationId;
use domain::organization::{Ending, Flag, Organization, OrganizationStatus};
use domain::time::Timestamp;
use serde_json::{Value, json};
pub use store::tenant::{Filter, Tenant, place};
use store::{Scope, Writing};

use crate::authorization::Outcome;
use crate::instance::superusers_only;
use crate::member::disablement::parsed_reason;
use crate::organization::{etag, target};
use crate::superuser::still_superuser;
use crate::{OrganizationRef, Request, Result, Roster};

impl Roster {
    /// The instance's organizations by name, deleted ones where they are asked for.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn tenants(&self, request: &Request, filter: &Filter, limit: i64) -> Result<Vec<Tenant>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        Ok(store::tenant::list(&mut tx, filter, limit).await?)
    }

    /// What is the matter with those that were listed.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn tenant_flags(
        &self,
        request: &Request,
        tenants: &[Tenant],
    ) -> Result<BTreeMap<OrganizationId, Vec<Flag>>> {
        superusers_only(request)?;
        let organizations: Vec<Organization> = tenants.iter().map(|tenant| tenant.organization.clone()).collect();
        self.flags(request, &organizations).await
    }

    /// One of them, deleted or not.
    ///
    /// # Errors
    /// The caller is no superuser, or there is none.
    pub async fn tenant(&self, request: &Request, reference: &OrganizationRef) -> Result<Tenant> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        let organization = store::organization::find_any(&mut tx, reference)
            .await?
            .ok_or(Refusal::NotFound { what: "organization" })?;
        let members = store::tenant::count_members(&mut tx, organization.id).await?;
        Ok(Tenant { organization, members })
    }

    /// Lets nobody in but superusers, until it is enabled again.
    ///
    /// # Errors
    /// The caller is no superuser, or the organization is not there.
    pub async fn disable_organization(
        &self,
        request: &Request,
        reference: &OrganizationRef,
        reason: Option<&str>,
    ) -> Result<Outcome<Tenant>> {
        let reason = parsed_reason(reason)?;
        let mut scope = self.open_tenant(request, reference).await?;
        let before = scope.organization().clone();
        if before.status == OrganizationStatus::Disabled {
            return self.unchanged(request, scope).await;
        }
        let ending = ending(request, reason);
        store::tenant::disable(&mut scope, &ending).await?;
        let event = Event::new(Action::OrganizationDisabled, target(&before))
            .before(state(&before))
            .after(state(scope.organization()));
        self.settle(request, scope, event, "lets nobody in but superusers")
            .await
    }

    /// # Errors
    /// The caller is no superuser, or the organization is not there.
    pub async fn enable_organization(&self, request: &Request, reference: &OrganizationRef) -> Result<Outcome<Tenant>> {
        let mut scope = self.open_tenant(request, reference).await?;
        let before = scope.organization().clone();
        if before.status != OrganizationStatus::Disabled {
            return self.unchanged(request, scope).await;
        }
        store::tenant::enable(&mut scope).await?;
        let event = Event::new(Action::OrganizationEnabled, target(&before))
            .before(state(&before))
            .after(state(scope.organization()));
        self.settle(request, scope, event, "lets its people in again").await
    }

    /// Brings a deleted organization back, with everybody and everything in it.
    ///
    /// # Errors
    /// The caller is no superuser, it is too late, or more people are in it than its member limit now allows.
    pub async fn restore_organization(
        &self,
        request: &Request,
        reference: &OrganizationRef,
    ) -> Result<Outcome<Tenant>> {
        superusers_only(request)?;
        request.proved()?;
        let mut tx = self.store().server().await?;
        still_superuser(&mut tx, request).await?;
        let tx = tx.into_inner();
        let mut scope = match store::organization::enter_deleted(tx, reference).await {
            Ok(scope) => scope,
            // Told apart from one that was never there: superusers see both.
            Err(store::Error::Refused(_)) => {
                let organization = self.tenant(request, reference).await?.organization.name;
                return Err(Refusal::NotRestorable { organization }.into());
            }
            Err(error) => return Err(error.into()),
        };
        let before = scope.organization().clone();
        request.matches(&etag(&before))?;
        before.restorable(request.now)?;
        store::tenant::restore(&mut scope).await?;
        seats_suffice(&mut scope, self).await?;
        let event = Event::new(Action::OrganizationRestored, target(&before))
            .before(state(&before))
            .after(state(scope.organization()));
        self.settle(
            request,
            scope,
            event,
            "is there again, with everybody and everything in it",
        )
        .await
    }

    async fn open_tenant(&self, request: &Request, reference: &OrganizationRef) -> Result<Scope<Writing>> {
        superusers_only(request)?;
        request.proved()?;
        let mut tx = self.store().server().await?;
        still_superuser(&mut tx, request).await?;
        let scope = store::organization::enter(tx.into_inner(), reference).await?;
        request.matches(&etag(scope.organization()))?;
        Ok(scope)
    }

    /// Commits with the event in the organization's own log, where its people see it; of a dry run nothing remains.
    async fn settle(
        &self,
        request: &Request,
        mut scope: Scope<Writing>,
        event: Event,
        becomes: &str,
    ) -> Result<Outcome<Tenant>> {
        store::organization::touch_access(&mut scope).await?;
        let organization = scope.organization().clone();
        if request.dry_run {
            scope.rollback().await?;
            let mut preview = Preview::default();
            preview.add(Effect::new(Kind::Changed, subject(&organization)).detail(becomes));
            return Ok(Outcome::Previewed(preview));
        }
        let members = store::tenant::count_members(scope.tx(), organization.id).await?;
        crate::idempotency::claim(scope.tx(), request).await?;
        let actor = crate::audit::superuser(request);
        let from = (&actor, &request.origin);
        crate::audit::record_by(scope.tx(), Some(organization.id), &event, from, request.now).await?;
        scope.commit().await?;
        self.memory().organization_changed(organization.id);
        // Mail that waited may go on.
        self.jobs_added();
        Ok(Outcome::Done(Tenant { organization, members }))
    }

    async fn unchanged(&self, request: &Request, mut scope: Scope<Writing>) -> Result<Outcome<Tenant>> {
        let organization = scope.organization().clone();
        let members = store::tenant::count_members(scope.tx(), organization.id).await?;
        scope.rollback().await?;
        Ok(if request.dry_run {
            Outcome::Previewed(Preview::default())
        } else {
            Outcome::Done(Tenant { organization, members })
        })
    }
}

async fn seats_suffice(scope: &mut Scope<Writing>, roster: &Roster) -> Result<()> {
    let Some(limit) = scope.organization().policies.member_limit else {
        return Ok(());
    };
    let taken = store::member::count_slots(scope, i64::from(limit) + 1).await?;
    if taken <= i64::from(limit) {
        return Ok(());
    }
    let contact = crate::member::whom_to_ask(roster.settings());
    Err(Refusal::MemberLimitReached { limit, contact }.into())
}

fn ending(request: &Request, reason: Option<String>) -> Ending {
    Ending {
        at: request.now,
        by: request.caller.name.clone(),
        reason,
    }
}

fn state(organization: &Organization) -> Value {
    let since = |ending: &Option<Ending>| ending.as_ref().map(|ending| ending.at);
    json!({
        "status": organization.status,
        "disabled_at": since(&organization.disabled),
        "reason": organization.disabled.as_ref().and_then(|ending| ending.reason.clone()),
        "deleted_at": since(&organization.deleted),
    })
}

fn subject(organization: &Organization) -> Subject {
    Subject {
        kind: "organization",
        id: organization.id.to_string(),
        name: organization.name.clone(),
    }
}

/// When what is deleted now is gone for good.
pub fn gone_at(now: Timestamp) -> Timestamp {
    now.plus(domain::organization::RESTORABLE)
}

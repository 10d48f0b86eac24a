//! Leaving an organization of one's own accord, and what becomes of what one owns there.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::member::{Member, MemberStatus};
use domain::ownership::Owned;
use domain::permission::OrganizationView;

use crate::authorization::Outcome;
use crate::member::belongings::{Belongings, settle, tell_what_opens};
use crate::member::{state, subject, target};
use crate::session::goes_on;
use crate::{Authorized, OrganizationRef, Request, Result, Roster};

impl Roster {
    /// Declines a membership that was not agreed to yet, or leaves an organization.
    ///
    /// # Errors
    /// The caller still owns something there, or is its last Owner.
    pub async fn leave(&self, request: &Request, organization: &OrganizationRef) -> Result<()> {
        request.settled()?;
        let mut scope = self.store().change(organization).await?;
        goes_on(scope.tx(), request).await?;
        let member = store::member::find_by_account(&mut scope, request.caller.whole()?)
            .await?
            .ok_or(Refusal::NotFound { what: "organization" })?;
        let action = if member.status() == MemberStatus::AwaitingConsent {
            store::member::decline(&mut scope, member.id).await?;
            Action::MemberConsentDeclined
        } else {
            let owned = store::ownership::of_member(&mut scope, member.id).await?;
            let owners = store::member::count_active_owners(&mut scope).await?;
            let removable = member.may_leave(&owned, owners)?;
            store::member::remove(&mut scope, &removable).await?;
            Action::MemberLeft
        };
        store::organization::touch_access(&mut scope).await?;
        let event = Event::new(action, target(&member)).before(state(&member));
        self.finish_in(scope, request, &event).await
    }

    /// What the caller owns in an organization: what keeps them from leaving it.
    ///
    /// # Errors
    /// The caller is no member of it.
    pub async fn owned_in(&self, request: &Request, organization: &OrganizationRef) -> Result<Vec<Owned>> {
        request.settled()?;
        let mut scope = self.store().see(organization).await?;
        let member = store::member::find_by_account(&mut scope, request.caller.whole()?).await?;
        let member = member.ok_or(Refusal::NotFound { what: "organization" })?;
        Ok(store::ownership::of_member(&mut scope, member.id).await?)
    }

    /// Hands over or deletes what the caller owns, and leaves, in one step.
    ///
    /// # Errors
    /// The caller is no active member, the organization's last Owner, or may not decide so about something they own.
    pub async fn leave_with(
        &self,
        request: &Request,
        organization: &OrganizationRef,
        belongings: Belongings,
    ) -> Result<Outcome<()>> {
        request.caller.whole()?;
        let mut authorized = self.authorize::<OrganizationView>(request, organization).await?;
        let member = oneself(&mut authorized).await?;
        let settled = settle(&mut authorized, &member, belongings).await?;
        let owned = store::ownership::of_member(authorized.scope(), member.id).await?;
        let owners = store::member::count_active_owners(authorized.scope()).await?;
        let removable = member.may_leave(&owned, owners)?;
        tell_what_opens(&mut authorized, member.id).await?;
        authorized.effect(Effect::new(Kind::MemberRemoved, subject(&member)).detail("leaves the organization"));
        store::member::remove(authorized.scope(), &removable).await?;
        authorized.touch_access().await?;
        let event = Event::new(Action::MemberLeft, target(&member))
            .before(state(&member))
            .after(settled);
        authorized.commit(event, ()).await
    }
}

async fn oneself(authorized: &mut Authorized<OrganizationView>) -> Result<Member> {
    let member = authorized.actor().member.ok_or(Refusal::MembersOnly)?;
    authorized.target(member).await
}

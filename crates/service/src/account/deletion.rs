//! Deleting an account for good: one's own, or by a superuser. Whatever is owned anywhere, and every organization that would
//! be left without an Owner, stands in the way, all of it told at once.

use domain::Refusal;
use domain::account::Account;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Preview};
use domain::grant::Granting;
use domain::id::{AccountId, OrganizationId};
use domain::member::{Member, MemberStatus, Removable};
use domain::ownership::{Owned, Place};
use store::{Mode, Scope, Tx, Writing};

use super::oversight::{end_credentials, subject};
use crate::authorization::Outcome;
use crate::member::{state, target};
use crate::session::{goes_on, record_own};
use crate::{OrganizationRef, Request, Result, Roster};

/// Whose account is deleted, and how it ends its memberships.
pub(super) struct Leaving<'a> {
    pub account: &'a Account,
    /// What the organizations' logs call it.
    pub action: Action,
    /// Who gets what is owned, wherever they are a member too.
    pub heir: Option<AccountId>,
    /// Whether it is the caller's own.
    pub own: bool,
}

/// What keeps somebody from leaving.
#[derive(Default)]
struct Obstacles {
    owned: Vec<Owned>,
    last_owner_of: Vec<String>,
}

impl Roster {
    /// # Errors
    /// The last proof of who one is is too old, something is still owned, or nobody else would be Owner or superuser.
    pub async fn delete_me(&self, request: &Request) -> Result<Outcome<()>> {
        request.settled()?;
        request.caller.recently_proved(request.now)?;
        let id = request.caller.whole()?;
        let mut tx = self.store().account().await?;
        goes_on(&mut tx, request).await?;
        let account = store::account::get(&mut tx, id).await?;
        request.matches(&super::etag(&account))?;
        if account.superuser {
            crate::superuser::not_the_last(&mut tx, &account).await?;
        }
        let leaving = Leaving {
            account: &account,
            action: Action::MemberLeft,
            heir: None,
            own: true,
        };
        self.delete_everywhere(request, tx.into_inner(), leaving).await
    }

    /// Ends every membership, then the account.
    pub(super) async fn delete_everywhere(
        &self,
        request: &Request,
        mut tx: Tx<Writing>,
        leaving: Leaving<'_>,
    ) -> Result<Outcome<()>> {
        let account = leaving.account;
        let organizations = organizations_of(&mut tx, account.id).await?;
        let (mut obstacles, mut preview) = (Obstacles::default(), Preview::default());
        for organization in &organizations {
            let mut scope = store::organization::enter(tx, &OrganizationRef::Id(*organization)).await?;
            take_leave(&mut scope, request, &leaving, &mut obstacles).await?;
            let left = Effect::new(Kind::MemberRemoved, subject(account));
            preview.add(left.resource(&scope.organization().name));
            tx = scope.leave();
        }
        obstacles.none_left(&leaving)?;
        store::tenant::give_up_in_deleted(&mut tx, account.id).await?;
        end_credentials(&mut tx, account, &mut preview).await?;
        store::account::delete(&mut tx, account.id).await?;
        let whose = Target::new("account", account.id, &account.name);
        let event = Event::new(Action::AccountDeleted, whose).before(super::profile(account));
        record_own(&mut tx, request, &event).await?;
        if request.dry_run {
            tx.rollback().await?;
            preview.add(Effect::new(Kind::AccountDeleted, subject(account)));
            return Ok(Outcome::Previewed(preview));
        }
        tx.commit().await?;
        self.memory().account_changed(account.id);
        for organization in organizations {
            self.memory().organization_changed(organization);
        }
        Ok(Outcome::Done(()))
    }
}

/// Where the account belongs. Organizations are always locked in the order of their ids.
pub(super) async fn organizations_of(tx: &mut Tx<impl Mode>, id: AccountId) -> Result<Vec<OrganizationId>> {
    let memberships = store::account::memberships(tx, id).await?;
    let mut organizations: Vec<OrganizationId> = memberships
        .into_iter()
        .map(|membership| membership.organization)
        .collect();
    organizations.sort();
    Ok(organizations)
}

impl Obstacles {
    fn none_left(self, leaving: &Leaving<'_>) -> Result<()> {
        let owned = self.owned;
        if !owned.is_empty() {
            let refusal = if leaving.own {
                Refusal::YouStillOwn { owned }
            } else {
                let name = leaving.account.name.clone();
                Refusal::StillOwns { name, owned }
            };
            return Err(refusal.into());
        }
        if !self.last_owner_of.is_empty() {
            return Err(Refusal::LastOwnerOf {
                organizations: self.last_owner_of,
            }
            .into());
        }
        Ok(())
    }
}

/// Ends one membership, or notes what keeps it.
async fn take_leave(
    scope: &mut Scope<Writing>,
    request: &Request,
    leaving: &Leaving<'_>,
    obstacles: &mut Obstacles,
) -> Result<()> {
    let Some(member) = store::member::find_by_account(scope, leaving.account.id).await? else {
        return Ok(());
    };
    if member.status() == MemberStatus::AwaitingConsent {
        store::member::decline(scope, member.id).await?;
    } else {
        if let Some(heir) = leaving.heir {
            hand_over(scope, request, &member, heir).await?;
        }
        let owned = owned_here(scope, &member).await?;
        let owners = store::member::count_active_owners(scope).await?;
        let removable: Removable = match member.may_leave(&owned, owners) {
            Ok(removable) => removable,
            Err(Refusal::YouStillOwn { owned }) => {
                obstacles.owned.extend(owned);
                return Ok(());
            }
            Err(Refusal::LastOwner) => {
                obstacles.last_owner_of.push(scope.organization().name.clone());
                obstacles.owned.extend(owned);
                return Ok(());
            }
            Err(refusal) => return Err(refusal.into()),
        };
        store::member::remove(scope, &removable).await?;
    }
    store::organization::touch_access(scope).await?;
    let event = Event::new(leaving.action, target(&member)).before(state(&member));
    let organization = scope.organization().id;
    crate::audit::record(scope.tx(), Some(organization), &event, request).await
}

/// What the member owns, each with the organization that it is in: it is told beside what is owned elsewhere.
async fn owned_here(scope: &mut Scope<Writing>, member: &Member) -> Result<Vec<Owned>> {
    let place = Place {
        slug: scope.organization().slug.to_string(),
        name: scope.organization().name.clone(),
    };
    let owned = store::ownership::of_member(scope, member.id).await?.into_iter();
    Ok(owned
        .map(|thing| Owned {
            organization: Some(place.clone()),
            ..thing
        })
        .collect())
}

/// Gives what the member owns here to the heir, who must be able to have it.
async fn hand_over(scope: &mut Scope<Writing>, request: &Request, from: &Member, heir: AccountId) -> Result<()> {
    if store::ownership::of_member(scope, from.id).await?.is_empty() {
        return Ok(());
    }
    let receiver = store::member::find_by_account(scope, heir).await?;
    let receiver = receiver.filter(|receiver| receiver.id != from.id && receiver.status() == MemberStatus::Active);
    let receiver = receiver.ok_or_else(|| Refusal::NotATransferTarget {
        name: from.account.name.clone(),
    })?;
    let granted = Granting {
        by: request.actor(),
        at: request.now,
    };
    store::project::handed_over(scope, from.id, &granted).await?;
    store::ownership::transfer(scope, from.id, receiver.id).await?;
    Ok(())
}

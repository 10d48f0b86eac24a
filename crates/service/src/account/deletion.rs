//! Deleting one's own account, for good. Whatever is owned anywhere, and every organization that would be left without an
//! Owner, stands in the way, all of it told at once.

use domain::Refusal;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::id::OrganizationId;
use domain::member::{MemberStatus, Removable};
use domain::ownership::Owned;
use store::{Scope, Writing};

use crate::authorization::Outcome;
use crate::member::{state, target};
use crate::session::{goes_on, record_own};
use crate::{OrganizationRef, Request, Result, Roster};

/// What keeps somebody from leaving one organization.
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
        if account.superuser {
            crate::superuser::not_the_last(&mut tx, &account).await?;
        }
        let mut organizations: Vec<OrganizationId> = store::account::memberships(&mut tx, id)
            .await?
            .into_iter()
            .map(|membership| membership.organization)
            .collect();
        // Organizations are always locked in the order of their ids.
        organizations.sort();
        let mut obstacles = Obstacles {
            owned: Vec::new(),
            last_owner_of: Vec::new(),
        };
        let mut tx = tx.into_inner();
        for organization in &organizations {
            let mut scope = store::organization::enter(tx, &OrganizationRef::Id(*organization)).await?;
            self.take_leave(&mut scope, request, &mut obstacles).await?;
            tx = scope.leave();
        }
        if !obstacles.owned.is_empty() {
            return Err(Refusal::StillOwns {
                name: account.name,
                owned: obstacles.owned,
            }
            .into());
        }
        if !obstacles.last_owner_of.is_empty() {
            return Err(Refusal::LastOwnerOf {
                organizations: obstacles.last_owner_of,
            }
            .into());
        }
        store::account::delete(&mut tx, id).await?;
        let whose = Target::new("account", id, &account.name);
        let event = Event::new(Action::AccountDeleted, whose).before(super::profile(&account));
        record_own(&mut tx, request, &event).await?;
        if request.dry_run {
            tx.rollback().await?;
            let subject = Subject {
                kind: "account",
                id: id.to_string(),
                name: account.name,
            };
            let mut preview = Preview::default();
            preview.add(Effect::new(Kind::AccountDeleted, subject));
            return Ok(Outcome::Previewed(preview));
        }
        tx.commit().await?;
        self.memory().account_changed(id);
        for organization in organizations {
            self.memory().organization_changed(organization);
        }
        Ok(Outcome::Done(()))
    }

    /// Ends one membership, or notes what keeps it.
    async fn take_leave(&self, scope: &mut Scope<Writing>, request: &Request, obstacles: &mut Obstacles) -> Result<()> {
        let account = request.caller.account()?;
        let Some(member) = store::member::find_by_account(scope, account).await? else {
            return Ok(());
        };
        if member.status() == MemberStatus::AwaitingConsent {
            store::member::decline(scope, member.id).await?;
        } else {
            let owned = store::ownership::of_member(scope, member.id).await?;
            let owners = store::member::count_active_owners(scope).await?;
            let removable: Removable = match member.may_leave(&owned, owners) {
                Ok(removable) => removable,
                Err(Refusal::StillOwns { owned, .. }) => {
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
        let event = Event::new(Action::MemberLeft, target(&member)).before(state(&member));
        let organization = scope.organization().id;
        crate::audit::record(scope.tx(), Some(organization), &event, request).await
    }
}

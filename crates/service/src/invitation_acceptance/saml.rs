//! Accepting an invitation that is bound to single sign-on: the organization's own identity provider says who came.

use domain::account::Account;
use domain::actor::Origin;
use domain::invitation::IdentityProvider;
use domain::member::MemberStatus;
use domain::organization::Organization;
use domain::{Refusal, Timestamp};
use store::{Scope, Writing};

use super::granted;
use crate::member::claim_slot;
use crate::sign_in::saml::{Judged, Person};
use crate::sign_in::stranger::{Admitted, Why, about_invitation, email, enter, new_account};
use crate::{Error, Request, Result, Roster};

impl Roster {
    /// As the account whose owner is signed in, as the one that the identity signs in already, or with a new one.
    pub(crate) async fn accept_by_saml(
        &self,
        link: &str,
        place: &Organization,
        who: &Person,
        caller: Option<&Request>,
        origin: &Origin,
    ) -> Result<Judged> {
        match self.join_by_saml(link, place, who, caller, origin).await {
            Ok(admitted) => Ok(Ok(admitted)),
            Err(Error::Refused(refusal)) => Ok(Err(about_invitation(&refusal))),
            Err(Error::AccountSuspended) => Ok(Err(Why::Suspended)),
            Err(error) => Err(error),
        }
    }

    async fn join_by_saml(
        &self,
        link: &str,
        place: &Organization,
        who: &Person,
        caller: Option<&Request>,
        origin: &Origin,
    ) -> Result<Admitted> {
        let found = self.find_invitation(link).await?;
        if found.organization.id != place.id {
            return Err(Refusal::LinkInvalid.into());
        }
        let now = self.now();
        let (mut scope, invitation) = self.open(&found).await?;
        if invitation.identity.provider != IdentityProvider::Saml {
            return Err(Refusal::LinkInvalid.into());
        }
        let address = email(who).map(String::from);
        invitation.meant_for(&who.name_id, address.as_deref())?;
        let account = self.account_for(&mut scope, who, caller, now).await?;
        if account.superuser {
            return Err(Refusal::SuperuserNeedsPassword { name: account.name }.into());
        }
        let member = match store::member::find_by_account(&mut scope, account.id).await? {
            Some(member) if member.status() == MemberStatus::AwaitingConsent => {
                claim_slot(&mut scope, self.settings()).await?;
                store::member::set_role(&mut scope, member.id, &invitation.role, None, &granted(&invitation)).await?;
                store::member::activate(&mut scope, member.id, now).await?;
                store::member::get(&mut scope, member.id).await?
            }
            Some(_) => return Err(Refusal::AlreadyMember { who: account.name }.into()),
            None => self.join(&mut scope, &account, &invitation, now).await?,
        };
        let signed_in = enter(&mut scope, who, account, origin, now).await?;
        self.finish(scope, found, invitation, member, None, origin, now).await?;
        Ok(Admitted {
            signed_in,
            joined: true,
        })
    }

    /// Somebody who has an account already proves that by being signed in to it: an address that an identity provider
    /// tells hands nobody's account over.
    async fn account_for(
        &self,
        scope: &mut Scope<Writing>,
        who: &Person,
        caller: Option<&Request>,
        now: Timestamp,
    ) -> Result<Account> {
        if let Some(id) = store::single_sign_on::find_account(scope, &who.issuer, &who.name_id).await? {
            return Ok(store::account::get(scope.tx(), id).await?);
        }
        if let Some(caller) = caller {
            crate::session::goes_on(scope.tx(), caller).await?;
            return Ok(store::account::get(scope.tx(), caller.caller.whole()?).await?);
        }
        let known = match email(who) {
            Some(email) => store::account::find_by_email(scope.tx(), &email).await?,
            None => None,
        };
        match known {
            Some(_) => {
                let invitee = who.email.clone().unwrap_or_default();
                Err(Refusal::SignInToAccept { invitee }.into())
            }
            None => new_account(scope, who, now).await,
        }
    }
}

//! Accepting an invitation with an identity that a provider just vouched for: at once, and without a form.

use domain::Refusal;
use domain::actor::Origin;
use domain::invitation::Invitation;
use domain::session::Proof;
use domain::text::{EmailAddress, PersonName, Username};
use signin::federation::Proven;
use store::account::NewAccount;
use store::{Scope, Writing};

use super::{Accepted, Found, proves_mailbox};
use crate::ambient::new_id;
use crate::identity::{method, presented};
use crate::sign_in::{Next, SignedIn, gate};
use crate::{Request, Result, Roster};

/// What became of somebody who came back to accept.
pub enum Joined {
    Accepted(Box<Accepted>),
    /// They are signed in and have something else to do first; the invitation waits.
    SignedIn(Box<SignedIn>),
}

impl Roster {
    pub(crate) async fn accept_with(
        &self,
        token: &str,
        proven: &Proven,
        caller: Option<&Request>,
        origin: &Origin,
    ) -> Result<Joined> {
        let found = self.find_invitation(token).await?;
        found.invitation.acceptable(self.now())?;
        found.invitation.admits(&presented(proven))?;
        let mut tx = self.store().look_up().await?;
        let known = store::identity::find(&mut tx, &proven.provider, &proven.issuer, &proven.subject).await?;
        drop(tx);
        match (caller, known) {
            (Some(request), _) => {
                let accepted = self.accept_as(found, request, Some(proven)).await?;
                Ok(Joined::Accepted(Box::new(accepted)))
            }
            (None, Some(_)) => self.accept_signing_in(found, proven, origin).await,
            (None, None) => {
                let accepted = self.accept_new(found, proven, origin).await?;
                Ok(Joined::Accepted(Box::new(accepted)))
            }
        }
    }

    /// Who linked it before signs in by it, and accepts unless they have to do something else first.
    async fn accept_signing_in(&self, found: Found, proven: &Proven, origin: &Origin) -> Result<Joined> {
        let signed_in = self.sign_in_with(proven, origin).await?;
        if signed_in.next != Next::Done {
            return Ok(Joined::SignedIn(Box::new(signed_in)));
        }
        let request = Request {
            caller: self.authenticate(signed_in.token.expose(), origin).await?,
            origin: origin.clone(),
            now: self.now(),
            dry_run: false,
            if_match: None,
            idempotency: None,
            undoing: None,
        };
        let accepted = self.accept_as(found, &request, Some(proven)).await?;
        Ok(Joined::Accepted(Box::new(Accepted {
            token: Some(signed_in.token),
            ..accepted
        })))
    }

    /// A new account whose way in is this identity.
    async fn accept_new(&self, found: Found, proven: &Proven, origin: &Origin) -> Result<Accepted> {
        let now = self.now();
        let (mut scope, invitation) = self.open(&found).await?;
        invitation.admits(&presented(proven))?;
        let email = address(&mut scope, &invitation, proven).await?;
        let (username, name) = called(&mut scope, &invitation, proven, email.as_ref()).await?;
        let new = NewAccount {
            id: new_id(now),
            username,
            name,
            email_verified: email.is_some() && proves_mailbox(&found),
            email,
            superuser: false,
            home: Some(found.link.organization),
            created_at: now,
        };
        let account = store::account::insert(scope.tx(), &new).await?;
        self.insert_identity(scope.tx(), account.id, proven, now).await?;
        let member = self.join(&mut scope, &account, &invitation, now).await?;
        let signed_in = gate::pass(scope.tx(), account, Proof::new(method(proven), now), origin).await?;
        self.finish(scope, found, invitation, member, Some(signed_in.token), origin, now)
            .await
    }
}

/// The invited address, else one that the provider verified and nobody has.
async fn address(scope: &mut Scope<Writing>, invitation: &Invitation, proven: &Proven) -> Result<Option<EmailAddress>> {
    if let Some(email) = invitation
        .email
        .as_deref()
        .and_then(|email| EmailAddress::parse(email).ok())
    {
        if store::account::find_by_email(scope.tx(), &email).await?.is_some() {
            return Err(Refusal::SignInToAccept {
                invitee: invitation.invitee().to_owned(),
            }
            .into());
        }
        return Ok(Some(email));
    }
    let told = proven.email.as_deref().filter(|_| proven.email_verified);
    let Some(email) = told.and_then(|email| EmailAddress::parse(email).ok()) else {
        return Ok(None);
    };
    let taken = store::account::find_by_email(scope.tx(), &email).await?.is_some();
    Ok(Some(email).filter(|_| !taken))
}

/// The invited username, else the provider's, else what the address begins with; with a number where it is taken.
async fn called(
    scope: &mut Scope<Writing>,
    invitation: &Invitation,
    proven: &Proven,
    email: Option<&EmailAddress>,
) -> Result<(Username, PersonName)> {
    // An address as a name is the account's own, or it could be taken for somebody else's.
    let own = |name: &Username| !name.is_email() || email.is_some_and(|email| email.key() == name.key());
    let wanted = [invitation.username.as_deref(), proven.username.as_deref()]
        .into_iter()
        .flatten()
        .filter_map(|name| Username::parse(name).ok())
        .find(own)
        .or_else(|| email.map(Username::inferred_from))
        .or_else(|| Username::parse("person").ok());
    let wanted = crate::error::checked(wanted)?;
    let username = store::account::free_username(scope.tx(), &wanted).await?;
    let fallback = email.map_or(invitation.invitee(), EmailAddress::local_part);
    let name = proven
        .name
        .as_deref()
        .and_then(|name| PersonName::parse(name).ok())
        .or_else(|| PersonName::parse(fallback).ok());
    Ok((username, crate::error::checked(name)?))
}

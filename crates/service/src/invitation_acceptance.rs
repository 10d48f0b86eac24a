//! Following an invitation's link. Looking at it uses nothing up; accepting it re-checks everything inside the change.

mod identity;
mod saml;

use domain::Refusal;
use domain::account::Account;
use domain::account::AuthenticationMethod;
use domain::actor::Origin;
use domain::audit::{Action, Event, Target};
use domain::grant::Granting;
use domain::id::OrganizationId;
use domain::invitation::{IdentityProvider, Invitation, Status};
use domain::member::{Member, MemberStatus};
use domain::organization::{Organization, OrganizationStatus};
use domain::session::{Method, Proof};
use domain::text::{EmailAddress, PersonName, Username};
use secrecy::SecretString;
use signin::federation::Proven;
use signin::password::PasswordHash;
use signin::token::{LinkToken, Secret};
use store::account::NewAccount;
use store::invitation::Link;
use store::member::NewMember;
use store::organization::OrganizationRef;
use store::password::Password;
use store::{Scope, Writing};

use crate::ambient::new_id;
use crate::error::{Check, checked};
use crate::identity::presented;
use crate::member::{claim_slot, state};
use crate::sign_in::gate;
use crate::{Error, FieldError, Request, Result, Roster};

pub use identity::Joined;

/// What the holder of a link may see.
pub struct LookedUp {
    pub organization: Organization,
    pub invitation: Invitation,
    pub status: Status,
    /// Whether an account of the invited address exists; told only to who came by the mail.
    pub has_account: Option<bool>,
}

#[derive(Clone, Debug, Default)]
pub struct Acceptance {
    pub name: Option<String>,
    pub username: Option<String>,
    pub password: Option<SecretString>,
}

pub struct Accepted {
    pub organization: Organization,
    pub member: Member,
    /// The session that a newly made account is signed in by.
    pub token: Option<Secret>,
}

struct Found {
    hash: [u8; 32],
    link: Link,
    invitation: Invitation,
    account: Option<Account>,
    organization: Organization,
}

impl Roster {
    /// # Errors
    /// The link was used, replaced, revoked, or never was.
    pub async fn look_up_invitation(&self, token: &str) -> Result<LookedUp> {
        let found = self.find_invitation(token).await?;
        let status = found.invitation.status(self.now());
        Ok(LookedUp {
            organization: found.organization,
            status,
            has_account: found.link.mailed.then_some(found.account.is_some()),
            invitation: found.invitation,
        })
    }

    /// Accepts as the signed-in caller, or with a new account.
    ///
    /// # Errors
    /// The link is no longer good, the invitation is for somebody else, or no slot is free.
    pub async fn accept_invitation(
        &self,
        token: &str,
        caller: Option<&Request>,
        acceptance: Acceptance,
        origin: &Origin,
    ) -> Result<Accepted> {
        let found = self.find_invitation(token).await?;
        found.invitation.acceptable(self.now())?;
        if found.invitation.identity.provider == IdentityProvider::Saml {
            // Who came is the identity provider's to say, not the link's holder's.
            let url = format!("{}/invitations/{token}", self.settings().public_url);
            return Err(Refusal::AcceptedBySingleSignOn { url }.into());
        }
        found.invitation.needs_no_provider()?;
        match caller {
            Some(request) => self.accept_as(found, request, None).await,
            None if found.invitation.identity.provider == IdentityProvider::Pam => {
                self.accept_by_pam(found, acceptance, origin).await
            }
            None => self.accept_anew(found, acceptance, origin).await,
        }
    }

    async fn find_invitation(&self, token: &str) -> Result<Found> {
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().look_up().await?;
        let link = store::invitation::find_link(&mut tx, hash)
            .await?
            .ok_or(Refusal::LinkInvalid)?;
        // One connection at a time: whoever holds one and waits for another can wait for ever.
        drop(tx);
        let mut scope = self.store().see(&OrganizationRef::Id(link.organization)).await?;
        let invitation = store::invitation::get(&mut scope, link.invitation).await?;
        let account = match (&invitation.email, &invitation.username) {
            (Some(email), _) => store::account::find_by_login(scope.tx(), email).await?,
            (None, Some(username)) => store::account::find_by_login(scope.tx(), username).await?,
            (None, None) => None,
        };
        Ok(Found {
            hash,
            link,
            invitation,
            account,
            organization: scope.organization().clone(),
        })
    }

    /// `proven`: by which identity, which is linked with the caller's account then.
    async fn accept_as(&self, found: Found, request: &Request, proven: Option<&Proven>) -> Result<Accepted> {
        request.settled()?;
        let (mut scope, invitation) = self.open(&found).await?;
        crate::session::goes_on(scope.tx(), request).await?;
        let account = store::account::get(scope.tx(), request.caller.whole()?).await?;
        let meant = invitation.meant_for(&account.username, account.email.as_deref());
        match proven {
            Some(proven) => {
                invitation.admits(&presented(proven))?;
                self.link_in(scope.tx(), request, proven).await?;
            }
            None => meant.clone()?,
        }
        if proves_mailbox(&found) && meant.is_ok() && !account.email_verified {
            store::account::verify_email(scope.tx(), account.id).await?;
        }
        let member = match store::member::find_by_account(&mut scope, account.id).await? {
            Some(member) if member.status() == MemberStatus::AwaitingConsent => {
                claim_slot(&mut scope, self.settings()).await?;
                store::member::set_role(&mut scope, member.id, &invitation.role, None, &granted(&invitation)).await?;
                store::member::activate(&mut scope, member.id, request.now).await?;
                store::member::get(&mut scope, member.id).await?
            }
            Some(_) => return Err(Refusal::AlreadyMember { who: account.name }.into()),
            None => self.join(&mut scope, &account, &invitation, request.now).await?,
        };
        self.finish(scope, found, invitation, member, None, &request.origin, request.now)
            .await
    }

    async fn accept_anew(&self, found: Found, acceptance: Acceptance, origin: &Origin) -> Result<Accepted> {
        if found.account.is_some() {
            return Err(Refusal::SignInToAccept {
                invitee: found.invitation.invitee().to_owned(),
            }
            .into());
        }
        let now = self.now();
        let new = self.new_account(&found, &acceptance, now)?;
        let password = acceptance
            .password
            .ok_or_else(|| Error::Invalid(vec![FieldError::new("password", "is needed for your new account")]))?;
        let local = new
            .email
            .as_ref()
            .map(EmailAddress::local_part)
            .unwrap_or_default()
            .to_owned();
        let context = [
            new.username.as_str(),
            new.name.as_str(),
            &local,
            &found.organization.name,
            &self.settings().instance_name,
        ];
        let least = found.organization.policies.security.password_length;
        crate::security::of_length(least, "password", &password)?;
        let hash: PasswordHash = self.hash_new("password", password, &context).await?;

        let (mut scope, invitation) = self.open(&found).await?;
        let inferred =
            acceptance.username.as_deref().unwrap_or_default().trim().is_empty() && invitation.username.is_none();
        let username = if inferred {
            store::account::free_username(scope.tx(), &new.username).await?
        } else {
            new.username.clone()
        };
        let email_taken = match &new.email {
            Some(email) => store::account::find_by_email(scope.tx(), email).await?.is_some(),
            None => false,
        };
        if email_taken {
            return Err(Refusal::SignInToAccept {
                invitee: invitation.invitee().to_owned(),
            }
            .into());
        }
        if store::account::find_by_username(scope.tx(), &username).await?.is_some() {
            return Err(Refusal::UsernameTaken {
                username: username.to_string(),
            }
            .into());
        }
        let account = store::account::insert(scope.tx(), &NewAccount { username, ..new }).await?;
        let kept = Password {
            hash: hash.as_str().to_owned(),
            must_change: false,
            expires_at: None,
        };
        store::password::set(scope.tx(), account.id, &kept, now).await?;
        let member = self.join(&mut scope, &account, &invitation, now).await?;
        let proof = Proof::new(Method::Password, now);
        let signed_in = gate::pass(scope.tx(), account, proof, origin).await?;
        self.finish(scope, found, invitation, member, Some(signed_in.token), origin, now)
            .await
    }

    /// With a name and password of the system: no other is made up.
    async fn accept_by_pam(&self, found: Found, acceptance: Acceptance, origin: &Origin) -> Result<Accepted> {
        if found.account.is_some() {
            return Err(Refusal::SignInToAccept {
                invitee: found.invitation.invitee().to_owned(),
            }
            .into());
        }
        crate::way_in::pam(self.settings(), &found.organization.policies)?;
        let now = self.now();
        let new = self.new_account(&found, &acceptance, now)?;
        if let Some(invited) = &found.invitation.username
            && *invited != new.username.as_str()
        {
            return Err(Refusal::InvitationForSomebodyElse {
                invitee: invited.clone(),
            }
            .into());
        }
        let password = acceptance.password.ok_or_else(|| {
            Error::Invalid(vec![FieldError::new(
                "password",
                "is needed: your password of the system",
            )])
        })?;
        self.prove_by_pam(new.username.as_str(), password, origin).await?;

        let (mut scope, invitation) = self.open(&found).await?;
        crate::way_in::pam(self.settings(), &scope.organization().policies)?;
        let account = store::account::insert(scope.tx(), &new).await?;
        store::account::set_authentication_method(scope.tx(), account.id, AuthenticationMethod::Pam).await?;
        let account = store::account::get(scope.tx(), account.id).await?;
        let member = self.join(&mut scope, &account, &invitation, now).await?;
        let signed_in = gate::pass(scope.tx(), account, Proof::new(Method::Pam, now), origin).await?;
        self.finish(scope, found, invitation, member, Some(signed_in.token), origin, now)
            .await
    }

    fn new_account(&self, found: &Found, acceptance: &Acceptance, now: domain::Timestamp) -> Result<NewAccount> {
        let invitation = &found.invitation;
        let mut check = Check::default();
        let email = invitation
            .email
            .as_deref()
            .map(EmailAddress::parse)
            .transpose()
            .ok()
            .flatten();
        let typed = check.optional("username", acceptance.username.as_deref(), Username::parse);
        let username = match (&invitation.username, typed, &email) {
            (Some(invited), _, _) => Username::parse(invited).ok(),
            (None, Some(typed), _) => Some(typed),
            (None, None, Some(email)) => Some(Username::inferred_from(email)),
            (None, None, None) => None,
        };
        let fallback = email.as_ref().map_or(invitation.invitee(), EmailAddress::local_part);
        let name = match acceptance
            .name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            Some(name) => check.field("name", PersonName::parse(name)),
            None => PersonName::parse(fallback).ok(),
        };
        check.done()?;
        let username = checked(username)?;
        crate::account::own_address_only(Some(&username), email.as_ref().map(EmailAddress::as_str))?;
        Ok(NewAccount {
            id: new_id(now),
            username,
            name: checked(name)?,
            email,
            email_verified: proves_mailbox(found),
            superuser: false,
            home: Some(found.link.organization),
            created_at: now,
        })
    }

    /// Opens the organization for the change and checks anew what was only looked up before.
    async fn open(&self, found: &Found) -> Result<(Scope<Writing>, Invitation)> {
        let mut scope = self
            .store()
            .change(&OrganizationRef::Id(found.link.organization))
            .await?;
        Link::still_good(scope.tx(), found.hash).await?;
        let invitation = store::invitation::get(&mut scope, found.link.invitation).await?;
        invitation.acceptable(self.now())?;
        if matches!(
            scope.organization().status,
            OrganizationStatus::Disabled | OrganizationStatus::Deleted
        ) {
            return Err(Refusal::OrganizationNotActive.into());
        }
        Ok((scope, invitation))
    }

    async fn join(
        &self,
        scope: &mut Scope<Writing>,
        account: &Account,
        invitation: &Invitation,
        now: domain::Timestamp,
    ) -> Result<Member> {
        claim_slot(scope, self.settings()).await?;
        let new = NewMember {
            id: new_id(now),
            account,
            role: &invitation.role,
            role_until: None,
            role_granted: &granted(invitation),
            joined_at: Some(now),
        };
        Ok(store::member::insert(scope, &new).await?)
    }

    #[expect(clippy::too_many_arguments, reason = "the two ways to accept end in the same words")]
    async fn finish(
        &self,
        mut scope: Scope<Writing>,
        found: Found,
        invitation: Invitation,
        member: Member,
        token: Option<Secret>,
        origin: &Origin,
        now: domain::Timestamp,
    ) -> Result<Accepted> {
        store::invitation_group::join(&mut scope, invitation.id, member.id, &granted(&invitation)).await?;
        let member = store::member::get(&mut scope, member.id).await?;
        store::invitation::accept(&mut scope, invitation.id, member.id, now).await?;
        store::job::cancel(scope.tx(), store::job::Kind::InvitationMail, invitation.id).await?;
        crate::member::owner_came(&mut scope, &member.role).await?;
        store::organization::touch_access(&mut scope).await?;
        let actor = Target::new("account", member.account.id, &member.account.name);
        let event =
            Event::new(Action::InvitationAccepted, crate::invitation::audit_target(&invitation)).after(state(&member));
        let organization: OrganizationId = found.link.organization;
        crate::audit::record_by(scope.tx(), Some(organization), &event, (&actor, origin), now).await?;
        let organization = scope.organization().clone();
        scope.commit().await?;
        self.memory().organization_changed(organization.id);
        self.memory().account_changed(member.account.id);
        Ok(Accepted {
            organization,
            member,
            token,
        })
    }
}

/// The role comes from whoever invited, when they did.
fn granted(invitation: &Invitation) -> Granting {
    Granting {
        by: invitation.invited_by.target(),
        at: invitation.created_at,
    }
}

/// Only the link that went to the invited mailbox itself proves it.
fn proves_mailbox(found: &Found) -> bool {
    found.link.mailed && found.invitation.email.is_some() && found.invitation.notify.is_none()
}

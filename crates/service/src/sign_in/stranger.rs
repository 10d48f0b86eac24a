//! Whom an organization's identity provider vouches for, and what becomes of them: known already, taken for an account that
//! is the organization's to manage, made a member at once, or sent away with whom to ask.

use domain::account::{Account, AuthenticationMethod};
use domain::actor::Origin;
use domain::audit::{Action, Event, Target};
use domain::member::{Member, MemberStatus};
use domain::organization::Organization;
use domain::session::{Method, Proof};
use domain::single_sign_on::{SingleSignOn, may_adopt};
use domain::text::{EmailAddress, PersonName, Username};
use domain::{Refusal, Timestamp};
use store::account::NewAccount;
use store::member::NewMember;
use store::sign_in::NewSignIn;
use store::{Mode, Scope, Writing};

use super::gate::{self, SignedIn};
use super::saml::{Judged, Person};
use crate::ambient::new_id;
use crate::error::checked;
use crate::member::{claim_slot, state};
use crate::{Error, OrganizationRef, Result, Roster};

pub(crate) struct Admitted {
    pub signed_in: SignedIn,
    pub joined: bool,
}

/// Why somebody who was vouched for is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody is made a member at their first sign-in here.
    NotAMember,
    /// A member has that address, and signs in in another way.
    MemberOtherwise,
    Disabled,
    Suspended,
    Superuser,
    Full(String),
    /// An invitation that is for somebody else, or over.
    Invitation(String),
}

impl Why {
    pub(crate) fn told(&self, organization: &str) -> String {
        match self {
            Self::NotAMember => format!("You are not a member of {organization}. Ask to be invited."),
            Self::MemberOtherwise => format!(
                "A member of {organization} with your address signs in in another way. Do that, or ask an admin to change \
                 your method to SAML."
            ),
            Self::Disabled => format!("Your access to {organization} is disabled."),
            Self::Suspended => "Your account is suspended.".to_owned(),
            Self::Superuser => "Your account runs this instance. Sign in with its own password.".to_owned(),
            Self::Full(reason) | Self::Invitation(reason) => reason.clone(),
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::NotAMember => "saml_not_a_member",
            Self::MemberOtherwise => "saml_other_method",
            Self::Disabled => "saml_disabled",
            Self::Suspended => "account_suspended",
            Self::Superuser => "saml_superuser",
            Self::Full(_) => "member_limit_reached",
            Self::Invitation(_) => "saml_invitation",
        }
    }
}

/// What an identity means here.
enum Known {
    /// An account, already linked or to be.
    Account(Box<(Account, Option<Member>)>),
    /// A member has the address and must not be taken for this person.
    MemberOtherwise,
    Nobody,
}

impl Roster {
    pub(super) async fn admit_by_saml(
        &self,
        place: &Organization,
        settings: &SingleSignOn,
        who: &Person,
        origin: &Origin,
    ) -> Result<Judged> {
        let mut scope = self.store().change(&OrganizationRef::Id(place.id)).await?;
        let now = self.now();
        let (account, joined) = match known(&mut scope, who).await? {
            Known::MemberOtherwise => return Ok(Err(Why::MemberOtherwise)),
            Known::Account(found) => match may_enter(&found.0, found.1.as_ref(), settings) {
                Err(why) => {
                    drop(scope);
                    self.note_refusal(&found.0, &why, origin, now).await?;
                    return Ok(Err(why));
                }
                Ok(joins) => (found.0, joins),
            },
            Known::Nobody if !settings.provisioning => return Ok(Err(Why::NotAMember)),
            Known::Nobody => (new_account(&mut scope, who, now).await?, true),
        };
        if joined {
            match claim_slot(&mut scope, self.settings()).await {
                Err(Error::Refused(full)) => {
                    scope.rollback().await?;
                    return Ok(Err(Why::Full(full.to_string())));
                }
                claimed => claimed?,
            }
            self.provision(&mut scope, settings, &account, origin, now).await?;
        }
        let id = account.id;
        let signed_in = enter(&mut scope, who, account, origin, now).await?;
        scope.commit().await?;
        self.memory().organization_changed(place.id);
        self.memory().account_changed(id);
        Ok(Ok(Admitted { signed_in, joined }))
    }

    /// What a try would come to, without doing it.
    pub(super) async fn would_admit(
        &self,
        place: &Organization,
        settings: &SingleSignOn,
        who: &Person,
    ) -> Result<String> {
        let mut scope = self.store().see(&OrganizationRef::Id(place.id)).await?;
        let told = |why: Why| format!("They would be refused. {}", why.told(&place.name));
        Ok(match known(&mut scope, who).await? {
            Known::MemberOtherwise => told(Why::MemberOtherwise),
            Known::Account(found) => match may_enter(&found.0, found.1.as_ref(), settings) {
                Err(why) => told(why),
                Ok(false) => format!("They would be signed in as {} ({}).", found.0.name, found.0.username),
                Ok(true) => format!("{} would become {} again.", found.0.name, settings.role.name),
            },
            Known::Nobody if settings.provisioning => {
                format!("They would become a new member with the role {}.", settings.role.name)
            }
            Known::Nobody => told(Why::NotAMember),
        })
    }

    async fn provision(
        &self,
        scope: &mut Scope<Writing>,
        settings: &SingleSignOn,
        account: &Account,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<()> {
        let new = NewMember {
            id: new_id(now),
            account,
            role: &settings.role,
            role_until: None,
            role_granted: &settings.role_granted,
            joined_at: Some(now),
        };
        let member = store::member::insert(scope, &new).await?;
        store::organization::touch_access(scope).await?;
        let actor = Target::new("account", account.id, &account.name);
        let event = Event::new(Action::MemberProvisioned, crate::member::target(&member)).after(state(&member));
        let organization = scope.organization().id;
        crate::audit::record_by(scope.tx(), Some(organization), &event, (&actor, origin), now).await
    }

    async fn note_refusal(&self, account: &Account, why: &Why, origin: &Origin, now: Timestamp) -> Result<()> {
        crate::metrics::sign_in_failed(why.code());
        let mut tx = self.store().sign_in().await?;
        let record = NewSignIn {
            id: new_id(now),
            account: account.id,
            organization: None,
            action: "sign_in",
            failure: Some(why.code()),
            origin,
            at: now,
        };
        store::sign_in::insert(&mut tx, &record).await?;
        Ok(tx.commit().await?)
    }
}

/// Links the identity and passes the gate: what was proved opens this organization alone, unless it manages the account.
pub(crate) async fn enter(
    scope: &mut Scope<Writing>,
    who: &Person,
    account: Account,
    origin: &Origin,
    now: Timestamp,
) -> Result<SignedIn> {
    store::single_sign_on::link(scope, &who.issuer, &who.name_id, account.id, now).await?;
    let proof = Proof {
        organization: Some(scope.organization().id),
        ..Proof::new(Method::Saml, now)
    };
    gate::pass(scope.tx(), account, proof, origin).await
}

async fn known(scope: &mut Scope<impl Mode>, who: &Person) -> Result<Known> {
    if let Some(id) = store::single_sign_on::find_account(scope, &who.issuer, &who.name_id).await? {
        let account = store::account::get(scope.tx(), id).await?;
        let member = store::member::find_by_account(scope, id).await?;
        return Ok(Known::Account(Box::new((account, member))));
    }
    let mut found = None;
    if let Some(email) = email(who) {
        found = store::account::find_by_email(scope.tx(), &email).await?;
    }
    if found.is_none()
        && let Ok(username) = Username::parse(&who.name_id)
    {
        found = store::account::find_by_username(scope.tx(), &username).await?;
    }
    let Some(account) = found else {
        return Ok(Known::Nobody);
    };
    let member = store::member::find_by_account(scope, account.id).await?;
    let managed = match &member {
        Some(member) => member.managed,
        None => store::account::memberships(scope.tx(), account.id).await?.is_empty(),
    };
    if may_adopt(&account, scope.organization().id, managed) {
        return Ok(Known::Account(Box::new((account, member))));
    }
    // Somebody elsewhere is nobody here: who is told otherwise could ask for anybody's address.
    Ok(member.map_or(Known::Nobody, |_| Known::MemberOtherwise))
}

/// Whether they have to join first.
fn may_enter(account: &Account, member: Option<&Member>, settings: &SingleSignOn) -> Result<bool, Why> {
    if account.superuser {
        return Err(Why::Superuser);
    }
    if account.suspended.is_some() {
        return Err(Why::Suspended);
    }
    match member.map(Member::status) {
        Some(MemberStatus::Disabled) => Err(Why::Disabled),
        Some(MemberStatus::Suspended) => Err(Why::Suspended),
        Some(MemberStatus::Active) => Ok(false),
        None if settings.provisioning => Ok(true),
        Some(MemberStatus::AwaitingConsent) | None => Err(Why::NotAMember),
    }
}

/// An account of the organization's own, with no password.
pub(crate) async fn new_account(scope: &mut Scope<Writing>, who: &Person, now: Timestamp) -> Result<Account> {
    let mut address = email(who);
    if let Some(email) = &address
        && store::account::find_by_email(scope.tx(), email).await?.is_some()
    {
        address = None;
    }
    let wanted = match &address {
        Some(email) => Username::inferred_from(email),
        None => inferred(&who.name_id)?,
    };
    let username = store::account::free_username(scope.tx(), &wanted).await?;
    let name = who.name.as_deref().and_then(|name| PersonName::parse(name).ok());
    let name = name.or_else(|| PersonName::parse(username.as_str()).ok());
    let new = NewAccount {
        id: new_id(now),
        username,
        name: checked(name)?,
        email: address,
        email_verified: false,
        superuser: false,
        home: Some(scope.organization().id),
        created_at: now,
    };
    let account = store::account::insert(scope.tx(), &new).await?;
    store::account::set_authentication_method(scope.tx(), account.id, AuthenticationMethod::Saml).await?;
    Ok(store::account::get(scope.tx(), account.id).await?)
}

pub(crate) fn email(who: &Person) -> Option<EmailAddress> {
    who.email.as_deref().and_then(|email| EmailAddress::parse(email).ok())
}

/// Of the letters of a NameID that a username may have.
fn inferred(name_id: &str) -> Result<Username> {
    let local = name_id.split('@').next().unwrap_or_default();
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let letters: String = local.chars().filter(allowed).take(40).collect();
    let parsed = Username::parse(&letters).or_else(|_| Username::parse("member"));
    parsed.map_err(|problem| Error::Unexpected(problem.0))
}

/// A refusal that somebody at an invitation's link is told in its own words.
pub(crate) fn about_invitation(refusal: &Refusal) -> Why {
    Why::Invitation(refusal.to_string())
}

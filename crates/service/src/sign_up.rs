//! Signing up by oneself, with an address of a domain that an organization lists. Until the mailbox has answered there is no
//! account, and whoever asks learns nothing: not who has an account, and not which domains are listed.

use domain::Refusal;
use domain::account::{Account, AuthenticationMethod};
use domain::actor::Origin;
use domain::audit::{Action, Event, Target};
use domain::domain_name::DomainName;
use domain::id::SignUpId;
use domain::member::Member;
use domain::organization::Organization;
use domain::session::{Method, Proof};
use domain::signup_domain::{SignupDomain, eligible};
use domain::text::{EmailAddress, PersonName, Username};
use domain::time::DAY;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use signin::token::LinkToken;
use store::account::NewAccount;
use store::member::NewMember;
use store::password::Password;
use store::sign_up::{Chosen, SignUp};
pub use store::signup_domain::Listing;
use store::{Mode, Scope, Tx, Writing, job};

use crate::ambient::new_id;
use crate::error::{Check, checked};
use crate::member::{claim_slot, state};
use crate::sign_in::{SignedIn, gate};
use crate::{Error, FieldError, OrganizationRef, Result, Roster};

/// How long a mailed link is good: microseconds.
pub const LINK_LIFETIME: i64 = DAY;

/// Who wants an account, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewSignUp {
    pub email: String,
    pub name: String,
    /// Can also be chosen when the mailbox has answered.
    pub password: Option<SecretString>,
    /// The slug or id of an organization, where several may be open.
    pub organization: Option<String>,
}

/// Behind a link that is still good.
pub struct LookedUp {
    pub email: EmailAddress,
    pub name: PersonName,
    pub open: Vec<Listing>,
    /// Whether a password has been chosen already.
    pub has_password: bool,
}

pub enum Verified {
    /// Several organizations are open: one has to be chosen. The link is still good.
    Choose(Vec<Listing>),
    Joined(Box<Joined>),
}

pub struct Joined {
    pub organization: Organization,
    pub member: Member,
    /// None where the way to sign in is another than a password.
    pub signed_in: Option<SignedIn>,
}

impl Roster {
    /// Whether it is worth offering: mail works, and some organization is open.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn offers_sign_up(&self) -> Result<bool> {
        if !self.sends_mail() {
            return Ok(false);
        }
        let mut tx = self.store().look_up().await?;
        Ok(store::signup_domain::any_open(&mut tx).await?)
    }

    /// Asks for an account. Ends the same way whoever asks, from whichever domain.
    ///
    /// # Errors
    /// A field cannot be taken, whoever's it is.
    pub async fn ask_sign_up(&self, new: NewSignUp, origin: &Origin) -> Result<()> {
        let mut check = Check::default();
        let email = check.field("email", EmailAddress::parse(&new.email));
        let name = check.field("name", PersonName::parse(&new.name));
        check.done()?;
        let (email, name) = (checked(email)?, checked(name)?);
        let password = match new.password {
            Some(password) => Some(self.chosen(password, &email, &name, &[]).await?),
            None => None,
        };
        if !self.sends_mail() {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.store().sign_in().await?;
        if crate::throttle::admit_mail(&mut tx, "sign_up", &email.key(), Some(&origin.address), now).await? {
            let id: SignUpId = new_id(now);
            let sign_up = SignUp {
                id,
                email,
                name,
                password,
                organization: new.organization.map(|text| text.chars().take(64).collect()),
                created_at: now,
            };
            store::sign_up::insert(&mut tx, &sign_up).await?;
            job::enqueue(&mut tx, new_id(now), None, job::Kind::SignUpMail, id, now).await?;
        }
        tx.commit().await?;
        self.jobs_added();
        Ok(())
    }

    /// Looks at a link and uses nothing up.
    ///
    /// # Errors
    /// It was used, is over, or never was.
    pub async fn look_up_sign_up(&self, token: &str) -> Result<LookedUp> {
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().look_up().await?;
        let sign_up = self.waiting(&mut tx, hash).await?;
        Ok(LookedUp {
            open: narrowed(open_to(&mut tx, &sign_up.email).await?, sign_up.organization.as_deref()),
            email: sign_up.email,
            name: sign_up.name,
            has_password: sign_up.password.is_some(),
        })
    }

    /// The mailbox has answered: makes the account and the membership, once it is clear where.
    ///
    /// # Errors
    /// The link is no longer good, no organization is open any more, a password is missing, or no slot is free.
    pub async fn verify_sign_up(
        &self,
        token: &str,
        organization: Option<&str>,
        password: Option<SecretString>,
        origin: &Origin,
    ) -> Result<Verified> {
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().look_up().await?;
        let sign_up = self.waiting(&mut tx, hash).await?;
        let named = organization.or(sign_up.organization.as_deref());
        let open = narrowed(open_to(&mut tx, &sign_up.email).await?, named);
        drop(tx);
        let chosen = match open.as_slice() {
            [] => return Err(Refusal::SignUpClosed.into()),
            [only] => only.clone(),
            _ => return Ok(Verified::Choose(open)),
        };
        let password = match password {
            Some(password) => {
                let home = [chosen.name.as_str()];
                Some(self.chosen(password, &sign_up.email, &sign_up.name, &home).await?)
            }
            None => sign_up.password.clone(),
        };
        let joined = self.join_by_sign_up(hash, &chosen, password, origin).await?;
        Ok(Verified::Joined(Box::new(joined)))
    }

    async fn waiting(&self, tx: &mut Tx<impl Mode>, hash: [u8; 32]) -> Result<SignUp> {
        let found = store::sign_up::find_by_link(tx, hash).await?;
        let live = found.filter(|sign_up| self.now().since(sign_up.created_at) < LINK_LIFETIME);
        live.ok_or_else(|| Refusal::LinkInvalid.into())
    }

    async fn chosen(
        &self,
        password: SecretString,
        email: &EmailAddress,
        name: &PersonName,
        others: &[&str],
    ) -> Result<Chosen> {
        let length = password.expose_secret().chars().count();
        let context: Vec<&str> = [email.local_part(), name.as_str()]
            .into_iter()
            .chain(others.iter().copied())
            .collect();
        let hash = self.hash_new("password", password, &context).await?;
        Ok(Chosen {
            hash: hash.as_str().to_owned(),
            length: i64::try_from(length).unwrap_or(i64::MAX),
        })
    }

    async fn join_by_sign_up(
        &self,
        hash: [u8; 32],
        chosen: &Listing,
        password: Option<Chosen>,
        origin: &Origin,
    ) -> Result<Joined> {
        let now = self.now();
        let mut scope = self.store().change(&OrganizationRef::Id(chosen.organization)).await?;
        // All of it is asked anew: a list, a switch or a link may have changed while a password was hashed.
        let sign_up = self.waiting(scope.tx(), hash).await?;
        let open = open_to(scope.tx(), &sign_up.email).await?;
        if !open.iter().any(|one| one.organization == chosen.organization) {
            return Err(Refusal::SignUpClosed.into());
        }
        let domain = store::signup_domain::get(&mut scope, &DomainName::of(&sign_up.email)).await?;
        if store::account::find_by_email(scope.tx(), &sign_up.email)
            .await?
            .is_some()
        {
            return Err(Refusal::EmailTaken {
                email: sign_up.email.to_string(),
            }
            .into());
        }
        let by_password = domain.authentication_method == AuthenticationMethod::Password;
        let password = if by_password {
            Some(long_enough(password, scope.organization())?)
        } else {
            None
        };
        claim_slot(&mut scope, self.settings()).await?;
        if !store::sign_up::use_up(scope.tx(), sign_up.id).await? {
            return Err(Refusal::LinkInvalid.into());
        }
        let account = new_account(&mut scope, &sign_up, &domain, now).await?;
        if let Some(password) = password {
            let kept = Password {
                hash: password.hash,
                must_change: false,
                expires_at: None,
            };
            store::password::set(scope.tx(), account.id, &kept, now).await?;
        }
        let new = NewMember {
            id: new_id(now),
            account: &account,
            role: &domain.role,
            role_until: None,
            role_granted: &domain.granted,
            joined_at: Some(now),
        };
        let member = store::member::insert(&mut scope, &new).await?;
        let signed_in = if by_password {
            let proof = Proof::new(Method::Password, now);
            Some(gate::pass(scope.tx(), account.clone(), proof, origin).await?)
        } else {
            None
        };
        store::organization::touch_access(&mut scope).await?;
        let whose = Target::new("account", account.id, &account.name);
        let event = Event::new(Action::SignedUp, whose.clone())
            .after(json!({ "domain": domain.domain, "member": state(&member) }));
        let organization = Some(chosen.organization);
        crate::audit::record_by(scope.tx(), organization, &event, (&whose, origin), now).await?;
        let organization = scope.organization().clone();
        scope.commit().await?;
        self.memory().organization_changed(organization.id);
        self.memory().account_changed(account.id);
        Ok(Joined {
            organization,
            member,
            signed_in,
        })
    }
}

/// The organizations that let somebody with this address in now.
pub(crate) async fn open_to(tx: &mut Tx<impl Mode>, email: &EmailAddress) -> Result<Vec<Listing>> {
    let listed = store::signup_domain::listing(tx, &DomainName::of(email)).await?;
    // A proved claim excludes the others even while its own door is shut.
    let listed = listed
        .into_iter()
        .map(|(listing, open)| {
            let proved = listing.proved;
            ((listing, open), proved)
        })
        .collect();
    let eligible = eligible(listed).into_iter();
    Ok(eligible.filter(|(_, open)| *open).map(|(listing, _)| listing).collect())
}

/// The one that was named, where it is among them.
fn narrowed(open: Vec<Listing>, named: Option<&str>) -> Vec<Listing> {
    let Some(named) = named.map(str::trim).filter(|named| !named.is_empty()) else {
        return open;
    };
    let is_named = |one: &&Listing| one.slug == named || one.organization.to_string() == named;
    match open.iter().find(is_named) {
        Some(one) => vec![one.clone()],
        None => open,
    }
}

fn long_enough(password: Option<Chosen>, organization: &Organization) -> Result<Chosen> {
    let missing = |detail: String| Error::Invalid(vec![FieldError::new("password", detail)]);
    let password = password.ok_or_else(|| missing("is needed for your new account".to_owned()))?;
    let least = organization.policies.security.password_length.unwrap_or(0);
    if password.length < i64::from(least) {
        return Err(missing(format!(
            "needs at least {least} characters in {}; choose another",
            organization.name
        )));
    }
    Ok(password)
}

async fn new_account(
    scope: &mut Scope<Writing>,
    sign_up: &SignUp,
    domain: &SignupDomain,
    now: domain::Timestamp,
) -> Result<Account> {
    let inferred = Username::inferred_from(&sign_up.email);
    // With PAM the name is a user of the machines: another one with a number behind it is somebody else.
    let username = if domain.authentication_method == AuthenticationMethod::Pam {
        inferred
    } else {
        store::account::free_username(scope.tx(), &inferred).await?
    };
    let home = scope.organization().id;
    let new = NewAccount {
        id: new_id(now),
        username,
        name: sign_up.name.clone(),
        email: Some(sign_up.email.clone()),
        email_verified: true,
        superuser: false,
        home: Some(home),
        created_at: now,
    };
    let account = store::account::insert(scope.tx(), &new).await?;
    if domain.authentication_method == AuthenticationMethod::Password {
        return Ok(account);
    }
    store::account::set_authentication_method(scope.tx(), account.id, domain.authentication_method).await?;
    Ok(store::account::get(scope.tx(), account.id).await?)
}

//! One's own account: profile, password, memberships.

pub mod deletion;
pub mod oversight;

use domain::account::{Account, AuthenticationMethod};
use domain::audit::{Action, Event, Target};
use domain::id::MemberId;
use domain::organization::OrganizationStatus;
use domain::session::{Method, Proof};
use domain::text::{PersonName, Phone, Username};
use domain::words::Words;
use domain::{Refusal, Timestamp};
use secrecy::SecretString;
use serde_json::json;
use signin::password::{PasswordHash, Verdict};
use signin::token::{LinkToken, Secret};
use store::account::Edit;
pub use store::account::Membership;
use store::password::Password;

use crate::authorization::Outcome;
use crate::error::Check;
use crate::locality;
use crate::session::{goes_on, record_own};
use crate::sign_in::{gate, needs_password};
use crate::throttle::Keys;
use crate::{Error, OrganizationRef, Request, Result, Roster};

/// What the caller wants changed in their own profile; `None` leaves as it is.
#[derive(Debug, Default)]
pub struct ProfileEdit {
    pub name: Option<String>,
    pub username: Option<String>,
    pub phone: Option<Option<String>>,
    pub time_zone: Option<Option<String>>,
    pub locale: Option<Option<String>>,
}

pub struct Me {
    pub account: Account,
    pub memberships: Vec<Membership>,
    pub must_change_password: bool,
}

pub fn etag(account: &Account) -> String {
    format!("\"{}\"", account.revision)
}

impl Roster {
    /// # Errors
    /// The database does not answer. Works also while the password has yet to be changed.
    pub async fn me(&self, request: &Request) -> Result<Me> {
        let mut tx = self.store().see_account().await?;
        let account = store::account::find(&mut tx, request.caller.account()?)
            .await?
            .ok_or(Error::SignInRequired)?;
        let mut memberships = store::account::memberships(&mut tx, account.id).await?;
        // A token for one organization learns of no other.
        if let Some(only) = request.caller.reach.organization {
            memberships.retain(|membership| membership.organization == only);
        }
        Ok(Me {
            account,
            memberships,
            must_change_password: request.caller.must_change_password,
        })
    }

    /// What the caller's own pages call things: as the organization does that the account has its home in.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn my_words(&self, request: &Request) -> Result<Words> {
        let mut tx = self.store().see_account().await?;
        let words = store::account::home_words(&mut tx, request.caller.account()?).await?;
        Ok(words.unwrap_or_default())
    }

    /// # Errors
    /// A field cannot be taken, or the username belongs to somebody else.
    pub async fn edit_me(&self, request: &Request, edit: &ProfileEdit) -> Result<Outcome<Account>> {
        request.settled()?;
        let mut check = Check::default();
        let parsed = Edit {
            name: edit
                .name
                .as_deref()
                .and_then(|name| check.field("name", PersonName::parse(name))),
            username: edit
                .username
                .as_deref()
                .and_then(|name| check.field("username", Username::parse(name))),
            email: None,
            phone: edit
                .phone
                .as_ref()
                .map(|phone| check.optional("phone", phone.as_deref(), Phone::parse)),
            time_zone: edit
                .time_zone
                .as_ref()
                .map(|zone| check.optional("time_zone", zone.as_deref(), locality::time_zone)),
            locale: edit
                .locale
                .as_ref()
                .map(|locale| check.optional("locale", locale.as_deref(), locality::locale)),
        };
        check.done()?;
        let mut tx = self.store().account().await?;
        goes_on(&mut tx, request).await?;
        let account = store::account::get(&mut tx, request.caller.whole()?).await?;
        request.matches(&etag(&account))?;
        own_address_only(parsed.username.as_ref(), account.email.as_deref())?;
        if account.authentication_method == AuthenticationMethod::Pam
            && parsed
                .username
                .as_ref()
                .is_some_and(|name| name.as_str() != account.username)
        {
            let detail = "is the name that the system knows you by, and stays";
            return Err(Error::Invalid(vec![crate::FieldError::new("username", detail)]));
        }
        let edited = store::account::edit(&mut tx, &account, &parsed).await?;
        let event = Event::new(Action::AccountEdited, Target::new("account", account.id, &edited.name))
            .before(profile(&account))
            .after(profile(&edited));
        self.finish_own(tx, request, &event, edited).await
    }

    /// Changes the caller's password. The calling session goes on under a new token; all others end.
    ///
    /// # Errors
    /// The current password is wrong, or the new one too weak.
    pub async fn change_password(&self, request: &Request, current: SecretString, new: SecretString) -> Result<Secret> {
        let (now, origin, session) = (request.now, &request.origin, request.caller.session()?);
        let mut known = self.store().account().await?;
        let account = store::account::get(&mut known, request.caller.account()?).await?;
        let keys = Keys::new(&account.username, &origin.address);
        keys.admit(
            &mut known,
            Some(&account),
            &origin.address,
            self.settings().throttle,
            now,
        )
        .await?;
        crate::sign_in::pam::may_have_password(&account)?;
        let kept = needs_password(store::password::find(&mut known, account.id).await?)?;
        let words = self.words_around(&mut known, &account).await?;
        crate::security::long_enough(&mut known, account.id, "new_password", &new).await?;
        known.commit().await?;

        let verdict = self
            .judge(
                &keys,
                current.clone(),
                Some(PasswordHash::from_stored(kept.hash.clone())),
            )
            .await?;
        if verdict == Verdict::Wrong {
            return Err(Error::Invalid(vec![crate::FieldError::new(
                "current_password",
                "is wrong",
            )]));
        }
        let mut tx = self.store().sign_in().await?;
        keys.succeeded(&mut tx).await?;
        tx.commit().await?;
        let again = self
            .hasher()
            .verify(new.clone(), Some(PasswordHash::from_stored(kept.hash.clone())))
            .await?;
        if again != Verdict::Wrong {
            return Err(Error::Invalid(vec![crate::FieldError::new(
                "new_password",
                "must not be the one you have",
            )]));
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let hash = self.hash_new("new_password", new, &words).await?;

        let mut tx = self.store().account().await?;
        let still = store::password::find(&mut tx, account.id).await?;
        if still.is_none_or(|still| still.hash != kept.hash) || !store::session::exists(&mut tx, session).await? {
            return Err(Error::SignInRequired);
        }
        let password = Password {
            hash: hash.as_str().to_owned(),
            must_change: false,
            expires_at: None,
        };
        store::password::set(&mut tx, account.id, &password, now).await?;
        let ended = store::session::end_all(&mut tx, account.id, None).await?;
        let proof = Proof {
            second_factor_at: request.caller.visitor.proof.and_then(|proof| proof.second_factor_at),
            ..Proof::new(Method::Password, now)
        };
        let signed_in = gate::pass(&mut tx, account.clone(), proof, origin).await?;
        let event = Event::new(
            Action::PasswordChanged,
            Target::new("account", account.id, &account.name),
        )
        .after(json!({ "sessions_ended": ended.saturating_sub(1) }));
        record_own(&mut tx, request, &event).await?;
        tx.commit().await?;
        self.memory().account_changed(account.id);
        Ok(signed_in.token)
    }

    /// Agrees to a membership that somebody added the caller to. `link` is the token of the mail, which an account with an
    /// unverified address needs.
    ///
    /// # Errors
    /// There is nothing to agree to, the address is not verified, or no slot is free.
    pub async fn consent(
        &self,
        request: &Request,
        organization: &OrganizationRef,
        link: Option<&str>,
    ) -> Result<MemberId> {
        request.settled()?;
        let mut scope = self.store().change(organization).await?;
        goes_on(scope.tx(), request).await?;
        let not_found = || Refusal::NotFound { what: "organization" };
        let member = store::member::find_by_account(&mut scope, request.caller.whole()?)
            .await?
            .ok_or_else(not_found)?;
        if member.status() != domain::member::MemberStatus::AwaitingConsent {
            return Err(Refusal::NothingToConsentTo.into());
        }
        if scope.organization().status == OrganizationStatus::Disabled {
            return Err(Refusal::OrganizationNotActive.into());
        }
        let by_mail = match link.and_then(LinkToken::parse) {
            Some(token) => {
                let found = store::member::find_by_consent_link(scope.tx(), token.hash()).await?;
                found == Some((scope.organization().id, member.id))
            }
            None => false,
        };
        if by_mail {
            store::account::verify_email(scope.tx(), member.account.id).await?;
        } else if !member.account.email_verified && member.account.email.is_some() {
            let mailed = self.sends_mail();
            return Err(Refusal::ConsentByMailOnly { mailed }.into());
        }
        crate::member::claim_slot(&mut scope, self.settings()).await?;
        store::member::activate(&mut scope, member.id, request.now).await?;
        crate::member::owner_came(&mut scope, &member.role).await?;
        store::member::drop_consent_links(&mut scope, member.id).await?;
        store::organization::touch_access(&mut scope).await?;
        let event = Event::new(Action::MemberConsented, crate::member::target(&member));
        self.finish_in(scope, request, &event).await?;
        Ok(member.id)
    }

    pub(crate) async fn finish_in(
        &self,
        mut scope: store::Scope<store::Writing>,
        request: &Request,
        event: &Event,
    ) -> Result<()> {
        let organization = scope.organization().id;
        crate::audit::record(scope.tx(), Some(organization), event, request).await?;
        if request.dry_run {
            return Ok(scope.rollback().await?);
        }
        scope.commit().await?;
        self.memory().organization_changed(organization);
        // It belongs to one organization more or less: who manages it changes.
        self.memory().account_changed(request.caller.account()?);
        Ok(())
    }

    pub(crate) async fn finish_own<T>(
        &self,
        mut tx: store::AccountScope<store::Writing>,
        request: &Request,
        event: &Event,
        value: T,
    ) -> Result<Outcome<T>> {
        if request.dry_run {
            tx.rollback().await?;
            return Ok(Outcome::Previewed(domain::effect::Preview::default()));
        }
        record_own(&mut tx, request, event).await?;
        tx.commit().await?;
        self.memory().account_changed(request.caller.account()?);
        Ok(Outcome::Done(value))
    }
}

pub(crate) const NOT_OWN_ADDRESS: &str = "with @ must be the account's own e-mail address";

/// A username with `@` must be the account's own address, or it could be taken for somebody else's.
pub(crate) fn own_address_only(username: Option<&Username>, email: Option<&str>) -> Result<()> {
    let Some(username) = username.filter(|username| username.is_email()) else {
        return Ok(());
    };
    if email.is_some_and(|email| email.to_lowercase() == username.key()) {
        return Ok(());
    }
    Err(Error::Invalid(vec![crate::FieldError::new(
        "username",
        NOT_OWN_ADDRESS,
    )]))
}

/// The words that a person's password must not be made of.
pub(crate) fn context(account: &Account) -> Vec<&str> {
    let local = account
        .email
        .as_deref()
        .and_then(|email| email.split('@').next())
        .unwrap_or_default();
    let email = account.email.as_deref().unwrap_or_default();
    vec![&account.username, &account.name, local, email, "Roster"]
}

pub(crate) fn profile(account: &Account) -> serde_json::Value {
    json!({
        "name": account.name,
        "username": account.username,
        "email": account.email,
        "phone": account.phone,
        "time_zone": account.time_zone,
        "locale": account.locale,
    })
}

/// A time a caller named, which must lie ahead.
pub(crate) fn future(check: &mut Check, field: &str, time: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let time = time?;
    if time <= now {
        check.wrong(field, "must lie in the future");
        return None;
    }
    Some(time)
}

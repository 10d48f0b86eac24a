//! A new password for whoever has forgotten theirs, by a link to their mailbox. Whoever asks learns nothing: the request is
//! written down the same way for a known address and an unknown one, and only the worker that mails looks whose it is.
//!
//! Redeeming signs nobody in. So it passes by no second factor, and a stolen link shows at the next sign-in.

use domain::Refusal;
use domain::account::{Account, AuthenticationMethod};
use domain::actor::Origin;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind};
use domain::id::{MemberId, PasswordResetId};
use domain::member::{Act, MemberStatus};
use domain::permission::MemberManage;
use domain::text::EmailAddress;
use domain::time::MINUTE;
use secrecy::SecretString;
use serde_json::json;
use signin::token::LinkToken;
use store::job;
use store::password::Password;
use store::password_reset::{Asked, Link};
use store::{Mode, Tx};

use crate::ambient::new_id;
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::member::{subject, target};
use crate::{Authorized, Error, Result, Roster};

/// How long a mailed link is good: microseconds.
pub const LINK_LIFETIME: i64 = 30 * MINUTE;

/// Whose password a link sets.
pub struct LookedUp {
    pub username: String,
}

impl Roster {
    /// Asks for a mail with a link to a new password. Ends the same way whether anybody has the address or not.
    ///
    /// # Errors
    /// It is no address at all.
    pub async fn ask_password_reset(&self, email: &str, origin: &Origin) -> Result<()> {
        let mut check = Check::default();
        let email = check.field("email", EmailAddress::parse(email));
        check.done()?;
        let email = checked(email)?;
        if !self.sends_mail() {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.store().sign_in().await?;
        let admitted =
            crate::throttle::admit_mail(&mut tx, "password_reset", &email.key(), Some(&origin.address), now).await?;
        if admitted {
            let id: PasswordResetId = new_id(now);
            store::password_reset::ask(&mut tx, id, &Asked { email, by: None }, now).await?;
            job::enqueue(&mut tx, new_id(now), None, job::Kind::PasswordResetMail, id, now).await?;
        }
        tx.commit().await?;
        self.jobs_added();
        Ok(())
    }

    /// Looks at a link and uses nothing up.
    ///
    /// # Errors
    /// It was used, is over, or never was.
    pub async fn look_up_password_reset(&self, token: &str) -> Result<LookedUp> {
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().look_up().await?;
        let account = self.linked(&mut tx, hash).await?;
        Ok(LookedUp {
            username: account.username,
        })
    }

    /// Sets the new password, ends every session, and signs nobody in.
    ///
    /// # Errors
    /// The link is no longer good, or the password too weak.
    pub async fn redeem_password_reset(&self, token: &str, new: SecretString, origin: &Origin) -> Result<Account> {
        let now = self.now();
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().look_up().await?;
        let account = self.linked(&mut tx, hash).await?;
        crate::security::long_enough(&mut tx, account.id, "new_password", &new).await?;
        let words = self.words_around(&mut tx, &account).await?;
        drop(tx);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let password = self.hash_new("new_password", new, &words).await?;

        let mut tx = self.store().sign_in().await?;
        // It may have been used, or the account changed, while the hash was computed.
        let account = self.linked(&mut tx, hash).await?;
        if !store::password_reset::use_up(&mut tx, hash).await? {
            return Err(Refusal::LinkInvalid.into());
        }
        let kept = Password {
            hash: password.as_str().to_owned(),
            must_change: false,
            expires_at: None,
        };
        store::password::set(&mut tx, account.id, &kept, now).await?;
        if !account.email_verified {
            store::account::verify_email(&mut tx, account.id).await?;
        }
        let ended = store::session::end_all(&mut tx, account.id, None).await?;
        let whose = Target::new("account", account.id, &account.name);
        let event = Event::new(Action::PasswordReset, whose.clone())
            .after(json!({ "by": "mailed link", "sessions_ended": ended }));
        crate::audit::record_by(&mut tx, None, &event, (&whose, origin), now).await?;
        tx.commit().await?;
        self.memory().account_changed(account.id);
        Ok(account)
    }

    /// Whose password the link still sets.
    async fn linked(&self, tx: &mut Tx<impl Mode>, hash: [u8; 32]) -> Result<Account> {
        let link: Link = store::password_reset::find_link(tx, hash)
            .await?
            .filter(|link| link.expires_at > self.now())
            .ok_or(Refusal::LinkInvalid)?;
        let account = store::account::find(tx, link.account)
            .await?
            .ok_or(Refusal::LinkInvalid)?;
        let same_address = account.email.as_deref().map(str::to_lowercase) == Some(link.email_key);
        if !same_address || account.suspended.is_some() || !self.has_password(tx, &account).await? {
            return Err(Refusal::LinkInvalid.into());
        }
        Ok(account)
    }

    /// Whether the account signs in with a password at all. Whoever comes by another way gets none by mail.
    pub(crate) async fn has_password(&self, tx: &mut Tx<impl Mode>, account: &Account) -> Result<bool> {
        Ok(account.authentication_method == AuthenticationMethod::Password
            && store::password::find(tx, account.id).await?.is_some())
    }

    /// What somebody's password must not be made of: their own names, and those of where they belong.
    pub(crate) async fn words_around(&self, tx: &mut Tx<impl Mode>, account: &Account) -> Result<Vec<String>> {
        let memberships = store::account::memberships(tx, account.id).await?;
        let own = crate::account::context(account).into_iter().map(str::to_owned);
        Ok(own.chain(memberships.into_iter().map(|one| one.name)).collect())
    }
}

/// Whether a link could be mailed to whoever has the account.
///
/// # Errors
/// There is no mail server, no address, or a suspension first.
pub fn mailable(roster: &Roster, account: &Account) -> std::result::Result<(), Refusal> {
    if account.suspended.is_some() {
        return Err(Refusal::SuspendedMember {
            name: account.name.clone(),
        });
    }
    if !roster.sends_mail() {
        return Err(Refusal::MailNotSetUp);
    }
    address(account).map(|_| ())
}

pub(crate) fn address(account: &Account) -> std::result::Result<EmailAddress, Refusal> {
    let email = account
        .email
        .as_deref()
        .and_then(|email| EmailAddress::parse(email).ok());
    email.ok_or_else(|| Refusal::NoAddress {
        name: account.name.clone(),
    })
}

/// Has the link mailed to a member. Unlike a temporary password it puts nothing into the admin's hands, so that it is
/// open for members whose account is managed elsewhere too.
///
/// # Errors
/// The member is the caller, an Owner or greater than the caller, has no password or no address, or no mail can be sent.
pub async fn mail_to_member(mut authorized: Authorized<MemberManage>, id: MemberId) -> Result<Outcome<()>> {
    let member = authorized.target(id).await?;
    member.may_be_subject_to(Act::MailPasswordReset, authorized.actor())?;
    let account = &member.account;
    let roster = authorized.roster().clone();
    if member.status() == MemberStatus::AwaitingConsent {
        return Err(Refusal::NotManaged {
            name: account.name.clone(),
            act: Act::MailPasswordReset,
        }
        .into());
    }
    if !roster.has_password(authorized.scope().tx(), account).await? {
        return Err(Refusal::NoPassword.into());
    }
    mailable(&roster, account)?;
    let email = address(account)?;
    let now = authorized.now();
    let tx = authorized.scope().tx();
    if !crate::throttle::admit_mail(tx, "password_reset", &email.key(), None, now).await? {
        return Err(Error::Throttled { retry_after: 3_600 });
    }
    let by = Some(authorized.organization().name.clone());
    let request: PasswordResetId = authorized.new_id();
    store::password_reset::ask(authorized.scope().tx(), request, &Asked { email, by }, now).await?;
    authorized
        .later_for_account(job::Kind::PasswordResetMail, request)
        .await?;
    authorized.effect(Effect::new(Kind::Changed, subject(&member)).detail("gets a mail with a link to a new password"));
    let event = Event::new(Action::PasswordResetMailed, target(&member));
    authorized.commit(event, ()).await
}

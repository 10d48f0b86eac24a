//! Another address for one's own account. It takes effect when the new mailbox has answered, and the old one is told.

use domain::account::Account;
use domain::actor::Origin;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::id::EmailChangeId;
use domain::text::{EmailAddress, Username};
use domain::time::DAY;
use domain::{Refusal, Timestamp};
use signin::token::LinkToken;
use store::account::Edit;
use store::email_change::EmailChange;
use store::{Mode, Tx, job};

use crate::account::profile;
use crate::ambient::new_id;
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::notice::{self, Notice};
use crate::session::{goes_on, record_own};
use crate::{Error, FieldError, Request, Result, Roster};

/// How long a mailed link is good: microseconds.
pub const LINK_LIFETIME: i64 = DAY;

/// Behind a link that is still good.
pub struct LookedUp {
    pub username: String,
    pub email: EmailAddress,
}

impl Roster {
    /// Asks for another address, or for the one there is to be verified. Whether anybody has it is not told here: its own
    /// mailbox is.
    ///
    /// # Errors
    /// It is no address or the same, the last proof of who one is is too old, or no mail can be sent.
    pub async fn ask_email_change(&self, request: &Request, email: &str) -> Result<Outcome<()>> {
        request.settled()?;
        request.caller.recently_proved(request.now)?;
        let mut check = Check::default();
        let email = check.field("email", EmailAddress::parse(email));
        check.done()?;
        let email = checked(email)?;
        if !self.sends_mail() {
            return Err(Refusal::MailNotSetUp.into());
        }
        let now = request.now;
        let mut tx = self.store().account().await?;
        goes_on(&mut tx, request).await?;
        let account = store::account::get(&mut tx, request.caller.whole()?).await?;
        if account.email_verified && is_same(&account, &email) {
            return Err(Error::Invalid(vec![FieldError::new(
                "email",
                "is your address already",
            )]));
        }
        if !crate::throttle::admit_mail(
            &mut tx,
            "email_change",
            &email.key(),
            Some(&account.id.to_string()),
            now,
        )
        .await?
        {
            return Err(Error::Throttled { retry_after: 3_600 });
        }
        let id: EmailChangeId = new_id(now);
        let change = EmailChange {
            id,
            account: account.id,
            email,
            created_at: now,
        };
        store::email_change::replace(&mut tx, &change).await?;
        job::enqueue(&mut tx, new_id(now), None, job::Kind::EmailChangeMail, id, now).await?;
        if request.dry_run {
            tx.rollback().await?;
            let subject = Subject {
                kind: "account",
                id: account.id.to_string(),
                name: account.name,
            };
            let mut preview = Preview::default();
            preview.add(Effect::new(Kind::Changed, subject).detail("the new address is asked to confirm"));
            return Ok(Outcome::Previewed(preview));
        }
        tx.commit().await?;
        self.jobs_added();
        Ok(Outcome::Done(()))
    }

    /// The address that waits for its mailbox to answer.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn pending_email(&self, request: &Request) -> Result<Option<EmailAddress>> {
        let mut tx = self.store().see_account().await?;
        let change = store::email_change::of_account(&mut tx, request.caller.account()?).await?;
        let live = change.filter(|change| is_live(change, request.now));
        Ok(live.map(|change| change.email))
    }

    /// Looks at a link and uses nothing up.
    ///
    /// # Errors
    /// It was used, replaced, is over, or never was.
    pub async fn look_up_email_change(&self, token: &str) -> Result<LookedUp> {
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().look_up().await?;
        let (change, account) = self.changing(&mut tx, hash).await?;
        Ok(LookedUp {
            username: account.username,
            email: change.email,
        })
    }

    /// The new mailbox has answered: from now on it is the account's.
    ///
    /// # Errors
    /// The link is no longer good, or somebody else has the address meanwhile.
    pub async fn verify_email_change(&self, token: &str, origin: &Origin) -> Result<Account> {
        let now = self.now();
        let hash = LinkToken::parse(token).ok_or(Refusal::LinkInvalid)?.hash();
        let mut tx = self.store().sign_in().await?;
        let (change, before) = self.changing(&mut tx, hash).await?;
        if !store::email_change::use_up(&mut tx, change.id).await? {
            return Err(Refusal::LinkInvalid.into());
        }
        if !is_same(&before, &change.email) {
            let edit = Edit {
                // A username that is the address goes along with it.
                username: before
                    .username
                    .contains('@')
                    .then(|| Username::parse(change.email.as_str()).ok())
                    .flatten(),
                email: Some(change.email.clone()),
                ..Edit::default()
            };
            store::account::edit(&mut tx, &before, &edit).await?;
            store::password_reset::drop_links(&mut tx, before.id).await?;
            if let Some(old) = before.email.clone().filter(|_| self.sends_mail()) {
                notice::tell(&mut tx, &told_at_old(&before, old, &change.email, now), now).await?;
            }
        }
        store::account::verify_email(&mut tx, before.id).await?;
        let after = store::account::get(&mut tx, before.id).await?;
        let whose = Target::new("account", after.id, &after.name);
        let event = Event::new(Action::EmailChanged, whose.clone())
            .before(profile(&before))
            .after(profile(&after));
        crate::audit::record_by(&mut tx, None, &event, (&whose, origin), now).await?;
        tx.commit().await?;
        self.memory().account_changed(after.id);
        self.jobs_added();
        Ok(after)
    }

    /// Takes back what was asked for; its link dies.
    ///
    /// # Errors
    /// Nothing was asked for.
    pub async fn drop_email_change(&self, request: &Request) -> Result<()> {
        request.settled()?;
        let mut tx = self.store().account().await?;
        goes_on(&mut tx, request).await?;
        let account = store::account::get(&mut tx, request.caller.whole()?).await?;
        let change = store::email_change::of_account(&mut tx, account.id).await?;
        let change = change.ok_or(Refusal::NotFound { what: "address" })?;
        store::email_change::use_up(&mut tx, change.id).await?;
        let whose = Target::new("account", account.id, &account.name);
        record_own(&mut tx, request, &Event::new(Action::EmailChangeDropped, whose)).await?;
        Ok(tx.commit().await?)
    }

    async fn changing(&self, tx: &mut Tx<impl Mode>, hash: [u8; 32]) -> Result<(EmailChange, Account)> {
        let change = store::email_change::find_by_link(tx, hash)
            .await?
            .filter(|change| is_live(change, self.now()))
            .ok_or(Refusal::LinkInvalid)?;
        let account = store::account::find(tx, change.account)
            .await?
            .filter(|account| account.suspended.is_none())
            .ok_or(Refusal::LinkInvalid)?;
        Ok((change, account))
    }
}

fn is_live(change: &EmailChange, now: Timestamp) -> bool {
    now.since(change.created_at) < LINK_LIFETIME
}

fn is_same(account: &Account, email: &EmailAddress) -> bool {
    account.email.as_deref().map(str::to_lowercase) == Some(email.key())
}

fn told_at_old(account: &Account, old: String, new: &EmailAddress, now: Timestamp) -> Notice {
    Notice {
        to: old,
        subject: "Your account has another e-mail address now".to_owned(),
        paragraphs: vec![
            format!(
                "Since {}, the address of the account {} is {new}. Mails about it no longer come here.",
                crate::mail::readable(now),
                account.username
            ),
            "If that was you, there is nothing to do.".to_owned(),
            "If it was not, ask an administrator of your organization at once.".to_owned(),
        ],
    }
}

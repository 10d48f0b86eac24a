//! Accounts as whoever runs the instance looks after them: seen whole, suspended, signed out, deleted. What it means for each
//! organization they belong to is the same as when its own people do it.

use domain::Refusal;
use domain::account::{Account, Suspension};
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::id::{AccountId, EventId, OrganizationId, PasswordResetId};
use domain::member::Act;
use domain::session::Session;
use serde_json::json;
use store::account::Membership;
use store::password_reset::Asked;
use store::sign_in::SignIn;
use store::{ServerScope, Tx, Writing};

use super::deletion::Leaving;
use crate::ambient::new_id;
use crate::authorization::Outcome;
use crate::instance::superusers_only;
use crate::member::disablement::parsed_reason;
use crate::password_reset::{address, mailable};
use crate::session::record_own;
use crate::superuser::{not_the_last, still_superuser};
use crate::{Error, OrganizationRef, Request, Result, Roster};

/// An account with all that is known of it.
pub struct Overseen {
    pub account: Account,
    pub memberships: Vec<Membership>,
    /// What the organization is called that it began in; none where it began in none, or that is gone.
    pub home: Option<String>,
    pub has_password: bool,
}

/// How many sign-ins are shown.
const SIGN_INS: i64 = 50;

impl Roster {
    /// # Errors
    /// The caller is no superuser, or there is no such account.
    pub async fn oversee(&self, request: &Request, id: AccountId) -> Result<Overseen> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        let account = store::account::get(&mut tx, id).await?;
        let home = match account.home {
            Some(home) => store::organization::find_any(&mut tx, &OrganizationRef::Id(home)).await?,
            None => None,
        };
        Ok(Overseen {
            memberships: store::account::memberships(&mut tx, id).await?,
            has_password: self.has_password(&mut tx, &account).await?,
            home: home.map(|home| home.name),
            account,
        })
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn sessions_of(&self, request: &Request, id: AccountId) -> Result<Vec<Session>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        store::account::get(&mut tx, id).await?;
        Ok(store::session::list(&mut tx, id, request.now).await?)
    }

    /// Sign-ins and entries into organizations, the latest first.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn sign_ins_of(&self, request: &Request, id: AccountId) -> Result<Vec<(EventId, SignIn)>> {
        superusers_only(request)?;
        let mut tx = self.store().see_server().await?;
        store::account::get(&mut tx, id).await?;
        Ok(store::sign_in::list_all(&mut tx, id, SIGN_INS).await?)
    }

    /// Keeps somebody from signing in anywhere, until it is lifted.
    ///
    /// # Errors
    /// The caller is no superuser, the account is their own, or the last superuser's.
    pub async fn suspend_account(
        &self,
        request: &Request,
        id: AccountId,
        reason: Option<&str>,
    ) -> Result<Outcome<Account>> {
        let reason = parsed_reason(reason)?;
        let (mut tx, account) = self.open_account(request, id, Some(Act::Suspend)).await?;
        if account.superuser {
            not_the_last(&mut tx, &account).await?;
        }
        let mut preview = Preview::default();
        let suspension = Suspension {
            at: request.now,
            by: request.caller.name.clone(),
            reason: reason.clone(),
        };
        store::account::suspend(&mut tx, id, &suspension).await?;
        let (sessions, tokens) = end_credentials(&mut tx, &account, &mut preview).await?;
        let (tx, touched) = touch_organizations(tx, id, &mut preview).await?;
        let event = Event::new(Action::AccountSuspended, target(&account)).after(json!({
            "reason": reason,
            "sessions_ended": sessions,
            "tokens_ended": tokens,
        }));
        self.close_account(request, tx, &account, event, touched, preview).await
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn lift_account_suspension(&self, request: &Request, id: AccountId) -> Result<Outcome<Account>> {
        let (mut tx, account) = self.open_account(request, id, None).await?;
        let mut preview = Preview::default();
        if account.suspended.is_none() {
            tx.rollback().await?;
            return Ok(if request.dry_run {
                Outcome::Previewed(preview)
            } else {
                Outcome::Done(account)
            });
        }
        store::account::lift_suspension(&mut tx, id).await?;
        preview.add(Effect::new(Kind::Changed, subject(&account)).detail("can sign in again"));
        let (tx, touched) = touch_organizations(tx, id, &mut preview).await?;
        let event = Event::new(Action::AccountSuspensionLifted, target(&account));
        self.close_account(request, tx, &account, event, touched, preview).await
    }

    /// Signs somebody out everywhere.
    ///
    /// # Errors
    /// The caller is no superuser.
    pub async fn end_sessions_of(&self, request: &Request, id: AccountId) -> Result<Outcome<Account>> {
        let (mut tx, account) = self.open_account(request, id, None).await?;
        let ended = store::session::end_all(&mut tx, id, None).await?;
        let mut preview = Preview::default();
        tell_sessions(&mut preview, &account, ended);
        let event = Event::new(Action::SessionsEnded, target(&account)).after(json!({ "ended": ended }));
        self.close_account(request, tx.into_inner(), &account, event, Vec::new(), preview)
            .await
    }

    /// Has a link to a new password mailed to somebody, whatever organization they belong to.
    ///
    /// # Errors
    /// The caller is no superuser, or there is no password, address or mail server.
    pub async fn mail_password_reset(&self, request: &Request, id: AccountId) -> Result<Outcome<Account>> {
        let (mut tx, account) = self.open_account(request, id, None).await?;
        if !self.has_password(&mut tx, &account).await? {
            return Err(Refusal::NoPassword.into());
        }
        mailable(self, &account)?;
        let email = address(&account)?;
        if !crate::throttle::admit_mail(&mut tx, "password_reset", &email.key(), None, request.now).await? {
            return Err(Error::Throttled { retry_after: 3_600 });
        }
        let asked: PasswordResetId = new_id(request.now);
        let by = Some(self.settings().instance_name.clone());
        store::password_reset::ask(&mut tx, asked, &Asked { email, by }, request.now).await?;
        let kind = store::job::Kind::PasswordResetMail;
        store::job::enqueue(&mut tx, new_id(request.now), None, kind, asked, request.now).await?;
        let mut preview = Preview::default();
        let detail = "gets a mail with a link to a new password";
        preview.add(Effect::new(Kind::Changed, subject(&account)).detail(detail));
        let event = Event::new(Action::PasswordResetMailed, target(&account));
        let done = self
            .close_account(request, tx.into_inner(), &account, event, Vec::new(), preview)
            .await?;
        self.jobs_added();
        Ok(done)
    }

    /// Deletes an account for good. What it owns goes to `heir` in every organization where it owns something.
    ///
    /// # Errors
    /// The caller is no superuser, the account is their own or the last superuser's, still owns something, or is an
    /// organization's last Owner.
    pub async fn delete_account(
        &self,
        request: &Request,
        id: AccountId,
        heir: Option<AccountId>,
    ) -> Result<Outcome<()>> {
        let (mut tx, account) = self.open_account(request, id, Some(Act::DeleteAccount)).await?;
        if account.superuser {
            not_the_last(&mut tx, &account).await?;
        }
        let leaving = Leaving {
            account: &account,
            action: Action::MemberRemoved,
            heir,
            own: false,
        };
        self.delete_everywhere(request, tx.into_inner(), leaving).await
    }

    /// The account, and the write in which a superuser changes it.
    async fn open_account(
        &self,
        request: &Request,
        id: AccountId,
        of_others: Option<Act>,
    ) -> Result<(ServerScope<Writing>, Account)> {
        superusers_only(request)?;
        request.proved()?;
        let mut tx = self.store().server().await?;
        still_superuser(&mut tx, request).await?;
        let account = store::account::get(&mut tx, id).await?;
        request.matches(&crate::account::etag(&account))?;
        if let Some(act) = of_others.filter(|_| request.caller.account().ok() == Some(id)) {
            return Err(Refusal::NotYourself { act }.into());
        }
        Ok((tx, account))
    }

    async fn close_account(
        &self,
        request: &Request,
        mut tx: Tx<Writing>,
        account: &Account,
        event: Event,
        touched: Vec<OrganizationId>,
        preview: Preview,
    ) -> Result<Outcome<Account>> {
        if request.dry_run {
            tx.rollback().await?;
            return Ok(Outcome::Previewed(preview));
        }
        crate::idempotency::claim(&mut tx, request).await?;
        record_own(&mut tx, request, &event).await?;
        let changed = store::account::get(&mut tx, account.id).await?;
        tx.commit().await?;
        self.memory().account_changed(account.id);
        for organization in touched {
            self.memory().organization_changed(organization);
        }
        Ok(Outcome::Done(changed))
    }
}

/// Tells each organization that who may do what there has changed, and which is left without an active Owner.
async fn touch_organizations(
    mut tx: ServerScope<Writing>,
    id: AccountId,
    preview: &mut Preview,
) -> Result<(Tx<Writing>, Vec<OrganizationId>)> {
    let touched = super::deletion::organizations_of(&mut tx, id).await?;
    let mut tx = tx.into_inner();
    for organization in &touched {
        let mut scope = store::organization::enter(tx, &OrganizationRef::Id(*organization)).await?;
        store::organization::touch_access(&mut scope).await?;
        let member = store::member::find_by_account(&mut scope, id).await?;
        let owned = member.is_some_and(|member| member.role.is_owner());
        if owned && store::member::count_active_owners(&mut scope).await? == 0 {
            let place = Subject {
                kind: "organization",
                id: organization.to_string(),
                name: scope.organization().name.clone(),
            };
            let detail = format!(
                "{} has no active Owner until another is made",
                scope.organization().name
            );
            preview.add(Effect::new(Kind::Changed, place).detail(detail));
        }
        tx = scope.leave();
    }
    Ok((tx, touched))
}

/// Ends all of an account's sessions and tokens, and tells of each.
pub(super) async fn end_credentials(
    tx: &mut Tx<Writing>,
    account: &Account,
    preview: &mut Preview,
) -> Result<(u64, u64)> {
    let sessions = store::session::end_all(tx, account.id, None).await?;
    tell_sessions(preview, account, sessions);
    for token in store::token::of_account(tx, account.id).await? {
        preview.add(Effect::new(Kind::TokenEnded, subject(account)).detail(token.name));
    }
    Ok((sessions, store::token::end_all_of_account(tx, account.id).await?))
}

fn tell_sessions(preview: &mut Preview, account: &Account, ended: u64) {
    for _ in 0..ended {
        preview.add(Effect::new(Kind::SessionEnded, subject(account)));
    }
}

fn target(account: &Account) -> Target {
    Target::new("account", account.id, &account.name)
}

pub(super) fn subject(account: &Account) -> Subject {
    Subject {
        kind: "account",
        id: account.id.to_string(),
        name: account.name.clone(),
    }
}

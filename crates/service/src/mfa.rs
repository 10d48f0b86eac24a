//! Second factors of one's own account: which there are, and what holds for all of them. Adding or removing one is a
//! sensitive act: it takes a recent proof.

pub mod giving;
pub mod passkey;
pub mod totp;

use domain::Refusal;
use domain::Timestamp;
use domain::account::{Account, SecondFactor};
use domain::audit::{Action, Event, Target};
use domain::id::AccountId;
use domain::passkey::Passkey;
use secrecy::SecretString;
use signin::recovery::{self, RecoveryCode};
use store::{AccountScope, Tx, Writing};

use crate::ambient::entropy;
use crate::session::{goes_on, record_own};
use crate::{Error, Request, Result, Roster};

pub struct Mfa {
    pub methods: Vec<SecondFactor>,
    /// Since when there is an authenticator app.
    pub totp_since: Option<Timestamp>,
    pub passkeys: Vec<Passkey>,
    pub recovery_codes_left: i64,
}

impl Roster {
    /// # Errors
    /// The database does not answer.
    pub async fn mfa(&self, request: &Request) -> Result<Mfa> {
        request.settled()?;
        let id = request.caller.whole()?;
        let mut tx = self.store().see_account().await?;
        let account = store::account::find(&mut tx, id).await?.ok_or(Error::SignInRequired)?;
        let totp = store::totp::find(&mut tx, id).await?;
        Ok(Mfa {
            methods: account.second_factors,
            totp_since: totp.and_then(|totp| totp.confirmed_at),
            passkeys: store::passkey::list(&mut tx, id).await?,
            recovery_codes_left: store::recovery_code::count(&mut tx, id).await?,
        })
    }

    /// New recovery codes in place of those that are left, shown this once.
    ///
    /// # Errors
    /// There is no second factor that they could stand in for, or the last proof is too old.
    pub async fn renew_recovery_codes(&self, request: &Request) -> Result<Vec<SecretString>> {
        let (mut tx, account) = self.open_own(request).await?;
        if account.second_factors.is_empty() {
            return Err(Refusal::NoSecondFactor.into());
        }
        let codes = fresh_codes(&mut tx, account.id).await?;
        self.close_own(tx, request, &account, Action::RecoveryCodesRenewed)
            .await?;
        Ok(codes)
    }

    /// The caller's own account, held for a change of what it proves itself by.
    async fn open_own(&self, request: &Request) -> Result<(AccountScope<Writing>, Account)> {
        request.settled()?;
        request.caller.recently_proved(request.now)?;
        let mut tx = self.store().account().await?;
        goes_on(&mut tx, request).await?;
        let account = store::second_factor::hold(&mut tx, request.caller.account()?).await?;
        Ok((tx, account))
    }

    async fn close_own(
        &self,
        mut tx: AccountScope<Writing>,
        request: &Request,
        account: &Account,
        action: Action,
    ) -> Result<()> {
        let event = Event::new(action, Target::new("account", account.id, &account.name));
        record_own(&mut tx, request, &event).await?;
        if let Some(what) = in_words(action) {
            crate::notice::tell_of_factor(&mut tx, account, what, &request.origin, request.now).await?;
        }
        tx.commit().await?;
        self.memory().account_changed(account.id);
        self.jobs_added();
        Ok(())
    }
}

/// What the owner is told by mail, for somebody at their unlocked screen could have done it.
fn in_words(action: Action) -> Option<&'static str> {
    match action {
        Action::TotpEnrolled => Some("an authenticator app was added"),
        Action::TotpRemoved => Some("the authenticator app was removed"),
        Action::PasskeyAdded => Some("a passkey was added"),
        Action::PasskeyRemoved => Some("a passkey was removed"),
        Action::RecoveryCodesRenewed => Some("the recovery codes were renewed; the old ones work no more"),
        _ => None,
    }
}

/// Makes as many as there are meant to be, in place of those that are left.
async fn fresh_codes(tx: &mut Tx<Writing>, account: AccountId) -> Result<Vec<SecretString>> {
    let codes: Vec<_> = (0..recovery::COUNT)
        .map(|_| RecoveryCode::from_entropy(entropy()))
        .collect();
    let hashes: Vec<_> = codes.iter().map(RecoveryCode::hash).collect();
    store::recovery_code::replace(tx, account, &hashes).await?;
    Ok(codes.iter().map(RecoveryCode::shown).collect())
}

/// After a factor came or went: the account says which kinds it has, and without any there is nothing to recover.
async fn changed(tx: &mut Tx<Writing>, account: AccountId) -> Result<Vec<SecondFactor>> {
    let left = store::second_factor::note(tx, account).await?;
    if left.is_empty() {
        store::recovery_code::delete_all(tx, account).await?;
    }
    Ok(left)
}

/// Takes all of an account's second factors away. Returns the kinds that it had.
pub(crate) async fn clear(tx: &mut Tx<Writing>, account: &Account) -> Result<Vec<SecondFactor>> {
    store::totp::delete(tx, account.id).await?;
    store::passkey::delete_all(tx, account.id).await?;
    changed(tx, account.id).await?;
    Ok(account.second_factors.clone())
}

//! Enrolling an authenticator app: a secret is shown, and a code of it proves that the app has it. Until then it counts for
//! nothing, so that nobody locks themselves out with a picture that was never scanned.

use domain::audit::Action;
use domain::id::AccountId;
use domain::time::{HOUR, SECOND};
use domain::{Refusal, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use signin::totp::Totp;
use store::totp::Kept;
use store::{Tx, Writing};

use super::{changed, fresh_codes};
use crate::ambient::entropy;
use crate::{Error, FieldError, Request, Result, Roster};

/// For how long a secret that was shown can be confirmed: microseconds.
const PENDING: i64 = HOUR;

/// What the person puts into their app.
pub struct Enrolment {
    /// For typing.
    pub secret: SecretString,
    pub uri: SecretString,
    /// The URI as a QR code, in an SVG picture.
    pub picture: Option<String>,
}

impl Roster {
    /// A new secret, in place of one that was never confirmed.
    ///
    /// # Errors
    /// There is an app already, or the last proof is too old.
    pub async fn begin_totp(&self, request: &Request) -> Result<Enrolment> {
        let (mut tx, account) = self.open_own(request).await?;
        let totp = Totp::from_entropy(entropy());
        let sealed = self.seal(&purpose(account.id), totp.bytes());
        if !store::totp::begin(&mut tx, account.id, &sealed, request.now).await? {
            return Err(Refusal::TotpEnrolled.into());
        }
        tx.commit().await?;
        Ok(self.shown(&totp, account.email.as_deref().unwrap_or(&account.username)))
    }

    /// The secret that waits to be confirmed, to be shown again after a wrong code.
    ///
    /// # Errors
    /// The last proof is too old.
    pub async fn pending_totp(&self, request: &Request) -> Result<Option<Enrolment>> {
        request.settled()?;
        request.caller.recently_proved(request.now)?;
        let mut tx = self.store().see_account().await?;
        let account = store::account::get(&mut tx, request.caller.account()?).await?;
        let kept = store::totp::find(&mut tx, account.id).await?;
        let Some(kept) = kept.filter(|kept| is_pending(kept, request.now)) else {
            return Ok(None);
        };
        let totp = self.open_totp(account.id, &kept)?;
        let name = account.email.as_deref().unwrap_or(&account.username);
        Ok(Some(self.shown(&totp, name)))
    }

    /// Enrols the app that gave the code. The code's step is used up, and there are new recovery codes.
    ///
    /// # Errors
    /// The code is wrong, or nothing waits to be confirmed.
    pub async fn confirm_totp(&self, request: &Request, code: &SecretString) -> Result<Vec<SecretString>> {
        let (mut tx, account) = self.open_own(request).await?;
        let kept = store::totp::find(&mut tx, account.id).await?;
        let kept = match kept {
            Some(kept) if kept.confirmed_at.is_some() => return Err(Refusal::TotpEnrolled.into()),
            kept => kept
                .filter(|kept| is_pending(kept, request.now))
                .ok_or(Refusal::NothingToConfirm)?,
        };
        let step = self
            .step_of(account.id, &kept, code, request.now)?
            .ok_or_else(wrong_code)?;
        if !store::totp::confirm(&mut tx, account.id, &kept.secret, step, request.now).await? {
            return Err(Refusal::NothingToConfirm.into());
        }
        changed(&mut tx, account.id).await?;
        let codes = fresh_codes(&mut tx, account.id).await?;
        store::session::gave_second_factor(&mut tx, request.caller.session()?, request.now).await?;
        self.close_own(tx, request, &account, Action::TotpEnrolled).await?;
        Ok(codes)
    }

    /// # Errors
    /// There is none, or the last proof is too old.
    pub async fn remove_totp(&self, request: &Request) -> Result<()> {
        let (mut tx, account) = self.open_own(request).await?;
        if !store::totp::delete(&mut tx, account.id).await? {
            return Err(Refusal::NotFound {
                what: "authenticator app",
            }
            .into());
        }
        changed(&mut tx, account.id).await?;
        self.close_own(tx, request, &account, Action::TotpRemoved).await
    }

    /// Uses a code up. Returns whether it was good.
    pub(super) async fn use_up_totp(
        &self,
        tx: &mut Tx<Writing>,
        account: AccountId,
        code: &SecretString,
        now: Timestamp,
    ) -> Result<bool> {
        let kept = store::totp::find(tx, account).await?;
        let Some(kept) = kept.filter(|kept| kept.confirmed_at.is_some()) else {
            return Ok(false);
        };
        match self.step_of(account, &kept, code, now)? {
            Some(step) => Ok(store::totp::use_up(tx, account, &kept.secret, step).await?),
            None => Ok(false),
        }
    }

    fn step_of(&self, account: AccountId, kept: &Kept, code: &SecretString, now: Timestamp) -> Result<Option<i64>> {
        let seconds = u64::try_from(now.micros() / SECOND).unwrap_or(0);
        let last = kept.last_step.and_then(|step| u64::try_from(step).ok());
        let step = self
            .open_totp(account, kept)?
            .check(code.expose_secret(), seconds, last);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn open_totp(&self, account: AccountId, kept: &Kept) -> Result<Totp> {
        let bytes = self.open_seal(&purpose(account), &kept.secret)?;
        Totp::from_bytes(&bytes).ok_or_else(|| Error::Unexpected("totp.secret is too short".to_owned()))
    }

    fn shown(&self, totp: &Totp, name: &str) -> Enrolment {
        let uri = totp.uri(&self.settings().instance_name, name);
        Enrolment {
            secret: totp.base32(),
            picture: signin::qr::picture(uri.expose_secret()),
            uri,
        }
    }
}

fn is_pending(kept: &Kept, now: Timestamp) -> bool {
    kept.confirmed_at.is_none() && now.since(kept.created_at) < PENDING
}

fn wrong_code() -> Error {
    let detail = "is not what the app shows now. Check that the clock of your phone is right";
    Error::Invalid(vec![FieldError::new("code", detail)])
}

pub(crate) fn purpose(account: AccountId) -> String {
    format!("totp {account}")
}

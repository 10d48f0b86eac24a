//! Signing in with a name and a password. An unknown name and a wrong password are answered alike, in text and in time.

pub(crate) mod gate;
pub(crate) mod pam;
mod passkey;
pub mod place;
pub mod saml;
pub(crate) mod stranger;
mod trip;

use domain::account::AuthenticationMethod;
use domain::actor::Origin;
use domain::id::AccountId;
use domain::session::{Method, Proof};
use domain::{Refusal, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use signin::password::policy::Weakness;
use signin::password::{PasswordHash, Verdict, policy};
use store::password::Password;
use store::sign_in::NewSignIn;

use crate::ambient::{entropy, new_id};
use crate::throttle::Keys;
use crate::{Error, FieldError, Result, Roster};

pub use gate::{Next, SignedIn};
pub use trip::{Arrived, Errand, Leaving, TRIP_SECONDS, Trip};

impl Roster {
    /// # Errors
    /// The name or the password is wrong, the account is suspended, or there were too many failures.
    pub async fn sign_in(&self, login: &str, password: SecretString, origin: &Origin) -> Result<SignedIn> {
        let now = self.now();
        let keys = Keys::new(login, &origin.address);
        let mut known = self.store().sign_in().await?;
        let account = store::account::find_by_login(&mut known, login).await?;
        let closed = match &account {
            Some(account) => keys.is_closed(&mut known, account.id, &origin.address, now).await?,
            None => false,
        };
        keys.admit(
            &mut known,
            account.as_ref(),
            &origin.address,
            self.settings().throttle,
            now,
        )
        .await?;
        let kept = match &account {
            Some(account) => store::password::find(&mut known, account.id).await?,
            None => None,
        };
        known.commit().await?;

        if let Some(account) = account
            .as_ref()
            .filter(|account| account.authentication_method == AuthenticationMethod::Pam)
        {
            return self
                .sign_in_by_pam(&keys, closed, account.clone(), password, origin)
                .await;
        }
        // Whoever signs in with an identity provider has none, whatever may be stored.
        let kept = kept.filter(|_| {
            account
                .as_ref()
                .is_some_and(|account| account.authentication_method == AuthenticationMethod::Password)
        });
        let hash = kept.as_ref().map(|kept| PasswordHash::from_stored(kept.hash.clone()));
        let verdict = self.judge(&keys, password.clone(), hash).await?;
        // Answered as a wrong password, right or not: the difference would tell who guesses that there is such an account,
        // and later that the password was right.
        let (Verdict::Right { outdated }, false, Some(account), Some(kept)) = (verdict, closed, account.clone(), kept)
        else {
            let failure = if closed { "locked_out" } else { "wrong_password" };
            self.refuse(&keys, account.map(|account| account.id), failure, origin, now)
                .await?;
            return Err(Error::WrongCredentials);
        };
        if account.suspended.is_some() {
            self.refuse(&keys, Some(account.id), "account_suspended", origin, now)
                .await?;
            return Err(Error::AccountSuspended);
        }
        if kept.expires_at.is_some_and(|end| end <= now) {
            self.refuse(&keys, Some(account.id), "temporary_password_expired", origin, now)
                .await?;
            return Err(Error::TemporaryPasswordExpired);
        }
        let anew = if outdated {
            Some(self.hasher().hash(password, entropy()).await?)
        } else {
            None
        };

        let mut tx = self.store().sign_in().await?;
        // It may have been changed, reset or suspended while the hash was computed.
        let still = store::password::find(&mut tx, account.id).await?;
        let account = store::account::find(&mut tx, account.id)
            .await?
            .filter(|account| account.suspended.is_none())
            .filter(|_| still.is_some_and(|still| still.hash == kept.hash))
            .ok_or(Error::WrongCredentials)?;
        keys.succeeded(&mut tx).await?;
        if let Some(anew) = anew {
            store::password::rehash(&mut tx, account.id, &kept.hash, anew.as_str()).await?;
        }
        let signed_in = gate::pass(&mut tx, account, Proof::new(Method::Password, now), origin).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Verifies a password whose try was counted already.
    pub(crate) async fn judge(
        &self,
        keys: &Keys,
        password: SecretString,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict> {
        match self.hasher().verify(password, hash).await {
            Ok(verdict) => Ok(verdict),
            Err(busy) => {
                let mut tx = self.store().sign_in().await?;
                keys.not_judged(&mut tx).await?;
                tx.commit().await?;
                Err(busy.into())
            }
        }
    }

    async fn refuse(
        &self,
        keys: &Keys,
        account: Option<AccountId>,
        failure: &'static str,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<()> {
        crate::metrics::sign_in_failed(failure);
        let mut tx = self.store().sign_in().await?;
        match account {
            Some(account) => {
                let record = NewSignIn {
                    id: new_id(now),
                    account,
                    organization: None,
                    action: "sign_in",
                    failure: Some(failure),
                    origin,
                    at: now,
                };
                store::sign_in::insert(&mut tx, &record).await?;
            }
            // As much is written to disk for a name that nobody has, or the time would tell.
            None => keys.write_again(&mut tx, now).await?,
        }
        Ok(tx.commit().await?)
    }

    /// Hashes a new password after holding it to the rules.
    ///
    /// # Errors
    /// It is too short, too common, or made of the person's own names; `field` is where to say so.
    pub(crate) async fn hash_new(&self, field: &str, password: SecretString, context: &[&str]) -> Result<PasswordHash> {
        self.check_password(field, &password, context).await?;
        Ok(self.hasher().hash(password, entropy()).await?)
    }

    pub(crate) async fn check_password(&self, field: &str, password: &SecretString, context: &[&str]) -> Result<()> {
        let (password, minimum) = (password.clone(), self.settings().password_length);
        let breached = self.settings().breached.clone();
        let context: Vec<String> = context
            .iter()
            .map(|word| (*word).to_owned())
            .chain(self.settings().own_words())
            .collect();
        // Judging a long password takes as long as a query; it must not hold up other requests.
        let judged = tokio::task::spawn_blocking(move || {
            let context: Vec<&str> = context.iter().map(String::as_str).collect();
            policy::check(password.expose_secret(), minimum, &context)?;
            match breached.map(|list| list.has(password.expose_secret())) {
                Some(Ok(true)) => Err(Unfit::Weak(Weakness::Breached)),
                // What nobody could look up is not taken.
                Some(Err(error)) => Err(Unfit::Unjudged(error)),
                Some(Ok(false)) | None => Ok(()),
            }
        });
        let judged = judged.await.map_err(|error| Error::Unexpected(error.to_string()))?;
        judged.map_err(|unfit| match unfit {
            Unfit::Weak(weakness) => Error::Invalid(vec![FieldError::new(field, weakness.to_string())]),
            Unfit::Unjudged(error) => {
                Error::Unexpected(format!("the list of breached passwords cannot be read: {error}"))
            }
        })
    }
}

/// Why a new password is not taken.
enum Unfit {
    Weak(Weakness),
    Unjudged(std::io::Error),
}

impl From<Weakness> for Unfit {
    fn from(weakness: Weakness) -> Self {
        Self::Weak(weakness)
    }
}

/// A generated password that must be changed at first use, and what is kept of it.
pub(crate) async fn temporary_password(
    roster: &Roster,
    typed: Option<SecretString>,
    context: &[&str],
    now: Timestamp,
) -> Result<(SecretString, Password)> {
    let password = match typed {
        Some(typed) => {
            roster.check_password("temporary_password", &typed, context).await?;
            typed
        }
        None => SecretString::from(signin::password::temporary::from_entropy(&entropy())),
    };
    let hash = roster.hasher().hash(password.clone(), entropy()).await?;
    let kept = Password {
        hash: hash.as_str().to_owned(),
        must_change: true,
        expires_at: Some(now.plus(TEMPORARY_LIFETIME)),
    };
    Ok((password, kept))
}

/// How long a temporary password can be used: microseconds.
pub const TEMPORARY_LIFETIME: i64 = 7 * domain::time::DAY;

/// Whoever holds no password signs in some other way.
pub(crate) fn needs_password(kept: Option<Password>) -> Result<Password> {
    kept.ok_or_else(|| Refusal::NoPassword.into())
}

//! Passwords that the system knows and Roster does not. To whoever signs in it is the usual form, with the usual answers.

use domain::Refusal;
use domain::account::{Account, AuthenticationMethod};
use domain::actor::Origin;
use domain::invitation::IdentityProvider;
use domain::session::{Method, Proof};
use secrecy::SecretString;
use signin::pam::{Pam, Unavailable, Verdict};
use store::organization::OrganizationRef;

use super::gate::{self, SignedIn};
use crate::throttle::Keys;
use crate::{Error, Result, Roster};

impl Roster {
    /// For an account whose password is the system's; the try was counted already.
    pub(super) async fn sign_in_by_pam(
        &self,
        keys: &Keys,
        closed: bool,
        account: Account,
        password: SecretString,
        origin: &Origin,
    ) -> Result<SignedIn> {
        let now = self.now();
        // The same work as for everybody else's wrong password comes first.
        self.judge(keys, password.clone(), None).await?;
        if closed {
            // The system is not asked: nobody goes on guessing there either.
            self.refuse(keys, Some(account.id), "locked_out", origin, now).await?;
            return Err(Error::WrongCredentials);
        }
        let allowed = self.pam_of(&account).await?;
        let verdict = match allowed {
            Some(pam) => self.ask_pam(keys, &pam, &account.username, password, origin).await?,
            None => Verdict::Refused,
        };
        if verdict != Verdict::Accepted {
            self.refuse(keys, Some(account.id), verdict.name(), origin, now).await?;
            return Err(Error::WrongCredentials);
        }
        if account.suspended.is_some() {
            self.refuse(keys, Some(account.id), "account_suspended", origin, now)
                .await?;
            return Err(Error::AccountSuspended);
        }
        let mut tx = self.store().sign_in().await?;
        // Its method, its name or its standing may have changed while the system was asked.
        let account = store::account::find(&mut tx, account.id)
            .await?
            .filter(|now| now.authentication_method == AuthenticationMethod::Pam && now.username == account.username)
            .filter(|now| now.suspended.is_none())
            .ok_or(Error::WrongCredentials)?;
        keys.succeeded(&mut tx).await?;
        let signed_in = gate::pass(&mut tx, account, Proof::new(Method::Pam, now), origin).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    async fn ask_pam(
        &self,
        keys: &Keys,
        pam: &Pam,
        username: &str,
        password: SecretString,
        origin: &Origin,
    ) -> Result<Verdict> {
        match pam.check(username, &password, &origin.address).await {
            Ok(verdict) => Ok(verdict),
            Err(unavailable) => {
                let mut tx = self.store().sign_in().await?;
                keys.not_judged(&mut tx).await?;
                tx.commit().await?;
                Err(told(&unavailable))
            }
        }
    }

    /// Whether the system says that this is the password of that name. For an account that does not exist yet.
    ///
    /// # Errors
    /// There were too many failures, the password is wrong, or the system cannot be asked.
    pub(crate) async fn prove_by_pam(&self, username: &str, password: SecretString, origin: &Origin) -> Result<()> {
        let unset = || Refusal::ProviderUnavailable {
            provider: IdentityProvider::Pam,
        };
        let pam = self.settings().pam.clone().ok_or_else(unset)?;
        let (keys, now) = (Keys::new(username, &origin.address), self.now());
        let mut tx = self.store().sign_in().await?;
        keys.admit(&mut tx, None, &origin.address, self.settings().throttle, now)
            .await?;
        tx.commit().await?;
        let verdict = self.ask_pam(&keys, &pam, username, password, origin).await?;
        if verdict != Verdict::Accepted {
            return Err(Error::WrongCredentials);
        }
        let mut tx = self.store().sign_in().await?;
        keys.succeeded(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// PAM, if the account may still be signed in by it: the instance allows it, and so does its home.
    async fn pam_of(&self, account: &Account) -> Result<Option<Pam>> {
        let (Some(pam), Some(home)) = (&self.settings().pam, account.home) else {
            return Ok(None);
        };
        let scope = self.store().see(&OrganizationRef::Id(home)).await?;
        let is_on = scope.organization().policies.pam;
        Ok(is_on.then(|| pam.clone()))
    }
}

fn told(unavailable: &Unavailable) -> Error {
    tracing::warn!(%unavailable, "PAM could not be asked");
    match unavailable {
        Unavailable::TimedOut => Error::Busy { retry_after: 5 },
        Unavailable::Absent(_) | Unavailable::Failed(_) => Refusal::ProviderUnavailable {
            provider: IdentityProvider::Pam,
        }
        .into(),
    }
}

/// Whether the account may have a password of Roster's own: who signs in otherwise gets none by any way.
///
/// # Errors
/// The refusal says how they sign in.
pub(crate) fn may_have_password(account: &Account) -> Result<(), Refusal> {
    let method = match account.authentication_method {
        AuthenticationMethod::Password => return Ok(()),
        AuthenticationMethod::Pam => Method::Pam,
        AuthenticationMethod::Saml => Method::Saml,
    };
    let name = account.name.clone();
    Err(Refusal::NoPasswordMethod { name, method })
}

//! Proving again that it is oneself, before a sensitive act: by the password or by a second factor. It renews the session's
//! proof for ten minutes and changes nothing else.

use domain::account::SecondFactor;
use domain::session::{Method, Proof, Session};
use domain::{Refusal, Timestamp};
use secrecy::SecretString;
use signin::password::{PasswordHash, Verdict};
use store::password::Password;

use crate::mfa::giving::Given;
use crate::sign_in::needs_password;
use crate::throttle::Keys;
use crate::{Error, FieldError, Request, Result, Roster};

pub enum Again {
    Password(SecretString),
    SecondFactor(Given),
}

/// By what a session can be proved again.
pub struct Ways {
    pub password: bool,
    pub factors: Vec<SecondFactor>,
    pub recovery_codes: bool,
}

impl Roster {
    /// # Errors
    /// The database does not answer.
    pub async fn ways_to_prove(&self, session: &Session) -> Result<Ways> {
        let mut tx = self.store().look_up().await?;
        let account = store::account::get(&mut tx, session.account).await?;
        let mut factors = account.second_factors;
        // An identity provider that has let somebody go is not to be got round by a code.
        let codes = session.mfa_due || session.proof.organization.is_none();
        factors.retain(|kind| codes || *kind == SecondFactor::Passkey);
        Ok(Ways {
            password: store::password::find(&mut tx, session.account).await?.is_some(),
            factors,
            recovery_codes: codes && store::recovery_code::count(&mut tx, session.account).await? > 0,
        })
    }

    /// Returns until when the proof is taken for recent.
    ///
    /// # Errors
    /// It is wrong, or there were too many failures.
    pub async fn prove_again(&self, request: &Request, session: &Session, by: Again) -> Result<Timestamp> {
        if session.mfa_due {
            return Err(Error::MfaRequired);
        }
        request.settled()?;
        let now = request.now;
        let proof = match &by {
            Again::Password(_) => Proof::new(Method::Password, now),
            Again::SecondFactor(Given::Passkey(_)) => Proof {
                second_factor_at: Some(now),
                ..Proof::new(Method::Passkey, now)
            },
            Again::SecondFactor(_) if session.proof.organization.is_some() => {
                // An organization's identity provider that has let somebody go is not to be got round by a code.
                return Err(Refusal::SignInAgain.into());
            }
            Again::SecondFactor(_) => Proof {
                at: now,
                second_factor_at: Some(now),
                longest_rest: 0,
                ..session.proof
            },
        };
        let mut tx = match by {
            Again::Password(password) => {
                self.own_password(request, "password", password).await?;
                self.store().sign_in().await?
            }
            Again::SecondFactor(given) => self.take(request, session, given).await?.0,
        };
        if !store::session::proved(&mut tx, session.id, &proof).await? {
            return Err(Error::SignInRequired);
        }
        tx.commit().await?;
        self.memory().account_changed(session.account);
        Ok(now.plus(domain::session::PROOF_LIFETIME))
    }

    /// Holds a password that the caller typed against their own; tries are counted as at sign-in.
    ///
    /// # Errors
    /// It is wrong, there is none, or there were too many failures.
    pub(crate) async fn own_password(&self, request: &Request, field: &str, typed: SecretString) -> Result<Password> {
        let (now, address) = (request.now, &request.origin.address);
        let mut known = self.store().account().await?;
        let account = store::account::get(&mut known, request.caller.account()?).await?;
        let keys = Keys::new(&account.username, address);
        keys.admit(&mut known, Some(&account), address, self.settings().throttle, now)
            .await?;
        let kept = needs_password(store::password::find(&mut known, account.id).await?)?;
        known.commit().await?;

        let hash = PasswordHash::from_stored(kept.hash.clone());
        if self.judge(&keys, typed, Some(hash)).await? == Verdict::Wrong {
            return Err(Error::Invalid(vec![FieldError::new(field, "is wrong")]));
        }
        let mut tx = self.store().sign_in().await?;
        keys.succeeded(&mut tx).await?;
        tx.commit().await?;
        Ok(kept)
    }
}

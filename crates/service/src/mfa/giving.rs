//! Giving a second factor: to finish signing in, and to prove oneself again. A code works once, even for two who bring it at
//! the same moment, and guessing is held back more than at passwords, for a code has but six digits.

use domain::Timestamp;
use domain::account::Account;
use domain::actor::Origin;
use domain::session::{Proof, Session};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use signin::recovery::RecoveryCode;
use store::sign_in::NewSignIn;
use store::{Tx, Writing};

use super::passkey::Right;
use crate::ambient::new_id;
use crate::sign_in::{Next, gate};
use crate::throttle::Keys;
use crate::{Error, Request, Result, Roster, Throttle};

pub enum Given {
    Totp(SecretString),
    RecoveryCode(SecretString),
    /// What the browser answered.
    Passkey(Value),
}

/// What was given, judged as far as that goes outside a transaction.
enum Weighed {
    Totp(SecretString),
    RecoveryCode(SecretString),
    Passkey(Option<Right>),
}

impl Roster {
    /// Finishes signing in.
    ///
    /// # Errors
    /// It is wrong or used up already, or there were too many failures.
    pub async fn give_second_factor(&self, request: &Request, session: &Session, given: Given) -> Result<Next> {
        open_for(request, session)?;
        let proof = Proof {
            at: request.now,
            second_factor_at: Some(request.now),
            longest_rest: 0,
            ..session.proof
        };
        let (mut tx, account) = self.take(request, session, given).await?;
        if !store::session::proved(&mut tx, session.id, &proof).await? {
            return Err(Error::SignInRequired);
        }
        let session = Session {
            proof,
            mfa_due: false,
            ..session.clone()
        };
        let next = gate::next(&mut tx, &account, &session).await?;
        tx.commit().await?;
        self.memory().account_changed(account.id);
        Ok(next)
    }

    /// What the browser is told to ask for, so that it can be given.
    ///
    /// # Errors
    /// Passkeys cannot be here.
    pub async fn ask_for_my_passkey(&self, request: &Request, session: &Session) -> Result<Value> {
        open_for(request, session)?;
        self.ask_for_passkey(Some(session.account)).await
    }

    /// Uses up what was given, in the transaction that is handed back. A failure is counted and recorded before it is told.
    pub(crate) async fn take(
        &self,
        request: &Request,
        session: &Session,
        given: Given,
    ) -> Result<(store::SignInScope<Writing>, Account)> {
        let (origin, now) = (&request.origin, request.now);
        let weighed = match given {
            Given::Totp(code) => Weighed::Totp(code),
            Given::RecoveryCode(code) => Weighed::RecoveryCode(code),
            Given::Passkey(answer) => Weighed::Passkey(self.judge_passkey(answer, Some(session.account)).await?),
        };
        let keys = Keys::new(&format!("second factor {}", session.account), &origin.address);
        let mut tx = self.store().sign_in().await?;
        // Nobody else's: an address counts as familiar after a password alone.
        keys.admit(&mut tx, None, &origin.address, limits(self.settings().throttle), now)
            .await?;
        let account = store::account::get(&mut tx, session.account).await?;
        if account.suspended.is_some() {
            return Err(Error::AccountSuspended);
        }
        if !self.use_up(&mut tx, &account, weighed, now).await? {
            refused(&mut tx, &account, origin, now).await?;
            tx.commit().await?;
            return Err(Error::WrongCode);
        }
        keys.succeeded(&mut tx).await?;
        Ok((tx, account))
    }

    async fn use_up(&self, tx: &mut Tx<Writing>, account: &Account, weighed: Weighed, now: Timestamp) -> Result<bool> {
        match weighed {
            Weighed::Totp(code) => self.use_up_totp(tx, account.id, &code, now).await,
            Weighed::RecoveryCode(code) => match RecoveryCode::parse(code.expose_secret()) {
                Some(code) => Ok(store::recovery_code::use_up(tx, account.id, code.hash()).await?),
                None => Ok(false),
            },
            Weighed::Passkey(Some(right)) => right.use_up(tx, now).await,
            Weighed::Passkey(None) => Ok(false),
        }
    }
}

/// A temporary password has to be changed first, but for the second factor that changing it asks for.
fn open_for(request: &Request, session: &Session) -> Result<()> {
    if session.mfa_due { Ok(()) } else { request.settled() }
}

/// Who guesses codes knows the password already, and a million of them are soon tried.
fn limits(configured: Throttle) -> Throttle {
    Throttle {
        tries: configured.tries.min(10),
        account_tries: configured.account_tries.min(20),
        address_tries: configured.address_tries,
        longest_wait: configured.longest_wait.max(900),
    }
}

async fn refused(tx: &mut Tx<Writing>, account: &Account, origin: &Origin, now: Timestamp) -> Result<()> {
    let record = NewSignIn {
        id: new_id(now),
        account: account.id,
        organization: None,
        action: "second_factor",
        failure: Some("wrong_code"),
        origin,
        at: now,
    };
    crate::metrics::sign_in_failed("wrong_code");
    Ok(store::sign_in::insert(tx, &record).await?)
}

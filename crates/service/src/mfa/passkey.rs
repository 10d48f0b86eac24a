//! Passkeys of one's own account: adding one takes two steps, the browser's between them. What was asked is found again by
//! the challenge that the answer signs, is sealed meanwhile, and is good for one answer.

use domain::audit::Action;
use domain::id::{AccountId, Id, PasskeyId, SessionId};
use domain::passkey::Passkey;
use domain::{Refusal, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use signin::passkey::{Challenge, Claim, Passkeys, Wrong, challenge_of};
use store::{Tx, Writing};

use super::{changed, fresh_codes};
use crate::ambient::new_id;
use crate::{Error, FieldError, Request, Result, Roster};

const MAKING: &str = "passkey making";
const ASKING: &str = "passkey asking";
/// More than anybody has devices.
const MOST: usize = 20;

#[derive(Serialize, Deserialize)]
struct Making {
    state: String,
    account: AccountId,
    session: SessionId,
}

#[derive(Serialize, Deserialize)]
struct Asking {
    state: String,
    /// Whose is asked for; none at sign-in, where the passkey says it.
    account: Option<AccountId>,
}

/// A passkey was right; to be noted in the transaction that believes it.
pub(crate) struct Right {
    pub account: AccountId,
    id: PasskeyId,
    before: String,
    after: String,
}

impl Right {
    /// Returns whether nobody used it since it was judged.
    pub async fn use_up(&self, tx: &mut Tx<Writing>, now: Timestamp) -> Result<bool> {
        Ok(store::passkey::used(tx, self.id, &self.before, &self.after, now).await?)
    }
}

pub struct Added {
    pub passkey: Passkey,
    /// Shown once; empty where there were some already.
    pub recovery_codes: Vec<SecretString>,
}

impl Roster {
    /// What the browser is told to make (WebAuthn's `CredentialCreationOptions`).
    ///
    /// # Errors
    /// Passkeys cannot be here, or the last proof is too old.
    pub async fn begin_passkey(&self, request: &Request) -> Result<Value> {
        let (mut tx, account) = self.open_own(request).await?;
        let there = store::passkey::credentials(&mut tx, account.id).await?;
        if there.len() >= MOST {
            return Err(Refusal::TooManyPasskeys { most: MOST }.into());
        }
        let challenge = self
            .passkeys()?
            .begin_making(account.id.uuid().into_bytes(), &account.username, &account.name, there)
            .map_err(unexpected)?;
        let making = Making {
            state: challenge.state().to_owned(),
            account: account.id,
            session: request.caller.session()?,
        };
        self.keep(&mut tx, MAKING, &challenge, &making).await?;
        tx.commit().await?;
        Ok(challenge.options)
    }

    /// Adds the passkey that the browser made. `name` is what its owner calls it.
    ///
    /// # Errors
    /// The answer is none to what this session asked.
    pub async fn finish_passkey(&self, request: &Request, name: Option<&str>, answer: Value) -> Result<Added> {
        request.settled()?;
        let challenge = challenge_of(&answer).ok_or_else(|| not_taken(&Wrong::Unreadable))?;
        let mut tx = self.store().account().await?;
        let asked: Option<Making> = self.finish_ceremony(&mut tx, MAKING, &challenge).await?;
        tx.commit().await?;
        let (account, session) = (request.caller.account()?, request.caller.session()?);
        let asked = asked
            .filter(|asked| asked.account == account && asked.session == session)
            .ok_or(Refusal::NothingToConfirm)?;
        let made = self
            .passkeys()?
            .finish_making(&asked.state, answer)
            .map_err(|wrong| not_taken(&wrong))?;

        let (mut tx, account) = self.open_own(request).await?;
        let passkey = Passkey {
            id: new_id(request.now),
            account: account.id,
            name: Passkey::named(name, "Passkey"),
            created_at: request.now,
            last_used_at: None,
        };
        store::passkey::insert(&mut tx, &passkey, &made.credential, &made.kept).await?;
        changed(&mut tx, account.id).await?;
        let recovery_codes = match store::recovery_code::count(&mut tx, account.id).await? {
            0 => fresh_codes(&mut tx, account.id).await?,
            _ => Vec::new(),
        };
        store::session::gave_second_factor(&mut tx, session, request.now).await?;
        self.close_own(tx, request, &account, Action::PasskeyAdded).await?;
        Ok(Added {
            passkey,
            recovery_codes,
        })
    }

    /// # Errors
    /// There is none of that id, or the last proof is too old.
    pub async fn remove_passkey(&self, request: &Request, id: PasskeyId) -> Result<()> {
        let (mut tx, account) = self.open_own(request).await?;
        let removed = store::passkey::delete(&mut tx, account.id, id).await?;
        removed.ok_or(Refusal::NotFound { what: "passkey" })?;
        changed(&mut tx, account.id).await?;
        self.close_own(tx, request, &account, Action::PasskeyRemoved).await
    }

    /// What the browser is told to ask for (WebAuthn's `CredentialRequestOptions`): any passkey of this site, or one of the
    /// account's.
    ///
    /// # Errors
    /// Passkeys cannot be here.
    pub async fn ask_for_passkey(&self, account: Option<AccountId>) -> Result<Value> {
        let mut tx = self.store().sign_in().await?;
        let allowed = match account {
            Some(account) => store::passkey::credentials(&mut tx, account).await?,
            None => Vec::new(),
        };
        let challenge = self.passkeys()?.begin_asking(&allowed).map_err(unexpected)?;
        let asking = Asking {
            state: challenge.state().to_owned(),
            account,
        };
        self.keep(&mut tx, ASKING, &challenge, &asking).await?;
        tx.commit().await?;
        Ok(challenge.options)
    }

    /// Whether an answer is that of a passkey of the account, or at sign-in of the account that it names.
    pub(crate) async fn judge_passkey(&self, answer: Value, of: Option<AccountId>) -> Result<Option<Right>> {
        let passkeys = self.passkeys()?;
        let (Some(challenge), Ok(claim)) = (challenge_of(&answer), Claim::read(answer)) else {
            return Ok(None);
        };
        let mut tx = self.store().sign_in().await?;
        let asked: Option<Asking> = self.finish_ceremony(&mut tx, ASKING, &challenge).await?;
        let found = store::passkey::find_by_credential(&mut tx, claim.credential()).await?;
        tx.commit().await?;
        let (Some(asked), Some(found)) = (asked, found) else {
            return Ok(None);
        };
        let (owner, named) = (found.passkey.account, claim.user());
        let is_meant = match of {
            Some(account) => owner == account && named.is_none_or(|user| user == owner.uuid().into_bytes()),
            None => named == Some(owner.uuid().into_bytes()),
        };
        if asked.account != of || !is_meant {
            return Ok(None);
        }
        match passkeys.judge(&asked.state, &claim, &found.kept) {
            Ok(right) => Ok(Some(Right {
                account: owner,
                id: found.passkey.id,
                after: right.kept.unwrap_or_else(|| found.kept.clone()),
                before: found.kept,
            })),
            Err(Wrong::Copied) => Err(Refusal::PasskeyCopied.into()),
            Err(_) => Ok(None),
        }
    }

    /// Whether people can have passkeys here.
    pub fn has_passkeys(&self) -> bool {
        self.passkeys().is_ok()
    }

    fn passkeys(&self) -> Result<&Passkeys> {
        self.shared.passkeys.as_ref().ok_or(Refusal::PasskeysUnavailable.into())
    }

    async fn keep(
        &self,
        tx: &mut Tx<Writing>,
        kind: &str,
        challenge: &Challenge,
        what: &(impl Serialize + Sync),
    ) -> Result<()> {
        let token = challenge.challenge().and_then(signin::token::LinkToken::parse);
        let token = token.ok_or_else(|| Error::Unexpected("a challenge has not 256 bits".to_owned()))?;
        self.begin_ceremony_by(tx, &token, kind, what).await
    }
}

fn not_taken(wrong: &Wrong) -> Error {
    Error::Invalid(vec![FieldError::new("response", wrong.to_string())])
}

fn unexpected(wrong: Wrong) -> Error {
    Error::Unexpected(format!("a passkey's challenge {wrong}"))
}

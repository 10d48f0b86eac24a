//! Sessions: who a token belongs to, and ending them.

use domain::Refusal;
use domain::Timestamp;
use domain::access::OrganizationAccess;
use domain::actor::{Caller, Credential, Origin};
use domain::audit::{Action, Event, Target};
use domain::id::SessionId;
use domain::security::{EntryRefusal, Visitor};
use domain::session::{LAST_SEEN_GRAIN, Session};
use signin::token::{Kind, Secret};

use crate::credential::KnownCredential;
use crate::memory::Held;
use crate::{Error, Request, Result, Roster};

impl Roster {
    /// Whose token this is. Asked by every request; answered from memory when nothing changed.
    ///
    /// # Errors
    /// There is no live session or token of that text.
    pub async fn authenticate(&self, token: &str, origin: &Origin) -> Result<Caller> {
        Ok(self.identify(token, &origin.address).await?.into())
    }

    /// The same, for whoever need not know names. `address` is noted as the place of last use.
    pub(crate) async fn identify(&self, token: &str, address: &str) -> Result<KnownCredential> {
        match self.recognize(token, self.now()) {
            Some(known) => Ok(known),
            // What waits for the database is large, and seldom needed.
            None => Box::pin(self.look_up(token, address)).await,
        }
    }

    async fn look_up(&self, token: &str, address: &str) -> Result<KnownCredential> {
        let secret = Secret::parse(token).ok_or(Error::SignInRequired)?;
        let (hash, now) = (secret.hash(), self.now());
        match secret.kind() {
            Kind::Session => self.find_session(hash, address, now).await,
            Kind::Personal | Kind::Service | Kind::Project => self.find_token(hash, address, now).await,
        }
    }

    /// Whose token this is, as far as that is remembered. What is remembered was a well-formed secret.
    pub(crate) fn recognize(&self, token: &str, now: Timestamp) -> Option<KnownCredential> {
        self.memory().credential(&Secret::hash_of(token), now)
    }

    async fn find_session(&self, hash: [u8; 32], address: &str, now: Timestamp) -> Result<KnownCredential> {
        let everything = self.memory().stamp(None, None, now);
        let mut tx = self.store().look_up().await?;
        let account = store::session::account_of(&mut tx, hash).await?;
        let stamp = self.memory().stamp(None, account, now);
        let (session, caller) = store::session::find_live(&mut tx, hash, now)
            .await?
            .ok_or(Error::SignInRequired)?;
        drop(tx);
        if session.mfa_due {
            return Err(Error::MfaRequired);
        }
        if now.since(session.last_seen_at) > LAST_SEEN_GRAIN {
            let mut tx = self.store().sign_in().await?;
            store::session::seen(&mut tx, session.id, now, address).await?;
            tx.commit().await?;
        }
        let known = KnownCredential::new(caller, Some(session.expires_at));
        if everything == self.memory().stamp(None, None, now) {
            self.memory().remember_credential(hash, stamp, known.clone());
        }
        Ok(known)
    }

    /// Whose session this is, though its second factor may still be due: for giving it, and for giving up.
    ///
    /// # Errors
    /// There is no live session of that text.
    pub async fn authenticate_pending(&self, token: &str) -> Result<(Session, Caller)> {
        let secret = Secret::parse(token)
            .filter(|secret| secret.kind() == Kind::Session)
            .ok_or(Error::SignInRequired)?;
        let mut tx = self.store().look_up().await?;
        let found = store::session::find_live(&mut tx, secret.hash(), self.now()).await?;
        found.ok_or(Error::SignInRequired)
    }

    async fn find_token(&self, hash: [u8; 32], address: &str, now: Timestamp) -> Result<KnownCredential> {
        let mut tx = self.store().look_up().await?;
        let (organization, account) = store::token::judged_by(&mut tx, hash)
            .await?
            .ok_or(Error::SignInRequired)?;
        // Only now it is known by whose changes it is judged: what follows is read under their epochs.
        let stamp = self.memory().stamp(organization, account, now);
        let live = store::token::find_live(&mut tx, hash, now).await?;
        drop(tx);
        let store::token::Live { token, caller } = live.ok_or(Error::SignInRequired)?;
        if token.last_used_at.is_none_or(|at| now.since(at) > LAST_SEEN_GRAIN) {
            let mut tx = self.store().sign_in().await?;
            store::token::used(&mut tx, token.id, now, address).await?;
            tx.commit().await?;
        }
        let known = KnownCredential::new(caller, token.expires_at);
        // A project's token may have been given to another owner between the two looks.
        if (organization, account) == (known.organization(), known.account()) {
            self.memory().remember_credential(hash, stamp, known.clone());
        }
        Ok(known)
    }

    /// The caller's own sessions, the latest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn my_sessions(&self, request: &Request) -> Result<Vec<Session>> {
        request.settled()?;
        let mut tx = self.store().see_account().await?;
        Ok(store::session::list(&mut tx, request.caller.whole()?, request.now).await?)
    }

    /// Signs out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_out(&self, request: &Request) -> Result<()> {
        let (account, session) = (request.caller.account()?, request.caller.session()?);
        let mut tx = self.store().account().await?;
        store::session::end(&mut tx, account, session).await?;
        tx.commit().await?;
        self.memory().account_changed(account);
        Ok(())
    }

    /// Ends one of the caller's own sessions, or all others.
    ///
    /// # Errors
    /// There is no such session of the caller's.
    pub async fn end_my_sessions(&self, request: &Request, which: Option<SessionId>) -> Result<u64> {
        request.settled()?;
        let (account, session) = (request.caller.account()?, request.caller.session()?);
        let mut tx = self.store().account().await?;
        let ended = match which {
            Some(id) => u64::from(store::session::end(&mut tx, account, id).await?),
            None => store::session::end_all(&mut tx, account, Some(session)).await?,
        };
        if which.is_some() && ended == 0 {
            return Err(Refusal::NotFound { what: "session" }.into());
        }
        let event = Event::new(
            Action::SessionsEnded,
            Target::new("account", account, &request.caller.name),
        )
        .after(serde_json::json!({ "ended": ended }));
        record_own(&mut tx, request, &event).await?;
        tx.commit().await?;
        self.memory().account_changed(account);
        Ok(ended)
    }
}

/// What an organization's policy says to somebody who comes in.
pub(crate) fn admitted(
    visitor: Visitor,
    access: &OrganizationAccess,
    held: &Held,
    now: Timestamp,
) -> std::result::Result<(), EntryRefusal> {
    if held.member.is_none() {
        return Ok(());
    }
    let visitor = Visitor {
        joined_at: held.joined_at,
        ..visitor
    };
    access.security.admits(access.organization, &visitor, now)
}

/// Asked inside a write of the caller's own: a request in flight brings nothing back that was ended meanwhile.
///
/// # Errors
/// The session has been ended, or the token revoked.
pub(crate) async fn goes_on(tx: &mut store::Tx<store::Writing>, request: &Request) -> Result<()> {
    let lives = match request.caller.credential {
        Credential::Session(session) => store::session::exists(tx, session).await?,
        Credential::Token(token) => store::token::is_live(tx, token, request.now).await?,
    };
    lives.then_some(()).ok_or(Error::SignInRequired)
}

/// Writes an event of the caller's own account into the instance's log.
pub(crate) async fn record_own(tx: &mut store::Tx<store::Writing>, request: &Request, event: &Event) -> Result<()> {
    crate::audit::record(tx, None, event, request).await
}

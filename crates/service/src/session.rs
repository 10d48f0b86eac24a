//! Sessions: who a token belongs to, and ending them.

use std::sync::Arc;

use domain::Refusal;
use domain::actor::{Caller, Origin};
use domain::audit::{Action, Event, Target};
use domain::id::SessionId;
use domain::session::{LAST_SEEN_GRAIN, Session};
use signin::token::{Kind, Secret};

use crate::ambient::new_id;
use crate::{Error, Request, Result, Roster};

impl Roster {
    /// Whose token this is. Asked by every request; answered from memory when nothing changed.
    ///
    /// # Errors
    /// There is no live session of that token.
    pub async fn authenticate(&self, token: &str, origin: &Origin) -> Result<Caller> {
        let secret = Secret::parse(token)
            .filter(|secret| secret.kind() == Kind::Session)
            .ok_or(Error::SignInRequired)?;
        let (hash, now) = (secret.hash(), self.now());
        if let Some(known) = self.remembered_session(&hash)
            && known.0.is_live(now)
            && now.since(known.0.last_seen_at) <= LAST_SEEN_GRAIN
        {
            return Ok(known.1.clone());
        }
        let generation = self.generation();
        let mut tx = self.store().look_up().await?;
        let (session, caller) = store::session::find_live(&mut tx, hash, now)
            .await?
            .ok_or(Error::SignInRequired)?;
        drop(tx);
        if now.since(session.last_seen_at) > LAST_SEEN_GRAIN {
            let mut tx = self.store().sign_in().await?;
            store::session::seen(&mut tx, session.id, now, &origin.address).await?;
            tx.commit().await?;
        }
        let known = Arc::new((
            Session {
                last_seen_at: now,
                ..session
            },
            caller,
        ));
        self.remember_session(hash, generation, Arc::clone(&known));
        Ok(known.1.clone())
    }

    /// The caller's own sessions, the latest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn my_sessions(&self, request: &Request) -> Result<Vec<Session>> {
        request.settled()?;
        let mut tx = self.store().see_account().await?;
        Ok(store::session::list(&mut tx, request.caller.account, request.now).await?)
    }

    /// Signs out.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn sign_out(&self, request: &Request) -> Result<()> {
        let mut tx = self.store().account().await?;
        store::session::end(&mut tx, request.caller.account, request.caller.session).await?;
        tx.commit().await?;
        self.access_changed();
        Ok(())
    }

    /// Ends one of the caller's own sessions, or all others.
    ///
    /// # Errors
    /// There is no such session of the caller's.
    pub async fn end_my_sessions(&self, request: &Request, which: Option<SessionId>) -> Result<u64> {
        request.settled()?;
        let account = request.caller.account;
        let mut tx = self.store().account().await?;
        let ended = match which {
            Some(id) => u64::from(store::session::end(&mut tx, account, id).await?),
            None => store::session::end_all(&mut tx, account, Some(request.caller.session)).await?,
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
        self.access_changed();
        Ok(ended)
    }
}

/// Asked inside a write of the caller's own: a request in flight brings nothing back that was ended meanwhile.
///
/// # Errors
/// The session has been ended.
pub(crate) async fn goes_on(tx: &mut store::Tx<store::Writing>, request: &Request) -> Result<()> {
    if store::session::exists(tx, request.caller.session).await? {
        Ok(())
    } else {
        Err(Error::SignInRequired)
    }
}

/// Writes an event of the caller's own account into the instance's log.
pub(crate) async fn record_own(tx: &mut store::Tx<store::Writing>, request: &Request, event: &Event) -> Result<()> {
    let entry = store::audit::NewEntry {
        id: new_id(request.now),
        organization: None,
        at: request.now,
        actor: &request.actor(),
        event,
        origin: &request.origin,
    };
    Ok(store::audit::append(tx, &entry).await?)
}

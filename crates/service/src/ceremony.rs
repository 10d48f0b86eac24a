//! Round trips to prove who somebody is: what is begun here, goes out to an identity provider or an authenticator, and comes
//! back. What must not be changed on the way stays here, sealed, found by a secret that travels, and is good once.

use domain::time::MINUTE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use signin::token::LinkToken;
use store::{Tx, Writing};

use crate::ambient::new_link_token;
use crate::{Error, Result, Roster};

/// How long a round trip may take: microseconds.
pub const LIFETIME: i64 = 10 * MINUTE;

impl Roster {
    /// Keeps what the return will need. The token is what travels; whoever sends a browser away also binds it to that
    /// browser by a cookie.
    pub async fn begin_ceremony(
        &self,
        tx: &mut Tx<Writing>,
        kind: &str,
        payload: &(impl Serialize + Sync),
    ) -> Result<LinkToken> {
        let token = new_link_token();
        self.begin_ceremony_by(tx, &token, kind, payload).await?;
        Ok(token)
    }

    /// The same, found again by a secret that travels anyway.
    pub(crate) async fn begin_ceremony_by(
        &self,
        tx: &mut Tx<Writing>,
        token: &LinkToken,
        kind: &str,
        payload: &(impl Serialize + Sync),
    ) -> Result<()> {
        let text = serde_json::to_vec(payload).map_err(|error| Error::Unexpected(error.to_string()))?;
        let sealed = self.seal(&purpose(kind), &text);
        let expires_at = self.now().plus(LIFETIME);
        Ok(store::ceremony::insert(tx, token.hash(), kind, &sealed, expires_at).await?)
    }

    /// What was kept; nothing where it was never begun, took too long, or came back already.
    pub async fn finish_ceremony<T: DeserializeOwned>(
        &self,
        tx: &mut Tx<Writing>,
        kind: &str,
        token: &str,
    ) -> Result<Option<T>> {
        let Some(token) = LinkToken::parse(token) else {
            return Ok(None);
        };
        let Some(sealed) = store::ceremony::take(tx, token.hash(), kind, self.now()).await? else {
            return Ok(None);
        };
        let text = self.open_seal(&purpose(kind), &sealed)?;
        serde_json::from_slice(&text).map_err(|error| Error::Unexpected(error.to_string()))
    }
}

pub(crate) fn purpose(kind: &str) -> String {
    format!("ceremony {kind}")
}

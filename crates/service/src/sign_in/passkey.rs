//! Signing in with a passkey alone: it says whose it is, and its owner unlocked it, so that it is two factors in one.

use domain::actor::Origin;
use domain::session::{Method, Proof};
use serde_json::Value;

use super::gate::{self, SignedIn};
use crate::{Error, Result, Roster};

impl Roster {
    /// # Errors
    /// The passkey is none of this instance, or its account is suspended.
    pub async fn sign_in_with_passkey(&self, answer: Value, origin: &Origin) -> Result<SignedIn> {
        let right = self.judge_passkey(answer, None).await?.ok_or(Error::WrongCode)?;
        let now = self.now();
        let mut tx = self.store().sign_in().await?;
        let account = store::account::find(&mut tx, right.account)
            .await?
            .ok_or(Error::WrongCode)?;
        if !right.use_up(&mut tx, now).await? {
            return Err(Error::WrongCode);
        }
        let proof = Proof {
            second_factor_at: Some(now),
            ..Proof::new(Method::Passkey, now)
        };
        let signed_in = gate::pass(&mut tx, account, proof, origin).await?;
        tx.commit().await?;
        Ok(signed_in)
    }
}

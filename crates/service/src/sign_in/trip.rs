//! Round trips to identity providers: what somebody set out for, kept by the server and bound to their browser, and what
//! becomes of it when they come back.

use domain::Refusal;
use domain::actor::Origin;
use domain::id::AccountId;
use domain::identity::{LinkedIdentity, may_sign_in};
use domain::session::Proof;
use serde::{Deserialize, Serialize};
use signin::federation::{Asked, Callback, Kept, Outgoing, ProofError, Proven};
use signin::token::LinkToken;
use store::sign_in::NewSignIn;

use super::{SignedIn, gate};
use crate::ambient::{entropy, new_id};
use crate::identity::{method, told};
use crate::invitation_acceptance::Joined;
use crate::{Error, Request, Result, Roster};

/// How long a browser keeps what a trip needs.
pub const TRIP_SECONDS: i64 = crate::ceremony::LIFETIME / domain::time::SECOND;

const CEREMONY: &str = "identity provider";

/// What somebody wants of a provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    SignIn {
        /// Where they go afterwards.
        next: String,
    },
    /// The account may not be another when they come back.
    Link { account: AccountId },
    /// The token of an invitation's link, and who was signed in.
    Join { token: String, account: Option<AccountId> },
}

/// A trip that was begun here, in this browser, a short while ago.
#[derive(Debug, Serialize, Deserialize)]
pub struct Trip {
    kept: Kept,
    pub errand: Errand,
}

pub struct Leaving {
    pub url: String,
    /// What the browser keeps until it is back.
    pub state: LinkToken,
}

pub enum Arrived {
    SignedIn(Box<SignedIn>),
    Linked(Box<LinkedIdentity>),
    Joined(Box<Joined>),
}

impl Roster {
    /// Where to send somebody.
    ///
    /// # Errors
    /// The provider is not configured, or cannot be reached.
    pub async fn set_out(&self, provider: &str, asked: Asked, errand: Errand) -> Result<Leaving> {
        let provider = self.provider(provider)?;
        let trip = Trip {
            kept: Kept::begin(&provider.slug, asked, &entropy()),
            errand,
        };
        let mut tx = self.store().sign_in().await?;
        let state = self.begin_ceremony(&mut tx, CEREMONY, &trip).await?;
        tx.commit().await?;
        let url = provider
            .leave_for(self.outgoing()?, &trip.kept, state.expose(), self.now())
            .await
            .map_err(failed)?;
        Ok(Leaving { url: url.into(), state })
    }

    /// The trip that somebody comes back from. `browser` is what theirs kept: nobody finishes a trip that another began.
    ///
    /// # Errors
    /// It was not begun in this browser, took too long, or is over.
    pub async fn come_back(&self, state: &str, browser: Option<&str>) -> Result<Trip> {
        if browser != Some(state) {
            return Err(Refusal::SignInInterrupted.into());
        }
        let mut tx = self.store().sign_in().await?;
        let trip = self.finish_ceremony(&mut tx, CEREMONY, state).await?;
        tx.commit().await?;
        Ok(trip.ok_or(Refusal::SignInInterrupted)?)
    }

    /// Does what they set out for, with what they brought to `provider`'s own address.
    ///
    /// # Errors
    /// The provider does not vouch for them, or what they want cannot be done with that identity.
    pub async fn arrive(
        &self,
        trip: &Trip,
        provider: &str,
        callback: &Callback,
        caller: Option<&Request>,
        origin: &Origin,
    ) -> Result<Arrived> {
        let provider = self.provider(provider)?;
        let proven = provider
            .finish(self.outgoing()?, &trip.kept, callback, self.now())
            .await
            .map_err(failed)?;
        let signed_in = caller.map(|request| request.caller.account()).transpose()?;
        match &trip.errand {
            Errand::SignIn { .. } => Ok(Arrived::SignedIn(Box::new(self.sign_in_with(&proven, origin).await?))),
            Errand::Link { account } => match caller {
                Some(request) if signed_in == Some(*account) => {
                    Ok(Arrived::Linked(Box::new(self.link(request, &proven).await?)))
                }
                _ => Err(Refusal::SignInInterrupted.into()),
            },
            Errand::Join { token, account } if *account == signed_in => {
                let joined = self.accept_with(token, &proven, caller, origin).await?;
                Ok(Arrived::Joined(Box::new(joined)))
            }
            Errand::Join { .. } => Err(Refusal::SignInInterrupted.into()),
        }
    }

    /// Signs in who linked this identity; never who merely has the same address.
    pub(crate) async fn sign_in_with(&self, proven: &Proven, origin: &Origin) -> Result<SignedIn> {
        let now = self.now();
        let mut tx = self.store().sign_in().await?;
        let known = store::identity::find(&mut tx, &proven.provider, &proven.issuer, &proven.subject).await?;
        let known = known.ok_or_else(|| Refusal::IdentityNotLinked {
            provider: self.provider_name(&proven.provider),
        })?;
        let account = store::account::get(&mut tx, known.account).await?;
        may_sign_in(&account)?;
        if account.suspended.is_some() {
            let record = NewSignIn {
                id: new_id(now),
                account: account.id,
                organization: None,
                action: "sign_in",
                failure: Some("account_suspended"),
                origin,
                at: now,
            };
            crate::metrics::sign_in_failed("account_suspended");
            store::sign_in::insert(&mut tx, &record).await?;
            tx.commit().await?;
            return Err(Error::AccountSuspended);
        }
        store::identity::used(&mut tx, &told(known, proven), now).await?;
        let signed_in = gate::pass(&mut tx, account, Proof::new(method(proven), now), origin).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    fn outgoing(&self) -> Result<&Outgoing> {
        let outgoing = self.settings().providers.outgoing();
        Ok(outgoing.ok_or(Refusal::NotFound {
            what: "identity provider",
        })?)
    }
}

/// What a provider answers is no failure of ours.
fn failed(error: ProofError) -> Error {
    tracing::info!(%error, "an identity provider proved nobody");
    Refusal::IdentityProviderFailed {
        reason: error.to_string(),
    }
    .into()
}

//! What opens a host's API in somebody's name: the account they connected, renewed where its access ended, noted as broken
//! where the host refuses it.

use std::sync::Arc;

use domain::id::AccountId;
use domain::identity::LinkedIdentity;
use domain::time::MINUTE;
use domain::{Refusal, Timestamp};
use signin::federation::oauth::ExchangeError;
use signin::federation::{Access, Outgoing, Provider};

use crate::{Error, Request, Result, Roster};

pub(crate) struct Door {
    pub provider: Arc<Provider>,
    pub outgoing: Outgoing,
    pub identity: LinkedIdentity,
    pub access: Access,
}

impl Roster {
    /// What opens the host in the caller's name, renewed where it has ended.
    pub(super) async fn door(&self, request: &Request, provider: Arc<Provider>, handle: &str) -> Result<Door> {
        let account = request.caller.account()?;
        self.door_of(account, provider, request.now, handle).await
    }

    /// The same in anybody's name: in that of whoever named a repository, hosts are asked without them.
    pub(crate) async fn door_of(
        &self,
        account: AccountId,
        provider: Arc<Provider>,
        now: Timestamp,
        handle: &str,
    ) -> Result<Door> {
        let outgoing = self.settings().providers.outgoing().cloned();
        let outgoing = outgoing.ok_or(Refusal::NotFound {
            what: "identity provider",
        })?;
        let mut tx = self.store().look_up().await?;
        let mine = store::identity::list(&mut tx, account).await?;
        let own = mine
            .into_iter()
            .rev()
            .find(|identity| identity.provider == provider.slug && identity.has_access && identity.broken_at.is_none());
        let Some(identity) = own else {
            return Err(unconnected(&provider, handle));
        };
        let sealed = store::identity::access(&mut tx, identity.id).await?;
        drop(tx);
        let Some(sealed) = sealed else {
            return Err(unconnected(&provider, handle));
        };
        let door = Door {
            access: self.unsealed(&identity, &sealed)?,
            provider,
            outgoing,
            identity,
        };
        self.renewed(door, now, handle).await
    }

    async fn renewed(&self, door: Door, now: Timestamp, handle: &str) -> Result<Door> {
        let ended = door.access.expires_at.is_some_and(|end| now >= end.plus(-MINUTE));
        let Some(refresh) = door.access.refresh.clone().filter(|_| ended) else {
            return Ok(door);
        };
        match door.provider.refresh(&door.outgoing, &refresh, now).await {
            Ok(fresh) => {
                let access = Access {
                    // A host may keep the old one going.
                    refresh: fresh.refresh.or(Some(refresh)),
                    scopes: door.access.scopes.clone(),
                    ..fresh
                };
                let sealed = self.sealed(door.identity.id, &access)?;
                let mut tx = self.store().account().await?;
                store::identity::set_access(&mut tx, door.identity.id, &sealed, &access.scopes).await?;
                tx.commit().await?;
                Ok(Door { access, ..door })
            }
            Err(ExchangeError::Refused(_)) => Err(self.broken(&door, handle).await?),
            Err(error) => Err(Refusal::HandleNotFound {
                handle: handle.to_owned(),
                answer: error.to_string(),
                advice: "Try again.".to_owned(),
            }
            .into()),
        }
    }

    /// Notes that the host refuses what it gave, and says how to mend it.
    pub(crate) async fn broken(&self, door: &Door, handle: &str) -> Result<Error> {
        let mut tx = self.store().account().await?;
        store::identity::set_broken(&mut tx, door.identity.id, self.now()).await?;
        tx.commit().await?;
        Ok(unconnected(&door.provider, handle))
    }
}

/// As the host itself answers whoever comes without access.
fn unconnected(provider: &Provider, handle: &str) -> Error {
    Refusal::HandleNotFound {
        handle: handle.to_owned(),
        answer: "401".to_owned(),
        advice: format!(
            "Your account is not connected with {0}, or no longer: connect {0} in your profile, then try again.",
            provider.name
        ),
    }
    .into()
}

//! The accounts that people have elsewhere: linked by their owner alone, who is signed in; never by an address.

use domain::Refusal;
use domain::audit::{Action, Event, Target};
use domain::id::IdentityId;
use domain::identity::{LinkedIdentity, Presented, can_be_unlinked, may_sign_in};
use domain::invitation::IdentityProvider;
use domain::{Timestamp, identity};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use signin::federation::{Access, Proven, Provider};
use std::sync::Arc;
use store::{Tx, Writing};

use crate::ambient::new_id;
use crate::authorization::Outcome;
use crate::session::{goes_on, record_own};
use crate::{Error, Request, Result, Roster};

/// A host's access as it is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    token: String,
    refresh: Option<String>,
    expires_at: Option<Timestamp>,
}

impl Roster {
    /// Whether this instance can check such an identity.
    pub fn offers(&self, provider: IdentityProvider) -> bool {
        match provider {
            IdentityProvider::Any => true,
            provider if provider.is_elsewhere() => self.provider(provider.name()).is_ok(),
            other => other.is_usable(),
        }
    }

    /// The providers that people can sign in with.
    pub fn providers(&self) -> &[Arc<Provider>] {
        self.settings().providers.all()
    }

    pub(crate) fn provider(&self, slug: &str) -> Result<Arc<Provider>> {
        let found = self.settings().providers.find(slug);
        Ok(found.ok_or(Refusal::NotFound {
            what: "identity provider",
        })?)
    }

    /// What to call a provider, also one that is configured no more.
    pub fn provider_name(&self, slug: &str) -> String {
        let configured = self.settings().providers.find(slug);
        configured.map_or_else(|| slug.to_owned(), |provider| provider.name.clone())
    }

    /// # Errors
    /// The database does not answer.
    pub async fn my_identities(&self, request: &Request) -> Result<Vec<LinkedIdentity>> {
        request.settled()?;
        let mut tx = self.store().see_account().await?;
        Ok(store::identity::list(&mut tx, request.caller.whole()?).await?)
    }

    /// Takes an identity from the caller's account: it signs nobody in any more, and its host is asked nothing.
    ///
    /// # Errors
    /// It is the only way in, or the last proof is too old.
    pub async fn unlink(&self, request: &Request, id: IdentityId) -> Result<Outcome<LinkedIdentity>> {
        request.settled()?;
        request.caller.recently_proved(request.now)?;
        let mut tx = self.store().account().await?;
        goes_on(&mut tx, request).await?;
        let account = store::account::get(&mut tx, request.caller.whole()?).await?;
        let gone = store::identity::get(&mut tx, account.id, id).await?;
        let others = store::identity::list(&mut tx, account.id).await?;
        let others = others
            .iter()
            .filter(|other| other.id != id && self.provider(&other.provider).is_ok())
            .count();
        let has_password = store::password::find(&mut tx, account.id).await?.is_some();
        can_be_unlinked(&account, has_password, others)?;
        store::identity::delete(&mut tx, account.id, id).await?;
        let event = Event::new(
            Action::IdentityUnlinked,
            Target::new("account", account.id, &account.name),
        )
        .before(state(&gone));
        self.finish_own(tx, request, &event, gone).await
    }

    /// Links what was just proved with the signed-in caller's account, or renews the access of what is linked already.
    pub(crate) async fn link(&self, request: &Request, proven: &Proven) -> Result<LinkedIdentity> {
        request.settled()?;
        request.caller.recently_proved(request.now)?;
        let mut tx = self.store().account().await?;
        goes_on(&mut tx, request).await?;
        let linked = self.link_in(&mut tx, request, proven).await?;
        tx.commit().await?;
        self.memory().account_changed(linked.account);
        Ok(linked)
    }

    /// The same inside an open change.
    pub(crate) async fn link_in(
        &self,
        tx: &mut Tx<Writing>,
        request: &Request,
        proven: &Proven,
    ) -> Result<LinkedIdentity> {
        let account = store::account::get(tx, request.caller.whole()?).await?;
        may_sign_in(&account)?;
        let known = store::identity::find(tx, &proven.provider, &proven.issuer, &proven.subject).await?;
        let linked = match known {
            Some(known) if known.account != account.id => return Err(Refusal::IdentityTaken.into()),
            Some(known) => {
                store::identity::used(tx, &told(known.clone(), proven), request.now).await?;
                if let Some(access) = proven.access.as_ref().filter(|access| renews(&known, access)) {
                    let sealed = self.sealed(known.id, access)?;
                    store::identity::set_access(tx, known.id, &sealed, &access.scopes).await?;
                }
                store::identity::get(tx, account.id, known.id).await?
            }
            None => {
                request.caller.recently_proved(request.now)?;
                self.insert_identity(tx, account.id, proven, request.now).await?
            }
        };
        let event = Event::new(
            Action::IdentityLinked,
            Target::new("account", account.id, &account.name),
        )
        .after(state(&linked));
        record_own(tx, request, &event).await?;
        Ok(linked)
    }

    pub(crate) async fn insert_identity(
        &self,
        tx: &mut Tx<Writing>,
        account: domain::id::AccountId,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<LinkedIdentity> {
        let new = LinkedIdentity {
            id: new_id(now),
            account,
            provider: proven.provider.clone(),
            issuer: proven.issuer.clone(),
            subject: proven.subject.clone(),
            tenant: proven.tenant.clone(),
            username: proven.username.clone(),
            email: proven.email.clone(),
            scopes: proven
                .access
                .as_ref()
                .map(|access| access.scopes.clone())
                .unwrap_or_default(),
            has_access: proven.access.is_some(),
            linked_at: now,
            last_used_at: Some(now),
            broken_at: None,
        };
        let sealed = proven
            .access
            .as_ref()
            .map(|access| self.sealed(new.id, access))
            .transpose()?;
        store::identity::insert(tx, &new, sealed.as_deref()).await?;
        Ok(new)
    }

    pub(crate) fn sealed(&self, id: IdentityId, access: &Access) -> Result<String> {
        let kept = Kept {
            token: access.token.expose_secret().to_owned(),
            refresh: access
                .refresh
                .as_ref()
                .map(|refresh| refresh.expose_secret().to_owned()),
            expires_at: access.expires_at,
        };
        let text = serde_json::to_vec(&kept).map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(self.seal(&purpose(id), &text))
    }
}

impl Roster {
    pub(crate) fn unsealed(&self, identity: &LinkedIdentity, sealed: &str) -> Result<Access> {
        let text = self.open_seal(&purpose(identity.id), sealed)?;
        let kept: Kept = serde_json::from_slice(&text).map_err(|error| Error::Unexpected(error.to_string()))?;
        Ok(Access {
            token: SecretString::from(kept.token),
            refresh: kept.refresh.map(SecretString::from),
            scopes: identity.scopes.clone(),
            expires_at: kept.expires_at,
        })
    }
}

/// A trip that only asked who somebody is does not replace the access to repositories that they gave before.
fn renews(known: &LinkedIdentity, access: &Access) -> bool {
    let wider = known.scopes.iter().all(|scope| access.scopes.contains(scope));
    wider || !known.has_access || known.broken_at.is_some()
}

/// As an invitation looks at it.
pub(crate) fn presented(proven: &Proven) -> Presented<'_> {
    Presented {
        provider: IdentityProvider::parse(&proven.provider).filter(|provider| provider.is_elsewhere()),
        subject: &proven.subject,
        tenant: proven.tenant.as_deref(),
        username: proven.username.as_deref(),
        email: proven.email.as_deref().filter(|_| proven.email_verified),
    }
}

/// With the names that were told just now.
pub(crate) fn told(known: LinkedIdentity, proven: &Proven) -> LinkedIdentity {
    LinkedIdentity {
        username: proven.username.clone(),
        email: proven.email.clone(),
        tenant: proven.tenant.clone(),
        ..known
    }
}

/// How a session counts that was opened with it.
pub(crate) fn method(proven: &Proven) -> domain::session::Method {
    identity::method(&proven.provider)
}

fn state(identity: &LinkedIdentity) -> serde_json::Value {
    json!({
        "provider": identity.provider,
        "issuer": identity.issuer,
        "tenant": identity.tenant,
        "username": identity.username,
        "scopes": identity.scopes,
    })
}

pub(crate) fn purpose(id: IdentityId) -> String {
    format!("identity {id}")
}

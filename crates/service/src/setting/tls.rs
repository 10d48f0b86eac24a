//! The certificate that this instance is served with: checked before it is taken, its key sealed, in use at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::Refusal;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::setting::{Fixed, FixedBy, Name};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::setting::Kept;

use super::reader::{Reader, host_of};
use super::{NewValue, etag, fixed_by, free, purpose};
use crate::instance::superusers_only;
use crate::session::record_own;
use crate::tls::{Certificate, Given, Identity};
use crate::{Error, FieldError, Outcome, Request, Result, Roster};

/// As superusers see it. The key is never told.
#[derive(Clone, Debug)]
pub struct Tls {
    pub identity: Option<Arc<Identity>>,
    /// What to watch out for.
    pub warnings: Vec<String>,
    pub fixed_by: Option<FixedBy>,
    pub etag: String,
}

/// PEM texts. The key may be left out where the one in use fits the new certificate too.
#[derive(Clone, Debug)]
pub struct NewTls {
    pub certificate: String,
    pub key: Option<SecretString>,
    pub chain: String,
}

#[derive(Serialize, Deserialize)]
struct Value {
    certificate: String,
    chain: String,
}

impl Roster {
    /// What this instance is served with now; files of the operator go first.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        let fixed = self.fixed_identity().map(|fixed| fixed.value);
        fixed.or_else(|| self.current().tls.clone())
    }

    fn fixed_identity(&self) -> Option<Fixed<Arc<Identity>>> {
        self.shared.fixed_tls.get()
    }

    /// What the operator's files hold, at start and whenever they change. Connections that are open go on.
    pub fn set_fixed_identity(&self, by: FixedBy, identity: Identity) {
        self.shared.fixed_tls.set(Some(Fixed::new(by, Arc::new(identity))));
    }

    /// # Errors
    /// The caller is no superuser.
    pub async fn tls(&self, request: &Request) -> Result<Tls> {
        superusers_only(request)?;
        self.refresh_settings().await?;
        let kept = store::setting::find(&mut *self.store().see_server().await?, Name::Tls).await?;
        Ok(self.shown_tls(self.identity(), etag(kept.as_ref()), request))
    }

    fn shown_tls(&self, identity: Option<Arc<Identity>>, etag: String, request: &Request) -> Tls {
        let warnings = identity.as_ref().map(|identity| {
            // Also what would not be taken now is served on, and said to be so.
            match identity.fit(self.host(), request.now) {
                Ok(warnings) => warnings,
                Err(errors) => errors.iter().map(told).collect(),
            }
        });
        Tls {
            warnings: warnings.unwrap_or_default(),
            identity,
            fixed_by: fixed_by(self.fixed_identity().as_ref()),
            etag,
        }
    }

    /// The host of the public URL.
    pub fn host(&self) -> &str {
        host_of(&self.settings().public_url)
    }

    /// # Errors
    /// The caller is no superuser, the operator's files hold it, or it cannot be served.
    pub async fn set_tls(&self, request: &Request, new: NewTls) -> Result<Tls> {
        superusers_only(request)?;
        free(self.fixed_identity().as_ref(), "certificate", "tls_certificate")?;
        let (tx, kept) = self.change_setting(request, Name::Tls).await?;
        let before = kept.as_ref().map(|kept| self.reader().identity(kept)).transpose();
        let no_key = || Error::Invalid(vec![FieldError::new("key", "is missing")]);
        let key = match (&new.key, &kept) {
            (Some(key), _) => key.clone(),
            (None, Some(kept)) => self.reader().secret(kept)?.ok_or_else(no_key)?,
            (None, None) => return Err(no_key()),
        };
        let given = Given {
            certificate: new.certificate,
            key,
            chain: new.chain,
        };
        let identity = Identity::parse(&given).map_err(Error::Invalid)?;
        identity.fit(self.host(), request.now).map_err(Error::Invalid)?;
        let value = Value {
            certificate: identity.certificate.pem(),
            chain: identity.chain.iter().map(Certificate::pem).collect(),
        };
        let sealed = self.seal(&purpose(Name::Tls), given.key.expose_secret().as_bytes());
        let event = Event::new(Action::TlsChanged, Target::new("instance", "", "instance"))
            .before(
                before
                    .ok()
                    .flatten()
                    .flatten()
                    .map_or(serde_json::Value::Null, |before| state(&before)),
            )
            .after(state(&identity));
        let new = NewValue {
            name: Name::Tls,
            value: &json!(value),
            sealed: Some(&sealed),
            event,
        };
        self.keep_setting(tx, request, new).await?;
        if request.dry_run {
            return Ok(self.shown_tls(Some(Arc::new(identity)), etag(kept.as_ref()), request));
        }
        self.tls(request).await
    }

    /// Takes the certificate away that superusers have set. Listeners that speak TLS have to be closed before.
    ///
    /// # Errors
    /// The caller is no superuser, the operator's files hold it, there is none, or a listener needs it.
    pub async fn remove_tls(&self, request: &Request) -> Result<Outcome<()>> {
        superusers_only(request)?;
        free(self.fixed_identity().as_ref(), "certificate", "tls_certificate")?;
        let tried = self.tried_listeners().await;
        let (mut tx, kept) = self.change_setting(request, Name::Tls).await?;
        let none = Refusal::NotFound { what: "certificate" };
        let kept = kept.filter(|kept| !kept.value.is_null()).ok_or(none)?;
        let listeners = store::setting::find(&mut tx, Name::Listeners).await?;
        let listeners = listeners.map(|kept| self.reader().listeners(&kept)).transpose()?;
        let first = self.settings().first.iter().map(|first| &first.listener);
        let needed: BTreeSet<String> = first
            .chain(&tried)
            .chain(listeners.iter().flatten())
            .filter(|listener| listener.tls)
            .map(|listener| format!("{} ({})", listener.name, listener.socket()))
            .collect();
        if !needed.is_empty() {
            let listeners = needed.into_iter().collect();
            return Err(Refusal::CertificateInUse { listeners }.into());
        }
        // One that cannot be read any more can still be taken away.
        let before = self.reader().identity(&kept).ok().flatten();
        let before = before.map_or(serde_json::Value::Null, |before| state(&before));
        let event = Event::new(Action::TlsRemoved, Target::new("instance", "", "instance")).before(before);
        store::setting::clear(&mut tx, Name::Tls, request.now).await?;
        record_own(&mut tx, request, &event).await?;
        if request.dry_run {
            tx.rollback().await?;
            let mut preview = Preview::default();
            let instance = Subject {
                kind: "instance",
                id: String::new(),
                name: "instance".to_owned(),
            };
            preview.add(Effect::new(Kind::Deleted, instance).detail("the certificate and its key"));
            return Ok(Outcome::Previewed(preview));
        }
        tx.commit().await?;
        self.refresh_settings().await?;
        Ok(Outcome::Done(()))
    }
}

pub(super) fn kept_identity(reader: &Reader<'_>, kept: &Kept) -> Result<Arc<Identity>> {
    let value: Value = serde_json::from_value(kept.value.clone()).map_err(unreadable)?;
    let given = Given {
        certificate: value.certificate,
        key: kept_key(reader, kept)?,
        chain: value.chain,
    };
    let identity = Identity::parse(&given).map_err(|errors| unreadable(sentences(&errors)))?;
    Ok(Arc::new(identity))
}

fn kept_key(reader: &Reader<'_>, kept: &Kept) -> Result<SecretString> {
    let key = reader.secret(kept)?;
    key.ok_or_else(|| unreadable("its key is missing"))
}

fn state(identity: &Identity) -> serde_json::Value {
    let certificate = &identity.certificate;
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "names": certificate.names,
        "not_after": certificate.not_after,
        "fingerprint": certificate.fingerprint,
    })
}

/// A field's error as a sentence.
pub fn told(error: &FieldError) -> String {
    format!("The {} {}.", error.pointer.trim_start_matches('/'), error.detail)
}

/// What is wrong, one sentence after another.
pub fn sentences(errors: &[FieldError]) -> String {
    errors.iter().map(told).collect::<Vec<_>>().join(" ")
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Unexpected(format!("setting tls: {error}"))
}

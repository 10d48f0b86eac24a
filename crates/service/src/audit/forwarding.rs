//! Entries on their way to somewhere else as they are written: to a syslog server or an HTTPS address, of an organization,
//! or of the instance, which tells of all. Where they go is set here; the worker sends them.

mod delivery;
mod destination;
mod worker;

use domain::Refusal;
use domain::audit::{Action, Chain, Event, Target};
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::permission::AuditLogManage;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use store::audit_forwarding::{self as kept, Forwarding, Lag};
use store::{Mode, Reading, Tx, Writing};

pub use destination::{Authentication, Destination};

use crate::authorization::Outcome;
use crate::error::Check;
use crate::instance::superusers_only;
use crate::session::record_own;
use crate::{Authorized, Request, Result, Roster};

/// As it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewForwarding {
    /// `https://…`, `syslog+tls://host:6514`, `syslog+tcp://host:601` or `syslog+udp://host:514`.
    pub url: String,
    /// none, bearer or signature; none where left out.
    pub authentication: Option<String>,
    /// Left out: the one that is kept, where the address stays the same.
    pub secret: Option<SecretString>,
    /// The authority to trust instead of the machine's own, as PEM.
    pub trusted_certificate: Option<String>,
    pub start: Start,
}

/// From which entry on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// A new one from now on; one that is there goes on where it is.
    #[default]
    GoOn,
    /// Everything that is kept, also what was sent before.
    Beginning,
}

/// Where entries go and how that goes.
#[derive(Clone, Debug)]
pub struct View {
    pub forwarding: Forwarding,
    pub lag: Lag,
}

/// Of where entries go, not of how far they have come.
pub fn etag(forwarding: Option<&Forwarding>) -> String {
    format!(
        "\"{}\"",
        forwarding.map_or(0, |forwarding| forwarding.changed_at.micros())
    )
}

/// # Errors
/// The database does not answer.
pub async fn see(mut seen: Authorized<AuditLogManage, Reading>) -> Result<Option<View>> {
    let chain = Chain::Organization(seen.organization().id);
    view(seen.scope().tx(), chain).await
}

/// # Errors
/// A field cannot be taken, the address is inside, or the last proof of who one is is too old.
pub async fn set(mut authorized: Authorized<AuditLogManage>, new: NewForwarding) -> Result<Outcome<View>> {
    authorized.request().proved()?;
    let organization = authorized.organization().clone();
    let (roster, request) = (authorized.roster().clone(), authorized.request().clone());
    let inside = roster.settings().forward_inside;
    let set = Setting {
        of: Chain::Organization(organization.id),
        inside,
    };
    let changed = set.put(authorized.scope().tx(), &roster, &new, &request).await?;
    let subject = Subject {
        kind: "organization",
        id: organization.id.to_string(),
        name: organization.name.clone(),
    };
    authorized.effect(Effect::new(Kind::Changed, subject).detail(format!("entries go to {}", new.url.trim())));
    let event = changed.event(crate::organization::target(&organization));
    authorized.commit(event, changed.view).await
}

/// # Errors
/// Nothing is forwarded.
pub async fn stop(mut authorized: Authorized<AuditLogManage>) -> Result<Outcome<()>> {
    authorized.request().proved()?;
    let organization = authorized.organization().clone();
    let request = authorized.request().clone();
    let before = removed(authorized.scope().tx(), Chain::Organization(organization.id), &request).await?;
    let subject = Subject {
        kind: "organization",
        id: organization.id.to_string(),
        name: organization.name.clone(),
    };
    authorized.effect(Effect::new(Kind::Changed, subject).detail("entries are forwarded no more"));
    let target = crate::organization::target(&organization);
    let event = Event::new(Action::AuditLogForwardingStopped, target).before(before);
    authorized.commit(event, ()).await
}

impl Roster {
    /// # Errors
    /// The caller is no superuser.
    pub async fn audit_forwarding(&self, request: &Request) -> Result<Option<View>> {
        superusers_only(request)?;
        view(&mut *self.store().see_server().await?, Chain::Instance).await
    }

    /// # Errors
    /// As [`set`].
    pub async fn set_audit_forwarding(&self, request: &Request, new: &NewForwarding) -> Result<Outcome<View>> {
        superusers_only(request)?;
        request.proved()?;
        let mut tx = self.store().server().await?;
        crate::superuser::still_superuser(&mut tx, request).await?;
        let set = Setting {
            of: Chain::Instance,
            inside: true,
        };
        let changed = set.put(&mut tx, self, new, request).await?;
        record_own(&mut tx, request, &changed.event(instance())).await?;
        if request.dry_run {
            tx.rollback().await?;
            return Ok(previewed(&format!("all entries go to {}", new.url.trim())));
        }
        tx.commit().await?;
        Ok(Outcome::Done(changed.view))
    }

    /// # Errors
    /// As [`stop`].
    pub async fn stop_audit_forwarding(&self, request: &Request) -> Result<Outcome<()>> {
        superusers_only(request)?;
        request.proved()?;
        let mut tx = self.store().server().await?;
        crate::superuser::still_superuser(&mut tx, request).await?;
        let before = removed(&mut tx, Chain::Instance, request).await?;
        let event = Event::new(Action::AuditLogForwardingStopped, instance()).before(before);
        record_own(&mut tx, request, &event).await?;
        if request.dry_run {
            tx.rollback().await?;
            return Ok(previewed("entries are forwarded no more"));
        }
        tx.commit().await?;
        Ok(Outcome::Done(()))
    }
}

fn instance() -> Target {
    Target::new("instance", "", "instance")
}

fn previewed<T>(detail: &str) -> Outcome<T> {
    let subject = Subject {
        kind: "instance",
        id: String::new(),
        name: "instance".to_owned(),
    };
    let mut preview = Preview::default();
    preview.add(Effect::new(Kind::Changed, subject).detail(detail));
    Outcome::Previewed(preview)
}

/// What a sealed secret is for, and whose.
pub(crate) fn purpose(of: Chain) -> String {
    format!("audit forwarding {of}")
}

async fn view(tx: &mut Tx<impl Mode>, of: Chain) -> Result<Option<View>> {
    let Some(forwarding) = kept::find(tx, of).await? else {
        return Ok(None);
    };
    let lag = kept::lag(tx, of).await?;
    Ok(Some(View { forwarding, lag }))
}

async fn removed(tx: &mut Tx<Writing>, of: Chain, request: &Request) -> Result<Value> {
    let before = kept::find(tx, of).await?;
    request.matches(&etag(before.as_ref()))?;
    let before = before.ok_or(Refusal::NotFound { what: "forwarding" })?;
    kept::remove(tx, of).await?;
    Ok(state(&before))
}

/// As the log tells of it: no secret, and of a certificate only that there is one.
fn state(forwarding: &Forwarding) -> Value {
    json!({
        "url": forwarding.url,
        "authentication": forwarding.authentication,
        "trusted_certificate": forwarding.trusted_certificate.is_some(),
    })
}

/// Whose entries, and whether they may go to an address inside.
struct Setting {
    of: Chain,
    inside: bool,
}

struct Changed {
    before: Option<Value>,
    view: View,
}

impl Changed {
    fn event(&self, target: Target) -> Event {
        Event::new(Action::AuditLogForwardingChanged, target)
            .before(self.before.clone().unwrap_or_default())
            .after(state(&self.view.forwarding))
    }
}

impl Setting {
    async fn put(
        &self,
        tx: &mut Tx<Writing>,
        roster: &Roster,
        new: &NewForwarding,
        request: &Request,
    ) -> Result<Changed> {
        let now = request.now;
        let before = kept::find(tx, self.of).await?;
        request.matches(&etag(before.as_ref()))?;
        let mut check = Check::default();
        let destination = match Destination::parse(&new.url, self.inside) {
            Ok(destination) => Some(destination),
            Err(problem) => {
                check.wrong("url", problem);
                None
            }
        };
        let authentication = new.authentication.as_deref().unwrap_or("none");
        let authentication = Authentication::parse(authentication);
        if authentication.is_none() {
            check.wrong("authentication", "must be none, bearer or signature");
        }
        let authentication = authentication.unwrap_or_default();
        let over_http = destination.as_ref().is_none_or(Destination::is_http);
        if authentication != Authentication::None && !over_http {
            check.wrong("authentication", "must be none for syslog, which has no such thing");
        }
        let certificate = new
            .trusted_certificate
            .as_deref()
            .map(str::trim)
            .filter(|pem| !pem.is_empty());
        if let Some(problem) = certificate.and_then(|pem| delivery::certificates(pem).err()) {
            check.wrong("trusted_certificate", problem);
        }
        let url = new.url.trim();
        let sealed = self.secret(
            roster,
            new,
            authentication,
            before.as_ref().filter(|before| before.url == url),
        );
        if authentication != Authentication::None && sealed.is_none() {
            check.wrong(
                "secret",
                "is needed, at least 16 characters; it is kept only while the address stays the same",
            );
        }
        check.done()?;
        let wanted = kept::Kept {
            url,
            authentication: authentication.name(),
            sealed_secret: sealed.as_deref(),
            trusted_certificate: certificate,
        };
        kept::put(tx, self.of, &wanted, now).await?;
        match (new.start, &before) {
            (Start::Beginning, _) => kept::begin_anew(tx, self.of).await?,
            (Start::GoOn, None) => kept::begin_now(tx, self.of).await?,
            (Start::GoOn, Some(_)) => {}
        }
        let view = view(tx, self.of)
            .await?
            .ok_or(Refusal::NotFound { what: "forwarding" })?;
        Ok(Changed {
            before: before.as_ref().map(state),
            view,
        })
    }

    fn secret(
        &self,
        roster: &Roster,
        new: &NewForwarding,
        authentication: Authentication,
        same: Option<&Forwarding>,
    ) -> Option<String> {
        if authentication == Authentication::None {
            return None;
        }
        match &new.secret {
            Some(secret) => {
                let text = secret.expose_secret();
                // It goes into a header, and has to withstand guessing.
                let fits = text.len() >= 16 && text.len() <= 512 && text.bytes().all(|byte| byte.is_ascii_graphic());
                fits.then(|| roster.seal(&purpose(self.of), text.as_bytes()))
            }
            None => same.and_then(|same| same.sealed_secret.clone()),
        }
    }
}

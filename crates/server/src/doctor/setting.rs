//! The doctor's look at what superusers have set: it is read as a server would read it, and handed on to be tried.

use std::sync::Arc;

use domain::Timestamp;
use domain::listener::Listener;
use domain::setting::Name;
use service::Key;
use service::mail::Server;
use service::setting::{Reader, host_of, sentences};
use service::tls::Identity;
use store::setting::Kept;
use store::{Reading, ServerScope};

use super::Findings;

/// What was found in the database, to be tried from here.
#[derive(Debug, Default)]
pub struct Set {
    pub mail: Option<Server>,
    pub listeners: Vec<Listener>,
    pub identity: Option<Arc<Identity>>,
}

/// What settings are read by, and judged for.
#[derive(Clone, Copy)]
pub struct Patient<'a> {
    /// None where none opens what is sealed, which was told by then.
    pub key: Option<&'a Key>,
    pub public_url: Option<&'a str>,
    pub now: Timestamp,
}

pub async fn look(
    scope: &mut ServerScope<Reading>,
    patient: Patient<'_>,
    findings: &mut Findings,
) -> store::Result<()> {
    let kept = store::setting::all(scope).await?;
    let of = |name: Name| kept.iter().find(|kept| kept.name == name);
    let unused = service::key::new();
    let reader = Reader {
        key: patient.key.unwrap_or(&unused),
        sender: None,
        public_url: patient.public_url.unwrap_or("http://localhost"),
    };
    if let Some(kept) = of(Name::Smtp) {
        let mail = reader.mail(kept);
        findings.set.mail = told("mail", kept, mail, "Settings → Mail", findings).flatten();
    }
    if let Some(kept) = of(Name::Listeners) {
        let listeners = reader.listeners(kept);
        let listeners = told("listener", kept, listeners, "Settings → Listeners", findings);
        findings.set.listeners = listeners.unwrap_or_default();
    }
    if let Some(kept) = of(Name::Tls) {
        let identity = reader.identity(kept);
        let identity = told("certificates", kept, identity, "Settings → TLS", findings).flatten();
        if let Some(identity) = &identity {
            certificate(
                "The one that superusers have set",
                identity,
                patient,
                "Settings → TLS",
                findings,
            );
        }
        findings.set.identity = identity;
    }
    Ok(())
}

fn told<T>(
    check: &'static str,
    kept: &Kept,
    read: service::Result<T>,
    page: &str,
    findings: &mut Findings,
) -> Option<T> {
    read.map_err(|error| {
        let told = format!(
            "What superusers have set cannot be used: {}.",
            service::superuser::one_line(&error).trim_end_matches('.')
        );
        let mend = if kept.sealed.is_some() {
            format!("Give the key that the instance was used with, or set it again at {page}.")
        } else {
            format!("Set it again at {page}.")
        };
        findings.wrong(check, told, &mend);
    })
    .ok()
}

/// Names, time, chain: whatever whoever opens the server would stumble over. That the key fits was found when it was read.
pub fn certificate(which: &str, identity: &Identity, patient: Patient<'_>, place: &str, findings: &mut Findings) {
    const CHECK: &str = "certificates";
    let ends = identity.certificate.not_after;
    // Without a public URL nobody knows by which name people come.
    let host = match patient.public_url {
        Some(url) => host_of(url),
        None => identity.certificate.names.first().map_or("localhost", String::as_str),
    };
    let mend = format!("Set a new one at {place}; connections that are open go on.");
    match identity.fit(host, patient.now) {
        Err(errors) => findings.wrong(CHECK, format!("{which}, until {ends}: {}", sentences(&errors)), &mend),
        Ok(warnings) if !warnings.is_empty() => {
            findings.warning(CHECK, format!("{which}, until {ends}: {}", warnings.join(" ")), &mend);
        }
        Ok(_) if patient.public_url.is_none() => {
            let told = format!("{which} has its key and chain and ends {ends}. For which host is not known here.");
            findings.ok(CHECK, told);
        }
        Ok(_) => findings.ok(
            CHECK,
            format!("{which} is for {host}, has its key and chain, and ends {ends}."),
        ),
    }
}

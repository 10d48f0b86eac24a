//! The certificate in files of the operator: read at start, and again when they change or on SIGHUP. What cannot be served is
//! told in the log, and the one before goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use service::setting::sentences;
use service::tls::{Given, Identity};
use service::{Fixed, FixedBy, Roster};
use tokio::signal::unix::{SignalKind, signal};

use crate::Refused;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Where the certificate with its chain, and the key, are.
#[derive(Clone, Debug)]
pub struct Files {
    pub by: FixedBy,
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    /// # Errors
    /// Only one of them is named.
    pub fn named(certificate: Option<Fixed<PathBuf>>, key: Option<Fixed<PathBuf>>) -> Result<Option<Self>, Refused> {
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some(Self {
                by: certificate.by,
                certificate: certificate.value,
                key: key.value,
            })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Refused(
                "--tls-certificate needs its key: name it with --tls-key.".to_owned(),
            )),
            (None, Some(_)) => Err(Refused(
                "--tls-key needs its certificate: name it with --tls-certificate.".to_owned(),
            )),
        }
    }

    /// # Errors
    /// They cannot be read, or do not belong together.
    pub fn read(&self) -> Result<Identity, String> {
        let text = |path: &Path| {
            fs::read_to_string(path).map_err(|error| {
                format!(
                    "{} cannot be read: {error}. Check the path and its permissions.",
                    path.display()
                )
            })
        };
        let given = Given {
            certificate: text(&self.certificate)?,
            key: SecretString::from(text(&self.key)?),
            chain: String::new(),
        };
        Identity::parse(&given).map_err(|errors| sentences(&errors))
    }

    fn stamp(&self) -> [Option<(SystemTime, u64)>; 2] {
        let of = |path: &Path| {
            let about = fs::metadata(path).ok()?;
            Some((about.modified().ok()?, about.len()))
        };
        [of(&self.certificate), of(&self.key)]
    }

    /// Serves what the files hold. One that has ended, or is for another name, is better than none at a start.
    ///
    /// # Errors
    /// They cannot be read, or do not belong together.
    pub fn load(&self, roster: &Roster) -> Result<(), Refused> {
        let identity = self.read()?;
        if let Err(errors) = identity.fit(roster.host(), roster.now()) {
            tracing::error!(problem = sentences(&errors), "the certificate is served all the same");
        }
        roster.set_fixed_identity(self.by, identity);
        Ok(())
    }

    /// Looks after the files for as long as the program runs.
    pub async fn follow(self, roster: Roster) {
        let Ok(mut told) = signal(SignalKind::hangup()) else {
            return;
        };
        let mut known = self.stamp();
        loop {
            let asked = tokio::time::timeout(LOOK, told.recv()).await.is_ok();
            let stamp = self.stamp();
            if !asked && stamp == known {
                continue;
            }
            known = stamp;
            match self.renewed(&roster) {
                Ok(until) => tracing::info!(%until, "the certificate in the files is served from now on"),
                Err(problem) => tracing::error!(problem, "the certificate before goes on being served"),
            }
        }
    }

    fn renewed(&self, roster: &Roster) -> Result<domain::Timestamp, String> {
        let identity = self.read()?;
        identity
            .fit(roster.host(), roster.now())
            .map_err(|errors| sentences(&errors))?;
        let until = identity.certificate.not_after;
        roster.set_fixed_identity(self.by, identity);
        Ok(until)
    }
}

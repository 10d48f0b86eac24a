//! What the operator configured: flags over environment over `roster.toml`. An unknown key is an error.

mod identity_provider;
mod key;
mod password;

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;
use serde::Deserialize;
use service::ambient::{self, Clock};
use service::mail::{Server, default_sender};
use service::{Database, Fixed, FixedBy, Store, Throttle};

use crate::{Refused, telemetry};
use identity_provider::IdentityProviders;
pub use key::{KeyPlace, next_to, put_in_place, read_key, write_key};
pub use password::PasswordRules;

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Folder for the database and what belongs beside it
    #[arg(long, env = "ROSTER_DATA", default_value = "./roster-data", value_name = "DIR")]
    pub data: PathBuf,
    /// PostgreSQL instead of a SQLite file in the data folder: postgres://user:password@host/name
    #[arg(long, env = "ROSTER_DATABASE", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Settings in TOML; without it roster.toml in the data folder, if there is one
    #[arg(long, env = "ROSTER_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The key that kept secrets are sealed by: 32 bytes in base64. Without it roster.key in the data folder, or the
    /// database where that is PostgreSQL
    #[arg(long, env = "ROSTER_KEY", value_name = "KEY", hide_env_values = true)]
    pub key: Option<SecretString>,
}

/// The file's keys; each has a flag or an environment variable that goes before it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    pub database: Option<String>,
    pub listen: Option<String>,
    pub public_url: Option<String>,
    pub trusted_proxy: Vec<IpAddr>,
    pub smtp: Option<String>,
    pub smtp_from: Option<String>,
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    /// Asked for the records that prove a domain; the machine's own where it is left out.
    pub name_server: Option<std::net::SocketAddr>,
    pub instance_name: Option<String>,
    pub contact: Option<String>,
    pub pricing_url: Option<String>,
    pub password_length: Option<usize>,
    pub password: password::Written,
    pub key_file: Option<PathBuf>,
    pub identity_provider: IdentityProviders,
    pub sign_in: SignIn,
    pub pam: Pam,
    pub audit: Audit,
    pub telemetry: telemetry::Section,
    pub connections: Connections,
}

/// How many clients may be connected, and how long each is waited for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    /// One more is turned away.
    pub most: usize,
    /// For the head of a request.
    pub head_seconds: u64,
    /// For its body, in all; each 4 KiB that come give a second more.
    pub body_seconds: u64,
    /// For the answer to be taken, in all; each 4 KiB that are taken give a second more.
    pub reader_seconds: u64,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            most: 8_192,
            head_seconds: 15,
            body_seconds: 30,
            reader_seconds: 60,
        }
    }
}

/// What organizations may do with their audit log.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Audit {
    /// Whether they may forward it to addresses inside the network that the server stands in.
    pub forward_inside: bool,
}

/// Whether people may sign in with their password of the system, and by which service in `/etc/pam.d`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pam {
    pub allowed: bool,
    pub service: Option<String>,
}

impl Pam {
    pub fn service(&self) -> Result<Option<service::Pam>, Refused> {
        if !self.allowed {
            return Ok(None);
        }
        let name = self.service.as_deref().unwrap_or("roster");
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(letter) {
            return Err(Refused(format!(
                "pam.service {name:?} is no name of a file in /etc/pam.d: letters, digits, - and _ only."
            )));
        }
        let program = std::env::current_exe()
            .map_err(|error| format!("this program cannot find itself, to ask PAM by: {error}"))?;
        Ok(Some(service::Pam::new(name, program)))
    }
}

/// From how many failed tries in a row on further ones wait, and how many seconds at most.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignIn {
    pub tries: Option<i64>,
    pub account_tries: Option<i64>,
    pub address_tries: Option<i64>,
    pub longest_wait_seconds: Option<u64>,
}

impl SignIn {
    pub fn throttle(&self) -> Throttle {
        let usual = Throttle::default();
        Throttle {
            tries: self.tries.unwrap_or(usual.tries),
            account_tries: self.account_tries.unwrap_or(usual.account_tries),
            address_tries: self.address_tries.unwrap_or(usual.address_tries),
            longest_wait: self.longest_wait_seconds.unwrap_or(usual.longest_wait),
        }
    }
}

impl Place {
    pub fn file(&self) -> Result<File, Refused> {
        let (path, must_exist) = match &self.config {
            Some(path) => (path.clone(), true),
            None => (self.data.join("roster.toml"), false),
        };
        if !must_exist && !path.exists() {
            return Ok(File::default());
        }
        let text = fs::read_to_string(&path).map_err(|error| {
            format!(
                "the configuration {} cannot be read: {error}. Check the path and its permissions.",
                path.display()
            )
        })?;
        toml::from_str(&text).map_err(|error| Refused(told(&path, &text, &error)))
    }

    /// Where the database is, or would be.
    pub fn database(&self, file: &File) -> Result<Database, Refused> {
        match self.database.as_ref().or(file.database.as_ref()) {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Database::Postgres(url.clone()))
            }
            Some(_) => Err(Refused(
                "--database takes a URL of the form postgres://user:password@host:5432/name. Leave it out for SQLite."
                    .to_owned(),
            )),
            None => Ok(Database::Sqlite(self.data.join("roster.db"))),
        }
    }

    /// Opens and migrates the database, making it where it is missing.
    pub async fn open(&self, file: &File) -> Result<Store, Refused> {
        let database = self.database(file)?;
        if matches!(database, Database::Sqlite(_)) {
            make_private_folder(&self.data)?;
        }
        let now = Clock::System.now();
        Ok(Store::open(&database, ambient::new_id(now), now).await?)
    }
}

/// Who gave a value: the flag or the variable, which the command line tells apart by the latter's value, or the file.
pub fn given<T: Clone + PartialEq>(typed: Option<&T>, variable: Option<&T>, written: Option<&T>) -> Option<Fixed<T>> {
    match (typed, written) {
        (Some(value), _) if variable == Some(value) => Some(Fixed::new(FixedBy::Environment, value.clone())),
        (Some(value), _) => Some(Fixed::new(FixedBy::Flag, value.clone())),
        (None, Some(value)) => Some(Fixed::new(FixedBy::File, value.clone())),
        (None, None) => None,
    }
}

pub fn mail(
    url: Option<Fixed<String>>,
    from: Option<&Fixed<String>>,
    public_url: &str,
) -> Result<Option<Fixed<Server>>, Refused> {
    let Some(url) = url.filter(|url| !url.value.is_empty()) else {
        return Ok(None);
    };
    let from = from.map_or_else(|| default_sender(public_url), |from| from.value.clone());
    let server = Server::parse(&url.value, &from).map_err(|error| format!("--smtp cannot be used: its {error}"))?;
    Ok(Some(Fixed::new(url.by, server)))
}

/// One line, with where in the file it is.
fn told(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map_or(1, |span| {
        text.get(..span.start).unwrap_or(text).matches('\n').count() + 1
    });
    let message = error.message().replace('\n', " ");
    format!("{}:{line}: {message}. Correct or remove the line.", path.display())
}

pub fn make_private_folder(folder: &Path) -> Result<(), Refused> {
    if folder.is_dir() {
        return Ok(());
    }
    let made = {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)
    };
    made.map_err(|error| {
        Refused(format!(
            "the data folder {} cannot be made: {error}. Choose another with --data.",
            folder.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_told_with_its_line() {
        let text = "listen = \"127.0.0.1:1\"\nlisten_on = 1\n";
        let error = toml::from_str::<File>(text).unwrap_err();
        let line = told(Path::new("roster.toml"), text, &error);
        assert!(line.starts_with("roster.toml:2: unknown field `listen_on`"), "{line}");
        assert!(!line.contains('\n'));
    }
}

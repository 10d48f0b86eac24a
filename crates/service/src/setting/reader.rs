//! Reads kept settings back: a server does for what it serves by, the doctor for what it tries where no server runs.

use std::sync::Arc;

use domain::listener::Listener;
use secrecy::SecretString;
use signin::seal::Key;
use store::setting::Kept;

use super::{listener, purpose, smtp, tls};
use crate::mail::Server;
use crate::tls::Identity;
use crate::{Error, Result};

/// What it takes besides what is kept.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pub key: &'a Key,
    /// Whom mails are from where the operator says so.
    pub sender: Option<&'a str>,
    pub public_url: &'a str,
}

impl Reader<'_> {
    /// # Errors
    /// It was sealed by another key, or is none.
    pub fn mail(&self, kept: &Kept) -> Result<Option<Server>> {
        smtp::kept_mail(self, kept)
    }

    /// # Errors
    /// The same.
    pub fn identity(&self, kept: &Kept) -> Result<Option<Arc<Identity>>> {
        if kept.value.is_null() {
            return Ok(None);
        }
        tls::kept_identity(self, kept).map(Some)
    }

    /// # Errors
    /// It is none.
    pub fn listeners(&self, kept: &Kept) -> Result<Vec<Listener>> {
        listener::kept_listeners(kept)
    }

    /// What is sealed beside a setting; none where nothing is.
    pub(super) fn secret(&self, kept: &Kept) -> Result<Option<SecretString>> {
        let Some(sealed) = &kept.sealed else { return Ok(None) };
        let broken = |error: &dyn std::fmt::Display| {
            Error::Unexpected(format!("the secret of setting {} {error}", kept.name.name()))
        };
        let opened = self
            .key
            .open(&purpose(kept.name), sealed)
            .map_err(|error| broken(&error))?;
        let text = String::from_utf8(opened).map_err(|error| broken(&error))?;
        Ok(Some(SecretString::from(text)))
    }
}

/// The host of a public URL.
pub fn host_of(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    match rest.find(']') {
        Some(end) => &rest[..=end],
        None => rest.split([':', '/']).next().unwrap_or(rest),
    }
}

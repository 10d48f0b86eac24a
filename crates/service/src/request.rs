//! What every operation is told of the request that asks for it.

use domain::Timestamp;
use domain::actor::{Caller, Origin};
use domain::audit::Target;

use crate::{Error, Result};

#[derive(Clone, Debug)]
pub struct Request {
    pub caller: Caller,
    pub origin: Origin,
    /// The one time that everything in this request happens at.
    pub now: Timestamp,
    /// Run the change and take it back, to tell what it would do.
    pub dry_run: bool,
    /// The `If-Match` header (RFC 9110 §13.1.1), as it came.
    pub if_match: Option<String>,
    pub idempotency: Option<IdempotencyKey>,
    /// The entry of the audit log that the change takes back.
    pub undoing: Option<crate::undo::Undoing>,
}

/// The caller's `Idempotency-Key`, and a digest of the request that first came with it.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    pub key: String,
    pub fingerprint: [u8; 32],
}

impl Request {
    /// # Errors
    /// The password is a temporary one: nothing but changing it may be done.
    pub fn settled(&self) -> Result<()> {
        if self.caller.must_change_password {
            Err(Error::PasswordChangeRequired)
        } else {
            Ok(())
        }
    }

    /// For sensitive acts: a session must have been proved lately, a token does what it may, and trying does nothing.
    ///
    /// # Errors
    /// The session's last proof is too old.
    pub fn proved(&self) -> Result<()> {
        if !self.dry_run && self.caller.session().is_ok() {
            self.caller.recently_proved(self.now)?;
        }
        Ok(())
    }

    pub(crate) fn matches(&self, etag: &str) -> Result<()> {
        match &self.if_match {
            Some(wanted) if wanted != "*" && !wanted.split(',').any(|tag| tag.trim() == etag) => Err(Error::Stale),
            _ => Ok(()),
        }
    }

    pub(crate) fn actor(&self) -> Target {
        self.caller.identity.target(&self.caller.name)
    }

    /// The same request, to be carried out for real or not.
    #[must_use]
    pub fn with_dry_run(&self, dry_run: bool) -> Self {
        Self {
            dry_run,
            ..self.clone()
        }
    }

    /// For the single rows of a request that does many things: what holds for the whole holds not for each.
    pub(crate) fn for_a_row(&self) -> Self {
        Self {
            if_match: None,
            idempotency: None,
            ..self.clone()
        }
    }
}

//! Every way an operation can end without doing what was asked.

use domain::Refusal;
use domain::text::Malformed;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A field that was not taken: where it is (JSON pointer, RFC 6901) and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub pointer: String,
    /// Reads on from the field's name: "must not be empty".
    pub detail: String,
}

impl FieldError {
    pub fn new(field: &str, detail: impl Into<String>) -> Self {
        Self {
            pointer: format!("/{field}"),
            detail: detail.into(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("Some of what was entered cannot be taken.")]
    Invalid(Vec<FieldError>),
    /// The request itself cannot be understood.
    #[error("{} {}.", .0.pointer, .0.detail)]
    Malformed(FieldError),
    #[error("Sign in first: there is no session, or it has ended.")]
    SignInRequired,
    #[error("The username or the password is wrong.")]
    WrongCredentials,
    #[error("This code or passkey was not accepted. A code works once, and one of an app for half a minute.")]
    WrongCode,
    #[error("This account is suspended. Ask an admin of your organization.")]
    AccountSuspended,
    #[error("The temporary password has expired. Ask an admin for a new one.")]
    TemporaryPasswordExpired,
    #[error("Change your password first: it is a temporary one.")]
    PasswordChangeRequired,
    #[error("Give your second factor first.")]
    MfaRequired,
    #[error("Too many failed tries. Try again in {retry_after} seconds.")]
    Throttled {
        /// Seconds.
        retry_after: u64,
    },
    #[error("Too much is being done at this moment. Try again in {retry_after} seconds.")]
    Busy {
        /// Seconds.
        retry_after: u64,
    },
    #[error("It was changed by somebody else meanwhile. Load it again, then repeat your change.")]
    Stale,
    #[error("A request with this Idempotency-Key was made already.")]
    Repeated,
    #[error("The Idempotency-Key was used for another request. Use a new one.")]
    IdempotencyKeyReused,
    #[error("The request was carried out, but its answer was lost. Look at what is there now.")]
    AnswerLost,
    #[error("The database does not answer at this moment. Try again shortly.")]
    Unavailable(String),
    /// Something that should not happen; the text is for the log alone.
    #[error("An unexpected error.")]
    Unexpected(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Refused(refusal) => Self::Refused(refusal),
            store::Error::Unavailable(reason) => Self::Unavailable(reason),
            other => Self::Unexpected(other.to_string()),
        }
    }
}

impl From<signin::password::Busy> for Error {
    fn from(_: signin::password::Busy) -> Self {
        Self::Busy {
            retry_after: signin::password::Busy::RETRY_AFTER.as_secs(),
        }
    }
}

/// Collects what is wrong with a form, so that all of it is told at once.
#[derive(Default)]
pub(crate) struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    pub fn field<T>(&mut self, field: &str, parsed: std::result::Result<T, Malformed>) -> Option<T> {
        parsed.map_err(|problem| self.wrong(field, problem.0)).ok()
    }

    /// A field that may be left out; an empty text is one left out.
    pub fn optional<T>(
        &mut self,
        field: &str,
        text: Option<&str>,
        parse: impl Fn(&str) -> std::result::Result<T, Malformed>,
    ) -> Option<T> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        self.field(field, parse(text))
    }

    pub fn wrong(&mut self, field: &str, detail: impl Into<String>) {
        self.errors.push(FieldError::new(field, detail));
    }

    /// # Errors
    /// Anything was wrong.
    pub fn done(self) -> Result<()> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.errors))
        }
    }
}

/// A value that a passed [`Check`] vouches for.
pub(crate) fn checked<T>(value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::Unexpected("a checked field is missing".to_owned()))
}

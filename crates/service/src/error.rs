//! Every way an operation can end without doing what was asked.

use domain::Refusal;
use domain::id::Id;
use domain::text::{Malformed, Slug};

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
    #[error(
        "The database was lost while this was being written down, so that it is not known whether it was. Look at what is \
         there before you repeat it; with the same Idempotency-Key it is not done twice."
    )]
    Uncertain(String),
    #[error(
        "The database's disk is full: nothing can be changed until whoever runs the instance makes room there. What is \
         there can be read meanwhile."
    )]
    NoSpace(String),
    #[error(
        "The database is damaged. Whoever runs the instance finds out by `roster doctor` what is left, and brings a backup \
         back by `roster restore`."
    )]
    Damaged(String),
    /// Something that should not happen; the text is for the log alone.
    #[error("An unexpected error.")]
    Unexpected(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Refused(refusal) => Self::Refused(refusal),
            store::Error::SignedOut => Self::SignInRequired,
            store::Error::Unavailable(reason) => Self::Unavailable(reason),
            store::Error::Uncertain(reason) => Self::Uncertain(reason),
            store::Error::Full(reason) => Self::NoSpace(reason),
            store::Error::Damaged(reason) | store::Error::Corrupt(reason) => Self::Damaged(reason),
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

    /// Puts what was typed in the place of what is there; what is left out stays.
    pub fn replace<T: ToString>(
        &mut self,
        field: &str,
        typed: Option<&str>,
        parse: impl Fn(&str) -> std::result::Result<T, Malformed>,
        there: &mut String,
    ) {
        if let Some(parsed) = typed.and_then(|text| self.field(field, parse(text))) {
            *there = parsed.to_string();
        }
    }

    /// The slug of something new: as typed, else from its name, else `kind` and some of its id.
    pub fn slug(&mut self, typed: Option<&str>, name: &str, kind: &str, id: impl Id) -> String {
        let unnamed = || format!("{kind}-{:08x}", id.uuid().as_u128() & 0xffff_ffff);
        match self.optional("slug", typed, Slug::parse) {
            Some(slug) => slug.to_string(),
            None => Slug::of_name(name).map_or_else(unnamed, |slug| slug.to_string()),
        }
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

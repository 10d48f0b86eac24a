//! The system's own passwords, by PAM. A module of PAM may hang, crash or leak; so each try happens in a helper process,
//! this program started anew, that is ended when it takes too long. What is said between the two is one line each way.

mod conversation;
pub mod helper;
mod library;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;

/// So many helpers at a time; who comes later waits for a while.
const HELPERS: usize = 8;
/// How long a module may take; asking a slow directory server is within it.
const PATIENCE: Duration = Duration::from_secs(15);

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    /// The password is wrong, or nobody bears the name; PAM does not say which, and neither do we.
    Wrong,
    /// The password is right, but the system refuses the account: it has expired, or may not come in this way.
    Refused,
    /// The system wants a new password first, which is chosen there.
    PasswordExpired,
    /// A system account, or one that the system does not know.
    NotAPerson,
}

impl Verdict {
    const ALL: [Self; 5] = [
        Self::Accepted,
        Self::Wrong,
        Self::Refused,
        Self::PasswordExpired,
        Self::NotAPerson,
    ];

    /// What stands in the record of sign-ins, and on the line between the processes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Wrong => "wrong_password",
            Self::Refused => "pam_account_refused",
            Self::PasswordExpired => "pam_password_expired",
            Self::NotAPerson => "pam_not_a_person",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// PAM could not be asked: nothing is known about the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("Signing in by PAM is not possible here: {0}")]
    Absent(String),
    #[error("The system did not answer in time whether the password is right. Try again.")]
    TimedOut,
    #[error("PAM failed: {0}")]
    Failed(String),
}

/// Asks PAM, a helper process each.
#[derive(Clone, Debug)]
pub struct Pam {
    service: String,
    program: PathBuf,
    environment: Vec<(OsString, OsString)>,
    patience: Duration,
    places: Arc<Semaphore>,
}

impl Pam {
    /// `service` is the name of a file in `/etc/pam.d`; `program` is Roster itself, which becomes the helper by the word
    /// [`helper::WORD`].
    pub fn new(service: &str, program: PathBuf) -> Self {
        Self {
            service: service.to_owned(),
            program,
            environment: Vec::new(),
            patience: PATIENCE,
            places: Arc::new(Semaphore::new(HELPERS)),
        }
    }

    /// A variable that the helper sees besides its parent's.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub fn service(&self) -> &str {
        &self.service
    }

    /// Whether PAM can be asked at all on this machine.
    ///
    /// # Errors
    /// Says what is missing.
    pub async fn probe(&self) -> Result<(), Unavailable> {
        match self.ask(&helper::Question::Probe).await?.as_str() {
            helper::READY => Ok(()),
            other => Err(read_failure(other)),
        }
    }

    /// # Errors
    /// PAM could not be asked, or did not answer in time.
    pub async fn check(&self, user: &str, password: &SecretString, from: &str) -> Result<Verdict, Unavailable> {
        let question = helper::Question::Check {
            service: self.service.clone(),
            user: user.to_owned(),
            password: password.clone(),
            from: from.to_owned(),
        };
        let answer = self.ask(&question).await?;
        Verdict::parse(&answer).ok_or_else(|| read_failure(&answer))
    }

    async fn ask(&self, question: &helper::Question) -> Result<String, Unavailable> {
        let line = question.line().ok_or_else(|| {
            // PAM's strings end at the first NUL; a password cut there would be another one.
            Unavailable::Failed("A name or password with a control character cannot be handed on.".to_owned())
        })?;
        tokio::time::timeout(self.patience, self.run(&line))
            .await
            .map_err(|_| Unavailable::TimedOut)?
    }

    /// Dropped by the time-out, it takes its process along.
    async fn run(&self, line: &SecretString) -> Result<String, Unavailable> {
        let _place = self.places.acquire().await.map_err(failed)?;
        let mut child = Command::new(&self.program)
            .arg(helper::WORD)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(line.expose_secret().as_bytes()).await.map_err(failed)?;
        }
        let mut answer = String::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(4096).read_to_string(&mut answer).await.map_err(failed)?;
        }
        let status = child.wait().await.map_err(failed)?;
        if !status.success() {
            return Err(Unavailable::Failed(format!("the helper ended with {status}")));
        }
        Ok(answer.trim_end().to_owned())
    }
}

fn failed(error: impl std::fmt::Display) -> Unavailable {
    Unavailable::Failed(error.to_string())
}

fn read_failure(answer: &str) -> Unavailable {
    match answer.split_once(' ') {
        Some((helper::ABSENT, why)) => Unavailable::Absent(why.to_owned()),
        Some((helper::FAILED, why)) => Unavailable::Failed(why.to_owned()),
        _ => Unavailable::Failed("the helper gave no answer".to_owned()),
    }
}

//! The other side: the process that asks PAM and ends. It reads one question, writes one line, and holds nothing of the
//! instance: no database, no key, no open connection.

use std::io::{self, Read, Write};

use secrecy::{ExposeSecret, SecretString};

use super::{Verdict, library, user};

/// The first argument that makes the program the helper.
pub const WORD: &str = "ask-pam";

pub(super) const READY: &str = "ready";
pub(super) const ABSENT: &str = "absent";
pub(super) const FAILED: &str = "failed";

const CHECK: &str = "check";
const PROBE: &str = "probe";
/// Between the parts of a question; no part may hold it.
const SEPARATOR: char = '\0';
const LONGEST: u64 = 16 * 1024;

pub(super) enum Question {
    Probe,
    Check {
        service: String,
        user: String,
        password: SecretString,
        /// The address that the try comes from: modules count by it.
        from: String,
    },
}

impl Question {
    /// Nothing where a part cannot be handed on whole.
    pub(super) fn line(&self) -> Option<SecretString> {
        match self {
            Self::Probe => Some(SecretString::from(PROBE)),
            Self::Check {
                service,
                user,
                password,
                from,
            } => {
                let parts = [CHECK, service, user, password.expose_secret(), from];
                let is_whole = parts.iter().all(|part| !part.contains(SEPARATOR));
                is_whole.then(|| SecretString::from(parts.join("\0")))
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(SEPARATOR).collect();
        match parts.as_slice() {
            [PROBE] => Some(Self::Probe),
            [CHECK, service, user, password, from] => Some(Self::Check {
                service: (*service).to_owned(),
                user: (*user).to_owned(),
                password: SecretString::from(*password),
                from: (*from).to_owned(),
            }),
            _ => None,
        }
    }
}

/// What the program does when it was started as the helper.
///
/// # Errors
/// There is nothing to read the question from, or nobody to tell the answer to.
pub fn run() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().take(LONGEST).read_to_string(&mut text)?;
    let answer = Question::parse(&text).map_or_else(|| format!("{FAILED} the question was not understood"), answer);
    let mut out = io::stdout();
    writeln!(out, "{}", answer.replace('\n', " "))?;
    out.flush()
}

fn answer(question: Question) -> String {
    let library = match library::Library::open() {
        Ok(library) => library,
        Err(why) => return format!("{ABSENT} {why}"),
    };
    match question {
        Question::Probe => READY.to_owned(),
        Question::Check {
            service,
            user,
            password,
            from,
        } => {
            // Before PAM is asked: root's password is not to be tried out here.
            if !user::is_a_person(&user) {
                return Verdict::NotAPerson.name().to_owned();
            }
            match library.check(&service, &user, password, &from) {
                Ok(verdict) => verdict.name().to_owned(),
                Err(why) => format!("{FAILED} {why}"),
            }
        }
    }
}

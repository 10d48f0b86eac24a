//! Why a command ended without doing what it was asked, in words that say what, where and the fix.
//! Kept apart from the calls, so that every command fails in the same voice and with the same exit code.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::Value;

use super::output::printable;

#[derive(Debug)]
pub enum Failure {
    /// The command cannot be carried out as it was typed.
    Usage(String),
    /// No answer, or none that Roster gives.
    Connection(String),
    /// The server understood and said no.
    Refused(Box<Problem>),
    /// What was to be checked does not hold.
    Unverified(String),
    /// The server did as it was told, and what it tried failed.
    Tried(String),
    /// Some of several were refused; each was reported when it happened.
    Partly {
        refused: usize,
        of: usize,
        is_preview: bool,
    },
}

impl Failure {
    pub fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Connection(_) => ExitCode::from(2),
            Self::Refused(_) | Self::Unverified(_) | Self::Tried(_) | Self::Partly { .. } => ExitCode::from(1),
        }
    }

    /// How an act ends that was tried on many.
    ///
    /// # Errors
    /// It was refused for some.
    pub fn of_many(refused: usize, of: usize, is_preview: bool) -> Result<(), Self> {
        if refused == 0 {
            return Ok(());
        }
        Err(Self::Partly {
            refused,
            of,
            is_preview,
        })
    }

    /// The first line tells it all; the lines after it are details of a refusal.
    pub fn words(&self) -> String {
        match self {
            Self::Usage(text) | Self::Connection(text) | Self::Unverified(text) | Self::Tried(text) => printable(text),
            Self::Refused(problem) => problem.words(),
            Self::Partly {
                refused,
                of,
                is_preview: true,
            } => format!("{refused} of {of} would be refused"),
            Self::Partly { refused, of, .. } => format!("{refused} of {of} refused; the others are done"),
        }
    }
}

/// An `application/problem+json` answer, and where it came from.
#[derive(Debug)]
pub struct Problem {
    pub status: u16,
    pub body: Value,
    pub retry_after: Option<String>,
    /// The address of the server, for the advice that names it.
    pub server: String,
    /// What leads on from here where only the command knows it.
    pub hint: Option<&'static str>,
}

impl Problem {
    pub fn words(&self) -> String {
        let mut text = self.sentence();
        let code = self.text("code");
        let _ = match code {
            Some(code) => write!(text, " ({}, {})", self.status, printable(code)),
            None => write!(text, " ({})", self.status),
        };
        if let Some(advice) = self.advice() {
            let _ = write!(text, ". {advice}");
        }
        for error in self.list("errors") {
            let pointer = error.get("pointer").and_then(Value::as_str).unwrap_or_default();
            let detail = error.get("detail").and_then(Value::as_str).unwrap_or_default();
            let _ = write!(text, "\n  {}: {}", printable(&field(pointer)), printable(detail));
        }
        for permission in self.list("missing").iter().filter_map(Value::as_str) {
            let _ = write!(text, "\n  missing {}", printable(permission));
        }
        for thing in self.list("owned") {
            let _ = write!(text, "\n  owns {}", thing_name(thing));
        }
        text
    }

    pub fn code(&self) -> &str {
        self.text("code").unwrap_or_default()
    }

    fn sentence(&self) -> String {
        let said = self.text("detail").or_else(|| self.text("title"));
        let said = said.map_or_else(|| "the server refused without a reason".to_owned(), printable);
        said.trim_end_matches('.').to_owned()
    }

    /// What the server cannot say: which command or option leads on from here.
    fn advice(&self) -> Option<String> {
        if let Some(hint) = self.hint {
            return Some(hint.to_owned());
        }
        let said = self.sentence();
        let sign_in = format!("roster sign-in --server {}", self.server);
        if let Some(permission) = self.text("permission").filter(|permission| !said.contains(*permission)) {
            return Some(format!("You lack the permission {}", printable(permission)));
        }
        match (self.status, self.code()) {
            (_, "proof_required") => Some(format!("Prove it by signing in again: {sign_in}")),
            (_, "password_change_required") => Some(format!("That is done by: {sign_in}")),
            (401, "sign_in_required" | "") => Some(format!("Sign in with: {sign_in}")),
            (409, _) if !self.list("owned").is_empty() => {
                Some("roster people remove --transfer-to MEMBER hands it over".to_owned())
            }
            (_, "owner_never_offered") => Some("On the command line: roster people grant-ownership MEMBER".to_owned()),
            (_, "owner_protected") => Some("They do that by: roster people give-up-ownership".to_owned()),
            (429, _) => {
                let seconds = self
                    .retry_after
                    .as_ref()
                    .filter(|seconds| !said.contains(seconds.as_str()))?;
                Some(format!("Try again in {} seconds", printable(seconds)))
            }
            _ => None,
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.body
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    fn list(&self, key: &str) -> &[Value] {
        self.body.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// A JSON pointer as a person would write the field's name.
fn field(pointer: &str) -> String {
    let name = pointer
        .trim_start_matches('#')
        .trim_start_matches('/')
        .replace('/', ".");
    if name.is_empty() { "request".to_owned() } else { name }
}

fn thing_name(thing: &Value) -> String {
    if let Some(text) = thing.as_str() {
        return printable(text);
    }
    let part = |key| thing.get(key).and_then(Value::as_str).map(printable);
    let kind = part("type").or_else(|| part("kind"));
    let words: Vec<String> = [kind, part("name"), part("id").map(|id| format!("({id})"))]
        .into_iter()
        .flatten()
        .collect();
    if words.is_empty() {
        printable(&thing.to_string())
    } else {
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problem(status: u16, body: Value) -> Problem {
        Problem {
            status,
            body,
            retry_after: None,
            server: "http://localhost:8080".to_owned(),
            hint: None,
        }
    }

    #[test]
    fn what_a_person_owns_is_listed_with_the_way_out() {
        let words = problem(
            409,
            json!({"title": "Owns things", "detail": "Ada owns 1 project.", "code": "owns_things",
                   "owned": [{"type": "project", "id": "prj_1", "name": "engine"}]}),
        )
        .words();
        assert_eq!(
            words,
            "Ada owns 1 project (409, owns_things). roster people remove --transfer-to MEMBER hands it over\n  \
             owns project engine (prj_1)"
        );
    }

    #[test]
    fn a_missing_permission_is_named() {
        let words = problem(
            403,
            json!({"title": "Not allowed", "permission": "roster.member.manage"}),
        )
        .words();
        assert!(
            words.contains("You lack the permission roster.member.manage"),
            "{words}"
        );
    }

    #[test]
    fn bad_fields_stand_on_lines_of_their_own() {
        let words = problem(
            422,
            json!({"title": "Invalid", "errors": [{"pointer": "/owner/email", "detail": "is no address"}]}),
        )
        .words();
        assert_eq!(words, "Invalid (422)\n  owner.email: is no address");
    }

    #[test]
    fn a_refusal_cannot_write_to_the_terminal() {
        let words = problem(409, json!({"detail": "\u{1b}]0;x\u{7} is taken"})).words();
        assert!(!words.contains('\u{1b}') && !words.contains('\u{7}'), "{words}");
    }

    #[test]
    fn nobody_signed_in_is_told_how() {
        let words = problem(401, json!({"title": "Who are you?"})).words();
        assert!(
            words.ends_with("Sign in with: roster sign-in --server http://localhost:8080"),
            "{words}"
        );
    }
}

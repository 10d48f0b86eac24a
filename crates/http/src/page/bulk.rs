//! Hundreds of people at once: lines in, a check of each, then a result for each.

use super::form::{Choice, Errors};
use super::shell::Shell;
use askama::Template;

/// Paste or upload.
#[derive(Clone, Debug, Template)]
#[template(path = "people/bulk.html")]
pub struct Start {
    pub shell: Shell,
    pub base: String,
    pub errors: Errors,
    /// What was pasted.
    pub lines: String,
    /// `invite` or `create`.
    pub acts: Vec<Choice>,
    /// The role of lines that name none.
    pub roles: Vec<Choice>,
    pub limit: usize,
}

/// Every line checked; nothing has happened yet.
#[derive(Clone, Debug, Template)]
#[template(path = "people/bulk_check.html")]
pub struct Check {
    pub shell: Shell,
    pub base: String,
    pub rows: Vec<CheckedRow>,
    pub good: usize,
    pub bad: usize,
    /// Names and values that carry the lines to the next step.
    pub hidden: Vec<(String, String)>,
    /// Such as "Invite 212 people".
    pub submit: String,
    pub create: bool,
}

#[derive(Clone, Debug)]
pub struct CheckedRow {
    pub line: usize,
    pub email: String,
    pub name: String,
    pub username: String,
    pub role: String,
    /// What is wrong with it; empty where nothing is.
    pub problem: String,
    /// What will happen, such as "Will be invited".
    pub outcome: String,
}

/// What became of each line.
#[derive(Clone, Debug, Template)]
#[template(path = "people/bulk_result.html")]
pub struct Outcome {
    pub shell: Shell,
    pub base: String,
    pub rows: Vec<ResultRow>,
    pub done: usize,
    pub failed: usize,
    pub create: bool,
}

#[derive(Clone, Debug)]
pub struct ResultRow {
    pub line: usize,
    pub who: String,
    pub done: bool,
    pub text: String,
    /// A temporary password or a link; empty where there is none.
    pub shown_once: String,
}

impl Outcome {
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.rows.iter().any(|row| !row.shown_once.is_empty())
    }

    #[must_use]
    pub fn secrets(&self) -> String {
        self.rows
            .iter()
            .filter(|row| !row.shown_once.is_empty())
            .map(|row| format!("{}\t{}\n", row.who, row.shown_once))
            .collect()
    }

    #[must_use]
    pub fn total(&self) -> usize {
        self.rows.len()
    }
}

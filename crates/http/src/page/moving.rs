//! Taking an organization in from a file: the file chosen, what it would do, how far it is, and what became of it.

use askama::Template;

use super::form::Errors;
use super::shell::Shell;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "moving/start.html")]
pub struct Start {
    pub shell: Shell,
    pub errors: Errors,
    pub into: String,
    /// Whether an organization that is not there yet may be opened.
    pub may_open: bool,
}

#[derive(Clone, Debug, Template)]
#[template(path = "moving/show.html")]
pub struct Show {
    pub shell: Shell,
    pub id: String,
    /// The file's.
    pub name: String,
    pub organization: String,
    pub stage: Stage,
    pub counts: Counts,
    /// The first of those that are not taken as they stand.
    pub rows: Vec<Row>,
    /// Whether there are others behind them.
    pub has_more: bool,
    /// Why it broke off; empty where it did not.
    pub failure: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Checking,
    Checked,
    Running,
    Done,
}

/// Each written out, such as "12,000".
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub lines: String,
    pub created: String,
    pub joined: String,
    pub invited: String,
    pub skipped: String,
    pub refused: String,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub line: u64,
    pub what: String,
    pub refused: bool,
    pub text: String,
}

impl Show {
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self.stage, Stage::Checking | Stage::Running)
    }

    #[must_use]
    pub fn is_tried(&self) -> bool {
        matches!(self.stage, Stage::Checking | Stage::Checked)
    }

    #[must_use]
    pub fn title(&self) -> &'static str {
        match self.stage {
            _ if !self.failure.is_empty() => "The import broke off",
            Stage::Checking => "Checking the file",
            Stage::Checked => "What the import will do",
            Stage::Running => "Importing",
            Stage::Done => "The import is done",
        }
    }

    /// Of the table that counts what becomes of the lines.
    #[must_use]
    pub fn counts_title(&self) -> &'static str {
        match self.stage {
            _ if !self.failure.is_empty() => "Until then",
            Stage::Checking => "So far it would be",
            Stage::Checked => "It would be",
            Stage::Running => "So far",
            Stage::Done => "What became of it",
        }
    }

    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Done && self.failure.is_empty()
    }

    #[must_use]
    pub fn can_run(&self) -> bool {
        self.stage == Stage::Checked && self.failure.is_empty()
    }
}

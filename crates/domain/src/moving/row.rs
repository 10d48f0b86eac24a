//! What became of each line of a file: the report of an import.

use serde::Serialize;

use crate::moving::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is there now.
    Created,
    /// An account that was there already is a member now.
    Joined,
    /// Somebody is asked to agree, or invited.
    Invited,
    /// It was there already, and stays as it was.
    Skipped,
    /// Nothing of it was taken; why stands beside.
    Refused,
}

impl Outcome {
    pub const ALL: &[Self] = &[Self::Created, Self::Joined, Self::Invited, Self::Skipped, Self::Refused];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Joined => "joined",
            Self::Invited => "invited",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
        }
    }
}

/// As the report has it, a line each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// From 1.
    pub line: u64,
    /// What `type` says; empty where it cannot be read.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub who: String,
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(flatten)]
    pub fault: Option<Fault>,
    /// Fields that were not taken although the rest was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<&'static str>,
}

/// How many rows came out how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub lines: u64,
    pub created: u64,
    pub joined: u64,
    pub invited: u64,
    pub skipped: u64,
    pub refused: u64,
    /// Of those that were created, joined or invited, the people.
    pub people: u64,
}

impl Tally {
    pub fn add(&mut self, row: &Row) {
        self.lines = self.lines.max(row.line);
        let count = match row.outcome {
            Outcome::Created => &mut self.created,
            Outcome::Joined => &mut self.joined,
            Outcome::Invited => &mut self.invited,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Refused => &mut self.refused,
        };
        *count += 1;
        let taken = matches!(row.outcome, Outcome::Created | Outcome::Joined | Outcome::Invited);
        self.people += u64::from(taken && row.kind == "member");
    }
}

//! The page before a change: what will happen, then a button that says so. Where script runs, a dialog shows the same.

use super::form::{Choice, Errors};
use super::part::Avatar;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "confirm/page.html")]
pub struct Page {
    pub shell: Shell,
    pub errors: Errors,
    /// The question, such as "Remove Ada Lovelace from Acme?"
    pub heading: String,
    /// What the act means, in a sentence.
    pub lead: String,
    /// Whom it is about, where it is about several.
    pub people: Vec<Subject>,
    pub consequences: Vec<Consequence>,
    /// What is owned and must go to somebody else first.
    pub owned: Vec<Owned>,
    /// Whom it may go to; the field is `transfer_to`.
    pub heirs: Vec<Choice>,
    /// Asks by name whom it is to go to; the field is `transfer_to`, too.
    pub ask_heir: bool,
    /// Whether what is owned is the reader's own.
    pub own: bool,
    pub heir_label: String,
    pub heir: String,
    /// Members to be completed while typing.
    pub suggestions: Vec<Choice>,
    /// Offers to delete all that is owned (`delete_owned`).
    pub may_delete_owned: bool,
    /// A gentler act that may be meant.
    pub alternative: Option<Alternative>,
    /// A drop-down of roles (`role`), for changes of role.
    pub roles: Vec<Choice>,
    /// Asks `until` when a role is to be held: a day.
    pub ask_until: bool,
    pub until: String,
    /// Asks for `reason`.
    pub ask_reason: bool,
    pub reason: String,
    /// Asks how a password is to reach the person (`delivery`).
    pub deliveries: Vec<Choice>,
    /// Offers to type the `temporary_password` oneself.
    pub ask_temporary_password: bool,
    /// Must be typed into `confirm`; empty where nothing has to.
    pub typed: String,
    /// Names and values that go along.
    pub hidden: Vec<(String, String)>,
    /// Where the form goes.
    pub action: String,
    pub submit: String,
    pub danger: bool,
    /// Why it cannot be done at all; then there is no button.
    pub refusal: String,
    pub cancel_href: String,
}

#[derive(Clone, Debug)]
pub struct Subject {
    pub name: String,
    pub contact: String,
    /// Why this one is left out; empty where it is not.
    pub left_out: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsequenceKind {
    Gain,
    Loss,
    Ends,
    Keeps,
    Note,
}

#[derive(Clone, Debug)]
pub struct Consequence {
    pub kind: ConsequenceKind,
    pub text: String,
    /// The particulars, such as names of permissions; folded away where there are many.
    pub details: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Owned {
    /// Such as "Project".
    pub kind: String,
    pub name: String,
    /// Empty where it has no page of its own.
    pub href: String,
}

#[derive(Clone, Debug)]
pub struct Alternative {
    pub text: String,
    pub label: String,
    pub href: String,
}

impl Consequence {
    #[must_use]
    pub fn new(kind: ConsequenceKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            details: Vec::new(),
        }
    }

    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    #[must_use]
    pub fn class(&self) -> &'static str {
        match self.kind {
            ConsequenceKind::Gain => "effect--gain",
            ConsequenceKind::Loss => "effect--loss",
            ConsequenceKind::Ends => "effect--ends",
            ConsequenceKind::Keeps => "effect--keeps",
            ConsequenceKind::Note => "effect--note",
        }
    }

    #[must_use]
    pub fn icon(&self) -> &'static str {
        match self.kind {
            ConsequenceKind::Gain => "plus",
            ConsequenceKind::Loss => "minus",
            ConsequenceKind::Ends => "stop",
            ConsequenceKind::Keeps => "check",
            ConsequenceKind::Note => "info",
        }
    }
}

impl Subject {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

impl Page {
    #[must_use]
    pub fn has_details_open(&self) -> bool {
        self.consequences
            .iter()
            .map(|consequence| consequence.details.len())
            .sum::<usize>()
            <= 6
    }
}

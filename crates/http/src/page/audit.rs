//! Who did what, and for how long that is kept.

use super::form::{Choice, Errors};
use super::part::{Pager, Time};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "audit/list.html")]
pub struct List {
    pub shell: Shell,
    /// Where the log stands.
    pub base: String,
    pub query: String,
    /// Entries of the drop-downs, the empty value ("Any …") first.
    pub actions: Vec<Choice>,
    pub media: Vec<Choice>,
    /// Days, such as 2026-11-22; empty: from the beginning, until now.
    pub from: String,
    pub to: String,
    /// Whom it is narrowed to.
    pub only: Vec<Only>,
    pub filtered: bool,
    pub rows: Vec<Row>,
    pub pager: Pager,
    /// What matches, as files.
    pub downloads: Vec<Download>,
    pub last_number: String,
    /// Empty where there is no entry.
    pub last_hash: String,
    /// For how long, as a sentence.
    pub kept: String,
    pub may_manage: bool,
}

#[derive(Clone, Debug)]
pub struct Only {
    /// The name of what the form sends along.
    pub field: String,
    pub id: String,
    pub label: String,
    /// The list without it.
    pub without: String,
}

#[derive(Clone, Debug)]
pub struct Download {
    pub label: String,
    pub href: String,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub at: Time,
    pub actor: String,
    /// Everything that they did; empty where nobody is known.
    pub actor_href: String,
    /// What was done, in words, such as "changed the role of".
    pub sentence: String,
    /// The stable name, such as `member.role_changed`.
    pub action: String,
    pub target: String,
    /// Empty where it has no page.
    pub target_href: String,
    /// Everything that was done to it.
    pub about_href: String,
    /// Web, API, CLI or System.
    pub medium: String,
    pub address: String,
    pub request_id: String,
    pub changes: Vec<Change>,
    /// Where it can be taken back; empty where nothing would.
    pub undo_href: String,
    /// Whether it was taken back.
    pub undone: bool,
    pub number: String,
    pub hash: String,
    /// What was erased of it, in words.
    pub erased: String,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub field: String,
    pub before: String,
    pub after: String,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "audit/retention.html")]
pub struct Retention {
    pub shell: Shell,
    pub base: String,
    pub errors: Errors,
    pub kept: Vec<Choice>,
    pub days: String,
}

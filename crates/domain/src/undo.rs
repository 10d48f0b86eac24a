//! Undoing what the audit log tells of: which ordinary change would take it back, why there is none, and whether everything
//! is still as the entry left it. Carrying it out is that change, by whoever may make it.

mod change;
mod opposite;

use serde_json::Value;

use crate::audit::{Entry, Target};
use crate::id::EventId;
pub use change::{DomainFields, GroupFields, MemberFields, Opposite, ProjectFields, RoleFields, ServiceAccountFields};

/// Where a new entry names the one that it took back.
pub const UNDOES: &str = "undoes";

/// As much of an entry as undoing takes.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub id: EventId,
    pub action: String,
    pub target: Target,
    pub before: Value,
    pub after: Value,
    /// The entry that took it back, if one did.
    pub undone_by: Option<EventId>,
}

/// Why an entry has no opposite, as a sentence that says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Irreversible(pub &'static str);

impl From<&Entry> for Recorded {
    fn from(entry: &Entry) -> Self {
        Self {
            id: entry.id,
            action: entry.action.clone(),
            target: entry.target.clone(),
            before: entry.before.clone(),
            after: entry.after.clone(),
            undone_by: None,
        }
    }
}

impl Recorded {
    /// # Errors
    /// Nothing takes it back; why.
    pub fn opposite(&self) -> Result<Opposite, Irreversible> {
        opposite::of(self)
    }

    /// What is no longer as the entry left it, of what it changed. `present` is what the opposite change finds.
    pub fn moved_on(&self, present: &Value) -> Vec<String> {
        let after = self.after.as_object().filter(|_| !self.left_nothing());
        match (after, present) {
            (Some(_), Value::Null) => vec!["it is no longer there".to_owned()],
            (Some(after), Value::Object(present)) => self
                .changed()
                .into_iter()
                .filter_map(|field| {
                    let (then, now) = (after.get(field)?, present.get(field)?);
                    (!same(then, now)).then(|| format!("{field} was {} then and is {} now", shown(then), shown(now)))
                })
                .collect(),
            (None, Value::Object(_)) => vec!["it is there again".to_owned()],
            _ => Vec::new(),
        }
    }

    /// Whether nothing was there after it. What it took back itself says nothing of that.
    fn left_nothing(&self) -> bool {
        match &self.after {
            Value::Object(after) => after.keys().all(|field| field == UNDOES),
            _ => true,
        }
    }

    /// The fields that it changed, in the order of their names.
    fn changed(&self) -> Vec<&str> {
        let Value::Object(after) = &self.after else {
            return Vec::new();
        };
        let fields = after.iter().filter(|(field, value)| {
            let before = self.before.get(field.as_str());
            field.as_str() != UNDOES && (self.before.is_null() || before.unwrap_or(&Value::Null) != *value)
        });
        fields.map(|(field, _)| field.as_str()).collect()
    }
}

/// What has an id is the same under another name.
fn same(then: &Value, now: &Value) -> bool {
    match (then.get("id"), now.get("id")) {
        (Some(then), Some(now)) => then == now,
        _ => then == now,
    }
}

/// Short enough for a sentence.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    let beginning: String = text.chars().take(LONGEST).collect();
    format!("{beginning}…")
}

#[cfg(test)]
mod tests;

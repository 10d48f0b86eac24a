//! What of the log tells of somebody whose account was deleted. A membership or an invitation of theirs is recognized by
//! the address in it, and from then on by its id; so the log is read from its beginning.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Entry;
use crate::id::AccountId;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    /// Of the account, its memberships and invitations.
    pub ids: BTreeSet<String>,
    /// Addresses that it had, lower-cased.
    pub addresses: BTreeSet<String>,
}

/// What something may be done to that is somebody.
const OF_PEOPLE: &[&str] = &["account", "member", "invitation", "email"];

/// Fields of a state that tell who somebody is, where the state is theirs.
const OF_A_PERSON: &[&str] = &[
    "name",
    "username",
    "email",
    "phone",
    "time_zone",
    "locale",
    "handle",
    "superuser",
    "notify",
    "invitee",
    "member",
    "reason",
];

impl Sought {
    pub fn new(account: AccountId, email: Option<&str>) -> Self {
        Self {
            ids: [account.to_string()].into(),
            addresses: email.map(str::to_lowercase).into_iter().collect(),
        }
    }

    /// What an entry tells about whom is sought: ids and addresses that are theirs too.
    pub fn learn(&mut self, entry: &Entry) {
        if !self.is_about(entry) {
            return;
        }
        if !entry.target.id.is_empty() {
            self.ids.insert(entry.target.id.clone());
        }
        for state in [&entry.before, &entry.after] {
            if let Some(email) = state.get("email").and_then(Value::as_str) {
                self.addresses.insert(email.to_lowercase());
            }
        }
    }

    /// Whether it was done to them.
    fn is_about(&self, entry: &Entry) -> bool {
        if !OF_PEOPLE.contains(&entry.target.kind.as_str()) {
            return false;
        }
        self.ids.contains(&entry.target.id)
            || self.addresses.contains(&entry.target.name.to_lowercase())
            || [&entry.before, &entry.after].into_iter().any(|state| {
                let email = state.get("email").and_then(Value::as_str);
                email.is_some_and(|email| self.addresses.contains(&email.to_lowercase()))
            })
    }

    /// Whether anything of the entry has to go.
    pub fn concerns(&self, entry: &Entry) -> bool {
        let by_them = self.ids.contains(&entry.actor.id) && !(entry.actor.name.is_empty() && entry.address.is_empty());
        by_them || self.is_about(entry) || self.mentions(&entry.before) || self.mentions(&entry.after)
    }

    /// Erases it. Returns whether there was anything to erase.
    pub fn erase(&self, entry: &mut Entry) -> bool {
        let by_them = self.ids.contains(&entry.actor.id);
        let about_them = self.is_about(entry);
        let has_name = !entry.target.name.is_empty();
        entry.erase(|field, value| match field {
            "actor.name" | "address" => by_them && value != "",
            "target.name" => about_them && has_name,
            _ => {
                let name = field.split_once('.').map_or(field, |(_, name)| name);
                (about_them && OF_A_PERSON.contains(&name) && !value.is_null()) || self.mentions(value)
            }
        })
    }

    /// Whether one of their ids or addresses stands anywhere in it.
    fn mentions(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.ids.contains(text) || self.addresses.contains(&text.to_lowercase()),
            Value::Array(items) => items.iter().any(|item| self.mentions(item)),
            Value::Object(fields) => fields.values().any(|value| self.mentions(value)),
            _ => false,
        }
    }
}

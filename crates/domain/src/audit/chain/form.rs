//! The canonical form of an entry while it is written: straight into one text, for it is written inside every change.

use std::fmt::{Display, Write as _};

use serde_json::Value;

use super::{Salting, Unsalted};
use crate::audit::canonical::{order, separate, string, write};
use crate::audit::digest::Digest;

pub(super) struct Form<'a> {
    pub out: String,
    pub salting: &'a Salting,
    /// The form of one value, which its digest is of.
    pub value: String,
}

impl Form<'_> {
    /// A text that tells of nobody.
    pub fn plain(&mut self, before: &str, text: &str) {
        self.out.push_str(before);
        string(&mut self.out, text);
    }

    /// What is shown without a letter that would have to be written otherwise: an id, a time.
    pub fn shown(&mut self, before: &str, shown: impl Display) {
        // Writing into a text does not fail.
        let _always = write!(self.out, "{before}\"{shown}\"");
    }

    /// A count, which no program that reads JSON takes for another.
    pub fn number(&mut self, before: &str, number: i64) {
        self.out.push_str(before);
        write(&mut self.out, &Value::from(number));
    }

    pub fn text(&mut self, before: &str, field: &str, text: &str) -> Result<(), Unsalted> {
        self.out.push_str(before);
        let digest = self
            .salting
            .digest_of(field, text.is_empty(), |out| string(out, text), &mut self.value);
        self.digest(field, digest)
    }

    /// Names of fields stand as they are, each value as its digest; what was erased has left its name with its digest.
    pub fn state(&mut self, before: &str, side: &str, state: &Value) -> Result<(), Unsalted> {
        self.out.push_str(before);
        let erased: Vec<&str> = self
            .salting
            .erased()
            .filter_map(|field| field.strip_prefix(side)?.strip_prefix('.'))
            .collect();
        match state {
            Value::Null if erased.is_empty() => {
                self.out.push_str("null");
                Ok(())
            }
            Value::Null => self.fields(side, erased.into_iter().map(|name| (name, &Value::Null)).collect()),
            Value::Object(fields) => {
                // A field that has a name and a value although it was erased is found out by its value.
                let kept = fields.iter().map(|(name, value)| (name.as_str(), value));
                let gone = erased.into_iter().filter(|name| !fields.contains_key(*name));
                let all = kept.chain(gone.map(|name| (name, &Value::Null))).collect();
                self.fields(side, all)
            }
            other => self.value(side, other),
        }
    }

    fn fields(&mut self, side: &str, mut fields: Vec<(&str, &Value)>) -> Result<(), Unsalted> {
        fields.sort_by(|one, other| order(one.0, other.0));
        let mut field = String::with_capacity(side.len() + 32);
        self.out.push('{');
        for (place, (name, value)) in fields.into_iter().enumerate() {
            separate(&mut self.out, place);
            string(&mut self.out, name);
            self.out.push(':');
            field.clear();
            field.extend([side, ".", name]);
            self.value(&field, value)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn value(&mut self, field: &str, value: &Value) -> Result<(), Unsalted> {
        let blank = value.is_null() || value == "";
        let digest = self
            .salting
            .digest_of(field, blank, |out| write(out, value), &mut self.value);
        self.digest(field, digest)
    }

    fn digest(&mut self, field: &str, digest: Option<Digest>) -> Result<(), Unsalted> {
        let digest = digest.ok_or_else(|| Unsalted(field.to_owned()))?;
        self.shown("", digest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::Timestamp;
    use crate::audit::chain::{Seed, VERSION};
    use crate::audit::{Chain, Entry, Target};
    use crate::id::{EventId, Id, OrganizationId};

    /// What the form is said to be, as a value that is written in its canonical form afterwards.
    fn told(entry: &Entry) -> String {
        let sealed = |field: &str, value: &Value| {
            let digest = entry.salting.digest(field, value);
            Value::from(digest.unwrap().to_string())
        };
        let state = |side: &str, state: &Value| {
            let prefix = format!("{side}.");
            let erased: Vec<&str> = entry
                .salting
                .erased()
                .filter_map(|field| field.strip_prefix(&prefix))
                .collect();
            match state {
                Value::Null if erased.is_empty() => Value::Null,
                Value::Object(_) | Value::Null => {
                    let nothing = Map::new();
                    let fields = state.as_object().unwrap_or(&nothing);
                    let kept = fields.iter().map(|(name, value)| (name.as_str(), value));
                    let all = kept.chain(erased.into_iter().map(|name| (name, &Value::Null)));
                    let sealed = all.map(|(name, value)| (name.to_owned(), sealed(&format!("{prefix}{name}"), value)));
                    Value::Object(sealed.collect())
                }
                other => sealed(side, other),
            }
        };
        let value = json!({
            "version": entry.version,
            "chain": entry.chain,
            "number": entry.number,
            "id": entry.id,
            "at": entry.at,
            "action": entry.action,
            "medium": entry.medium,
            "request_id": entry.request_id,
            "actor": {
                "type": entry.actor.kind,
                "id": entry.actor.id,
                "name": sealed("actor.name", &Value::from(entry.actor.name.as_str())),
            },
            "target": {
                "type": entry.target.kind,
                "id": entry.target.id,
                "name": sealed("target.name", &Value::from(entry.target.name.as_str())),
            },
            "address": sealed("address", &Value::from(entry.address.as_str())),
            "before": state("before", &entry.before),
            "after": state("after", &entry.after),
        });
        let mut out = String::new();
        write(&mut out, &value);
        out
    }

    fn entry(before: Value, after: Value) -> Entry {
        let text = "\"A\\da\"\n\u{1}\u{1f600}\u{fb33} Lovelace";
        let who = |kind: &str| Target {
            kind: kind.to_owned(),
            id: format!("{kind}_\"1\""),
            name: text.to_owned(),
        };
        Entry {
            id: EventId::new(Timestamp::from_micros(1_795_338_000_123_456), [7; 10]),
            at: Timestamp::from_micros(1_795_338_000_123_456),
            actor: who("account"),
            action: "member.role_changed".to_owned(),
            target: who("member"),
            before,
            after,
            address: "2001:db8::7".to_owned(),
            medium: "web".to_owned(),
            request_id: "9de7d78f\\u00".to_owned(),
            chain: Chain::Organization(OrganizationId::from_uuid(uuid::Uuid::from_u128(7))),
            number: (1 << 53) + 1,
            version: VERSION,
            salting: Salting::Whole { seed: Seed([9; 16]) },
            previous_hash: Digest::NONE,
            hash: Digest::NONE,
        }
    }

    #[test]
    fn an_entry_is_written_as_its_canonical_form_says() {
        let states = [
            Value::Null,
            json!({}),
            json!("a text"),
            json!([1, "two", null]),
            json!({ "name": "Ada", "email": null, "z": { "b": 1, "a": [0.1, 1e30] }, "" : "", "\u{1f600}": 1, "\u{fb33}": 2 }),
        ];
        for before in &states {
            for after in &states {
                let mut entry = entry(before.clone(), after.clone());
                assert_eq!(entry.covered().unwrap(), told(&entry));
                let hash = entry.computed_hash().unwrap();
                for gone in ["before.name", "after.email", "actor.name", "after.\u{1f600}"] {
                    entry.erase(|field, _| field == gone);
                    assert_eq!(entry.covered().unwrap(), told(&entry), "{gone}");
                    assert_eq!(entry.computed_hash().unwrap(), hash, "{gone}");
                }
            }
        }
    }

    #[test]
    fn a_value_where_one_was_erased_is_not_taken() {
        let mut entry = entry(json!({ "name": "Ada", "email": "ada@example.com" }), Value::Null);
        entry.erase(|field, _| field == "before.name");
        entry.before["name"] = "Bob".into();
        assert!(entry.covered().is_err());
        entry.before["name"] = Value::Null;
        assert!(entry.covered().is_ok());
    }
}

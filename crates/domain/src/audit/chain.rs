//! What ties the entries of a log together: each entry's hash covers the one before and the entry's canonical form. Values
//! that may tell of a person stand in that form as salted digests, so that such a value and its salt can be erased and the
//! chain still verifies.

mod form;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use super::canonical;
use super::digest::{Digest, hex, unhex};
use super::entry::Entry;
use crate::id::{Id, OrganizationId};
use form::Form;

/// The form that this program writes.
pub const VERSION: i64 = 1;

/// Most entries' form has room in it.
const ROOM: usize = 2_048;

/// Whose log an entry is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    Instance,
    Organization(OrganizationId),
}

const INSTANCE: &str = "instance";

impl Chain {
    pub fn of(organization: Option<OrganizationId>) -> Self {
        organization.map_or(Self::Instance, Self::Organization)
    }

    /// As the database has it: the instance's is nobody's.
    pub fn key(self) -> OrganizationId {
        match self {
            Self::Instance => OrganizationId::from_uuid(uuid::Uuid::nil()),
            Self::Organization(id) => id,
        }
    }

    pub fn from_key(key: OrganizationId) -> Self {
        if key.uuid().is_nil() {
            Self::Instance
        } else {
            Self::Organization(key)
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => out.write_str(INSTANCE),
            Self::Organization(id) => id.fmt(out),
        }
    }
}

impl FromStr for Chain {
    type Err = crate::id::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == INSTANCE {
            return Ok(Self::Instance);
        }
        text.parse().map(Self::Organization)
    }
}

impl Serialize for Chain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Chance, new for each entry, that the salts of all its fields come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub [u8; 16]);

impl Seed {
    /// Who has one field's salt cannot compute another's.
    fn salt(self, field: &str) -> Digest {
        Digest::of(&[b"roster audit salt 1", &self.0, field.as_bytes()])
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        unhex(&text).map(Self).map_err(de::Error::custom)
    }
}

/// How an entry's fields are salted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Salting {
    /// Nothing was erased.
    Whole { seed: Seed },
    /// Of what was erased only the digest is left, of the rest each its own salt.
    Partial {
        salts: BTreeMap<String, Digest>,
        digests: BTreeMap<String, Digest>,
    },
}

impl Salting {
    /// The fields that were erased, such as `actor.name` and `before.email`.
    pub fn erased(&self) -> impl Iterator<Item = &str> {
        let digests = match self {
            Self::Whole { .. } => None,
            Self::Partial { digests, .. } => Some(digests),
        };
        digests.into_iter().flat_map(BTreeMap::keys).map(String::as_str)
    }

    fn salt(&self, field: &str) -> Option<Digest> {
        match self {
            Self::Whole { seed } => Some(seed.salt(field)),
            Self::Partial { salts, .. } => salts.get(field).copied(),
        }
    }

    fn digest(&self, field: &str, value: &Value) -> Option<Digest> {
        let blank = value.is_null() || value == "";
        self.digest_of(field, blank, |out| canonical::write(out, value), &mut String::new())
    }

    /// The value's form is written where `form` was, which is used for one value after the other.
    fn digest_of(
        &self,
        field: &str,
        blank: bool,
        write: impl FnOnce(&mut String),
        form: &mut String,
    ) -> Option<Digest> {
        if let Self::Partial { digests, .. } = self
            && let Some(digest) = digests.get(field)
        {
            // A value where one was erased is not what the digest is of.
            return blank.then_some(*digest);
        }
        let salt = self.salt(field)?;
        form.clear();
        write(form);
        Some(Digest::of(&[&salt.bytes(), form.as_bytes()]))
    }
}

/// A field has neither salt nor digest, or a value although it was erased.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing tells how the value of {0} is salted")]
pub struct Unsalted(String);

impl Entry {
    /// What its hash has to be.
    ///
    /// # Errors
    /// A salt is missing.
    pub fn computed_hash(&self) -> Result<Digest, Unsalted> {
        let form = self.covered()?;
        Ok(Digest::of(&[&self.previous_hash.bytes(), form.as_bytes()]))
    }

    /// The canonical form of what the hash covers, written as it is: its fields stand here in the order of their names.
    fn covered(&self) -> Result<String, Unsalted> {
        let mut form = Form {
            out: String::with_capacity(ROOM),
            salting: &self.salting,
            value: String::new(),
        };
        form.plain("{\"action\":", &self.action);
        form.plain(",\"actor\":{\"id\":", &self.actor.id);
        form.text(",\"name\":", "actor.name", &self.actor.name)?;
        form.plain(",\"type\":", &self.actor.kind);
        form.text("},\"address\":", "address", &self.address)?;
        form.state(",\"after\":", "after", &self.after)?;
        form.shown(",\"at\":", self.at);
        form.state(",\"before\":", "before", &self.before)?;
        form.shown(",\"chain\":", self.chain);
        form.shown(",\"id\":", self.id);
        form.plain(",\"medium\":", &self.medium);
        form.number(",\"number\":", self.number);
        form.plain(",\"request_id\":", &self.request_id);
        form.plain(",\"target\":{\"id\":", &self.target.id);
        form.text(",\"name\":", "target.name", &self.target.name)?;
        form.plain(",\"type\":", &self.target.kind);
        form.number("},\"version\":", self.version);
        form.out.push('}');
        Ok(form.out)
    }

    /// Takes values away for good, so that the entry keeps its hash: those that `gone` names of all its fields.
    /// Returns whether there was anything to take.
    pub fn erase(&mut self, gone: impl Fn(&str, &Value) -> bool) -> bool {
        let fields = self.fields();
        let (erased, kept): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(field, value)| gone(field, value));
        if erased.is_empty() {
            return false;
        }
        let mut digests = match &self.salting {
            Salting::Whole { .. } => BTreeMap::new(),
            Salting::Partial { digests, .. } => digests.clone(),
        };
        for (field, value) in erased {
            if let Some(digest) = self.salting.digest(&field, &value) {
                digests.insert(field.clone(), digest);
            }
            self.blank(&field);
        }
        let salt = |(field, _): (String, Value)| self.salting.salt(&field).map(|salt| (field, salt));
        let salts = kept.into_iter().filter_map(salt).collect();
        self.salting = Salting::Partial { salts, digests };
        true
    }

    /// Every field that has a value and is salted.
    fn fields(&self) -> Vec<(String, Value)> {
        let mut fields = vec![
            ("actor.name".to_owned(), Value::from(self.actor.name.as_str())),
            ("target.name".to_owned(), Value::from(self.target.name.as_str())),
            ("address".to_owned(), Value::from(self.address.as_str())),
        ];
        for (side, state) in [("before", &self.before), ("after", &self.after)] {
            match state {
                Value::Null => {}
                Value::Object(values) => {
                    fields.extend(
                        values
                            .iter()
                            .map(|(name, value)| (format!("{side}.{name}"), value.clone())),
                    );
                }
                other => fields.push((side.to_owned(), other.clone())),
            }
        }
        fields.retain(|(field, _)| !self.salting.erased().any(|erased| erased == field));
        fields
    }

    fn blank(&mut self, field: &str) {
        let inside = |state: &mut Value, name: &str| state.as_object_mut().and_then(|fields| fields.remove(name));
        match field {
            "actor.name" => self.actor.name.clear(),
            "target.name" => self.target.name.clear(),
            "address" => self.address.clear(),
            "before" => self.before = Value::Null,
            "after" => self.after = Value::Null,
            _ => {
                if let Some(name) = field.strip_prefix("before.") {
                    inside(&mut self.before, name);
                } else if let Some(name) = field.strip_prefix("after.") {
                    inside(&mut self.after, name);
                }
            }
        }
    }
}

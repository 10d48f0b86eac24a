//! What a member owns in an organization. Owning something keeps the member from being removed until it is transferred
//! or deleted.

use serde::Serialize;

/// A thing somebody owns: `kind` is its noun ("project"), `id` its public id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owned {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    pub name: String,
    /// Where things of several organizations are told together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Place>,
}

/// The organization that a thing is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub slug: String,
    pub name: String,
}

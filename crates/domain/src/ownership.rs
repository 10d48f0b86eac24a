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
}

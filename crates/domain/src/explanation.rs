//! *Why* and *why not*: the chains of grants behind a yes, the smallest changes behind a no.

use serde::Serialize;

use crate::Timestamp;
use crate::audit::Target;
use crate::grant::Granting;

/// One link of a chain from a person to a permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// `member`, `service_account`, `account`, `group`, `role`, `policy`, `project`, `ownership`, `everyone`, `superuser` or
    /// `permission`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub id: String,
    pub name: String,
    /// Who made this link; none where nobody did, or nobody knows any more.
    pub granted_by: Option<Target>,
    pub at: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Link {
    pub fn new(kind: &'static str, id: impl ToString, name: &str) -> Self {
        Self {
            kind,
            id: id.to_string(),
            name: name.to_owned(),
            granted_by: None,
            at: None,
            until: None,
        }
    }

    #[must_use]
    pub fn granted(self, granting: Option<&Granting>) -> Self {
        Self {
            granted_by: granting.map(|granting| granting.by.clone()),
            at: granting.map(|granting| granting.at),
            ..self
        }
    }

    #[must_use]
    pub fn until(self, until: Option<Timestamp>) -> Self {
        Self { until, ..self }
    }
}

pub type Chain = Vec<Link>;

/// What kind of change a remedy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyKind {
    /// Enable the membership again.
    Enable,
    /// Lift the account's suspension.
    LiftSuspension,
    /// The person has yet to agree.
    Consent,
    /// Extend a grant that has ended.
    Extend,
    /// Give another role of the organization.
    Role,
    /// Add to a group.
    Group,
    /// Give a role on the project.
    ProjectAccess,
    /// Change a policy.
    Policy,
}

/// One change that would make a no a yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remedy {
    #[serde(rename = "type")]
    pub kind: RemedyKind,
    /// What is given, joined or changed.
    pub id: String,
    pub name: String,
    /// In a sentence.
    pub detail: String,
    /// How many further permissions come and go with it: the fewer, the smaller the change.
    pub besides: usize,
    /// Whether whoever asks could make it.
    pub possible: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// Never empty: a chain for each grant that gives the permission.
    Allowed { because: Vec<Chain> },
    /// The smallest first.
    Denied { would_take: Vec<Remedy> },
}

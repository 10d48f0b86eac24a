//! An organization as a file: what stands on each line, in an order in which it can be taken in without looking ahead.
//! Export and import know the format by these types alone; `docs/moving.md` tells it to people. A field is added as one that
//! may be absent, so that later versions read what earlier ones wrote.

mod document;
mod row;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::account::AuthenticationMethod;
use crate::audit::Digest;
use crate::invitation::IdentityProvider;
use crate::permission::{Level, PermissionSet};
use crate::policy::PolicyChange;
use crate::project::{Repository, Visibility};

pub use document::{Composer, Document, Fault, LONGEST_LINE, Seal};
pub use row::{Outcome, Row, Tally};

/// What the first line calls the format.
pub const FORMAT: &str = "roster.organization";
/// What this program writes. It reads this one and all before it.
pub const VERSION: u32 = 1;

macro_rules! lines {
    ($($(#[$doc:meta])* $variant:ident($kind:ty) = $name:literal,)+) => {
        /// One line; `type` says which. In a file they stand in this order.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Line { $($(#[$doc])* $variant($kind),)+ }

        impl Line {
            pub const KINDS: &[&str] = &[$($name,)+];

            /// What `type` says.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }
        }

        $(impl From<$kind> for Line {
            fn from(value: $kind) -> Self {
                Self::$variant(value)
            }
        })+
    };
}

lines! {
    Roster(Header) = "roster",
    Organization(Box<Organization>) = "organization",
    Permission(Permission) = "permission",
    Role(Role) = "role",
    Group(Group) = "group",
    SignupDomain(SignupDomain) = "signup_domain",
    ServiceAccount(ServiceAccount) = "service_account",
    Member(Box<Member>) = "member",
    Project(Project) = "project",
    ProjectAccess(ProjectAccess) = "project_access",
    Invitation(Invitation) = "invitation",
    End(End) = "end",
}

impl Line {
    /// Its place in the order of lines; nothing comes before what it names.
    pub fn rank(&self) -> usize {
        let kind = self.kind();
        Self::KINDS.iter().position(|other| *other == kind).unwrap_or_default()
    }

    /// What a report calls it by.
    pub fn who(&self) -> String {
        match self {
            Self::Roster(header) => header.organization.slug.clone(),
            Self::Organization(organization) => organization.slug.clone(),
            Self::Permission(permission) => permission.name.clone(),
            Self::Role(role) => role.slug.clone(),
            Self::Group(group) => group.slug.clone(),
            Self::SignupDomain(domain) => domain.domain.clone(),
            Self::ServiceAccount(account) => account.name.clone(),
            Self::Member(member) => member.login().to_owned(),
            Self::Project(project) => project.slug.clone(),
            Self::ProjectAccess(access) => access.project.clone(),
            Self::Invitation(invitation) => invitation.invitee().to_owned(),
            Self::End(_) => String::new(),
        }
    }
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub format: String,
    pub version: u32,
    pub organization: Named,
    pub exported_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub slug: String,
    pub name: String,
}

/// The organization itself: taken where there is none of that name yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    pub slug: String,
    pub name: String,
    /// Brings the built-in roles, the words and what projects give.
    pub preset: String,
    /// What is left out is as the preset has it.
    #[serde(default)]
    pub policies: PolicyChange,
}

/// A permission that an application declared; what the preset declares comes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    pub name: String,
    pub application: String,
    pub applies_to: Level,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    pub description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<String>,
}

/// A role that was made here; the built-in ones come with the preset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub slug: String,
    pub applies_to: Level,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default = "grey")]
    pub colour: String,
    pub permissions: PermissionSet,
}

fn grey() -> String {
    "grey".to_owned()
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub slug: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The slug of a role of the organization.
    pub role: String,
    /// The slug of a group that stands above, on a line before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// A domain whose people may sign up by themselves. Whose it is has to be proved anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignupDomain {
    pub domain: String,
    pub authentication_method: AuthenticationMethod,
    pub role: String,
}

/// Without its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// What later lines of the same file call it by.
    pub key: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Belonging>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub deactivated: bool,
}

/// Being in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Belonging {
    pub group: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Where it came from; absent: by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// When somebody ended something, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ended {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Somebody with their account. At least one of username and e-mail is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub email_verified: bool,
    /// Absent: what stands before the `@`, or the username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Absent: by password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication_method: Option<AuthenticationMethod>,
    /// Absent: the role of a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub state: State,
    /// The account's suspension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Ended>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Belonging>,
    /// A hash in PHC string format, or in another form that can be taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
}

fn is_false(truth: &bool) -> bool {
    !truth
}

impl Member {
    /// What later lines call them by: the username, or the e-mail address where there is none.
    pub fn login(&self) -> &str {
        self.username.as_deref().or(self.email.as_deref()).unwrap_or_default()
    }
}

/// What somebody's membership is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Active,
    Disabled(Ended),
    AwaitingConsent,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    pub slug: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub visibility: Visibility,
    /// A member of a line before, by username or e-mail address.
    pub owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<Repository>,
}

/// Somebody's role on a project. Exactly one of member, service account and group is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectAccess {
    pub project: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// By its `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// One that still waits, without its link: whoever imports it sends a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    pub role: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    pub provider: IdentityProvider,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Invitation {
    pub fn invitee(&self) -> &str {
        self.email.as_deref().or(self.username.as_deref()).unwrap_or_default()
    }
}

/// The last line, by which a file that was cut off is noticed. Whoever edits a file by hand leaves out what no longer fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct End {
    /// How many lines there are of each type.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// Of every byte before this line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}

//! What the API answers with: the fields that scripts rely on. A noun has its own file; what several share is here.

mod account;
mod group;
mod invitation;
mod member;
mod organization;
mod project;
mod role;
mod signup_domain;
mod tenant;

use std::collections::BTreeMap;

use domain::audit::Target;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub use account::{Account, Me, Membership, OrganizationName, Session, SignIn};
pub use group::{Group, GroupMember, GroupName};
pub use invitation::Invitation;
pub use member::{Belonging, Member, Person};
pub use organization::Organization;
pub use project::{Project, ProjectAccess, ProjectMapping, ProjectToken, Repository};
pub use role::{Permission, Role, RoleName};
pub use signup_domain::SignupDomain;
pub use tenant::Tenant;

fn text(time: Timestamp) -> String {
    time.to_string()
}

fn maybe(time: Option<Timestamp>) -> Option<String> {
    time.map(text)
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// Who gave something, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct Granted {
    pub by: TypedName,
    pub at: String,
}

impl From<domain::grant::Granting> for Granted {
    fn from(granted: domain::grant::Granting) -> Self {
        Self {
            by: TypedName {
                kind: granted.by.kind,
                id: granted.by.id,
                name: granted.by.name,
            },
            at: text(granted.at),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Effect {
    /// permission_gained, permission_lost, session_ended, seat, …
    pub kind: String,
    pub subject: TypedName,
    pub permission: Option<String>,
    pub resource: Option<String>,
    pub detail: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TypedName {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    pub name: String,
}

impl From<Target> for TypedName {
    fn from(target: Target) -> Self {
        Self {
            kind: target.kind,
            id: target.id,
            name: target.name,
        }
    }
}

/// What a change would do: at most 50 effects of a kind by name, all of them counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    pub effects: Vec<Effect>,
    pub counts: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer to the field (RFC 6901).
    pub pointer: String,
    pub detail: String,
}

/// RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// Stable; what scripts ask for.
    pub code: String,
    pub errors: Option<Vec<FieldProblem>>,
    /// What blocks.
    pub owned: Option<Vec<TypedName>>,
    /// What is missing.
    pub permission: Option<String>,
    /// Where what was to be deleted is in use.
    pub places: Option<Vec<String>>,
}

macro_rules! lists {
    ($($list:ident of $item:ty;)+) => {$(
        #[derive(Debug, Serialize, ToSchema)]
        pub struct $list {
            pub items: Vec<$item>,
            pub next_cursor: Option<String>,
        }
    )+};
}

lists! {
    OrganizationList of Organization;
    PersonList of Person;
    MemberList of Member;
    InvitationList of Invitation;
    SessionList of Session;
    SignInList of SignIn;
    RoleList of Role;
    GroupList of Group;
    GroupMemberList of GroupMember;
    PermissionList of Permission;
    AuditEventList of AuditEvent;
    AccountList of Account;
    OwnedList of TypedName;
    MembershipList of Membership;
    ProjectList of Project;
    ProjectTokenList of ProjectToken;
    SignupDomainList of SignupDomain;
    TenantList of Tenant;
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    pub id: String,
    pub at: String,
    pub actor: TypedName,
    pub action: String,
    pub target: TypedName,
    /// What it was, of whatever form the action has; null where there was nothing.
    pub before: serde_json::Value,
    /// What it is since; null where nothing is left.
    pub after: serde_json::Value,
    pub address: String,
    /// web, api, cli or system
    pub medium: String,
    pub request_id: String,
    /// Whose log it is in: an organization's id, or `instance`.
    pub chain: String,
    /// From 1, without a gap.
    pub number: i64,
    /// Of the form that the hash covers.
    pub version: i64,
    /// What the values are salted by: `seed`, or where something was erased, `salts` and `digests` of fields.
    #[schema(value_type = Object)]
    pub salting: domain::audit::Salting,
    /// The hash of the entry before.
    pub previous_hash: String,
    /// SHA-256 over the previous hash and the entry's canonical form (RFC 8785).
    pub hash: String,
    /// The entry of the change that undid it; not in files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<String>,
}

impl From<domain::audit::Entry> for AuditEvent {
    fn from(entry: domain::audit::Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: text(entry.at),
            actor: entry.actor.into(),
            action: entry.action,
            target: entry.target.into(),
            before: entry.before,
            after: entry.after,
            address: entry.address,
            medium: entry.medium,
            request_id: entry.request_id,
            chain: entry.chain.to_string(),
            number: entry.number,
            version: entry.version,
            salting: entry.salting,
            previous_hash: entry.previous_hash.to_string(),
            hash: entry.hash.to_string(),
            undone_by: None,
        }
    }
}

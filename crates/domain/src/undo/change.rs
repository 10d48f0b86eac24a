//! The changes that take an entry back: each is one that a person could make by hand.

use crate::Timestamp;
use crate::account::AuthenticationMethod;
use crate::id::{MemberId, ServiceAccountId};
use crate::permission::Level;
use crate::policy::PolicyChange;
use crate::preset::DeclaredPermission;
use crate::project::{Repository, Visibility};

/// An ordinary change. Groups, roles and projects are named by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum Opposite {
    ChangeRole {
        member: MemberId,
        role: String,
        until: Option<Timestamp>,
    },
    EditMember {
        member: MemberId,
        fields: MemberFields,
    },
    Disable(MemberId),
    Enable(MemberId),
    Suspend(MemberId),
    LiftSuspension(MemberId),
    DeleteGroup(String),
    EditGroup {
        group: String,
        fields: GroupFields,
    },
    GiveGroupRole {
        group: String,
        role: String,
    },
    PutIntoGroup {
        group: String,
        who: String,
        until: Option<Timestamp>,
    },
    TakeOutOfGroup {
        group: String,
        who: String,
    },
    DeleteRole {
        role: String,
        level: Level,
    },
    EditRole {
        role: String,
        level: Level,
        fields: RoleFields,
    },
    EditProject {
        project: String,
        fields: ProjectFields,
    },
    GiveAccess {
        project: String,
        who: String,
        role: String,
        until: Option<Timestamp>,
    },
    TakeAccess {
        project: String,
        who: String,
    },
    HandProject {
        project: String,
        to: MemberId,
    },
    ChangePolicies(Box<PolicyChange>),
    RenameOrganization {
        name: Option<String>,
        slug: Option<String>,
    },
    ListDomain {
        domain: String,
        fields: DomainFields,
    },
    UnlistDomain(String),
    EditDomain {
        domain: String,
        fields: DomainFields,
    },
    Deactivate(ServiceAccountId),
    Reactivate(ServiceAccountId),
    EditServiceAccount {
        service_account: ServiceAccountId,
        fields: ServiceAccountFields,
    },
    Register {
        application: String,
        permissions: Vec<DeclaredPermission>,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFields {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFields {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub parent: Option<Option<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleFields {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub colour: Option<String>,
    pub permissions: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFields {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub visibility: Option<Visibility>,
    pub repository: Option<Option<Repository>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainFields {
    pub authentication_method: Option<AuthenticationMethod>,
    pub role: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccountFields {
    pub name: Option<String>,
    pub description: Option<Option<String>>,
    pub role: Option<String>,
    pub until: Option<Option<Timestamp>>,
}

//! Roster's own permissions, listed once. The list feeds the check, the role pages, the API's description and the
//! access matrix. A host application's permissions are data; these are code, because Roster itself asks for them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::Malformed;

/// Where a role or a permission applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Organization,
    Project,
}

impl Level {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Project => "project",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Organization, Self::Project]
            .into_iter()
            .find(|level| level.name() == text)
    }
}

/// A permission as a type: what `Authorized<P>` is proof of.
pub trait Needs: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($level:ident { $($kind:ident = $name:literal, $description:literal;)+ })+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $($($kind,)+)+ }

        impl Permission {
            pub const ALL: &[Self] = &[$($(Self::$kind,)+)+];

            pub const fn name(self) -> &'static str {
                match self { $($(Self::$kind => $name,)+)+ }
            }

            pub const fn description(self) -> &'static str {
                match self { $($(Self::$kind => $description,)+)+ }
            }

            pub const fn applies_to(self) -> Level {
                match self { $($(Self::$kind => Level::$level,)+)+ }
            }
        }

        $($(
            #[doc = $description]
            pub struct $kind;

            impl Needs for $kind {
                const PERMISSION: Permission = Permission::$kind;
            }
        )+)+
    };
}

permissions! {
    Organization {
        OrganizationView = "roster.organization.view", "See the organization and open its pages";
        OrganizationManage = "roster.organization.manage", "Change the organization's name, policies and settings";
        OrganizationDelete = "roster.organization.delete", "Delete the organization";
        OrganizationChangeOwner = "roster.organization.change_owner", "Grant and give up ownership of the organization";
        MemberView = "roster.member.view", "See the people of the organization and their roles";
        MemberManage = "roster.member.manage", "Create people, change their roles and profiles, disable and remove them";
        InvitationSend = "roster.invitation.send", "Invite people to the organization";
        InvitationManage = "roster.invitation.manage", "See, resend and revoke everybody's invitations";
        GroupView = "roster.group.view", "See groups and who is in them";
        GroupManage = "roster.group.manage", "Create groups and change their roles and members";
        RoleView = "roster.role.view", "See roles and the permissions they give";
        RoleManage = "roster.role.manage", "Create, change and delete custom roles";
        ProjectCreate = "roster.project.create", "Create projects";
        ServiceAccountView = "roster.service_account.view", "See service accounts";
        ServiceAccountManage = "roster.service_account.manage", "Create service accounts and replace their tokens";
        SignupDomainManage = "roster.signup_domain.manage", "Choose the domains whose people may sign up by themselves";
        SecurityManage = "roster.security.manage", "Change how people sign in to the organization";
        AuditLogView = "roster.audit_log.view", "Read the organization's audit log";
        AuditLogManage = "roster.audit_log.manage", "Change retention and forwarding of the audit log";
        SubscriptionView = "roster.subscription.view", "See subscription, limits and usage";
        SubscriptionManage = "roster.subscription.manage", "Change subscription and billing address";
        SecretUse = "roster.secret.use", "Use the organization's secrets";
        SecretManage = "roster.secret.manage", "Add, replace and delete the organization's secrets";
        AvailabilityManage = "roster.availability.manage", "Change schedules and on-call rotations";
        AccessEvaluate = "roster.access.evaluate", "Ask what other people may do";
    }
    Project {
        ProjectView = "roster.project.view", "See the project";
        ProjectEdit = "roster.project.edit", "Change the project's contents";
        ProjectManage = "roster.project.manage", "Change the project's settings and owner";
        ProjectDelete = "roster.project.delete", "Delete the project";
        ProjectAccessView = "roster.project.access.view", "See who has access to the project";
        ProjectAccessManage = "roster.project.access.manage", "Decide who has access to the project";
        ProjectTokenManage = "roster.project.token.manage", "Create and revoke the project's tokens";
    }
}

impl Permission {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.name() == name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Serialize for Permission {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Names a host application may give: letters, digits and `. : _ -`, beginning with a letter, outside Roster's own.
///
/// # Errors
/// It has other characters, or is too long.
pub fn parse_declared_name(name: &str) -> Result<String, Malformed> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'_' | b'-');
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if name.len() > 100 || !begins || !name.bytes().all(allowed) {
        return Err(Malformed(
            "must have 1 to 100 letters, digits and . : _ -, and begin with a letter".to_owned(),
        ));
    }
    Ok(name.to_owned())
}

/// A set of permissions by name: Roster's own and those that a host application or a preset declares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermissionSet(BTreeSet<String>);

impl PermissionSet {
    pub fn has(&self, permission: Permission) -> bool {
        self.0.contains(permission.name())
    }

    /// By name, also a declared one.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    pub fn insert(&mut self, name: impl Into<String>) {
        self.0.insert(name.into());
    }

    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// What this set holds and `other` does not.
    pub fn missing_from<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        self.0.difference(&other.0).map(String::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl<S: Into<String>> FromIterator<S> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_named_once_and_carries_the_prefix() {
        let names: BTreeSet<_> = Permission::ALL.iter().map(|permission| permission.name()).collect();
        assert_eq!(names.len(), Permission::ALL.len());
        assert!(names.iter().all(|name| name.starts_with("roster.")));
        assert_eq!(Permission::parse("roster.member.view"), Some(Permission::MemberView));
        assert_eq!(Permission::parse("member.view"), None);
    }

    #[test]
    fn a_project_permission_applies_to_projects() {
        for permission in Permission::ALL {
            let of_project =
                permission.name().starts_with("roster.project.") && *permission != Permission::ProjectCreate;
            assert_eq!(permission.applies_to() == Level::Project, of_project, "{permission}");
        }
    }
}

//! What an audit entry says: who did what to whom, before and after. Written in the change's own transaction.

mod canonical;
pub mod chain;
mod digest;
mod entry;
pub mod erasure;
pub mod verification;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use chain::{Chain, Salting, Seed};
pub use digest::Digest;
pub use entry::Entry;

macro_rules! actions {
    ($($variant:ident = $name:literal,)+) => {
        /// Everything that is ever recorded, named once.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($variant,)+ }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

actions! {
    AccountCreated = "account.created",
    AccountDeleted = "account.deleted",
    AccountEdited = "account.edited",
    AccountSuspended = "account.suspended",
    AccountSuspensionLifted = "account.suspension_lifted",
    AddressLookedUp = "address.looked_up",
    AuditLogForwardingChanged = "audit_log.forwarding_changed",
    AuditLogForwardingStopped = "audit_log.forwarding_stopped",
    AuditLogPruned = "audit_log.pruned",
    CatalogueRegistered = "catalogue.registered",
    EmailChangeDropped = "email.change_dropped",
    EmailChanged = "email.changed",
    GroupCreated = "group.created",
    GroupDeleted = "group.deleted",
    GroupEdited = "group.edited",
    GroupMemberAdded = "group.member_added",
    GroupMemberRemoved = "group.member_removed",
    GroupRoleChanged = "group.role_changed",
    IdentityLinked = "identity.linked",
    IdentityUnlinked = "identity.unlinked",
    InstanceRestored = "instance.restored",
    InstanceSetUp = "instance.set_up",
    InvitationAccepted = "invitation.accepted",
    InvitationResent = "invitation.resent",
    InvitationRevoked = "invitation.revoked",
    InvitationSent = "invitation.sent",
    KeyRotated = "key.rotated",
    ListenersConfirmed = "listener.confirmed",
    ListenersReverted = "listener.reverted",
    ListenersTried = "listener.tried",
    MemberConsentDeclined = "member.consent_declined",
    MemberConsented = "member.consented",
    MemberCreated = "member.created",
    MemberDisabled = "member.disabled",
    MemberEdited = "member.edited",
    MemberEnabled = "member.enabled",
    MemberLeft = "member.left",
    MemberProvisioned = "member.provisioned",
    MemberRemoved = "member.removed",
    MemberRoleChanged = "member.role_changed",
    MfaReset = "mfa.reset",
    OrganizationCreated = "organization.created",
    OrganizationDeleted = "organization.deleted",
    OrganizationDisabled = "organization.disabled",
    OrganizationEdited = "organization.edited",
    OrganizationEnabled = "organization.enabled",
    OrganizationExported = "organization.exported",
    OrganizationImported = "organization.imported",
    OrganizationPurged = "organization.purged",
    OrganizationRestored = "organization.restored",
    OwnershipGivenUp = "ownership.given_up",
    OwnershipGranted = "ownership.granted",
    PasskeyAdded = "passkey.added",
    PasskeyRemoved = "passkey.removed",
    PasswordChanged = "password.changed",
    PasswordReset = "password.reset",
    PasswordResetMailed = "password.reset_mailed",
    PoliciesChanged = "policies.changed",
    ProjectAccessGranted = "project.access_granted",
    ProjectAccessRevoked = "project.access_revoked",
    ProjectRepositoryAsked = "project.repository_asked",
    ProjectRepositoryTold = "project.repository_told",
    ProjectCreated = "project.created",
    ProjectDeleted = "project.deleted",
    ProjectEdited = "project.edited",
    ProjectOwnerChanged = "project.owner_changed",
    RecoveryCodesRenewed = "recovery_code.renewed",
    RoleCreated = "role.created",
    RoleDeleted = "role.deleted",
    RoleEdited = "role.edited",
    ServiceAccountCreated = "service_account.created",
    ServiceAccountDeactivated = "service_account.deactivated",
    ServiceAccountDeleted = "service_account.deleted",
    ServiceAccountEdited = "service_account.edited",
    ServiceAccountReactivated = "service_account.reactivated",
    SessionsEnded = "session.ended",
    SignedUp = "account.signed_up",
    SignupDomainAdded = "signup_domain.added",
    SignupDomainEdited = "signup_domain.edited",
    SignupDomainProved = "signup_domain.proved",
    SignupDomainRemoved = "signup_domain.removed",
    SingleSignOnChanged = "single_sign_on.changed",
    SingleSignOnLinked = "single_sign_on.linked",
    SingleSignOnRemoved = "single_sign_on.removed",
    SmtpChanged = "smtp.changed",
    SmtpTested = "smtp.tested",
    SuperuserEntered = "superuser.entered",
    SuperuserGranted = "superuser.granted",
    SuperuserRevoked = "superuser.revoked",
    TlsChanged = "tls.changed",
    TlsRemoved = "tls.removed",
    TokenCreated = "token.created",
    TokenOwnerChanged = "token.owner_changed",
    TokenRevoked = "token.revoked",
    TokenRotated = "token.rotated",
    TotpEnrolled = "totp.enrolled",
    TotpRemoved = "totp.removed",
}

/// On what something was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
    pub name: String,
}

impl Target {
    pub fn new(kind: &str, id: impl ToString, name: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            id: id.to_string(),
            name: name.to_owned(),
        }
    }
}

/// What a change has to say of itself before it may be committed. Never holds a secret.
#[derive(Clone, Debug)]
pub struct Event {
    pub action: Action,
    pub target: Target,
    pub before: Value,
    pub after: Value,
}

impl Event {
    pub fn new(action: Action, target: Target) -> Self {
        Self {
            action,
            target,
            before: Value::Null,
            after: Value::Null,
        }
    }

    #[must_use]
    pub fn before(mut self, before: Value) -> Self {
        self.before = before;
        self
    }

    #[must_use]
    pub fn after(mut self, after: Value) -> Self {
        self.after = after;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_its_own_name_of_noun_and_verb() {
        let names: std::collections::BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        assert!(names.iter().all(|name| name.split('.').count() == 2));
    }
}

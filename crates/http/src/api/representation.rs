//! What the API answers with: the fields that scripts rely on.
// tidy: long because what the API answers with is one vocabulary, read as a whole

use std::collections::BTreeMap;

use domain::account::Account as DomainAccount;
use domain::audit::Target;
use domain::invitation::{Invitation as DomainInvitation, Outcome};
use domain::member::{Member as DomainMember, Standing};
use domain::organization::{Flag, Organization as DomainOrganization};
use domain::role::Role as DomainRole;
use domain::session::Session as DomainSession;
use domain::signup_domain::SignupDomain as DomainSignupDomain;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

fn text(time: Timestamp) -> String {
    time.to_string()
}

fn maybe(time: Option<Timestamp>) -> Option<String> {
    time.map(text)
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    pub id: String,
    pub username: String,
    pub name: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub phone: Option<String>,
    pub superuser: bool,
    /// The organization the account was first created in.
    pub home: Option<String>,
    pub suspended: bool,
    pub authentication_method: String,
    pub time_zone: Option<String>,
    pub locale: Option<String>,
    pub last_sign_in_at: Option<String>,
    pub created_at: String,
}

impl From<DomainAccount> for Account {
    fn from(account: DomainAccount) -> Self {
        Self {
            id: account.id.to_string(),
            username: account.username,
            name: account.name,
            email: account.email,
            email_verified: account.email_verified,
            phone: account.phone,
            superuser: account.superuser,
            home: account.home.map(|home| home.to_string()),
            suspended: account.suspended.is_some(),
            authentication_method: account.authentication_method.name().to_owned(),
            time_zone: account.time_zone,
            locale: account.locale,
            last_sign_in_at: maybe(account.last_sign_in_at),
            created_at: text(account.created_at),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Membership {
    pub id: String,
    pub organization: OrganizationName,
    pub role: String,
    /// active, disabled or awaiting_consent
    pub status: String,
    pub joined_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationName {
    pub id: String,
    pub slug: String,
    pub name: String,
}

impl From<service::account::Membership> for Membership {
    fn from(membership: service::account::Membership) -> Self {
        Self {
            id: membership.member.to_string(),
            organization: OrganizationName {
                id: membership.organization.to_string(),
                slug: membership.slug,
                name: membership.name,
            },
            role: membership.role,
            status: membership.standing,
            joined_at: maybe(membership.joined_at),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    #[serde(flatten)]
    #[schema(inline)]
    pub account: Account,
    pub memberships: Vec<Membership>,
    pub must_change_password: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Organization {
    pub id: String,
    pub name: String,
    pub slug: String,
    pub preset: String,
    /// active, awaiting_owner, disabled or deleted
    pub status: String,
    /// no_active_owner: its first Owner has not joined yet, or a superuser suspended the only one
    pub flags: Vec<String>,
    pub created_at: String,
}

impl Organization {
    pub fn flagged(organization: DomainOrganization, flags: &[Flag]) -> Self {
        Self {
            id: organization.id.to_string(),
            name: organization.name,
            slug: organization.slug,
            preset: organization.preset,
            status: organization.status.name().to_owned(),
            flags: flags.iter().map(|flag| flag.name().to_owned()).collect(),
            created_at: text(organization.created_at),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RoleName {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub colour: String,
    /// When it ends by itself.
    pub until: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GroupName {
    pub id: String,
    pub slug: String,
    pub name: String,
}

impl From<domain::group::GroupName> for GroupName {
    fn from(group: domain::group::GroupName) -> Self {
        Self {
            id: group.id.to_string(),
            slug: group.slug,
            name: group.name,
        }
    }
}

impl RoleName {
    pub fn of(role: &DomainRole, until: Option<Timestamp>) -> Self {
        Self {
            id: role.id.to_string(),
            slug: role.slug.clone(),
            name: role.name.clone(),
            colour: role.colour.clone(),
            until: maybe(until),
        }
    }
}

/// A place in a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Belonging {
    pub id: String,
    pub slug: String,
    pub name: String,
    /// When it ends by itself, or has ended.
    pub until: Option<String>,
    /// `hand`, or whatever provisions it.
    pub origin: String,
}

impl From<domain::member::Belonging> for Belonging {
    fn from(belonging: domain::member::Belonging) -> Self {
        Self {
            id: belonging.group.to_string(),
            slug: belonging.slug,
            name: belonging.name,
            until: maybe(belonging.until),
            origin: belonging.origin,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Disablement {
    pub at: String,
    pub by: String,
    pub reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Mfa {
    pub enabled: bool,
    pub methods: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    pub id: String,
    pub account_id: String,
    pub name: String,
    pub username: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub phone: Option<String>,
    pub role: RoleName,
    pub groups: Vec<Belonging>,
    /// active, disabled, suspended or awaiting_consent
    pub status: String,
    /// available, on_call or unavailable
    pub availability: String,
    pub authentication_method: String,
    pub mfa: Mfa,
    pub last_sign_in_at: Option<String>,
    pub joined_at: Option<String>,
    pub account_created_at: String,
    /// Whether the organization's admins may touch the account itself.
    pub managed: bool,
    pub superuser: bool,
    pub disabled: Option<Disablement>,
    pub suspended: Option<Disablement>,
}

impl From<DomainMember> for Member {
    fn from(member: DomainMember) -> Self {
        let status = member.status().name().to_owned();
        let disabled = match member.standing {
            Standing::Disabled(disabled) => Some(Disablement {
                at: text(disabled.at),
                by: disabled.by,
                reason: disabled.reason,
            }),
            Standing::Active | Standing::AwaitingConsent => None,
        };
        let account = member.account;
        Self {
            id: member.id.to_string(),
            account_id: account.id.to_string(),
            name: account.name,
            username: account.username,
            email: account.email,
            email_verified: account.email_verified,
            phone: account.phone,
            role: RoleName::of(&member.role, member.role_until),
            groups: member.groups.into_iter().map(Belonging::from).collect(),
            status,
            availability: "available".to_owned(),
            authentication_method: account.authentication_method.name().to_owned(),
            mfa: Mfa {
                enabled: false,
                methods: Vec::new(),
            },
            // Of an account that is not the organization's own, sign-ins elsewhere are not its business.
            last_sign_in_at: maybe(account.last_sign_in_at.filter(|_| member.managed)),
            joined_at: maybe(member.joined_at),
            account_created_at: text(account.created_at),
            managed: member.managed,
            superuser: account.superuser,
            disabled,
            suspended: account.suspended.map(|suspended| Disablement {
                at: text(suspended.at),
                by: suspended.by,
                reason: suspended.reason,
            }),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Identity {
    pub provider: String,
    pub tenant: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// none, queued, sent or failed
    pub state: String,
    /// What the mail server answered, or why there is no mail.
    pub detail: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    pub id: String,
    pub email: Option<String>,
    pub username: Option<String>,
    pub role: RoleName,
    /// Joined when it is accepted.
    pub groups: Vec<GroupName>,
    pub identity: Identity,
    pub notify: Option<String>,
    /// pending, accepted, expired or revoked
    pub status: String,
    pub delivery: Delivery,
    pub invited_by: TypedName,
    pub expires_at: Option<String>,
    pub created_at: String,
    pub sent_at: String,
    pub accepted_at: Option<String>,
    pub accepted_by: Option<String>,
    pub revoked_at: Option<String>,
    pub revoked_by: Option<String>,
}

impl Invitation {
    pub fn at(invitation: DomainInvitation, now: Timestamp) -> Self {
        let status = invitation.status(now).name().to_owned();
        let (mut accepted, mut revoked) = ((None, None), (None, None));
        match invitation.outcome {
            Outcome::Open => {}
            Outcome::Accepted { by, at } => accepted = (Some(text(at)), Some(by.to_string())),
            Outcome::Revoked { by, at } => revoked = (Some(text(at)), Some(by)),
        }
        Self {
            id: invitation.id.to_string(),
            email: invitation.email,
            username: invitation.username,
            role: RoleName::of(&invitation.role, None),
            groups: invitation.groups.into_iter().map(GroupName::from).collect(),
            identity: Identity {
                provider: invitation.identity.provider.name().to_owned(),
                tenant: invitation.identity.tenant,
            },
            notify: invitation.notify,
            status,
            delivery: Delivery {
                state: invitation.delivery.state.name().to_owned(),
                detail: invitation.delivery.detail,
            },
            invited_by: invitation.invited_by.target().into(),
            expires_at: maybe(invitation.expires_at),
            created_at: text(invitation.created_at),
            sent_at: text(invitation.sent_at),
            accepted_at: accepted.0,
            accepted_by: accepted.1,
            revoked_at: revoked.0,
            revoked_by: revoked.1,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Person {
    Member(Box<Member>),
    Invitation(Box<Invitation>),
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    pub id: String,
    pub created_at: String,
    pub last_seen_at: String,
    pub expires_at: String,
    pub address: String,
    pub user_agent: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Session {
    pub fn of(session: DomainSession, current: Option<domain::id::SessionId>) -> Self {
        Self {
            current: Some(session.id) == current,
            id: session.id.to_string(),
            created_at: text(session.created_at),
            last_seen_at: text(session.last_seen_at),
            expires_at: text(session.expires_at),
            address: session.address,
            user_agent: session.user_agent,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Group {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub description: String,
    /// What everyone in it has besides their own.
    pub role: RoleName,
    pub role_granted: Granted,
    /// Shown only: nothing is inherited through it.
    pub parent: Option<GroupName>,
    /// How many are in it now.
    pub members: i64,
    pub created_at: String,
}

impl From<domain::group::Group> for Group {
    fn from(group: domain::group::Group) -> Self {
        Self {
            id: group.id.to_string(),
            slug: group.slug,
            name: group.name,
            description: group.description,
            role: RoleName::of(&group.role, None),
            role_granted: group.role_granted.into(),
            parent: group.parent.map(GroupName::from),
            members: group.members,
            created_at: text(group.created_at),
        }
    }
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

/// Somebody in a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupMember {
    pub id: String,
    /// member or service_account
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub username: Option<String>,
    pub email: Option<String>,
    /// When it ends by itself.
    pub until: Option<String>,
    /// Whether that is over.
    pub ended: bool,
    /// `hand`, `invitation`, or whatever provisions it.
    pub origin: String,
    pub granted: Granted,
}

impl GroupMember {
    pub fn at(member: domain::group::GroupMember, now: Timestamp) -> Self {
        use domain::access::Principal;
        let (kind, id) = match member.principal {
            Principal::Member(id) => ("member", id.to_string()),
            Principal::ServiceAccount(id) => ("service_account", id.to_string()),
            Principal::Account(id) => ("account", id.to_string()),
        };
        Self {
            id,
            kind: kind.to_owned(),
            ended: !member.is_live(now),
            name: member.name,
            username: member.username,
            email: member.email,
            until: maybe(member.until),
            origin: member.origin,
            granted: member.granted.into(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Role {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub colour: String,
    pub built_in: bool,
    /// organization or project
    pub applies_to: String,
    pub shown: bool,
    pub permissions: Vec<String>,
    /// How many members have it directly.
    pub members: i64,
    pub groups: i64,
}

impl From<service::role::Counted> for Role {
    fn from(counted: service::role::Counted) -> Self {
        let role = counted.role;
        Self {
            id: role.id.to_string(),
            slug: role.slug,
            name: role.name,
            description: role.description,
            colour: role.colour,
            built_in: role.built_in,
            applies_to: role.applies_to.name().to_owned(),
            shown: role.shown,
            permissions: role.permissions.iter().map(str::to_owned).collect(),
            members: counted.members,
            groups: counted.groups,
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
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SignupDomain {
    pub id: String,
    pub domain: String,
    /// password, pam or saml
    pub authentication_method: String,
    pub role: RoleName,
    pub proved: bool,
    pub proved_at: Option<String>,
    /// The DNS record that proves the domain to be the organization's own.
    pub record: ProofRecord,
    pub created_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProofRecord {
    pub name: String,
    /// TXT
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

impl From<DomainSignupDomain> for SignupDomain {
    fn from(listed: DomainSignupDomain) -> Self {
        Self {
            id: listed.id.to_string(),
            record: ProofRecord {
                name: listed.domain.proof_name(),
                kind: "TXT".to_owned(),
                value: listed.proof_record(),
            },
            domain: listed.domain.to_string(),
            authentication_method: listed.authentication_method.name().to_owned(),
            proved: listed.proved_at.is_some(),
            proved_at: maybe(listed.proved_at),
            created_at: text(listed.created_at),
            role: RoleName {
                id: listed.role.id.to_string(),
                slug: listed.role.slug,
                name: listed.role.name,
                colour: listed.role.colour,
                until: None,
            },
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SignIn {
    pub at: String,
    pub action: String,
    pub success: bool,
    pub reason: Option<String>,
    pub address: String,
    pub user_agent: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Permission {
    pub name: String,
    pub applies_to: String,
    pub module: Option<String>,
    pub description: String,
    /// Roster's own permissions that come with it.
    pub carries: Vec<String>,
    /// The host application that declared it; none for Roster's own and the preset's.
    pub application: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEvent {
    pub id: String,
    pub at: String,
    pub actor: TypedName,
    pub action: String,
    pub target: TypedName,
    #[schema(value_type = Object)]
    pub before: serde_json::Value,
    #[schema(value_type = Object)]
    pub after: serde_json::Value,
    pub address: String,
    pub medium: String,
    pub request_id: String,
}

/// Where a project's code is hosted.
#[derive(Debug, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Such as github.com.
    pub host: String,
    /// Such as acme/website.
    pub name: String,
}

impl From<Repository> for domain::project::Repository {
    fn from(repository: Repository) -> Self {
        Self {
            host: repository.host,
            name: repository.name,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Project {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub description: String,
    /// everyone or members_only
    pub visibility: String,
    /// Whether everyone but guests reaches it now: nobody is mapped yet.
    pub open: bool,
    pub owner: Named,
    pub repository: Option<Repository>,
    pub created_at: String,
}

impl Project {
    pub fn of(project: domain::project::Project, open: bool) -> Self {
        Self {
            id: project.id.to_string(),
            slug: project.slug,
            name: project.name,
            description: project.description,
            visibility: project.visibility.name().to_owned(),
            open,
            owner: Named {
                id: project.owner.id.to_string(),
                name: project.owner.name,
            },
            repository: project.repository.map(|repository| Repository {
                host: repository.host,
                name: repository.name,
            }),
            created_at: text(project.created_at),
        }
    }
}

/// One role on one project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectMapping {
    /// A member, a group or a service account.
    pub subject: TypedName,
    pub role: RoleName,
    /// When it ends by itself.
    pub until: Option<String>,
    pub granted: Granted,
}

impl From<domain::project::Mapping> for ProjectMapping {
    fn from(mapping: domain::project::Mapping) -> Self {
        Self {
            subject: TypedName {
                kind: mapping.subject.kind().to_owned(),
                id: mapping.subject.public_id(),
                name: mapping.name,
            },
            role: RoleName::of(&mapping.role, mapping.until),
            until: maybe(mapping.until),
            granted: mapping.granted.into(),
        }
    }
}

/// Who reaches a project: those who are mapped, its owner, everyone while it is open, and whoever acts on every project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectAccess {
    pub items: Vec<ProjectMapping>,
    pub next_cursor: Option<String>,
    /// everyone or members_only
    pub visibility: String,
    pub owner: Named,
    /// What everyone but guests has on it now; null where it is closed to them.
    pub everyone: Option<RoleName>,
}

impl From<service::project::access::Access> for ProjectAccess {
    fn from(access: service::project::access::Access) -> Self {
        let place = access.next;
        Self {
            items: access.mappings.into_iter().map(ProjectMapping::from).collect(),
            next_cursor: place.map(|place| super::page::cursor(&(place.name_key, place.subject))),
            visibility: access.project.visibility.name().to_owned(),
            owner: Named {
                id: access.project.owner.id.to_string(),
                name: access.project.owner.name,
            },
            everyone: access.everyone.map(|role| RoleName::of(&role, None)),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectToken {
    pub id: String,
    pub name: String,
    pub capabilities: Vec<String>,
    pub owner: Named,
    /// Whether it works: it has not expired, and its owner is an active member.
    pub active: bool,
    pub expires_at: Option<String>,
    pub created_at: String,
    pub last_used_at: Option<String>,
}

impl ProjectToken {
    pub fn at(token: domain::project::ProjectToken, now: Timestamp) -> Self {
        let active = token.works(now);
        let domain::project::ProjectToken {
            token,
            owner,
            owner_name,
            ..
        } = token;
        Self {
            id: token.id.to_string(),
            name: token.name,
            capabilities: token.scopes.unwrap_or_default().iter().map(str::to_owned).collect(),
            owner: Named {
                id: owner.to_string(),
                name: owner_name,
            },
            active,
            expires_at: maybe(token.expires_at),
            created_at: text(token.created_at),
            last_used_at: maybe(token.last_used_at),
        }
    }
}

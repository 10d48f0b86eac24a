//! What the API answers with: the fields that scripts rely on.
// tidy: long because what the API answers with is one vocabulary, read as a whole

use std::collections::BTreeMap;

use domain::account::Account as DomainAccount;
use domain::invitation::{Invitation as DomainInvitation, Outcome};
use domain::member::{Member as DomainMember, Standing};
use domain::organization::{Flag, Organization as DomainOrganization};
use domain::role::Role as DomainRole;
use domain::session::Session as DomainSession;
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

impl RoleName {
    fn of(role: &DomainRole, until: Option<Timestamp>) -> Self {
        Self {
            id: role.id.to_string(),
            slug: role.slug.clone(),
            name: role.name.clone(),
            colour: role.colour.clone(),
            until: maybe(until),
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
    pub groups: Vec<String>,
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
            groups: Vec::new(),
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
    pub identity: Identity,
    pub notify: Option<String>,
    /// pending, accepted, expired or revoked
    pub status: String,
    pub delivery: Delivery,
    pub invited_by: Named,
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
            invited_by: Named {
                id: invitation.invited_by.id.to_string(),
                name: invitation.invited_by.name,
            },
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
    pub fn of(session: DomainSession, current: domain::id::SessionId) -> Self {
        Self {
            current: session.id == current,
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
    /// How many have it.
    pub members: i64,
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
    PermissionList of Permission;
    AuditEventList of AuditEvent;
    AccountList of Account;
    OwnedList of TypedName;
    MembershipList of Membership;
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
    pub carries: Vec<String>,
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

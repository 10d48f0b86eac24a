//! Accounts, what they belong to, and their sessions.

use domain::account::Account as DomainAccount;
use domain::session::Session as DomainSession;
use serde::Serialize;
use utoipa::ToSchema;

use super::{maybe, text};

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
    /// What one is found by.
    pub fn words(&self) -> [&str; 3] {
        [&self.id, &self.address, &self.user_agent]
    }

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

impl From<service::member::SignIn> for SignIn {
    fn from(sign_in: service::member::SignIn) -> Self {
        Self {
            at: text(sign_in.at),
            action: sign_in.action,
            success: sign_in.success,
            reason: sign_in.reason,
            address: sign_in.address,
            user_agent: sign_in.user_agent,
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

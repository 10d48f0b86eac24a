//! Members, with their role and their groups.

use domain::member::{Member as DomainMember, Standing};
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Invitation, RoleName, maybe, text};

/// A place in a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct Belonging {
    pub id: String,
    pub slug: String,
    pub name: String,
    /// When it ends by itself.
    pub until: Option<String>,
    /// Whether that is over.
    pub ended: bool,
    /// `hand`, or whatever provisions it.
    pub origin: String,
}

impl Belonging {
    pub fn at(belonging: domain::member::Belonging, now: Timestamp) -> Self {
        Self {
            ended: !belonging.is_live(now),
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
pub struct MemberMfa {
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
    pub mfa: MemberMfa,
    pub last_sign_in_at: Option<String>,
    pub joined_at: Option<String>,
    pub account_created_at: String,
    /// Whether the organization's admins may touch the account itself.
    pub managed: bool,
    pub superuser: bool,
    pub disabled: Option<Disablement>,
    pub suspended: Option<Disablement>,
}

impl Member {
    pub fn at(member: DomainMember, now: Timestamp) -> Self {
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
            role: RoleName::held(&member.role, member.role_until, now),
            groups: member
                .groups
                .into_iter()
                .map(|belonging| Belonging::at(belonging, now))
                .collect(),
            status,
            availability: "available".to_owned(),
            authentication_method: account.authentication_method.name().to_owned(),
            mfa: MemberMfa {
                enabled: !account.second_factors.is_empty(),
                methods: account
                    .second_factors
                    .iter()
                    .map(|kind| kind.name().to_owned())
                    .collect(),
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
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Person {
    Member(Box<Member>),
    Invitation(Box<Invitation>),
}

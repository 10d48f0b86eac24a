//! An account: a person's way in. It belongs to nobody but its home organization, if it has one.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{AccountId, OrganizationId};

#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    pub name: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub phone: Option<String>,
    pub superuser: bool,
    pub suspended: Option<Suspension>,
    /// The organization in which it was first created.
    pub home: Option<OrganizationId>,
    pub authentication_method: AuthenticationMethod,
    /// What it can prove itself by besides; whoever has one is asked for it.
    pub second_factors: Vec<SecondFactor>,
    pub time_zone: Option<String>,
    pub locale: Option<String>,
    pub last_sign_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub revision: i64,
}

impl Account {
    /// As an organization knows somebody who has yet to agree to be its member: by what they were asked by, and no more.
    #[must_use]
    pub fn before_consent(self) -> Self {
        Self {
            phone: None,
            second_factors: Vec::new(),
            time_zone: None,
            locale: None,
            last_sign_in_at: None,
            ..self
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suspension {
    pub at: Timestamp,
    /// The name of whoever did it, as it was then.
    pub by: String,
    pub reason: Option<String>,
}

/// What proves an account besides its first factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    Totp,
    Passkey,
}

impl SecondFactor {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Totp => "Authenticator app",
            Self::Passkey => "Passkey",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Totp, Self::Passkey]
            .into_iter()
            .find(|factor| factor.name() == text)
    }
}

/// How an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    Password,
    Pam,
    Saml,
}

impl AuthenticationMethod {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Pam => "pam",
            Self::Saml => "saml",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Password, Self::Pam, Self::Saml]
            .into_iter()
            .find(|method| method.name() == text)
    }
}

//! A project: a thing owned by one member, with roles of its own for members, groups and service accounts.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::grant::Granting;
use crate::id::{GroupId, MemberId, ProjectId, ServiceAccountId};
use crate::role::Role;
use crate::text::Malformed;
use crate::token::Token;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone but guests has the organization's everyone role on it, until somebody is mapped.
    Everyone,
    /// Nobody but those who are mapped, its owner, and whoever acts on every project.
    MembersOnly,
}

impl Visibility {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::MembersOnly => "members_only",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Everyone, Self::MembersOnly]
            .into_iter()
            .find(|visibility| visibility.name() == text)
    }
}

/// Where a project's code is hosted: `github.com`, `acme/website`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    pub host: String,
    pub name: String,
}

impl Repository {
    /// # Errors
    /// It is no host's name.
    pub fn host(text: &str) -> Result<String, Malformed> {
        let text = text.trim().to_lowercase();
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | ':');
        if text.is_empty() || text.len() > 253 || !text.chars().all(allowed) {
            return Err(Malformed("is no host such as github.com".to_owned()));
        }
        Ok(text)
    }

    /// # Errors
    /// It is no repository's name.
    pub fn name(text: &str) -> Result<String, Malformed> {
        let text = text.trim().trim_matches('/');
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/' | '~');
        if text.is_empty() || text.len() > 200 || !text.chars().all(allowed) {
            return Err(Malformed("is no repository such as acme/website".to_owned()));
        }
        Ok(text.to_owned())
    }
}

#[derive(Clone, Debug)]
pub struct Owner {
    pub id: MemberId,
    pub name: String,
    pub granted: Granting,
}

#[derive(Clone, Debug)]
pub struct Project {
    pub id: ProjectId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub owner: Owner,
    pub repository: Option<Repository>,
    pub created_at: Timestamp,
    pub revision: i64,
}

/// Who is mapped to a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mapped {
    Member(MemberId),
    ServiceAccount(ServiceAccountId),
    Group(GroupId),
}

/// One role on one project.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub subject: Mapped,
    pub name: String,
    pub role: Role,
    pub until: Option<Timestamp>,
    pub granted: Granting,
}

impl Mapped {
    /// Its noun.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::ServiceAccount(_) => "service_account",
            Self::Group(_) => "group",
        }
    }

    pub fn public_id(self) -> String {
        match self {
            Self::Member(id) => id.to_string(),
            Self::ServiceAccount(id) => id.to_string(),
            Self::Group(id) => id.to_string(),
        }
    }
}

impl Mapping {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A project's token. It works only while its owner is an active member, and never for more than they hold.
#[derive(Clone, Debug)]
pub struct ProjectToken {
    pub token: Token,
    pub owner: MemberId,
    pub owner_name: String,
    pub owner_active: bool,
}

impl ProjectToken {
    pub fn works(&self, now: Timestamp) -> bool {
        self.owner_active && !self.token.is_expired(now)
    }
}

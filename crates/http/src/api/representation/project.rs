//! Projects, who reaches them, and their tokens.

use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Granted, Named, RoleName, TypedName, maybe, text};

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
    /// Whether that is over.
    pub ended: bool,
    pub granted: Granted,
}

impl ProjectMapping {
    pub fn at(mapping: domain::project::Mapping, now: Timestamp) -> Self {
        let ended = !mapping.is_live(now);
        Self {
            subject: TypedName {
                kind: mapping.subject.kind().to_owned(),
                id: mapping.subject.public_id(),
                name: mapping.name,
            },
            role: RoleName::held(&mapping.role, mapping.until, now),
            until: maybe(mapping.until),
            ended,
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
    /// Who has a role by what they may do in the project's repository; null where that gives nothing.
    pub repository: Option<RepositoryAccess>,
}

/// What the host of the project's repository told.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepositoryAccess {
    pub host: String,
    pub name: String,
    /// In whose name the host is asked; null where that is nobody.
    pub asked_by: Option<Granted>,
    /// When it last told.
    pub told_at: Option<String>,
    /// What it answered last instead of telling.
    pub answer: Option<String>,
    /// Members who connected their account there, the first 200 by name.
    pub items: Vec<ProjectMapping>,
}

impl RepositoryAccess {
    fn at(followed: service::project::repository::Followed, now: Timestamp) -> Self {
        let (told_at, answer, asked_by) = match followed.watched {
            Some(watched) => (maybe(watched.told_at), watched.answer, Some(watched.granted.into())),
            None => (None, None, None),
        };
        let people = followed.people.into_iter();
        Self {
            host: followed.repository.host,
            name: followed.repository.name,
            asked_by,
            told_at,
            answer,
            items: people.map(|mapping| ProjectMapping::at(mapping, now)).collect(),
        }
    }
}

impl ProjectAccess {
    pub fn at(access: service::project::access::Access, now: Timestamp) -> Self {
        let place = access.next;
        Self {
            items: access
                .mappings
                .into_iter()
                .map(|mapping| ProjectMapping::at(mapping, now))
                .collect(),
            next_cursor: place.map(|place| crate::api::page::cursor(&(place.name_key, place.subject))),
            visibility: access.project.visibility.name().to_owned(),
            owner: Named {
                id: access.project.owner.id.to_string(),
                name: access.project.owner.name,
            },
            everyone: access.everyone.map(|role| RoleName::of(&role)),
            repository: access.followed.map(|followed| RepositoryAccess::at(followed, now)),
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

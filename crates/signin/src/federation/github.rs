//! GitHub, its own or a company's server: plain OAuth 2 with PKCE. An account is its numeric id; a login may be renamed and
//! taken by somebody else.

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::host::{HostError, RepositoryAccess, Seen, below, good};
use super::outgoing::Outgoing;

const PAGE: usize = 100;
const MOST_PAGES: usize = 50;

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    primary: bool,
    verified: bool,
}

#[derive(Deserialize)]
struct Collaborator {
    id: u64,
    login: String,
    permissions: Permissions,
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    maintain: bool,
    #[serde(default)]
    push: bool,
    #[serde(default)]
    pull: bool,
}

/// Who a token is for, with their primary address and whether it is verified.
pub struct Whoami {
    pub person: Seen,
    pub email: Option<(String, bool)>,
}

/// # Errors
/// The host refuses the token or cannot be reached.
pub async fn whoami(outgoing: &Outgoing, api: &Url, token: &SecretString) -> Result<Whoami, HostError> {
    let user: User = good(outgoing.get(&below(api, &["user"]), Some(token)).await?)?.json()?;
    // Addresses are a right of their own: without it somebody still is who they are.
    let answer = outgoing.get(&below(api, &["user", "emails"]), Some(token)).await?;
    let emails: Vec<Email> = if answer.is_success() {
        answer.json()?
    } else {
        Vec::new()
    };
    Ok(Whoami {
        email: emails
            .into_iter()
            .find(|email| email.primary)
            .map(|email| (email.email, email.verified)),
        person: seen(user),
    })
}

/// # Errors
/// Nobody has exactly this handle, or the host does not tell.
pub async fn find(outgoing: &Outgoing, api: &Url, token: &SecretString, handle: &str) -> Result<Seen, HostError> {
    let answer = outgoing.get(&below(api, &["users", handle]), Some(token)).await?;
    if answer.status == 404 {
        return Err(HostError::Nobody);
    }
    let user: User = good(answer)?.json()?;
    let person = user.kind.as_deref().is_none_or(|kind| kind == "User");
    if person && user.login == handle {
        Ok(seen(user))
    } else {
        Err(HostError::Nobody)
    }
}

/// Everybody with access to `owner/name`.
///
/// # Errors
/// The token does not reach the repository, or the host does not tell.
pub async fn collaborators(
    outgoing: &Outgoing,
    api: &Url,
    token: &SecretString,
    repository: &str,
) -> Result<Vec<(Seen, RepositoryAccess)>, HostError> {
    let (owner, name) = repository.split_once('/').ok_or(HostError::Status(404))?;
    let mut all = Vec::new();
    for page in 1..=MOST_PAGES {
        let mut url = below(api, &["repos", owner, name, "collaborators"]);
        url.query_pairs_mut()
            .append_pair("per_page", &PAGE.to_string())
            .append_pair("page", &page.to_string());
        let found: Vec<Collaborator> = good(outgoing.get(&url, Some(token)).await?)?.json()?;
        let full = found.len() == PAGE;
        all.extend(found.into_iter().filter_map(|one| {
            let access = access(&one.permissions)?;
            let person = Seen {
                id: one.id.to_string(),
                handle: one.login,
                name: None,
            };
            Some((person, access))
        }));
        if !full {
            break;
        }
    }
    Ok(all)
}

fn access(permissions: &Permissions) -> Option<RepositoryAccess> {
    if permissions.admin || permissions.maintain || permissions.push {
        Some(RepositoryAccess::Write)
    } else {
        permissions.pull.then_some(RepositoryAccess::Read)
    }
}

fn seen(user: User) -> Seen {
    Seen {
        id: user.id.to_string(),
        handle: user.login,
        name: user.name.filter(|name| !name.is_empty()),
    }
}

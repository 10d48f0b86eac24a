//! Bitbucket: plain OAuth 2. An account is its uuid; a nickname is neither unique nor kept, and one name may be several
//! people's.

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::github::Whoami;
use super::host::{HostError, RepositoryAccess, Seen, below, good};
use super::outgoing::Outgoing;

const MOST_PAGES: usize = 50;

#[derive(Deserialize)]
struct User {
    uuid: String,
    nickname: Option<String>,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default = "Vec::new")]
    values: Vec<T>,
    next: Option<Url>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    is_primary: bool,
    is_confirmed: bool,
}

#[derive(Deserialize)]
struct Membership {
    user: User,
}

#[derive(Deserialize)]
struct Permission {
    permission: String,
    user: User,
}

/// # Errors
/// The host refuses the token or cannot be reached.
pub async fn whoami(outgoing: &Outgoing, api: &Url, token: &SecretString) -> Result<Whoami, HostError> {
    let user: User = good(outgoing.get(&below(api, &["2.0", "user"]), Some(token)).await?)?.json()?;
    let answer = outgoing
        .get(&below(api, &["2.0", "user", "emails"]), Some(token))
        .await?;
    let emails: Vec<Email> = if answer.is_success() {
        answer.json::<Page<Email>>()?.values
    } else {
        Vec::new()
    };
    Ok(Whoami {
        email: emails
            .into_iter()
            .find(|email| email.is_primary)
            .map(|email| (email.email, email.is_confirmed)),
        person: seen(user),
    })
}

/// Who has exactly this nickname among the people of these workspaces; the host has no other way to ask by it.
///
/// # Errors
/// Nobody or several people have it, or the host does not tell.
pub async fn find(
    outgoing: &Outgoing,
    api: &Url,
    token: &SecretString,
    workspaces: &[String],
    handle: &str,
) -> Result<Seen, HostError> {
    let mut found: Vec<Seen> = Vec::new();
    for workspace in workspaces {
        let url = below(api, &["2.0", "workspaces", workspace, "members"]);
        let members: Vec<Membership> = pages(outgoing, api, token, url).await?;
        for person in members.into_iter().map(|member| seen(member.user)) {
            if person.handle == handle && !found.iter().any(|known| known.id == person.id) {
                found.push(person);
            }
        }
    }
    match found.len() {
        1 => found.pop().ok_or(HostError::Nobody),
        _ => Err(HostError::Nobody),
    }
}

/// Everybody with access to `workspace/name`, through groups too.
///
/// # Errors
/// The token does not reach the repository, or the host does not tell.
pub async fn collaborators(
    outgoing: &Outgoing,
    api: &Url,
    token: &SecretString,
    repository: &str,
) -> Result<Vec<(Seen, RepositoryAccess)>, HostError> {
    let (workspace, name) = repository.split_once('/').ok_or(HostError::Status(404))?;
    let url = below(
        api,
        &["2.0", "workspaces", workspace, "permissions", "repositories", name],
    );
    let all: Vec<Permission> = pages(outgoing, api, token, url).await?;
    Ok(all
        .into_iter()
        .filter_map(|one| {
            let access = match one.permission.as_str() {
                "admin" | "write" => RepositoryAccess::Write,
                "read" => RepositoryAccess::Read,
                _ => return None,
            };
            Some((seen(one.user), access))
        })
        .collect())
}

async fn pages<T: DeserializeOwned>(
    outgoing: &Outgoing,
    api: &Url,
    token: &SecretString,
    first: Url,
) -> Result<Vec<T>, HostError> {
    let mut all = Vec::new();
    let mut next = Some(first);
    for _ in 0..MOST_PAGES {
        let Some(url) = next else { break };
        // The token goes to the API alone, whatever an answer names.
        if url.origin() != api.origin() {
            return Err(HostError::Unreachable("it names a page elsewhere".to_owned()));
        }
        let page: Page<T> = good(outgoing.get(&url, Some(token)).await?)?.json()?;
        all.extend(page.values);
        next = page.next;
    }
    Ok(all)
}

fn seen(user: User) -> Seen {
    Seen {
        handle: user.nickname.unwrap_or_else(|| user.uuid.clone()),
        id: user.uuid,
        name: user.display_name,
    }
}

//! Adding people by the handles they have on a host of repositories. The host is asked in the name of whoever adds them, by
//! the account that they connected; what it tells is the host's own id, which no handle can be passed on with.

mod door;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Refusal;
use domain::identity::LinkedIdentity;
use domain::invitation::{Delivery, DeliveryState, Identity, IdentityProvider, Invitation, Inviter, Outcome as Fate};
use domain::member::Member;
use domain::permission::{InvitationSend, MemberManage, Permission};
use domain::time::DAY;
use door::Door;
use signin::federation::{HostError, Provider, RepositoryAccess, Seen};
use store::Reading;

use crate::invitation::Sent;
use crate::role::grantable;
use crate::{Authorized, Error, FieldError, OrganizationRef, Outcome, Request, Result, Roster};

/// How many handles one call takes, and of how many repositories people are asked for.
const MOST_HANDLES: usize = 50;
const MOST_REPOSITORIES: i64 = 20;

/// Somebody who works on a repository of the organization's projects.
pub struct Handle {
    pub seen: Seen,
    pub access: RepositoryAccess,
    pub repositories: Vec<String>,
    /// In the organization already.
    pub is_member: bool,
}

pub struct Handles {
    pub handles: Vec<Handle>,
    /// Repositories that the host did not tell of, each with what it answered.
    pub untold: Vec<(String, String)>,
}

/// What became of one handle.
pub struct Row {
    pub handle: String,
    pub outcome: Result<Outcome<Added>>,
}

pub enum Added {
    Member(Box<Member>),
    Invited(Box<Sent>),
}

/// The hosts that are configured.
pub fn hosts(roster: &Roster) -> Vec<Arc<Provider>> {
    let all = roster.providers().iter();
    all.filter(|provider| provider.is_host()).cloned().collect()
}

/// The people seen with access to the repositories of the organization's projects.
///
/// # Errors
/// The caller has not connected an account of that host, or the host refuses it.
pub async fn list(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    provider: &str,
    needle: &str,
) -> Result<Handles> {
    let mut seen = roster.see::<InvitationSend>(request, organization).await?;
    let provider = host(roster, provider)?;
    let repositories = repositories(&mut seen, &provider).await?;
    drop(seen);
    let door = roster.door(request, provider, "people").await?;
    let mut people: BTreeMap<String, Handle> = BTreeMap::new();
    let mut untold = Vec::new();
    for repository in repositories {
        match door
            .provider
            .collaborators(&door.outgoing, &door.access.token, &repository)
            .await
        {
            Ok(found) => {
                for (seen, access) in found {
                    let known = people.entry(seen.id.clone()).or_insert_with(|| Handle {
                        seen,
                        access,
                        repositories: Vec::new(),
                        is_member: false,
                    });
                    known.access = known.access.max(access);
                    known.repositories.push(repository.clone());
                }
            }
            Err(HostError::Status(401)) => return Err(roster.broken(&door, "people").await?),
            Err(error) => untold.push((repository, error.to_string())),
        }
    }
    let mut handles: Vec<Handle> = people
        .into_values()
        .filter(|handle| matches(&handle.seen, needle))
        .collect();
    handles.sort_by_key(|handle| handle.seen.handle.to_lowercase());
    let mut seen = roster.see::<InvitationSend>(request, organization).await?;
    for handle in &mut handles {
        let identity = known(&mut seen, &door, &handle.seen.id).await?;
        handle.is_member = match identity {
            Some(identity) => store::member::find_by_account(seen.scope(), identity.account)
                .await?
                .is_some(),
            None => false,
        };
    }
    Ok(Handles { handles, untold })
}

fn matches(seen: &Seen, needle: &str) -> bool {
    let needle = needle.trim().to_lowercase();
    let name = seen.name.as_deref().unwrap_or_default().to_lowercase();
    needle.is_empty() || seen.handle.to_lowercase().contains(&needle) || name.contains(&needle)
}

/// One result for each handle, in their order. Whoever is known here is added as an existing account is; anybody else is
/// invited, for the host's own id of theirs.
///
/// # Errors
/// Nobody can be added at all. Each handle has its own error.
pub async fn add(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    provider: &str,
    handles: Vec<String>,
    role: Option<&str>,
) -> Result<Vec<Row>> {
    let mut seen = roster.see::<InvitationSend>(request, organization).await?;
    let provider = host(roster, provider)?;
    let handles = wanted(handles)?;
    let manages = seen.actor().grants.has(Permission::MemberManage);
    let repositories = repositories(&mut seen, &provider).await?;
    drop(seen);
    let mut workspaces: Vec<String> = repositories
        .iter()
        .filter_map(|name| name.split_once('/').map(|(workspace, _)| workspace.to_owned()))
        .collect();
    workspaces.dedup();
    let request = request.for_a_row();
    let mut rows = Vec::new();
    for handle in handles {
        let adding = Adding {
            roster,
            request: &request,
            organization,
            role: role.filter(|role| !role.is_empty()).unwrap_or(domain::role::MEMBER),
            manages,
        };
        let outcome = match roster.door(&request, Arc::clone(&provider), &handle).await {
            Ok(door) => adding.one(&door, &workspaces, &handle).await,
            Err(error) => Err(error),
        };
        rows.push(Row { handle, outcome });
    }
    Ok(rows)
}

fn wanted(handles: Vec<String>) -> Result<Vec<String>> {
    let mut wanted: Vec<String> = Vec::new();
    for handle in handles {
        let handle = handle.trim().trim_start_matches('@').to_owned();
        if !handle.is_empty() && !wanted.contains(&handle) {
            wanted.push(handle);
        }
    }
    let wrong = |text: String| Err(Error::Invalid(vec![FieldError::new("handles", text)]));
    match wanted.len() {
        0 => wrong("must name somebody".to_owned()),
        1..=MOST_HANDLES => Ok(wanted),
        _ => wrong(format!("must be at most {MOST_HANDLES}; add them in parts")),
    }
}

/// What is the same for all of one call.
struct Adding<'a> {
    roster: &'a Roster,
    request: &'a Request,
    organization: &'a OrganizationRef,
    role: &'a str,
    manages: bool,
}

impl Adding<'_> {
    async fn one(&self, door: &Door, workspaces: &[String], handle: &str) -> Result<Outcome<Added>> {
        let found = door
            .provider
            .find_handle(&door.outgoing, &door.access.token, workspaces, handle)
            .await;
        let found = match found {
            Ok(found) => found,
            Err(HostError::Status(401)) => return Err(self.roster.broken(door, handle).await?),
            Err(error) => return Err(not_found(door, handle, &error)),
        };
        let mut seen = self
            .roster
            .see::<InvitationSend>(self.request, self.organization)
            .await?;
        let identity = known(&mut seen, door, &found.id).await?;
        drop(seen);
        match identity {
            Some(identity) if self.manages => self.add_known(&identity, handle).await,
            _ => self.invite(door, &found).await,
        }
    }

    async fn add_known(&self, identity: &LinkedIdentity, handle: &str) -> Result<Outcome<Added>> {
        self.roster.note_lookup(self.request, self.organization, handle).await?;
        let authorized = self
            .roster
            .authorize::<MemberManage>(self.request, self.organization)
            .await?;
        let outcome =
            crate::member::creation::add_account(authorized, identity.account, self.role, None, handle).await?;
        Ok(outcome.map(|member| Added::Member(Box::new(member))))
    }

    async fn invite(&self, door: &Door, found: &Seen) -> Result<Outcome<Added>> {
        let mut authorized = self
            .roster
            .authorize::<InvitationSend>(self.request, self.organization)
            .await?;
        let role = grantable(&mut authorized, "role", self.role).await?;
        if !role.is_offered(authorized.organization().policies.offered_roles.as_deref()) {
            return Err(Refusal::RoleNotOffered { role: role.name }.into());
        }
        let provider = IdentityProvider::parse(&door.provider.slug).unwrap_or(IdentityProvider::Any);
        let now = authorized.now();
        let pending = store::invitation::find_pending_for(authorized.scope(), provider, &found.id, now).await?;
        if pending {
            return Err(Refusal::AlreadyInvited {
                who: found.handle.clone(),
            }
            .into());
        }
        let days = authorized.organization().policies.invitation_lifetime_days;
        let invitation = Invitation {
            id: authorized.new_id(),
            email: None,
            username: Some(found.handle.clone()),
            role,
            groups: Vec::new(),
            identity: Identity {
                provider,
                tenant: None,
                subject: Some(found.id.clone()),
            },
            notify: None,
            invited_by: Inviter {
                identity: authorized.request().caller.identity,
                name: authorized.actor().name.clone(),
            },
            created_at: now,
            sent_at: now,
            expires_at: days.map(|days| now.plus(i64::from(days) * DAY)),
            outcome: Fate::Open,
            delivery: Delivery {
                state: DeliveryState::None,
                detail: None,
            },
            revision: authorized.scope().revision(),
        };
        let sent = crate::invitation::issue(
            authorized,
            invitation,
            true,
            false,
            domain::audit::Action::InvitationSent,
        )
        .await?;
        Ok(sent.map(|sent| Added::Invited(Box::new(sent))))
    }
}

fn host(roster: &Roster, slug: &str) -> Result<Arc<Provider>> {
    let provider = roster.provider(slug).ok().filter(|provider| provider.is_host());
    provider.ok_or_else(|| {
        let configured: Vec<String> = hosts(roster).iter().map(|host| host.slug.clone()).collect();
        let text = if configured.is_empty() {
            "no host of repositories is set up on this instance".to_owned()
        } else {
            format!("must be {}", configured.join(" or "))
        };
        Error::Invalid(vec![FieldError::new("provider", text)])
    })
}

async fn repositories(seen: &mut Authorized<InvitationSend, Reading>, provider: &Provider) -> Result<Vec<String>> {
    let Some(host) = provider.repository_host() else {
        return Ok(Vec::new());
    };
    Ok(store::project::repositories(seen.scope(), &host, MOST_REPOSITORIES).await?)
}

async fn known(
    seen: &mut Authorized<InvitationSend, Reading>,
    door: &Door,
    subject: &str,
) -> Result<Option<LinkedIdentity>> {
    Ok(store::identity::find(
        seen.scope().tx(),
        &door.identity.provider,
        &door.identity.issuer,
        subject,
    )
    .await?)
}

fn not_found(door: &Door, handle: &str, error: &HostError) -> Error {
    let advice = match error {
        HostError::Nobody => "Check each letter.".to_owned(),
        _ => format!("{} did not tell. Try again.", door.provider.name),
    };
    Refusal::HandleNotFound {
        handle: handle.to_owned(),
        answer: error.to_string(),
        advice,
    }
    .into()
}

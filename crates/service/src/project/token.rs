//! Tokens of a project: what its programs carry. One has capabilities on its project alone, and works only as long as
//! whoever owns it is an active member who holds them too.

use domain::access::ProjectFacts;
use domain::actor::Actor;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind, Subject};
use domain::id::{MemberId, TokenId};
use domain::member::MemberStatus;
use domain::permission::{Level, PermissionSet, ProjectTokenManage};
use domain::project::ProjectToken;
use domain::text::Title;
use domain::token::{Token, TokenHolder};
use domain::{Refusal, Timestamp};
use serde_json::{Value, json};
use signin::token::{Kind as SecretKind, Secret};
use store::Reading;

use crate::ambient::new_secret;
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::{Authorized, Result};

/// A token to be made, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewProjectToken {
    pub name: String,
    /// Permissions of projects, by name.
    pub capabilities: Vec<String>,
    pub expires_at: Option<Timestamp>,
}

pub struct Made {
    pub token: ProjectToken,
    /// To be shown once.
    pub secret: Secret,
}

/// The latest first.
///
/// # Errors
/// The database does not answer.
pub async fn list(
    seen: &mut Authorized<ProjectTokenManage, Reading>,
    before: Option<TokenId>,
    limit: i64,
) -> Result<Vec<ProjectToken>> {
    let project = seen.project()?.id;
    Ok(store::project_token::list(seen.scope(), project, before, limit).await?)
}

/// # Errors
/// The project has no such token.
pub async fn get(seen: &mut Authorized<ProjectTokenManage, Reading>, id: TokenId) -> Result<ProjectToken> {
    let project = seen.project()?.id;
    Ok(store::project_token::get(seen.scope(), project, id).await?)
}

/// Whoever makes a token owns it.
///
/// # Errors
/// A field cannot be taken, the caller is no member, or lacks one of the capabilities.
pub async fn create(mut authorized: Authorized<ProjectTokenManage>, new: NewProjectToken) -> Result<Outcome<Made>> {
    authorized.request().proved()?;
    let (project, facts) = (authorized.project()?.clone(), authorized.facts()?);
    let mut check = Check::default();
    let name = check.field("name", Title::parse(&new.name));
    let expires_at = crate::account::future(&mut check, "expires_at", new.expires_at, authorized.now());
    let grants = &authorized.actor().grants;
    let catalogue = &grants.access.catalogue;
    let of_projects = |name: &String| {
        let place = catalogue.place(name);
        place.is_some_and(|place| catalogue.at(place).applies_to == Level::Project)
    };
    match new.capabilities.iter().find(|name| !of_projects(name)) {
        Some(unknown) => check.wrong(
            "capabilities",
            format!("has {unknown:?}, which is no permission of projects"),
        ),
        None if new.capabilities.is_empty() => check.wrong("capabilities", "must name at least one permission"),
        None => {}
    }
    check.done()?;
    let capabilities: PermissionSet = new.capabilities.into_iter().collect();
    within(authorized.actor(), &capabilities, &facts)?;
    let owner = authorized.actor().member.ok_or(Refusal::MembersOnly)?;
    let token = ProjectToken {
        token: Token {
            id: authorized.new_id(),
            holder: TokenHolder::Project(authorized.organization().id, project.id),
            name: checked(name)?.into(),
            scopes: Some(capabilities),
            expires_at,
            created_at: authorized.now(),
            created_by: authorized.granting().by,
            last_used_at: None,
        },
        owner,
        owner_name: authorized.actor().name.clone(),
        owner_active: true,
    };
    let secret = new_secret(SecretKind::Project);
    store::project_token::insert(authorized.scope(), project.id, &token, secret.hash()).await?;
    authorized.effect(Effect::new(Kind::Created, subject(&token)).resource(&project.name));
    let event = Event::new(Action::TokenCreated, target(&token)).after(state(&token, &project.name));
    authorized.commit(event, Made { token, secret }).await
}

/// Whoever answers for a token decides by what they hold whether it works. One that rests may come to life in other hands, so
/// that handing it over takes holding what it carries.
///
/// # Errors
/// The project has no such token, the receiver is not active, or the caller lacks one of its capabilities.
pub async fn hand_over(
    mut authorized: Authorized<ProjectTokenManage>,
    id: TokenId,
    to: MemberId,
) -> Result<Outcome<ProjectToken>> {
    let (project, facts) = (authorized.project()?.clone(), authorized.facts()?);
    let before = store::project_token::get(authorized.scope(), project.id, id).await?;
    authorized.request().matches(&etag(&before))?;
    let receiver = store::member::get(authorized.scope(), to).await?;
    if receiver.status() != MemberStatus::Active {
        return Err(Refusal::NotATransferTarget {
            name: before.owner_name,
        }
        .into());
    }
    carries_no_more(authorized.actor(), &before, &facts)?;
    store::ownership::set_owner(authorized.scope(), id, to).await?;
    let after = store::project_token::get(authorized.scope(), project.id, id).await?;
    let effect = Effect::new(Kind::OwnershipTransferred, crate::member::subject(&receiver));
    let detail = format!("the token {} from {}", before.token.name, before.owner_name);
    authorized.effect(effect.resource(&before.token.name).detail(detail));
    authorized.touch_access().await?;
    let event = Event::new(Action::TokenOwnerChanged, target(&before))
        .before(state(&before, &project.name))
        .after(state(&after, &project.name));
    authorized.commit(event, after).await
}

/// # Errors
/// The token carries what the actor does not hold on its project.
pub(crate) fn carries_no_more(actor: &Actor, token: &ProjectToken, facts: &ProjectFacts) -> Result<()> {
    let capabilities = token.token.scopes.clone().unwrap_or_default();
    within(actor, &capabilities, facts)
}

fn within(actor: &Actor, capabilities: &PermissionSet, facts: &ProjectFacts) -> Result<()> {
    let catalogue = &actor.grants.access.catalogue;
    let missing = catalogue.expand(capabilities).without(&actor.grants.on(facts));
    if missing.is_empty() {
        return Ok(());
    }
    let missing = catalogue.names(&missing).map(str::to_owned).collect();
    Err(Refusal::CannotGiveCapabilities { missing }.into())
}

/// It stops working at once.
///
/// # Errors
/// The project has no such token.
pub async fn revoke(mut authorized: Authorized<ProjectTokenManage>, id: TokenId) -> Result<Outcome<()>> {
    let project = authorized.project()?.clone();
    let token = store::project_token::get(authorized.scope(), project.id, id).await?;
    authorized.request().matches(&etag(&token))?;
    store::project_token::delete(authorized.scope(), id).await?;
    authorized.effect(ended(&token).resource(&project.name));
    authorized.touch_access().await?;
    let event = Event::new(Action::TokenRevoked, target(&token)).before(state(&token, &project.name));
    authorized.commit(event, ()).await
}

/// It never changes but for who answers for it.
pub fn etag(token: &ProjectToken) -> String {
    format!("\"{}-{}\"", token.token.created_at.micros(), token.owner)
}

pub(crate) fn ended(token: &ProjectToken) -> Effect {
    Effect::new(Kind::TokenEnded, subject(token))
}

fn subject(token: &ProjectToken) -> Subject {
    Subject {
        kind: "token",
        id: token.token.id.to_string(),
        name: token.token.name.clone(),
    }
}

fn target(token: &ProjectToken) -> domain::audit::Target {
    domain::audit::Target::new("token", token.token.id, &token.token.name)
}

fn state(token: &ProjectToken, project: &str) -> Value {
    json!({
        "name": token.token.name,
        "project": project,
        "owner": token.owner_name,
        "capabilities": token.token.scopes,
        "expires_at": token.token.expires_at,
    })
}

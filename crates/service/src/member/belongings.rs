//! What a member owns, when the member goes: projects and tokens of projects. All of it is handed to somebody, or deleted,
//! in the step that removes them. The organization is locked meanwhile: nothing that comes into being slips through.

use domain::Refusal;
use domain::effect::{Effect, Kind};
use domain::id::MemberId;
use domain::member::{Member, MemberStatus};
use domain::permission::{Needs, Permission};
use serde_json::{Value, json};

use crate::project::{gives, take_away, token};
use crate::{Authorized, Result};

/// What becomes of what a removed member owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Belongings {
    /// It keeps them from being removed.
    #[default]
    Block,
    TransferTo(MemberId),
    Delete,
}

/// Carries it out, and returns what the audit log keeps of it.
pub(super) async fn settle<P: Needs>(
    authorized: &mut Authorized<P>,
    from: &Member,
    belongings: Belongings,
) -> Result<Value> {
    match belongings {
        Belongings::Block => Ok(Value::Null),
        Belongings::TransferTo(to) => transfer(authorized, from, to).await,
        Belongings::Delete => delete(authorized, from).await,
    }
}

/// To own a project is to have its owner's role: whoever hands it over must have that. A token that rests because its owner
/// lost what it carries may come to life in other hands: whoever hands it over must have that, too.
async fn transfer<P: Needs>(authorized: &mut Authorized<P>, from: &Member, to: MemberId) -> Result<Value> {
    let receiver = store::member::get(authorized.scope(), to).await?;
    if receiver.id == from.id || receiver.status() != MemberStatus::Active {
        return Err(Refusal::NotATransferTarget {
            name: from.account.name.clone(),
        }
        .into());
    }
    let projects = store::project::owned_by(authorized.scope(), from.id).await?;
    let tokens = store::project_token::owned_by(authorized.scope(), from.id).await?;
    let grants = &authorized.actor().grants;
    let role = grants.access.owner_role();
    for (_, facts) in &projects {
        let missing = role.map(|role| grants.lacking_on(role, facts)).unwrap_or_default();
        gives(authorized.actor(), role, missing)?;
    }
    for (owned, facts) in &tokens {
        token::carries_no_more(authorized.actor(), owned, facts)?;
    }
    authorized.watch(&receiver).await?;
    let owned = store::ownership::of_member(authorized.scope(), from.id).await?;
    for thing in &owned {
        let effect = Effect::new(Kind::OwnershipTransferred, super::subject(&receiver)).resource(&thing.name);
        authorized.effect(effect.detail(format!("{} {}", thing.kind, thing.name)));
    }
    let granted = authorized.granting();
    store::project::handed_over(authorized.scope(), from.id, &granted).await?;
    let transferred = store::ownership::transfer(authorized.scope(), from.id, to).await?;
    Ok(json!({ "transferred": transferred, "to": receiver.account.name }))
}

async fn delete<P: Needs>(authorized: &mut Authorized<P>, from: &Member) -> Result<Value> {
    let projects = store::project::owned_by(authorized.scope(), from.id).await?;
    let tokens = store::project_token::owned_by(authorized.scope(), from.id).await?;
    let grants = &authorized.actor().grants;
    let mut needed = projects
        .iter()
        .map(|(_, facts)| (Permission::ProjectDelete, facts))
        .chain(tokens.iter().map(|(_, facts)| (Permission::ProjectTokenManage, facts)));
    if let Some((permission, _)) = needed.find(|(permission, facts)| !grants.has_on(*permission, facts)) {
        return Err(Refusal::Forbidden { permission }.into());
    }
    for (project, _) in &projects {
        take_away(authorized, project).await?;
    }
    let elsewhere = tokens
        .iter()
        .filter(|(_, facts)| projects.iter().all(|(project, _)| project.id != facts.id));
    for (owned, _) in elsewhere {
        store::project_token::delete(authorized.scope(), owned.token.id).await?;
        authorized.effect(token::ended(owned));
    }
    let names: Vec<&str> = projects.iter().map(|(project, _)| project.name.as_str()).collect();
    Ok(json!({ "deleted_projects": names, "deleted_tokens": tokens.len() }))
}

/// Tells which projects open to everyone because nobody else is mapped to them.
pub(super) async fn tell_what_opens<P: Needs>(authorized: &mut Authorized<P>, member: MemberId) -> Result<()> {
    for project in store::project::opened_without(authorized.scope(), member).await? {
        authorized.watch_project(project.id).await?;
        let detail = "opens to everyone again: nobody else is mapped";
        authorized.effect(Effect::new(Kind::Changed, crate::project::subject(&project)).detail(detail));
    }
    Ok(())
}

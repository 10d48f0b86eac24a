//! Ending a custom role. Where it is in use, whoever ends it says which role takes its place.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::RoleId;
use domain::member::Act;
use domain::permission::{Level, RoleManage, RoleView};
use domain::role::Role;
use serde_json::json;
use store::role_use::Uses;
use store::{Mode, Reading};

use super::making::{rename_in_policies, to_be_changed};
use super::{state, subject, target};
use crate::authorization::Outcome;
use crate::{Authorized, Error, FieldError, Result};

/// # Errors
/// The role is built in or in use, or the caller may not give the one that replaces it.
pub async fn delete(
    mut authorized: Authorized<RoleManage>,
    level: Level,
    reference: &str,
    replace_with: Option<&str>,
) -> Result<Outcome<()>> {
    let role = to_be_changed(&mut authorized, level, reference).await?;
    let replacement = match replace_with {
        Some(reference) => Some(replacement(&mut authorized, &role, reference).await?),
        None => None,
    };
    let places = places(&mut authorized, &role).await?;
    if replacement.is_none() && !places.is_empty() {
        return Err(Refusal::RoleInUse {
            role: role.name,
            places,
        }
        .into());
    }
    authorized.watch_role_holders(role.id).await?;
    if let Some(replacement) = &replacement {
        authorized.watch_role_replacement(role.id, replacement.id);
        let granted = authorized.granting();
        store::role_use::replace(authorized.scope(), role.id, replacement, &granted).await?;
        let moved = places.iter().map(|place| format!("{place}: {}", replacement.name));
        for detail in moved {
            authorized.effect(Effect::new(Kind::Changed, subject(&role)).detail(detail));
        }
    }
    let heir = replacement.as_ref().map(|replacement| replacement.slug.as_str());
    rename_in_policies(&mut authorized, &role, heir).await?;
    let now = authorized.now();
    store::role::delete(authorized.scope(), role.id, now).await?;
    authorized.effect(Effect::new(Kind::Deleted, subject(&role)));
    authorized.touch_access().await?;
    let event = Event::new(Action::RoleDeleted, target(&role))
        .before(state(&role))
        .after(json!({ "replaced_with": heir }));
    authorized.commit(event, ()).await
}

/// Where the role is in use, in words; empty where it is not.
///
/// # Errors
/// There is no such role.
pub async fn uses(seen: &mut Authorized<RoleView, Reading>, level: Level, reference: &str) -> Result<Vec<String>> {
    let role = store::role::get_at(seen.scope(), level, reference).await?;
    let uses = store::role_use::of_role(seen.scope(), role.id).await?;
    Ok(told(
        &uses,
        &role,
        seen.organization().policies.offered_roles.as_deref(),
    ))
}

async fn places(authorized: &mut Authorized<RoleManage>, role: &Role) -> Result<Vec<String>> {
    let uses = store::role_use::of_role(authorized.scope(), role.id).await?;
    Ok(told(
        &uses,
        role,
        authorized.organization().policies.offered_roles.as_deref(),
    ))
}

fn told(uses: &Uses, role: &Role, offered: Option<&[String]>) -> Vec<String> {
    let counted = [
        (uses.members, "member", "members"),
        (uses.groups, "group", "groups"),
        (uses.service_accounts, "service account", "service accounts"),
        (uses.project_access, "place on a project", "places on projects"),
        (uses.invitations, "open invitation", "open invitations"),
        (uses.signup_domains, "domain to sign up from", "domains to sign up from"),
        (
            uses.single_sign_on,
            "setting of single sign-on",
            "settings of single sign-on",
        ),
    ];
    let mut places: Vec<String> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if role.applies_to == Level::Organization && offered.is_some_and(|slugs| slugs.contains(&role.slug)) {
        places.push("the policy of offered roles".to_owned());
    }
    places
}

/// The role that takes the place: of the same level, and one that the caller may give to everyone who holds the old one.
async fn replacement(authorized: &mut Authorized<RoleManage>, role: &Role, reference: &str) -> Result<Role> {
    let wrong = |detail: &str| Error::Invalid(vec![FieldError::new("replace_with", detail)]);
    let found = match store::role::get_at(authorized.scope(), role.applies_to, reference).await {
        Err(store::Error::Refused(_)) => return Err(wrong("is no role of the same level")),
        found => found?,
    };
    if found.id == role.id {
        return Err(wrong("must be another role"));
    }
    if found.applies_to != role.applies_to {
        return Err(wrong("is no role of the same level"));
    }
    found.can_be_made_by(&authorized.actor().grants)?;
    no_greater_holder(authorized, role).await?;
    Ok(found)
}

/// Nobody changes the role of somebody who holds, through a group, what they lack.
async fn no_greater_holder(authorized: &mut Authorized<RoleManage>, role: &Role) -> Result<()> {
    let greater: Vec<RoleId> = greater_roles(authorized);
    let now = authorized.now();
    let found = store::role_use::find_holder_with(authorized.scope(), role.id, &greater, now).await?;
    match found {
        Some(name) => Err(Refusal::GreaterThanYou {
            name,
            act: Act::ChangeRole,
        }
        .into()),
        None => Ok(()),
    }
}

fn greater_roles<M: Mode>(authorized: &Authorized<RoleManage, M>) -> Vec<RoleId> {
    let grants = &authorized.actor().grants;
    let roles = grants.access.roles().map(|(_, role)| role);
    roles
        .filter(|role| role.applies_to == Level::Organization && !grants.covers(role.id))
        .map(|role| role.id)
        .collect()
}

//! Roles of an organization: looked at, and chosen for somebody. Making and ending custom ones have files of their own.

pub mod deletion;
pub mod making;

use domain::audit::Target;
use domain::effect::Subject;
use domain::permission::{Level, Needs, RoleView};
use domain::role::Role;
use serde_json::json;
use store::{Mode, Reading};

use crate::{Authorized, Error, Result};

pub struct Counted {
    pub role: Role,
    /// Who have it directly.
    pub members: i64,
    pub groups: i64,
}

pub fn etag(role: &Role) -> String {
    format!("\"{}\"", role.revision)
}

/// # Errors
/// The database does not answer.
pub async fn list<M: Mode>(seen: &mut Authorized<RoleView, M>) -> Result<Vec<Counted>> {
    let members = store::role::count_all_members(seen.scope()).await?;
    let groups = store::role::count_all_groups(seen.scope()).await?;
    let roles = store::role::list(seen.scope()).await?;
    let counted = |role: Role| Counted {
        members: members.get(&role.id).copied().unwrap_or(0),
        groups: groups.get(&role.id).copied().unwrap_or(0),
        role,
    };
    Ok(roles.into_iter().map(counted).collect())
}

/// By id, or by slug at that level.
///
/// # Errors
/// There is no such role.
pub async fn get(seen: &mut Authorized<RoleView, Reading>, level: Level, reference: &str) -> Result<Counted> {
    let role = store::role::get_at(seen.scope(), level, reference).await?;
    counted(seen, role).await
}

pub(crate) async fn counted<P: Needs, M: Mode>(seen: &mut Authorized<P, M>, role: Role) -> Result<Counted> {
    let uses = store::role_use::of_role(seen.scope(), role.id).await?;
    Ok(Counted {
        role,
        members: uses.members,
        groups: uses.groups,
    })
}

pub(crate) fn target(role: &Role) -> Target {
    Target::new("role", role.id, &role.name)
}

pub(crate) fn subject(role: &Role) -> Subject {
    Subject {
        kind: "role",
        id: role.id.to_string(),
        name: role.name.clone(),
    }
}

/// What the audit log keeps of a role before and after.
pub(crate) fn state(role: &Role) -> serde_json::Value {
    json!({
        "name": role.name,
        "slug": role.slug,
        "description": role.description,
        "colour": role.colour,
        "applies_to": role.applies_to,
        "permissions": role.permissions,
    })
}

/// Roles of the organization that its pages show, as the preset orders them.
///
/// # Errors
/// The database does not answer.
pub async fn shown<P: Needs, M: Mode>(seen: &mut Authorized<P, M>) -> Result<Vec<Role>> {
    let roles = store::role::list(seen.scope()).await?;
    let of_organization = |role: &Role| role.shown && role.applies_to == Level::Organization;
    Ok(roles.into_iter().filter(of_organization).collect())
}

/// Roles that the caller could give somebody: shown or offered, and holding nothing that the caller lacks.
///
/// # Errors
/// The database does not answer.
pub async fn assignable<P: Needs, M: Mode>(seen: &mut Authorized<P, M>, offered_only: bool) -> Result<Vec<Role>> {
    let roles = store::role::list(seen.scope()).await?;
    let offered = seen.organization().policies.offered_roles.clone();
    let narrowing = if offered_only { offered.as_deref() } else { None };
    Ok(roles
        .into_iter()
        .filter(|role| role.is_offered(narrowing) && role.can_be_granted_by(&seen.actor().grants).is_ok())
        .collect())
}

/// The role of that id or slug, for somebody to have.
///
/// # Errors
/// There is no such role (told at the field), or the caller may not give it.
pub(crate) async fn grantable<P: Needs, M: Mode>(
    authorized: &mut Authorized<P, M>,
    field: &str,
    reference: &str,
) -> Result<Role> {
    let role = match store::role::get(authorized.scope(), reference).await {
        Err(store::Error::Refused(_)) => {
            return Err(Error::Invalid(vec![crate::FieldError::new(
                field,
                "is no role of this organization",
            )]));
        }
        found => found?,
    };
    if role.applies_to != Level::Organization {
        return Err(Error::Invalid(vec![crate::FieldError::new(
            field,
            "is a role of projects, not of the organization",
        )]));
    }
    role.can_be_granted_by(&authorized.actor().grants)?;
    Ok(role)
}

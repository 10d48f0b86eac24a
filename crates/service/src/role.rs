//! Roles of an organization: looked at, and chosen for somebody.

use domain::permission::{Needs, RoleView};
use domain::role::Role;
use store::{Mode, Reading};

use crate::{Authorized, Error, Result};

pub struct Counted {
    pub role: Role,
    pub members: i64,
}

/// # Errors
/// The database does not answer.
pub async fn list(mut seen: Authorized<RoleView, Reading>) -> Result<Vec<Counted>> {
    let members = store::role::count_all_members(seen.scope()).await?;
    let roles = store::role::list(seen.scope()).await?;
    let counted = |role: Role| Counted {
        members: members.get(&role.id).copied().unwrap_or(0),
        role,
    };
    Ok(roles.into_iter().map(counted).collect())
}

/// # Errors
/// There is no such role.
pub async fn get(mut seen: Authorized<RoleView, Reading>, reference: &str) -> Result<Counted> {
    let role = store::role::get(seen.scope(), reference).await?;
    let members = store::role::count_members(seen.scope(), role.id).await?;
    Ok(Counted { role, members })
}

/// Roles of the organization that its pages show, as the preset orders them.
///
/// # Errors
/// The database does not answer.
pub async fn shown<P: Needs, M: Mode>(seen: &mut Authorized<P, M>) -> Result<Vec<Role>> {
    let roles = store::role::list(seen.scope()).await?;
    let of_organization = |role: &Role| role.shown && role.applies_to == domain::permission::Level::Organization;
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
    if role.applies_to != domain::permission::Level::Organization {
        return Err(Error::Invalid(vec![crate::FieldError::new(
            field,
            "is a role of projects, not of the organization",
        )]));
    }
    role.can_be_granted_by(&authorized.actor().grants)?;
    Ok(role)
}

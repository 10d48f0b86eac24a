//! Groups that an invitation is joined with: named and checked when it is sent, joined when it is accepted.

use domain::Refusal;
use domain::group::{Group, GroupName};
use domain::permission::{InvitationSend, Permission};

use store::Reading;

use super::{exist, gives_what_the_caller_holds, lacking_on_projects};
use crate::{Authorized, Error, FieldError, Result};

/// The first groups by name that the caller could put somebody into: what a form of a new invitation offers.
///
/// # Errors
/// The database does not answer.
pub async fn offered(seen: &mut Authorized<InvitationSend, Reading>, limit: i64) -> Result<Vec<Group>> {
    if exist(seen).is_err() || !seen.actor().grants.has(Permission::GroupManage) {
        return Ok(Vec::new());
    }
    let now = seen.now();
    let mut offered = Vec::new();
    for (_, group) in store::group::list(seen.scope(), None, None, now, limit).await? {
        let covered = seen.actor().grants.covers(group.role.id);
        if covered && lacking_on_projects(seen, group.id).await?.is_none() {
            offered.push(group);
        }
    }
    Ok(offered)
}

/// The groups of these ids or slugs, if the caller could put somebody into them.
///
/// # Errors
/// There is no such group (told at the field), or it gives what the caller lacks.
pub(crate) async fn joinable(
    authorized: &mut Authorized<InvitationSend>,
    references: &[String],
) -> Result<Vec<GroupName>> {
    let mut groups: Vec<GroupName> = Vec::new();
    if references.is_empty() {
        return Ok(groups);
    }
    exist(authorized)?;
    if !authorized.actor().grants.has(Permission::GroupManage) {
        return Err(Refusal::Forbidden {
            permission: Permission::GroupManage,
        }
        .into());
    }
    let now = authorized.now();
    for (index, reference) in references.iter().enumerate() {
        let group = match store::group::get(authorized.scope(), reference, now).await {
            Err(store::Error::Refused(_)) => {
                let field = format!("groups/{index}");
                let error = FieldError::new(&field, "is no group of this organization");
                return Err(Error::Invalid(vec![error]));
            }
            found => found?,
        };
        gives_what_the_caller_holds(authorized, &group).await?;
        if !groups.iter().any(|known| known.id == group.id) {
            groups.push(group.named());
        }
    }
    Ok(groups)
}

/// The same again for an invitation that was sent before: the caller may hold less by now.
pub(crate) async fn still_joinable(authorized: &mut Authorized<InvitationSend>, groups: &[GroupName]) -> Result<()> {
    let references: Vec<String> = groups.iter().map(|group| group.id.to_string()).collect();
    joinable(authorized, &references).await.map(|_| ())
}

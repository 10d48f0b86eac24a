//! Whom a form means where people type a name instead of an id. Whoever may give something to somebody may name them, seen or
//! not: one text is answered by the one it fits exactly, and nobody is listed by it.

use domain::permission::{Needs, Permission};
use domain::project::Mapped;
pub use store::naming::Named;
use store::{Mode, Reading};

use crate::{Authorized, Result};

/// What may be named in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Member,
    ServiceAccount,
    Group,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    One(Named),
    Several,
    Nobody,
}

/// Usernames and addresses come first: they are somebody's alone. Full names, groups and service accounts may be several.
///
/// # Errors
/// The database does not answer.
pub async fn meant<P: Needs, M: Mode>(seen: &mut Authorized<P, M>, kinds: &[Kind], typed: &str) -> Result<Meant> {
    let key = typed.trim().to_lowercase();
    if key.is_empty() {
        return Ok(Meant::Nobody);
    }
    if kinds.contains(&Kind::ServiceAccount)
        && let Ok(id) = key.parse()
    {
        let name = store::group::service_account_name(seen.scope(), id).await?;
        return Ok(Meant::One(Named {
            who: Mapped::ServiceAccount(id),
            typed: name.clone(),
            name,
        }));
    }
    if kinds.contains(&Kind::Member)
        && let Some(found) = by_account(seen, &key).await?
    {
        return Ok(Meant::One(found));
    }
    let mut found = Vec::new();
    for kind in kinds {
        found.extend(match kind {
            Kind::Member => store::naming::members_called(seen.scope(), &key).await?,
            Kind::ServiceAccount => store::naming::service_accounts_called(seen.scope(), &key).await?,
            Kind::Group => store::naming::groups_called(seen.scope(), &key).await?,
        });
    }
    // A slug is one group's alone, whatever others are called.
    let by_slug = |named: &&Named| matches!(named.who, Mapped::Group(_)) && named.typed == key;
    let slug = found.iter().find(by_slug).cloned();
    Ok(match (slug, found.len()) {
        (Some(group), _) => Meant::One(group),
        (None, 0) => Meant::Nobody,
        (None, 1) => found.pop().map_or(Meant::Nobody, Meant::One),
        (None, _) => Meant::Several,
    })
}

async fn by_account<P: Needs, M: Mode>(seen: &mut Authorized<P, M>, key: &str) -> Result<Option<Named>> {
    if let Ok(id) = key.parse() {
        let member = store::member::find(seen.scope(), id).await?;
        return Ok(member.map(|member| Named {
            who: Mapped::Member(member.id),
            name: member.account.name,
            typed: member.account.username,
        }));
    }
    let key = key.trim_start_matches('@');
    Ok(store::naming::member_of_account(seen.scope(), key).await?)
}

/// The first of each kind by name, to be completed while typing: of those alone that the caller may see.
///
/// # Errors
/// The database does not answer.
pub async fn suggestions<P: Needs>(
    seen: &mut Authorized<P, Reading>,
    kinds: &[Kind],
    of_each: i64,
) -> Result<Vec<Named>> {
    let mut found = Vec::new();
    for kind in kinds {
        let permission = match kind {
            Kind::Member => Permission::MemberView,
            Kind::ServiceAccount => Permission::ServiceAccountView,
            Kind::Group => Permission::GroupView,
        };
        if !seen.actor().grants.has(permission) {
            continue;
        }
        found.extend(match kind {
            Kind::Member => store::naming::first_members(seen.scope(), of_each).await?,
            Kind::ServiceAccount => store::naming::first_service_accounts(seen.scope(), of_each).await?,
            Kind::Group => store::naming::first_groups(seen.scope(), of_each).await?,
        });
    }
    Ok(found)
}

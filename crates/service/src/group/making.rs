//! Making, changing and deleting groups.

use std::collections::HashSet;

use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::group::{Group, GroupName};
use domain::id::GroupId;
use domain::permission::GroupManage;
use domain::role::MEMBER;
use domain::text::{Slug, Title, remark};
use serde_json::json;
use store::group::NewGroup as Row;

use super::membership::{find, join};
use super::{etag, exist, gives_what_the_caller_holds, state, subject, target};
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::role::grantable;
use crate::{Authorized, Error, FieldError, Result};

/// How many may be put in when a group is made; further ones follow one by one.
const MOST_AT_ONCE: usize = 500;

/// A group as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewGroup {
    pub name: String,
    /// From the name where left out.
    pub slug: Option<String>,
    pub description: Option<String>,
    /// Member where left out.
    pub role: Option<String>,
    /// Id or slug of another group, shown beside it.
    pub parent: Option<String>,
    /// Ids of members and service accounts.
    pub members: Vec<String>,
}

/// What is to be another; the rest stays. `Some(None)`: no parent.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub parent: Option<Option<String>>,
}

/// # Errors
/// A field cannot be taken, or the group would give what the caller lacks.
pub async fn create(mut authorized: Authorized<GroupManage>, new: NewGroup) -> Result<Outcome<Group>> {
    exist(&authorized)?;
    let mut check = Check::default();
    let id: GroupId = authorized.new_id();
    let name = check.field("name", Title::parse(&new.name));
    let slug = check.slug(new.slug.as_deref(), &new.name, "group", id);
    let description = check.field("description", remark(new.description.as_deref().unwrap_or_default()));
    if new.members.len() > MOST_AT_ONCE {
        check.wrong("members", format!("must be at most {MOST_AT_ONCE} at once"));
    }
    check.done()?;
    let reference = new.role.as_deref().map(str::trim).filter(|role| !role.is_empty());
    let role = grantable(&mut authorized, "role", reference.unwrap_or(MEMBER)).await?;
    let parent = parent(&mut authorized, new.parent.as_deref()).await?;
    let (name, description) = (checked(name)?, checked(description)?);
    let granted = authorized.granting();
    let row = Row {
        id,
        slug: &slug,
        name: name.as_str(),
        description: &description,
        role: role.id,
        parent: parent.map(|parent| parent.id),
        granted: &granted,
    };
    store::group::insert(authorized.scope(), &row).await?;
    for (index, member) in new.members.iter().enumerate() {
        let found = find(&mut authorized, member).await;
        let (principal, named) = found.map_err(|error| at(error, &format!("members/{index}")))?;
        authorized.watch_principal(principal, named).await?;
        join(&mut authorized, id, principal, None).await?;
    }
    let now = authorized.now();
    let made = store::group::get(authorized.scope(), &id.to_string(), now).await?;
    authorized.effect(Effect::new(Kind::Created, subject(&made)).detail(made.role.name.clone()));
    authorized.touch_access().await?;
    let mut after = state(&made);
    after["members"] = json!(new.members);
    let event = Event::new(Action::GroupCreated, target(&made)).after(after);
    authorized.commit(event, made).await
}

/// # Errors
/// A field cannot be taken.
pub async fn edit(mut authorized: Authorized<GroupManage>, reference: &str, edit: GroupEdit) -> Result<Outcome<Group>> {
    let before = to_be_changed(&mut authorized, reference).await?;
    let mut check = Check::default();
    let mut after = before.clone();
    check.replace("name", edit.name.as_deref(), Title::parse, &mut after.name);
    check.replace("slug", edit.slug.as_deref(), Slug::parse, &mut after.slug);
    check.replace(
        "description",
        edit.description.as_deref(),
        remark,
        &mut after.description,
    );
    check.done()?;
    if let Some(reference) = &edit.parent {
        after.parent = parent(&mut authorized, reference.as_deref()).await?;
        not_below_itself(&mut authorized, &after).await?;
    }
    if authorized.is_unchanged(&state(&before), &state(&after)) {
        return authorized.unchanged(before).await;
    }
    store::group::update(authorized.scope(), &after).await?;
    let now = authorized.now();
    let changed = store::group::get(authorized.scope(), &after.id.to_string(), now).await?;
    let detail = if before.name == changed.name {
        "name, slug or description".to_owned()
    } else {
        format!("name: {} → {}", before.name, changed.name)
    };
    authorized.effect(Effect::new(Kind::Changed, subject(&changed)).detail(detail));
    let event = Event::new(Action::GroupEdited, target(&changed))
        .before(state(&before))
        .after(state(&changed));
    authorized.commit(event, changed).await
}

/// # Errors
/// The old or the new role holds what the caller lacks.
pub async fn set_role(mut authorized: Authorized<GroupManage>, reference: &str, role: &str) -> Result<Outcome<Group>> {
    let before = to_be_changed(&mut authorized, reference).await?;
    let role = grantable(&mut authorized, "role", role).await?;
    // The lesser takes nothing from the greater either.
    before.role.can_be_granted_by(&authorized.actor().grants)?;
    authorized.watch_group(before.id).await?;
    let granted = authorized.granting();
    store::group::set_role(authorized.scope(), before.id, role.id, &granted).await?;
    let now = authorized.now();
    let changed = store::group::get(authorized.scope(), &before.id.to_string(), now).await?;
    let detail = format!("role: {} → {}", before.role.name, changed.role.name);
    authorized.effect(Effect::new(Kind::Changed, subject(&changed)).detail(detail));
    authorized.touch_access().await?;
    let event = Event::new(Action::GroupRoleChanged, target(&changed))
        .before(state(&before))
        .after(state(&changed));
    authorized.commit(event, changed).await
}

/// # Errors
/// The group gives what the caller lacks.
pub async fn delete(mut authorized: Authorized<GroupManage>, reference: &str) -> Result<Outcome<()>> {
    let group = to_be_changed(&mut authorized, reference).await?;
    gives_what_the_caller_holds(&mut authorized, &group).await?;
    authorized.watch_group(group.id).await?;
    store::group::delete(authorized.scope(), group.id).await?;
    authorized.effect(Effect::new(Kind::Deleted, subject(&group)));
    authorized.touch_access().await?;
    let event = Event::new(Action::GroupDeleted, target(&group)).before(state(&group));
    authorized.commit(event, ()).await
}

pub(super) async fn to_be_changed(authorized: &mut Authorized<GroupManage>, reference: &str) -> Result<Group> {
    exist(authorized)?;
    let now = authorized.now();
    let group = store::group::get(authorized.scope(), reference, now).await?;
    authorized.request().matches(&etag(&group))?;
    Ok(group)
}

async fn parent(authorized: &mut Authorized<GroupManage>, reference: Option<&str>) -> Result<Option<GroupName>> {
    let Some(reference) = reference.map(str::trim).filter(|reference| !reference.is_empty()) else {
        return Ok(None);
    };
    let now = authorized.now();
    match store::group::get(authorized.scope(), reference, now).await {
        Ok(group) => Ok(Some(group.named())),
        Err(store::Error::Refused(_)) => Err(Error::Invalid(vec![FieldError::new(
            "parent",
            "is no group of this organization",
        )])),
        Err(error) => Err(error.into()),
    }
}

/// No group stands below itself, by however many others.
async fn not_below_itself(authorized: &mut Authorized<GroupManage>, group: &Group) -> Result<()> {
    let mut way = vec![group.name.clone()];
    let mut next = group.parent.clone();
    let mut passed = HashSet::new();
    while let Some(above) = next {
        way.push(above.name);
        if above.id == group.id {
            let detail = format!("must not be below the group itself: {}", way.join(" → "));
            return Err(Error::Invalid(vec![FieldError::new("parent", detail)]));
        }
        // Groups that were below themselves before this was asked go round without it.
        if !passed.insert(above.id) {
            return Ok(());
        }
        let now = authorized.now();
        next = store::group::get(authorized.scope(), &above.id.to_string(), now)
            .await?
            .parent;
    }
    Ok(())
}

/// Who is named in a list, and is nobody here, is told at their place in it.
fn at(error: Error, field: &str) -> Error {
    match error {
        Error::Refused(domain::Refusal::NotFound { .. }) => Error::Invalid(vec![FieldError::new(
            field,
            "is no member or service account of this organization",
        )]),
        other => other,
    }
}

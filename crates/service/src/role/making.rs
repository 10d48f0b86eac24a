//! Making and changing custom roles. Nobody builds into one what they do not hold, nor changes one that holds more.

use domain::Refusal;
use domain::audit::{Action, Event};
use domain::effect::{Effect, Kind};
use domain::id::RoleId;
use domain::permission::{Level, PermissionSet, RoleManage};
use domain::role::{COLOURS, Role};
use domain::text::{Slug, Title, remark};
use store::Mode;

use super::{Counted, counted, etag, state, subject, target};
use crate::authorization::Outcome;
use crate::error::{Check, checked};
use crate::{Authorized, Result};

/// A role as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewRole {
    pub name: String,
    /// From the name where left out.
    pub slug: Option<String>,
    pub description: Option<String>,
    pub colour: Option<String>,
    pub applies_to: Option<Level>,
    pub permissions: Vec<String>,
}

/// What is to be another; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct RoleEdit {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub description: Option<String>,
    pub colour: Option<String>,
    pub permissions: Option<Vec<String>>,
}

/// # Errors
/// A field cannot be taken, or the role would hold what the caller lacks.
pub async fn create(mut authorized: Authorized<RoleManage>, new: NewRole) -> Result<Outcome<Counted>> {
    customizable(&authorized)?;
    let level = new.applies_to.unwrap_or(Level::Organization);
    let mut check = Check::default();
    let id: RoleId = authorized.new_id();
    let name = check.field("name", Title::parse(&new.name));
    let slug = check.slug(new.slug.as_deref(), &new.name, "role", id);
    let description = check.field("description", remark(new.description.as_deref().unwrap_or_default()));
    let colour = colour(&mut check, new.colour.as_deref().filter(|colour| !colour.is_empty()));
    let permissions = permissions(&mut check, &authorized, level, &new.permissions);
    check.done()?;
    let role = Role {
        id,
        slug,
        name: checked(name)?.to_string(),
        description: checked(description)?,
        colour: colour.unwrap_or_else(|| "grey".to_owned()),
        built_in: false,
        applies_to: level,
        shown: true,
        permissions,
        revision: authorized.scope().revision(),
    };
    role.can_be_made_by(&authorized.actor().grants)?;
    let place = store::role::next_place(authorized.scope()).await?;
    store::role::insert(authorized.scope(), &role, place).await?;
    authorized.effect(Effect::new(Kind::Created, subject(&role)).detail(given(&role)));
    authorized.touch_access().await?;
    let event = Event::new(Action::RoleCreated, target(&role)).after(state(&role));
    let made = Counted {
        role,
        members: 0,
        groups: 0,
    };
    authorized.commit(event, made).await
}

/// # Errors
/// The role is built in, or holds or would hold what the caller lacks.
pub async fn edit(
    mut authorized: Authorized<RoleManage>,
    level: Level,
    reference: &str,
    edit: RoleEdit,
) -> Result<Outcome<Counted>> {
    let before = to_be_changed(&mut authorized, level, reference).await?;
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
    if edit.colour.is_some() {
        after.colour = colour(&mut check, edit.colour.as_deref()).unwrap_or_default();
    }
    if let Some(names) = &edit.permissions {
        after.permissions = permissions(&mut check, &authorized, before.applies_to, names);
    }
    check.done()?;
    after.can_be_made_by(&authorized.actor().grants)?;
    if authorized.is_unchanged(&state(&before), &state(&after)) {
        let same = counted(&mut authorized, before).await?;
        return authorized.unchanged(same).await;
    }
    let regranted = after.permissions != before.permissions;
    if regranted {
        authorized.watch_role_holders(before.id).await?;
    }
    rename_in_policies(&mut authorized, &before, Some(&after.slug)).await?;
    store::role::update(authorized.scope(), &after).await?;
    after.revision = authorized.scope().revision();
    authorized.effect(Effect::new(Kind::Changed, subject(&after)).detail(changed(&before, &after)));
    // Names and slugs are in what the check remembers too.
    authorized.touch_access().await?;
    let event = Event::new(Action::RoleEdited, target(&after))
        .before(state(&before))
        .after(state(&after));
    let edited = counted(&mut authorized, after).await?;
    authorized.commit(event, edited).await
}

/// The custom role of that reference, if the caller may change it and it is still as they last saw it.
pub(super) async fn to_be_changed(
    authorized: &mut Authorized<RoleManage>,
    level: Level,
    reference: &str,
) -> Result<Role> {
    let role = store::role::get_at(authorized.scope(), level, reference).await?;
    role.can_be_changed_by(&authorized.actor().grants)?;
    customizable(authorized)?;
    authorized.request().matches(&etag(&role))?;
    Ok(role)
}

/// The policy of offered roles names them by slug: it follows a new one, and forgets one that is gone.
pub(super) async fn rename_in_policies(
    authorized: &mut Authorized<RoleManage>,
    role: &Role,
    slug: Option<&str>,
) -> Result<()> {
    if role.applies_to != Level::Organization || slug == Some(role.slug.as_str()) {
        return Ok(());
    }
    let mut policies = authorized.organization().policies.clone();
    let Some(offered) = policies
        .offered_roles
        .as_mut()
        .filter(|offered| offered.contains(&role.slug))
    else {
        return Ok(());
    };
    offered.retain(|known| *known != role.slug);
    if let Some(slug) = slug.filter(|slug| !offered.iter().any(|known| known == slug)) {
        offered.push(slug.to_owned());
    }
    Ok(store::organization::set_policies(authorized.scope(), &policies).await?)
}

fn customizable<M: Mode>(authorized: &Authorized<RoleManage, M>) -> Result<()> {
    if authorized.organization().access_model.custom_roles {
        return Ok(());
    }
    Err(Refusal::NotInThisOrganization { what: "custom roles" }.into())
}

fn colour(check: &mut Check, colour: Option<&str>) -> Option<String> {
    let colour = colour?;
    if COLOURS.contains(&colour) {
        return Some(colour.to_owned());
    }
    check.wrong("colour", format!("must be one of {}", COLOURS.join(", ")));
    None
}

fn permissions<M: Mode>(
    check: &mut Check,
    authorized: &Authorized<RoleManage, M>,
    level: Level,
    names: &[String],
) -> PermissionSet {
    let catalogue = &authorized.actor().grants.access.catalogue;
    for (index, name) in names.iter().enumerate() {
        let known = catalogue.place(name).map(|place| catalogue.at(place));
        if known.is_none_or(|known| known.applies_to != level) {
            let detail = format!("is no permission of the {} level: {name}", level.name());
            check.wrong(&format!("permissions/{index}"), detail);
        }
    }
    names.iter().cloned().collect()
}

fn given(role: &Role) -> String {
    match role.permissions.len() {
        1 => "with 1 permission".to_owned(),
        count => format!("with {count} permissions"),
    }
}

fn changed(before: &Role, after: &Role) -> String {
    let added: Vec<_> = after.permissions.missing_from(&before.permissions).collect();
    let dropped: Vec<_> = before.permissions.missing_from(&after.permissions).collect();
    let mut parts = Vec::new();
    for (what, old, new) in [
        ("name", &before.name, &after.name),
        ("description", &before.description, &after.description),
        ("colour", &before.colour, &after.colour),
        ("slug", &before.slug, &after.slug),
    ] {
        if old != new {
            parts.push(format!("{what}: {old} → {new}"));
        }
    }
    if !added.is_empty() {
        parts.push(format!("now gives {}", added.join(", ")));
    }
    if !dropped.is_empty() {
        parts.push(format!("no longer gives {}", dropped.join(", ")));
    }
    if parts.is_empty() {
        parts.push("stays as it is".to_owned());
    }
    parts.join("; ")
}

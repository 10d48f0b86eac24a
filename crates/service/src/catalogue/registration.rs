//! A host application declares its permissions, all of them at once and as often as it likes. What it declares gives
//! nobody what the caller does not hold, and nothing that is in use goes away.

use std::collections::{BTreeMap, BTreeSet};

use domain::Refusal;
use domain::audit::{Action, Event, Target};
use domain::effect::{Effect, Kind, Preview, Subject};
use domain::permission::{Level, Permission, PermissionSet, RoleManage, parse_declared_name};
use domain::preset::DeclaredPermission;
use domain::role::Role;
use domain::text::{Malformed, remark};
use serde_json::json;

use crate::authorization::Outcome;
use crate::error::Check;
use crate::{Authorized, Result};

/// More than any application has; every check of the organization carries a bit for each.
const MOST: usize = 2_000;
/// Of the places where something is in use, how many are named.
const NAMED: i64 = 10;

/// A permission as it was declared.
#[derive(Clone, Debug)]
pub struct NewPermission {
    pub name: String,
    pub applies_to: Level,
    pub module: Option<String>,
    pub description: String,
    pub carries: Vec<String>,
}

/// Puts the application's permissions in the place of those it declared before.
///
/// # Errors
/// A name is taken, one that is left out is in use, or what a permission is to carry is not the caller's to give.
pub async fn register(
    mut authorized: Authorized<RoleManage>,
    application: &str,
    permissions: Vec<NewPermission>,
) -> Result<Outcome<Vec<DeclaredPermission>>> {
    let mut check = Check::default();
    let application = check
        .field("application", application_name(application))
        .unwrap_or_default();
    let wanted = parse(&mut check, &application, permissions);
    check.done()?;
    let known = store::catalogue::list(authorized.scope()).await?;
    let (before, others): (Vec<_>, Vec<_>) = known
        .into_iter()
        .partition(|declared| declared.application.as_deref() == Some(application.as_str()));
    for declared in &wanted {
        not_taken(declared, &others)?;
    }
    if before == wanted {
        return Ok(unchanged(&authorized, wanted));
    }
    let change = Change::between(&before, &wanted);
    change.may_be_made_by(&authorized)?;
    let roles = store::role::list(authorized.scope()).await?;
    let complete = authorized.organization().access_model.clone();
    let complete = |role: &Role| role.built_in && complete.complete(role.applies_to).contains(&role.slug);
    not_in_use(&mut authorized, &change, &roles, complete).await?;
    for role in &roles {
        let after = change.applied(role, complete(role));
        if after != role.permissions || change.redeclares_some_of(role) {
            authorized.watch_role_holders(role.id).await?;
        }
    }
    store::catalogue::replace(authorized.scope(), &application, &wanted).await?;
    for role in &roles {
        let permissions = change.applied(role, complete(role));
        if permissions != role.permissions {
            let after = Role {
                permissions,
                ..role.clone()
            };
            store::role::update(authorized.scope(), &after).await?;
        }
    }
    tell(&mut authorized, &change);
    authorized.touch_access().await?;
    let target = Target::new("application", &application, &application);
    let event = Event::new(Action::CatalogueRegistered, target)
        .before(json!({ "permissions": names(&before), "declared": before }))
        .after(json!({ "permissions": names(&wanted), "declared": wanted }));
    authorized.commit(event, wanted).await
}

fn unchanged(authorized: &Authorized<RoleManage>, wanted: Vec<DeclaredPermission>) -> Outcome<Vec<DeclaredPermission>> {
    if authorized.request().dry_run {
        Outcome::Previewed(Preview::default())
    } else {
        Outcome::Done(wanted)
    }
}

fn names(declared: &[DeclaredPermission]) -> Vec<&str> {
    declared.iter().map(|declared| declared.name.as_str()).collect()
}

fn application_name(text: &str) -> Result<String, Malformed> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let text = text.trim();
    if text.is_empty() || text.len() > 63 || !text.bytes().all(allowed) {
        return Err(Malformed("must have 1 to 63 letters, digits and . _ -".to_owned()));
    }
    Ok(text.to_owned())
}

fn parse(check: &mut Check, application: &str, permissions: Vec<NewPermission>) -> Vec<DeclaredPermission> {
    if permissions.len() > MOST {
        check.wrong("permissions", format!("must be at most {MOST}"));
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut wanted = Vec::new();
    for (index, new) in permissions.into_iter().enumerate() {
        let field = |name: &str| format!("permissions/{index}/{name}");
        let name = check.field(&field("name"), parse_declared_name(&new.name));
        if !seen.insert(new.name.clone()) {
            check.wrong(&field("name"), "is in the list twice");
        }
        for (place, carried) in new.carries.iter().enumerate() {
            if Permission::parse(carried).is_none_or(|own| own.applies_to() != new.applies_to) {
                let detail = format!("is none of Roster's permissions of the {} level", new.applies_to.name());
                check.wrong(&field(&format!("carries/{place}")), detail);
            }
        }
        let description = check.field(&field("description"), remark(&new.description));
        let module = check.optional(&field("module"), new.module.as_deref(), remark);
        wanted.push(DeclaredPermission {
            name: name.unwrap_or_default(),
            applies_to: new.applies_to,
            module,
            description: description.unwrap_or_default(),
            carries: new.carries,
            application: Some(application.to_owned()),
        });
    }
    wanted
}

fn not_taken(declared: &DeclaredPermission, others: &[DeclaredPermission]) -> Result<()> {
    let other = others.iter().find(|other| other.name == declared.name);
    let owner = match other {
        _ if declared.name.starts_with("roster.") => "Roster itself".to_owned(),
        None => return Ok(()),
        Some(other) => match &other.application {
            Some(application) => format!("the application {application}"),
            None => "the organization's preset".to_owned(),
        },
    };
    Err(Refusal::PermissionTaken {
        permission: declared.name.clone(),
        owner,
    }
    .into())
}

/// What a new catalogue makes different.
#[derive(Default)]
struct Change<'a> {
    new: Vec<&'a DeclaredPermission>,
    /// Gone, or of another level now.
    gone: Vec<&'a DeclaredPermission>,
    /// Those that stay and carry something else, with what they carry only before or only after.
    recarried: BTreeMap<&'a str, PermissionSet>,
    /// Told differently, and nothing else.
    retold: Vec<&'a DeclaredPermission>,
}

impl<'a> Change<'a> {
    fn between(before: &'a [DeclaredPermission], after: &'a [DeclaredPermission]) -> Self {
        let mut change = Self::default();
        for old in before {
            let stays = |new: &&DeclaredPermission| new.name == old.name && new.applies_to == old.applies_to;
            if !after.iter().any(|new| stays(&new)) {
                change.gone.push(old);
            }
        }
        for new in after {
            let old = before
                .iter()
                .find(|old| old.name == new.name && old.applies_to == new.applies_to);
            let Some(old) = old else {
                change.new.push(new);
                continue;
            };
            let (was, is): (BTreeSet<_>, BTreeSet<_>) = (old.carries.iter().collect(), new.carries.iter().collect());
            let different: PermissionSet = was.symmetric_difference(&is).map(|name| name.as_str()).collect();
            if !different.is_empty() {
                change.recarried.insert(&new.name, different);
            } else if old != new {
                change.retold.push(new);
            }
        }
        change
    }

    /// Nobody carries into a permission what they do not hold, for a role that they may edit could hold it; and whoever
    /// changes what one carries holds that, for those who have it may be greater.
    fn may_be_made_by(&self, authorized: &Authorized<RoleManage>) -> Result<()> {
        let grants = &authorized.actor().grants;
        let touched = self.new.iter().flat_map(|new| new.carries.iter().map(String::as_str));
        let touched = touched.chain(self.recarried.values().flat_map(PermissionSet::iter));
        let (of_organization, of_projects): (Vec<&str>, Vec<&str>) = touched
            .partition(|name| Permission::parse(name).is_some_and(|own| own.applies_to() == Level::Organization));
        let mut missing = grants.lacking_permissions(&of_organization.into_iter().collect());
        missing.extend(grants.lacking_on_every_project(&of_projects.into_iter().collect()));
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::CannotCarry { missing }.into())
    }

    /// What the role names afterwards. A complete one loses what is gone, and gets what is new unless it would bring
    /// along something that the role leaves out on purpose.
    fn applied(&self, role: &Role, complete: bool) -> PermissionSet {
        let mut permissions = role.permissions.clone();
        if !complete {
            return permissions;
        }
        for gone in &self.gone {
            permissions.remove(&gone.name);
        }
        let of_level = self.new.iter().filter(|new| new.applies_to == role.applies_to);
        for new in of_level.filter(|new| new.carries.iter().all(|name| role.permissions.contains(name))) {
            permissions.insert(new.name.clone());
        }
        permissions
    }

    fn redeclares_some_of(&self, role: &Role) -> bool {
        self.recarried.keys().any(|name| role.permissions.contains(name))
    }
}

async fn not_in_use(
    authorized: &mut Authorized<RoleManage>,
    change: &Change<'_>,
    roles: &[Role],
    complete: impl Fn(&Role) -> bool,
) -> Result<()> {
    for gone in &change.gone {
        let holding = roles
            .iter()
            .filter(|role| !complete(role) && role.permissions.contains(&gone.name));
        let mut places: Vec<String> = holding.map(|role| format!("the role {}", role.name)).collect();
        let tokens = store::catalogue::narrowed_tokens(authorized.scope(), &gone.name, NAMED).await?;
        places.extend(tokens.into_iter().map(|name| format!("the token {name}")));
        if !places.is_empty() {
            return Err(Refusal::PermissionInUse {
                permission: gone.name.clone(),
                places,
            }
            .into());
        }
    }
    Ok(())
}

fn tell(authorized: &mut Authorized<RoleManage>, change: &Change<'_>) {
    let subject = |name: &str| Subject {
        kind: "permission",
        id: name.to_owned(),
        name: name.to_owned(),
    };
    let told = [
        (Kind::Created, names_of(&change.new)),
        (Kind::Deleted, names_of(&change.gone)),
        (Kind::Changed, change.recarried.keys().copied().collect()),
        (Kind::Changed, names_of(&change.retold)),
    ];
    for (kind, names) in told {
        for name in names {
            authorized.effect(Effect::new(kind, subject(name)));
        }
    }
}

fn names_of<'a>(declared: &[&'a DeclaredPermission]) -> Vec<&'a str> {
    declared.iter().map(|declared| declared.name.as_str()).collect()
}

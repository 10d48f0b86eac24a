//! Roles to look at: the list by level, all that one gives, and several side by side.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::catalogue::Catalogue;
use domain::permission::{Level, Permission, RoleView};
use domain::role::Role;
use serde::Deserialize;
use service::Authorized;
use service::authorization::Mode;
use service::role::Counted;

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::inside::{Inside, enter};
use crate::console::part::{self, counted};
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::Choice;
use crate::page::role::{Entry, LevelOf, Line, List, Matrix, Module, Row, Rows, Show};
use crate::page::shell::Section;

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/roles", get(list))
        .route("/o/{organization}/roles/matrix", get(matrix))
        .route("/o/{organization}/roles/comparison", get(comparison))
        .route("/o/{organization}/roles/{role}", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    applies_to: String,
    left: String,
    right: String,
}

/// The level of a form or an address; the organization's where it names none.
pub fn level(text: &str) -> Level {
    Level::parse(text).unwrap_or(Level::Organization)
}

/// Whether this viewer may make and change roles here.
pub fn may_manage<M: Mode>(seen: &Authorized<RoleView, M>) -> bool {
    seen.organization().access_model.custom_roles && seen.actor().grants.has(Permission::RoleManage)
}

/// Whether this viewer may change this one.
pub fn may_change<M: Mode>(seen: &Authorized<RoleView, M>, role: &Role) -> bool {
    may_manage(seen) && role.can_be_changed_by(&seen.actor().grants).is_ok()
}

/// Roles that pages show; a hidden built-in one shows where somebody has it.
fn is_shown(counted: &Counted) -> bool {
    counted.role.shown || counted.members > 0
}

pub fn holders(counted: &Counted) -> String {
    let number = |count: i64, one, many| part::counted(usize::try_from(count).unwrap_or(0), one, many);
    match (counted.members, counted.groups) {
        (0, 0) => "Nobody".to_owned(),
        (members, 0) => number(members, "member", "members"),
        (0, groups) => number(groups, "group", "groups"),
        (members, groups) => format!(
            "{}, {}",
            number(members, "member", "members"),
            number(groups, "group", "groups")
        ),
    }
}

async fn list(State(app): State<App>, Person(request): Person, Path(slug): Path<String>, shown: Once) -> Answer {
    let (mut seen, inside) = enter::<RoleView>(&app, &request, &slug, Section::Settings, shown).await?;
    let roles = service::role::list(&mut seen).await?;
    let row = |counted: &Counted| Row {
        id: counted.role.id.to_string(),
        role: part::role(&counted.role),
        description: counted.role.description.clone(),
        built_in: counted.role.built_in,
        gives: part::counted(counted.role.permissions.len(), "permission", "permissions"),
        holders: if counted.role.applies_to == Level::Organization {
            holders(counted)
        } else {
            "On projects".to_owned()
        },
        may_change: may_change(&seen, &counted.role),
    };
    let of = |level: Level, title: &str, about: &str| LevelOf {
        title: title.to_owned(),
        about: about.to_owned(),
        level: level.name().to_owned(),
        rows: roles
            .iter()
            .filter(|counted| counted.role.applies_to == level && is_shown(counted))
            .map(row)
            .collect(),
    };
    let page = List {
        has_settings: seen.actor().grants.has(Permission::OrganizationManage),
        may_see_security: seen.actor().grants.has(Permission::SecurityManage),
        may_create: may_manage(&seen),
        levels: vec![
            of(
                Level::Organization,
                "Organization Roles",
                "What people and groups may do in the organization.",
            ),
            of(
                Level::Project,
                "Project Roles",
                "What people and groups may do on a project.",
            ),
        ],
        shell: inside.shell("Roles"),
        base: inside.base,
    };
    Ok(view::html(&page))
}

/// The permissions of a level in their modules: Roster's own last, for a host's words are those its people know.
pub fn modules(catalogue: &Catalogue, level: Level, entry: impl Fn(&domain::catalogue::Known) -> Entry) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    let mut own = Module {
        title: "People and access".to_owned(),
        entries: Vec::new(),
    };
    for (_, known) in catalogue.iter().filter(|(_, known)| known.applies_to == level) {
        if Permission::parse(&known.name).is_some() {
            own.entries.push(entry(known));
            continue;
        }
        let title = known
            .module
            .clone()
            .or_else(|| known.application.clone())
            .unwrap_or_else(|| {
                match level {
                    Level::Organization => "Organization",
                    Level::Project => "Project",
                }
                .to_owned()
            });
        match modules.iter_mut().find(|module| module.title == title) {
            Some(module) => module.entries.push(entry(known)),
            None => modules.push(Module {
                title,
                entries: vec![entry(known)],
            }),
        }
    }
    modules.push(own);
    modules
}

async fn show(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, reference)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<RoleView>(&app, &request, &slug, Section::Settings, shown).await?;
    let found = service::role::get(&mut seen, level(&asked.applies_to), &reference).await?;
    let all = service::role::list(&mut seen).await?;
    let role = &found.role;
    let access = &seen.actor().grants.access;
    let catalogue = &access.catalogue;
    let bits = catalogue.expand(&role.permissions);
    let entry = |known: &domain::catalogue::Known| {
        let allowed = catalogue.place(&known.name).is_some_and(|place| bits.has(place));
        Entry {
            name: known.name.clone(),
            description: known.description.clone(),
            allowed,
            unavailable: String::new(),
            remark: if allowed && !role.permissions.contains(&known.name) {
                "Comes with another one".to_owned()
            } else {
                String::new()
            },
        }
    };
    let modules = modules(catalogue, role.applies_to, entry);
    let entries = modules.iter().flat_map(|module| &module.entries);
    let (allowed, known) = (entries.clone().filter(|entry| entry.allowed).count(), entries.count());
    let page = Show {
        shell: inside.shell(&role.name),
        id: role.id.to_string(),
        role: part::role(role),
        description: role.description.clone(),
        built_in: role.built_in,
        level: role.applies_to.name().to_owned(),
        holders: if role.applies_to == Level::Organization {
            format!("Held by {}", holders(&found).to_lowercase())
        } else {
            "Given on projects".to_owned()
        },
        count: format!("{allowed} of {}", counted(known, "permission", "permissions")),
        may_change: may_change(&seen, role),
        may_clone: may_manage(&seen),
        others: all
            .iter()
            .filter(|other| other.role.applies_to == role.applies_to && other.role.id != role.id && is_shown(other))
            .map(|other| Choice::new(other.role.id.to_string(), &other.role.name))
            .collect(),
        modules,
        base: inside.base,
    };
    Ok(view::html(&page))
}

async fn matrix(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<RoleView>(&app, &request, &slug, Section::Settings, shown).await?;
    let level = level(&asked.applies_to);
    let all = service::role::list(&mut seen).await?;
    let columns: Vec<&Role> = all
        .iter()
        .filter(|counted| counted.role.applies_to == level && is_shown(counted))
        .map(|counted| &counted.role)
        .collect();
    let page = Matrix {
        heading: format!("Roles and permissions of {}", inside.organization),
        lead: "A tick: the role gives the permission, by itself or with another one.".to_owned(),
        ..table(&seen, &inside, level, &columns)
    };
    Ok(view::html(&page))
}

async fn comparison(
    State(app): State<App>,
    Person(request): Person,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let (mut seen, inside) = enter::<RoleView>(&app, &request, &slug, Section::Settings, shown).await?;
    let level = level(&asked.applies_to);
    let all = service::role::list(&mut seen).await?;
    let of_level: Vec<&Role> = all
        .iter()
        .map(|counted| &counted.role)
        .filter(|role| role.applies_to == level)
        .collect();
    let find = |reference: &str| {
        let named = |role: &&&Role| role.id.to_string() == reference || role.slug == reference;
        of_level.iter().find(named).copied()
    };
    let missing = || Page::from(domain::Refusal::NotFound { what: "role" });
    let left = find(&asked.left).ok_or_else(missing)?;
    let right = find(&asked.right).ok_or_else(missing)?;
    let choices = |chosen: &Role| {
        let choice = |role: &&Role| Choice::new(role.id.to_string(), &role.name).selected(role.id == chosen.id);
        of_level.iter().map(choice).collect()
    };
    let page = Matrix {
        heading: format!("{} and {}", left.name, right.name),
        lead: "Where they differ, the line is marked.".to_owned(),
        left: choices(left),
        right: choices(right),
        ..table(&seen, &inside, level, &[left, right])
    };
    Ok(view::html(&page))
}

fn table<M: Mode>(seen: &Authorized<RoleView, M>, inside: &Inside, level: Level, columns: &[&Role]) -> Matrix {
    let catalogue = &seen.actor().grants.access.catalogue;
    let given: Vec<_> = columns.iter().map(|role| catalogue.expand(&role.permissions)).collect();
    let cells = |name: &str| {
        let place = catalogue.place(name);
        given
            .iter()
            .map(|bits| place.is_some_and(|place| bits.has(place)))
            .collect()
    };
    let entry = |known: &domain::catalogue::Known| Entry {
        name: known.name.clone(),
        description: known.description.clone(),
        ..Entry::default()
    };
    let rows = modules(catalogue, level, entry).into_iter().map(|module| Rows {
        title: module.title,
        rows: module
            .entries
            .into_iter()
            .map(|entry| Line {
                cells: cells(&entry.name),
                name: entry.name,
                description: entry.description,
            })
            .collect(),
    });
    Matrix {
        shell: inside.shell("Roles and permissions"),
        base: inside.base.clone(),
        level: level.name().to_owned(),
        columns: columns.iter().map(|role| part::role(role)).collect(),
        modules: rows.collect(),
        ..Matrix::default()
    }
}

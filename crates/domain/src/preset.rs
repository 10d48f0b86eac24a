//! Presets: what a new organization starts with, as data. Each is a TOML file of policies, words, roles and a permission
//! catalogue. The program asks a preset for what it holds, never for its name, so that a further one is a further file.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::organization::AccessModel;
use crate::permission::{Level, Permission, PermissionSet};
use crate::policy::Policies;
use crate::words::Words;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub policies: Policies,
    pub words: Words,
    pub roles: Vec<PresetRole>,
    /// The catalogue it brings along, besides Roster's own permissions.
    pub permissions: Vec<DeclaredPermission>,
    pub access_model: AccessModel,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetRole {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub colour: String,
    pub applies_to: Level,
    /// Whether lists and pickers show it; a hidden role still works for whoever has it.
    pub shown: bool,
    /// By name and in order: Roster's own and declared ones, without what those carry.
    pub permissions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredPermission {
    pub name: String,
    pub applies_to: Level,
    pub module: Option<String>,
    pub description: String,
    /// Roster's own permissions that come with it.
    #[serde(default)]
    pub carries: Vec<String>,
    /// The host application that declared it; none where the preset did.
    #[serde(skip)]
    pub application: Option<String>,
}

/// Colours that a role may have; a style sheet knows each in light and in dark.
pub const COLOURS: [&str; 10] = [
    "grey", "red", "orange", "amber", "green", "teal", "blue", "indigo", "violet", "pink",
];

const SOURCES: [&str; 7] = [
    include_str!("../../../presets/standard.toml"),
    include_str!("../../../presets/error-reporting.toml"),
    include_str!("../../../presets/modules.toml"),
    include_str!("../../../presets/delivery.toml"),
    include_str!("../../../presets/delivery-small.toml"),
    include_str!("../../../presets/service-desk.toml"),
    include_str!("../../../presets/directory.toml"),
];

// The files are part of the program and a test reads each: what does not parse never leaves the workshop.
static PRESETS: LazyLock<Vec<Preset>> =
    LazyLock::new(|| SOURCES.iter().filter_map(|source| Preset::parse(source).ok()).collect());

/// Every preset, the default one first.
pub fn all() -> &'static [Preset] {
    &PRESETS
}

pub fn find(slug: &str) -> Option<&'static Preset> {
    all().iter().find(|preset| preset.slug == slug)
}

/// Why a preset's text cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("it is not written as a preset: {0}")]
    Unreadable(String),
    #[error("the role {role} must say exactly one of permissions, all, all_but, same_as")]
    AmbiguousRole { role: String },
    #[error("the role {role} is the same as {other}, which is no role of its level that lists its own permissions")]
    UnknownTwin { role: String, other: String },
    #[error("{place} names {permission}, which does not exist at that level")]
    UnknownPermission { place: String, permission: String },
    #[error("the role {role} exists twice at its level")]
    RepeatedRole { role: String },
    #[error("the permission {permission} is declared twice, or takes a name that is Roster's own")]
    RepeatedPermission { permission: String },
    #[error("the role {role} has the unknown colour {colour}")]
    UnknownColour { role: String, colour: String },
    #[error("{place} names the role {role}, which does not exist")]
    UnknownRole { place: &'static str, role: String },
    #[error("the policy {field} {problem}")]
    Policy { field: String, problem: String },
}

/// The roles every organization has. Nothing else may be relied on by slug.
pub const BUILT_IN: [&str; 4] = ["owner", "admin", "member", "guest"];

impl Preset {
    pub fn role(&self, level: Level, slug: &str) -> Option<&PresetRole> {
        self.roles
            .iter()
            .find(|role| role.applies_to == level && role.slug == slug)
    }

    /// What the role gives in all: what it names and what that carries.
    pub fn permissions_of(&self, role: &PresetRole) -> PermissionSet {
        let carried = self
            .permissions
            .iter()
            .filter(|declared| role.permissions.contains(&declared.name))
            .flat_map(|declared| &declared.carries);
        role.permissions.iter().chain(carried).cloned().collect()
    }

    /// Reads a preset and checks that whatever it names exists.
    pub fn parse(source: &str) -> Result<Self, Broken> {
        let written: WrittenPreset = toml::from_str(source).map_err(|error| Broken::Unreadable(error.to_string()))?;
        let catalogue = Catalogue::of(&written.permissions)?;
        let roles = written
            .roles
            .iter()
            .map(|role| role.resolve(&written.roles, &catalogue))
            .collect::<Result<_, _>>()?;
        let preset = Self {
            slug: written.slug,
            name: written.name,
            description: written.description,
            policies: written.policies,
            words: written.words,
            roles,
            permissions: written.permissions,
            access_model: AccessModel {
                custom_roles: written.custom_roles,
                groups: written.groups,
                everyone_role: written.everyone_role,
                owner_project_role: written.owner_project_role,
                admin_project_role: written.admin_project_role,
                repository_write_role: written.repository_write_role,
                repository_read_role: written.repository_read_role,
                complete_roles: complete(&written.roles, Level::Organization),
                complete_project_roles: complete(&written.roles, Level::Project),
            },
        };
        preset.check()?;
        Ok(preset)
    }

    fn check(&self) -> Result<(), Broken> {
        let mut seen = BTreeSet::new();
        for role in &self.roles {
            if !seen.insert((role.applies_to, role.slug.as_str())) {
                return Err(Broken::RepeatedRole {
                    role: role.slug.clone(),
                });
            }
            if !COLOURS.contains(&role.colour.as_str()) {
                return Err(Broken::UnknownColour {
                    role: role.slug.clone(),
                    colour: role.colour.clone(),
                });
            }
        }
        let exists = |place: &'static str, level: Level, slug: &str| match self.role(level, slug) {
            Some(_) => Ok(()),
            None => Err(Broken::UnknownRole {
                place,
                role: slug.to_owned(),
            }),
        };
        for slug in BUILT_IN {
            exists("the list of built-in roles", Level::Organization, slug)?;
        }
        for slug in self.policies.offered_roles.iter().flatten() {
            exists("offered_roles", Level::Organization, slug)?;
        }
        let model = &self.access_model;
        let acting = [
            ("everyone_role", &model.everyone_role),
            ("owner_project_role", &model.owner_project_role),
            ("admin_project_role", &model.admin_project_role),
            ("repository_write_role", &model.repository_write_role),
            ("repository_read_role", &model.repository_read_role),
        ];
        for (place, role) in acting {
            role.as_ref()
                .map_or(Ok(()), |slug| exists(place, Level::Project, slug))?;
        }
        match self.policies.problems().into_iter().next() {
            Some((field, problem)) => Err(Broken::Policy { field, problem }),
            None => Ok(()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPreset {
    slug: String,
    name: String,
    description: String,
    policies: Policies,
    #[serde(default)]
    words: Words,
    #[serde(rename = "role")]
    roles: Vec<WrittenRole>,
    #[serde(default, rename = "permission")]
    permissions: Vec<DeclaredPermission>,
    custom_roles: bool,
    groups: bool,
    everyone_role: Option<String>,
    owner_project_role: Option<String>,
    admin_project_role: Option<String>,
    repository_write_role: Option<String>,
    repository_read_role: Option<String>,
}

/// A role as written: its permissions are listed, or told by what they are all of, all but, or the same as.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRole {
    slug: String,
    name: String,
    description: String,
    colour: String,
    applies_to: Level,
    shown: bool,
    permissions: Option<Vec<String>>,
    all: Option<bool>,
    all_but: Option<Vec<String>>,
    same_as: Option<String>,
}

/// Slugs of the roles that are told by what they do not hold.
fn complete(roles: &[WrittenRole], level: Level) -> Vec<String> {
    let all = |role: &WrittenRole| role.all == Some(true) || role.all_but.is_some();
    let twin = |slug: &String| {
        roles
            .iter()
            .any(|role| role.applies_to == level && role.slug == *slug && all(role))
    };
    roles
        .iter()
        .filter(|role| role.applies_to == level && (all(role) || role.same_as.as_ref().is_some_and(twin)))
        .map(|role| role.slug.clone())
        .collect()
}

impl WrittenRole {
    fn resolve(&self, roles: &[Self], catalogue: &Catalogue) -> Result<PresetRole, Broken> {
        Ok(PresetRole {
            slug: self.slug.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            colour: self.colour.clone(),
            applies_to: self.applies_to,
            shown: self.shown,
            permissions: self.resolve_permissions(roles, catalogue)?,
        })
    }

    fn resolve_permissions(&self, roles: &[Self], catalogue: &Catalogue) -> Result<Vec<String>, Broken> {
        let place = || format!("the role {}", self.slug);
        match (&self.permissions, self.all, &self.all_but, &self.same_as) {
            (Some(names), None, None, None) => {
                catalogue.require(self.applies_to, names, place)?;
                Ok(names.clone())
            }
            (None, Some(true), None, None) => Ok(catalogue.of_level(self.applies_to).map(str::to_owned).collect()),
            (None, None, Some(names), None) => {
                catalogue.require(self.applies_to, names, place)?;
                let kept = catalogue
                    .of_level(self.applies_to)
                    .filter(|name| !names.iter().any(|left_out| left_out == name));
                Ok(kept.map(str::to_owned).collect())
            }
            (None, None, None, Some(slug)) => roles
                .iter()
                .find(|role| role.applies_to == self.applies_to && &role.slug == slug && role.same_as.is_none())
                .ok_or_else(|| Broken::UnknownTwin {
                    role: self.slug.clone(),
                    other: slug.clone(),
                })?
                .resolve_permissions(roles, catalogue),
            _ => Err(Broken::AmbiguousRole {
                role: self.slug.clone(),
            }),
        }
    }
}

/// Every permission that exists in an organization of the preset.
struct Catalogue(Vec<(Level, String)>);

impl Catalogue {
    fn of(declared: &[DeclaredPermission]) -> Result<Self, Broken> {
        let mut catalogue = Self(
            Permission::ALL
                .iter()
                .map(|own| (own.applies_to(), own.name().to_owned()))
                .collect(),
        );
        for permission in declared {
            let repeated = catalogue.0.iter().any(|(_, name)| *name == permission.name);
            if repeated || permission.name.starts_with("roster.") {
                return Err(Broken::RepeatedPermission {
                    permission: permission.name.clone(),
                });
            }
            for carried in &permission.carries {
                if Permission::parse(carried).is_none_or(|own| own.applies_to() != permission.applies_to) {
                    return Err(Broken::UnknownPermission {
                        place: permission.name.clone(),
                        permission: carried.clone(),
                    });
                }
            }
            catalogue.0.push((permission.applies_to, permission.name.clone()));
        }
        Ok(catalogue)
    }

    fn of_level(&self, level: Level) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(applies_to, _)| *applies_to == level)
            .map(|(_, name)| name.as_str())
    }

    fn require(&self, level: Level, names: &[String], place: impl Fn() -> String) -> Result<(), Broken> {
        match names
            .iter()
            .find(|name| !self.of_level(level).any(|known| known == name.as_str()))
        {
            Some(unknown) => Err(Broken::UnknownPermission {
                place: place(),
                permission: unknown.clone(),
            }),
            None => Ok(()),
        }
    }
}

//! Roles: the list by level, everything one gives, the form of a custom one, and roles side by side.

use super::form::{Choice, Errors};
use super::part::Role;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "role/list.html")]
pub struct List {
    pub shell: Shell,
    pub base: String,
    /// Whether this viewer may open the general settings too.
    pub has_settings: bool,
    pub may_see_security: bool,
    /// Whether new ones can be made here, by this viewer.
    pub may_create: bool,
    pub levels: Vec<LevelOf>,
}

/// The roles of the organization, or those of projects.
#[derive(Clone, Debug, Default)]
pub struct LevelOf {
    /// Such as "Organization Roles".
    pub title: String,
    pub about: String,
    /// `organization` or `project`
    pub level: String,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, Default)]
pub struct Row {
    pub id: String,
    pub role: Role,
    pub description: String,
    pub built_in: bool,
    /// Such as "12 permissions".
    pub gives: String,
    /// Such as "3 members, 1 group".
    pub holders: String,
    pub may_change: bool,
}

/// The page behind the eye: every permission of the level, allowed or not.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "role/show.html")]
pub struct Show {
    pub shell: Shell,
    pub base: String,
    pub id: String,
    pub role: Role,
    pub description: String,
    pub built_in: bool,
    pub level: String,
    pub holders: String,
    /// Such as "12 of 37 permissions".
    pub count: String,
    pub modules: Vec<Module>,
    pub may_change: bool,
    pub may_clone: bool,
    /// Roles of the level to compare it with.
    pub others: Vec<Choice>,
}

/// Permissions that belong together.
#[derive(Clone, Debug, Default)]
pub struct Module {
    pub title: String,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub name: String,
    pub description: String,
    pub allowed: bool,
    /// Why it cannot be ticked; empty where it can.
    pub unavailable: String,
    /// Such as "with people.invite", where it comes along with another.
    pub remark: String,
}

/// The form of a new role and of one that is changed.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "role/edit.html")]
pub struct Edit {
    pub shell: Shell,
    pub base: String,
    pub errors: Errors,
    pub heading: String,
    /// Where the form goes; asked there again with a search, it shows what was found.
    pub action: String,
    pub cancel_href: String,
    pub level: String,
    pub name: String,
    pub description: String,
    pub colours: Vec<Choice>,
    /// What the search box holds.
    pub filter: String,
    pub modules: Vec<Module>,
    /// Ticked ones that the search does not show.
    pub kept: Vec<String>,
    /// Roles to begin with; empty where one is changed.
    pub originals: Vec<Choice>,
}

/// Roles × permissions, to be read and printed.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "role/matrix.html")]
pub struct Matrix {
    pub shell: Shell,
    pub base: String,
    pub heading: String,
    pub lead: String,
    pub level: String,
    pub columns: Vec<Role>,
    pub modules: Vec<Rows>,
    /// The two drop-downs of a comparison; none where all roles are shown.
    pub left: Vec<Choice>,
    pub right: Vec<Choice>,
}

#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub title: String,
    pub rows: Vec<Line>,
}

#[derive(Clone, Debug, Default)]
pub struct Line {
    pub name: String,
    pub description: String,
    pub cells: Vec<bool>,
}

impl Line {
    /// Whether the roles that are shown differ in it.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.cells.iter().any(|cell| Some(cell) != self.cells.first())
    }
}

impl Matrix {
    #[must_use]
    pub fn compares(&self) -> bool {
        !self.left.is_empty()
    }

    #[must_use]
    pub fn is_of(&self, level: &str) -> bool {
        self.level == level
    }
}

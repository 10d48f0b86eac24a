//! Roles, in the states that look different.

use super::{Sample, admin, guest, inside, member, owner};
use crate::page::form::{Choice, Errors};
use crate::page::part::{Colour, Role};
use crate::page::role::{Edit, Entry, LevelOf, Line, List, Matrix, Module, Row, Rows, Show};
use crate::page::shell::Section;

const BASE: &str = "/o/analytical";

fn auditor() -> Role {
    Role::new("auditor", "Auditor", Colour::Teal)
}

fn modules(allowed: &[&str]) -> Vec<Module> {
    let entry = |name: &str, description: &str| Entry {
        name: name.to_owned(),
        description: description.to_owned(),
        allowed: allowed.contains(&name),
        ..Entry::default()
    };
    vec![
        Module {
            title: "Organization".to_owned(),
            entries: vec![
                entry("organization.audit_logs.view", "Read the audit log"),
                entry("organization.people.invite", "Invite people to the organization"),
            ],
        },
        Module {
            title: "People and access".to_owned(),
            entries: vec![
                entry("roster.organization.view", "See the organization and open its pages"),
                Entry {
                    unavailable: "You do not hold this yourself".to_owned(),
                    ..entry("roster.organization.delete", "Delete the organization")
                },
            ],
        },
    ]
}

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |role: Role, description: &str, built_in: bool, holders: &str| Row {
            id: format!("rol_{}", role.slug),
            role,
            description: description.to_owned(),
            built_in,
            gives: "12 permissions".to_owned(),
            holders: holders.to_owned(),
            may_change: !built_in,
        };
        let page = Self {
            shell: inside("Roles", Section::Settings),
            base: BASE.to_owned(),
            has_settings: true,
            may_see_security: true,
            may_create: true,
            levels: vec![
                LevelOf {
                    title: "Organization Roles".to_owned(),
                    about: "What people and groups may do in the organization.".to_owned(),
                    level: "organization".to_owned(),
                    rows: vec![
                        row(owner(), "Everything", true, "1 member"),
                        row(member(), "", true, "24 members, 2 groups"),
                        row(auditor(), "Reads what was done", false, "1 group"),
                    ],
                },
                LevelOf {
                    title: "Project Roles".to_owned(),
                    about: "What people and groups may do on a project.".to_owned(),
                    level: "project".to_owned(),
                    rows: vec![row(
                        Role::new("reader", "Reader", Colour::Grey),
                        "Looks on",
                        true,
                        "On projects",
                    )],
                },
            ],
        };
        let looked_at = Self {
            has_settings: false,
            may_see_security: false,
            may_create: false,
            ..page.clone()
        };
        vec![("roles", page), ("roles-looked-at", looked_at)]
    }
}

impl Sample for Show {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Auditor", Section::Settings),
            base: BASE.to_owned(),
            id: "rol_auditor".to_owned(),
            role: auditor(),
            description: "Reads what was done".to_owned(),
            built_in: false,
            level: "organization".to_owned(),
            holders: "Held by 1 group".to_owned(),
            count: "2 of 4 permissions".to_owned(),
            modules: modules(&["organization.audit_logs.view", "roster.organization.view"]),
            may_change: true,
            may_clone: true,
            others: vec![Choice::new("rol_member", "Member"), Choice::new("rol_guest", "Guest")],
        };
        let built_in = Self {
            role: admin(),
            built_in: true,
            may_change: false,
            ..page.clone()
        };
        vec![("role", page), ("role-built-in", built_in)]
    }
}

impl Sample for Edit {
    fn samples() -> Vec<(&'static str, Self)> {
        let colours = [
            "grey", "red", "orange", "amber", "green", "teal", "blue", "indigo", "violet", "pink",
        ];
        let page = Self {
            shell: inside("Roles", Section::Settings),
            base: BASE.to_owned(),
            errors: Errors::none(),
            heading: "New organization role".to_owned(),
            action: format!("{BASE}/roles/new"),
            cancel_href: format!("{BASE}/roles"),
            level: "organization".to_owned(),
            name: "Auditor".to_owned(),
            description: "Reads what was done".to_owned(),
            colours: colours
                .into_iter()
                .map(|colour| Choice::new(colour, colour).selected(colour == "teal"))
                .collect(),
            filter: String::new(),
            modules: modules(&["organization.audit_logs.view"]),
            kept: Vec::new(),
            originals: vec![Choice::new("", "Begin with nothing"), Choice::new("rol_guest", "Guest")],
        };
        let nothing = Self {
            errors: Errors::none().with("name", "The name must not be empty."),
            name: String::new(),
            filter: "nothing has this".to_owned(),
            modules: Vec::new(),
            kept: vec!["organization.audit_logs.view".to_owned()],
            ..page.clone()
        };
        vec![("role-new", page), ("role-new-nothing-found", nothing)]
    }
}

impl Sample for Matrix {
    fn samples() -> Vec<(&'static str, Self)> {
        let line = |name: &str, description: &str, cells: &[bool]| Line {
            name: name.to_owned(),
            description: description.to_owned(),
            cells: cells.to_vec(),
        };
        let page = Self {
            shell: inside("Roles and permissions", Section::Settings),
            base: BASE.to_owned(),
            heading: "Roles and permissions of Analytical Engines".to_owned(),
            lead: "A tick: the role gives the permission, by itself or with another one.".to_owned(),
            level: "organization".to_owned(),
            columns: vec![owner(), admin(), member(), guest()],
            modules: vec![Rows {
                title: "People and access".to_owned(),
                rows: vec![
                    line(
                        "roster.organization.view",
                        "See the organization and open its pages",
                        &[true, true, true, true],
                    ),
                    line(
                        "roster.organization.delete",
                        "Delete the organization",
                        &[true, false, false, false],
                    ),
                ],
            }],
            left: Vec::new(),
            right: Vec::new(),
        };
        let two = Self {
            heading: "Owner and Guest".to_owned(),
            lead: "Where they differ, the line is marked.".to_owned(),
            columns: vec![owner(), guest()],
            modules: vec![Rows {
                title: "People and access".to_owned(),
                rows: vec![
                    line("roster.organization.view", "See the organization", &[true, true]),
                    line("roster.organization.delete", "Delete the organization", &[true, false]),
                ],
            }],
            left: vec![Choice::new("rol_owner", "Owner").selected(true)],
            right: vec![Choice::new("rol_guest", "Guest").selected(true)],
            ..page.clone()
        };
        vec![("roles-matrix", page), ("roles-comparison", two)]
    }
}

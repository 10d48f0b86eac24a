//! Access, looked at: a member's own page, and a permission's.

use super::member::header;
use super::{Sample, inside};
use crate::page::access::{Answer, Holder, Holders, Member, Module, Permission, Project, Question, Remedy, Step};
use crate::page::form::Choice;
use crate::page::member::Tab;
use crate::page::part::Pager;
use crate::page::picture::{Picture, Reached};
use crate::page::shell::Section;

fn step(kind: &str, name: &str, remark: &str) -> Step {
    Step {
        kind: kind.to_owned(),
        name: name.to_owned(),
        remark: remark.to_owned(),
    }
}

fn chain() -> Vec<Step> {
    vec![
        step("Member", "Ada Lovelace", ""),
        step(
            "Group",
            "Auditors",
            "by Olivia Ortega on 3 Nov 2026 until 3 Dec 2026, 12:00",
        ),
        step("Role", "Auditor", "by Olivia Ortega on 1 Nov 2026"),
        step("Permission", "roster.audit_log.view", ""),
    ]
}

fn question() -> Question {
    Question {
        permissions: vec![
            Choice::new("roster.audit_log.view", "Read the organization's audit log").selected(true),
            Choice::new("roster.member.manage", "Create people, change their roles"),
        ],
        projects: vec![
            Choice::new("", "Analytical Engines").selected(true),
            Choice::new("prj_1", "Difference Engine"),
        ],
        problem: String::new(),
    }
}

impl Sample for Member {
    fn samples() -> Vec<(&'static str, Self)> {
        let reached = |project: &str, ways: &[&str]| Reached {
            project: project.to_owned(),
            ways: ways.iter().map(|way| (*way).to_owned()).collect(),
        };
        let projects = [
            reached("Difference Engine", &["Owns"]),
            reached(
                "Notes on the Sketch of the Analytical Engine",
                &["Writers", "Open to everyone"],
            ),
            reached("Loom", &["Open to everyone"]),
        ];
        let direct = ["Member".to_owned(), "Auditors".to_owned()];
        let page = Self {
            shell: inside("Ada Lovelace", Section::People),
            header: header(Tab::Access),
            question: question(),
            answer: Some(Answer {
                allowed: true,
                sentence: "Ada Lovelace has roster.audit_log.view.".to_owned(),
                because: vec![chain()],
                would_take: Vec::new(),
            }),
            picture: Picture::of("Ada Lovelace", &direct, &projects),
            modules: vec![Module {
                name: "Roster itself".to_owned(),
                permissions: vec![Permission {
                    name: "roster.audit_log.view".to_owned(),
                    description: "Read the organization's audit log".to_owned(),
                    because: vec![chain()],
                }],
            }],
            projects: vec![Project {
                name: "Difference Engine".to_owned(),
                href: "#".to_owned(),
                ways: vec!["Admin, as its owner".to_owned(), "Reader, like everyone".to_owned()],
                permissions: 7,
            }],
        };
        let mut denied = page.clone();
        denied.answer = Some(Answer {
            allowed: false,
            sentence: "Ada Lovelace does not have roster.member.manage.".to_owned(),
            because: Vec::new(),
            would_take: vec![
                Remedy {
                    detail: "Add Ada Lovelace to the group Stewards".to_owned(),
                    besides: "2 further permissions come or go with it".to_owned(),
                    href: "#".to_owned(),
                },
                Remedy {
                    detail: "Change the role of Ada Lovelace to Admin".to_owned(),
                    besides: "18 further permissions come or go with it".to_owned(),
                    href: String::new(),
                },
            ],
        });
        let mut nothing = page.clone();
        nothing.answer = None;
        nothing.modules = Vec::new();
        nothing.projects = Vec::new();
        nothing.picture = Picture::of("Ada Lovelace", &[], &[]);
        nothing.question.problem = "This is no permission of this organization's catalogue.".to_owned();
        vec![
            ("member-access", page),
            ("member-access-denied", denied),
            ("member-access-nothing", nothing),
        ]
    }
}

impl Sample for Holders {
    fn samples() -> Vec<(&'static str, Self)> {
        let holder = |name: &str, href: &str, ways: &[&str]| Holder {
            name: name.to_owned(),
            href: href.to_owned(),
            ways: ways.iter().map(|way| (*way).to_owned()).collect(),
        };
        let page = Self {
            shell: inside("roster.audit_log.view", Section::Settings),
            base: "/o/analytical".to_owned(),
            permission: "roster.audit_log.view".to_owned(),
            description: "Read the organization's audit log".to_owned(),
            question: Question::default(),
            wants_project: false,
            rows: vec![
                holder("Nightly export", "", &["Auditor"]),
                holder("Ada Lovelace", "#", &["Auditor, through Auditors"]),
                holder("Olivia Ortega", "#", &["Owner"]),
            ],
            pager: Pager::default(),
        };
        let nobody = Self {
            rows: Vec::new(),
            ..page.clone()
        };
        let choose = Self {
            permission: "roster.project.delete".to_owned(),
            description: "Delete the project".to_owned(),
            wants_project: true,
            question: Question {
                projects: vec![
                    Choice::new("", "Choose a project").selected(true),
                    Choice::new("prj_1", "Loom"),
                ],
                ..Question::default()
            },
            rows: Vec::new(),
            ..page.clone()
        };
        vec![
            ("permission-holders", page),
            ("permission-holders-nobody", nobody),
            ("permission-holders-project", choose),
        ]
    }
}

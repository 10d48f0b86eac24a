//! The ways to add people: one, several, hundreds; and the passwords shown once.

use super::{Sample, inside};
use crate::page::bulk::{Check, CheckedRow, Outcome, ResultRow, Start};
use crate::page::form::{Choice, Errors};
use crate::page::handle;
use crate::page::part::May;
use crate::page::people::{Add, AddRow, Create};
use crate::page::secret::{Page as SecretPage, Secret};
use crate::page::shell::Section;
use domain::words::Words;

const BASE: &str = "/o/analytical";

fn roles() -> Vec<Choice> {
    vec![
        Choice::new("admin", "Admin").hint("Manages people, roles and settings."),
        Choice::new("member", "Member")
            .hint("Works in every project open to them.")
            .selected(true),
        Choice::new("guest", "Guest").hint("Sees the organization and their own settings."),
    ]
}

impl Sample for Create {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Create account", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            errors: Errors::none(),
            name: String::new(),
            email: String::new(),
            username: String::new(),
            roles: roles(),
            typed: false,
            password_advice: "At least 15 characters. A few unrelated words are fine.".to_owned(),
            may: May::Yes,
        };
        let wrong = Self {
            errors: Errors::none()
                .with("email", "ada@analytical.example is already a member")
                .with("temporary_password", "The password must have at least 15 characters"),
            name: "Ada Lovelace".to_owned(),
            email: "ada@analytical.example".to_owned(),
            typed: true,
            ..page.clone()
        };
        let full = Self {
            may: May::not("All 10 member slots are taken. Ask sales@example.org for more."),
            ..page.clone()
        };
        vec![
            ("people-create", page),
            ("people-create-error", wrong),
            ("people-create-full", full),
        ]
    }
}

impl Sample for handle::Add {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Add people", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            errors: Errors::none(),
            provider: "github".to_owned(),
            provider_name: "GitHub".to_owned(),
            connect_href: "/me/identities/connect/github?repositories=true".to_owned(),
            tabs: vec![
                Choice::new("github", "GitHub").selected(true),
                Choice::new("bitbucket", "Bitbucket"),
            ],
            people: vec![
                Choice::new("TomFern", "TomFern")
                    .hint("Tom Fern · 2 repositories")
                    .selected(true),
                Choice::new("gracehopper", "gracehopper").hint("No name told · 1 repository"),
                Choice::new("ada", "ada").unavailable("a member already"),
            ],
            untold: vec!["acme/secret: 404".to_owned()],
            trouble: String::new(),
            query: String::new(),
            handles: String::new(),
            roles: roles(),
        };
        let broken = Self {
            people: Vec::new(),
            untold: Vec::new(),
            trouble:
                "error finding people: 401. Your account is not connected with GitHub, or no longer: connect GitHub \
                      in your profile, then try again."
                    .to_owned(),
            ..page.clone()
        };
        vec![("handle-add", page), ("handle-add-broken", broken)]
    }
}

impl Sample for handle::Outcomes {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |handle: &str, done, text: &str, link: &str| handle::Told {
            handle: handle.to_owned(),
            done,
            text: text.to_owned(),
            link: link.to_owned(),
        };
        vec![(
            "handle-outcomes",
            Self {
                shell: inside("Add people", Section::People),
                words: Words::default(),
                base: BASE.to_owned(),
                provider: "github".to_owned(),
                rows: vec![
                    row(
                        "TomFern",
                        true,
                        "Invited. Pass the link on: it is for this account alone.",
                        "https://people.example.org/invitations/4f9Jx2mQ7Zk1sVbT0uYh8cRnW5eLpA3dG6iKoXyB2wE",
                    ),
                    row(
                        "gracehopper",
                        true,
                        "Grace Hopper is asked to agree at their next sign-in.",
                        "",
                    ),
                    row(
                        "tomfern",
                        false,
                        "error finding tomfern: there is nobody of that name; handles are case-sensitive. Check each letter.",
                        "",
                    ),
                ],
            },
        )]
    }
}

impl Sample for Add {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Add several", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            errors: Errors::none().with("email.1", "“grace@” is no e-mail address"),
            rows: vec![
                AddRow {
                    email: "ada@analytical.example".to_owned(),
                    name: "Ada Lovelace".to_owned(),
                    username: String::new(),
                },
                AddRow {
                    email: "grace@".to_owned(),
                    ..AddRow::default()
                },
                AddRow::default(),
            ],
            hosts: vec![Choice::new("github", "GitHub"), Choice::new("bitbucket", "Bitbucket")],
            roles: roles(),
        };
        vec![("people-add", page)]
    }
}

impl Sample for Start {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "people-bulk",
            Self {
                shell: inside("Add many people", Section::People),
                base: BASE.to_owned(),
                errors: Errors::none(),
                lines: String::new(),
                acts: vec![
                    Choice::new("invite", "Invite them")
                        .hint("Everybody gets a link and sets a password.")
                        .selected(true),
                    Choice::new("create", "Create accounts").hint("You get a temporary password for everybody."),
                ],
                roles: roles(),
                limit: 5000,
            },
        )]
    }
}

impl Sample for Check {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |line: usize, name: &str, email: &str, problem: &str| CheckedRow {
            line,
            email: email.to_owned(),
            name: name.to_owned(),
            username: String::new(),
            role: "Member".to_owned(),
            problem: problem.to_owned(),
            outcome: if problem.is_empty() {
                "Will be invited".to_owned()
            } else {
                String::new()
            },
        };
        vec![(
            "people-bulk-check",
            Self {
                shell: inside("Check the lines", Section::People),
                base: BASE.to_owned(),
                rows: vec![
                    row(1, "Ada Lovelace", "ada@analytical.example", "Is a member already"),
                    row(2, "Emmy Noether", "emmy@goettingen.example", ""),
                    row(3, "", "rosalind@kings", "This is no e-mail address"),
                    row(4, "Lise Meitner", "lise@vienna.example", ""),
                ],
                good: 212,
                bad: 2,
                hidden: vec![
                    ("lines".to_owned(), "…".to_owned()),
                    ("act".to_owned(), "invite".to_owned()),
                ],
                submit: "Invite 212 people".to_owned(),
                create: false,
            },
        )]
    }
}

impl Sample for Outcome {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |line: usize, who: &str, password: &str| ResultRow {
            line,
            who: who.to_owned(),
            done: !password.is_empty(),
            text: if password.is_empty() {
                "No member slot is left".to_owned()
            } else {
                "Account created".to_owned()
            },
            shown_once: password.to_owned(),
        };
        vec![(
            "people-bulk-result",
            Self {
                shell: inside("What became of them", Section::People),
                base: BASE.to_owned(),
                rows: vec![
                    row(1, "emmy@goettingen.example", "violet-harbor-4821-maple"),
                    row(2, "lise@vienna.example", "candle-orbit-0937-stone"),
                    row(3, "marie@sorbonne.example", ""),
                ],
                done: 2,
                failed: 1,
                create: true,
            },
        )]
    }
}

impl Sample for SecretPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let ada = Secret {
            name: "Ada Lovelace".to_owned(),
            username: "ada".to_owned(),
            email: "ada@analytical.example".to_owned(),
            password: "violet-harbor-4821-maple".to_owned(),
            remark: String::new(),
        };
        let one = Self {
            shell: inside("Account created", Section::People),
            heading: "Ada Lovelace has an account".to_owned(),
            lead: "Hand this temporary password over in a safe way. Ada must choose a new one at the first sign-in."
                .to_owned(),
            secrets: vec![ada.clone()],
            notes: vec!["The temporary password works for 7 days.".to_owned()],
            done_label: "Go to Ada Lovelace".to_owned(),
            done_href: format!("{BASE}/people/mem_01"),
            again_label: "Create another account".to_owned(),
            again_href: format!("{BASE}/people/new"),
        };
        let several = Self {
            heading: "Two accounts were created".to_owned(),
            lead: "Hand each temporary password to its owner in a safe way. It must be changed at the first sign-in."
                .to_owned(),
            secrets: vec![
                ada.clone(),
                Secret {
                    name: "Emmy Noether".to_owned(),
                    username: "emmy2".to_owned(),
                    email: "emmy@goettingen.example".to_owned(),
                    password: "candle-orbit-0937-stone".to_owned(),
                    remark: String::new(),
                },
                Secret {
                    name: "Grace Hopper".to_owned(),
                    username: "grace".to_owned(),
                    email: "grace@navy.example".to_owned(),
                    password: String::new(),
                    remark: "Has an account already and must agree to join first".to_owned(),
                },
            ],
            done_label: "Back to People".to_owned(),
            done_href: format!("{BASE}/people"),
            again_label: "Add more".to_owned(),
            again_href: format!("{BASE}/people/add"),
            ..one.clone()
        };
        let consent = Self {
            heading: "Grace Hopper is asked to join".to_owned(),
            lead: "The address belongs to an account already. Its owner must agree at the next sign-in; then they are a member.".to_owned(),
            secrets: vec![Secret { password: String::new(), remark: "Keeps the password they have".to_owned(), ..ada }],
            notes: Vec::new(),
            ..one.clone()
        };
        vec![
            ("secret-created", one),
            ("secret-several", several),
            ("secret-consent", consent),
        ]
    }
}

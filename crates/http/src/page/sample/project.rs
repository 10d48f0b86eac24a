//! Projects: some, none, and one on each of its tabs.

use super::{Sample, admin, inside};
use crate::page::form::{Choice, Errors};
use crate::page::part::{Colour, Pager, Role, Time};
use crate::page::project::{
    Access, Create, Header, List, Made, Mapped, Overview, Repository, Row, Settings, Tab, TokenRow, Tokens,
};
use crate::page::shell::Section;

const BASE: &str = "/o/analytical";

fn header(tab: Tab, open: bool) -> Header {
    Header {
        base: BASE.to_owned(),
        slug: "difference-engine".to_owned(),
        name: "Difference Engine".to_owned(),
        owner: "Ada Lovelace".to_owned(),
        reach: if open { "Everyone" } else { "Who is mapped" }.to_owned(),
        open,
        tab,
        may_see_access: true,
        may_see_tokens: true,
        may_see_settings: true,
    }
}

fn visibilities() -> Vec<Choice> {
    vec![
        Choice::new("everyone", "Everyone in the organization until someone is mapped")
            .hint("Guests are not everyone. The first access that is given ends it.")
            .selected(true),
        Choice::new("members_only", "Members only")
            .hint("Its owner, whoever is given access, and whoever acts on every project."),
    ]
}

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, slug: &str, owner: &str, reach: &str, yours: &str| Row {
            slug: slug.to_owned(),
            name: name.to_owned(),
            description: String::new(),
            owner: owner.to_owned(),
            reach: reach.to_owned(),
            open: reach == "Everyone",
            yours: yours.to_owned(),
        };
        let page = Self {
            shell: inside("Projects", Section::Projects),
            base: BASE.to_owned(),
            rows: vec![
                row(
                    "Difference Engine",
                    "difference-engine",
                    "Ada Lovelace",
                    "Who is mapped",
                    "Admin",
                ),
                row("Loom", "loom", "Olivia Ortega", "Everyone", "Owner · Admin · Reader"),
                row("Tide tables", "tide-tables", "Mary Somerville", "Members only", "Admin"),
            ],
            query: String::new(),
            may_create: true,
            pager: Pager::default(),
        };
        let empty = Self {
            rows: Vec::new(),
            ..page.clone()
        };
        let nothing = Self {
            query: "abacus".to_owned(),
            ..empty.clone()
        };
        vec![
            ("project-list", page),
            ("project-list-empty", empty),
            ("project-list-nothing", nothing),
        ]
    }
}

impl Sample for Create {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Create project", Section::Projects),
            base: BASE.to_owned(),
            errors: Errors::none(),
            name: String::new(),
            slug: String::new(),
            description: String::new(),
            visibilities: visibilities(),
            repository_host: String::new(),
            repository_name: String::new(),
        };
        let wrong = Self {
            errors: Errors::none().with("slug", "The slug loom is taken. Choose another."),
            name: "Loom".to_owned(),
            slug: "loom".to_owned(),
            ..page.clone()
        };
        vec![("project-create", page), ("project-create-wrong", wrong)]
    }
}

impl Sample for Overview {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Difference Engine", Section::Projects),
            header: header(Tab::Overview, true),
            description: "Brass, and a great many wheels.".to_owned(),
            owner_href: format!("{BASE}/people/mem_01"),
            banner: "Everyone but guests is Reader until somebody is mapped.".to_owned(),
            repository: "github.com/analytical/difference-engine".to_owned(),
            created: Time::new("2026-11-03T09:00:00Z", "3 November 2026"),
            owned_since: Time::new("2026-11-03T09:00:00Z", "3 November 2026"),
            owner_granted_by: "Olivia Ortega".to_owned(),
            yours: vec!["Admin".to_owned()],
        };
        vec![("project-overview", page)]
    }
}

fn repository() -> Repository {
    let row = |id: &str, name: &str, slug: &str, role: &str| Mapped {
        id: id.to_owned(),
        kind: "Member".to_owned(),
        name: name.to_owned(),
        href: format!("{BASE}/people/{id}"),
        role: Role::new(slug, role, Colour::Grey),
        until: Time::new("2026-11-04T09:00:00Z", "4 November 2026, 09:00"),
        ended: false,
        granted: "Olivia Ortega, 3 November 2026".to_owned(),
    };
    Repository {
        name: "github.com/analytical/difference-engine".to_owned(),
        state: "Told on 3 November 2026, 09:00, asked in the name of Olivia Ortega. It is asked every hour.".to_owned(),
        is_bad: false,
        people: vec![
            row("mem_02", "Charles Babbage", "contributor", "Contributor"),
            row("mem_03", "Mary Somerville", "reader", "Reader"),
        ],
    }
}

impl Sample for Access {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |id: &str, kind: &str, name: &str, role: Role, until: Time, ended: bool| Mapped {
            id: id.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            href: if kind == "Member" {
                format!("{BASE}/people/{id}")
            } else {
                String::new()
            },
            role,
            until,
            ended,
            granted: "Olivia Ortega, 3 November 2026".to_owned(),
        };
        let reader = Role::new("reader", "Reader", Colour::Grey);
        let page = Self {
            shell: inside("Difference Engine", Section::Projects),
            header: header(Tab::Access, false),
            errors: Errors::none(),
            banner:
                "Only its owner, those who are mapped, and whoever acts on every project reach it. If nobody is mapped \
                     any more, it opens to everyone again."
                    .to_owned(),
            rows: vec![
                row(
                    "mem_02",
                    "Member",
                    "Charles Babbage",
                    admin(),
                    Time::never("No end"),
                    false,
                ),
                row(
                    "grp_01",
                    "Group",
                    "Engravers",
                    reader.clone(),
                    Time::never("No end"),
                    false,
                ),
                row(
                    "mem_03",
                    "Member",
                    "Mary Somerville",
                    reader,
                    Time::new("2026-11-20T23:59:59Z", "20 November 2026, 23:59"),
                    true,
                ),
            ],
            pager: Pager::default(),
            may_manage: true,
            changing: String::new(),
            subject: String::new(),
            suggestions: vec![Choice::new("ada", "Ada Lovelace")],
            roles: vec![
                Choice::new("admin", "Admin"),
                Choice::new("contributor", "Contributor"),
                Choice::new("reader", "Reader").selected(true),
            ],
            until: String::new(),
            repository: Some(repository()),
        };
        let open = Self {
            repository: None,
            header: header(Tab::Access, true),
            banner: "Everyone but guests is Reader until somebody is mapped.".to_owned(),
            rows: Vec::new(),
            ..page.clone()
        };
        let looking = Self {
            may_manage: false,
            ..page.clone()
        };
        let wrong = Self {
            errors: Errors::none().with("subject", "There is no member or group of that name here"),
            subject: "adda".to_owned(),
            ..page.clone()
        };
        vec![
            ("project-access", page),
            ("project-access-open", open),
            ("project-access-looking", looking),
            ("project-access-wrong", wrong),
        ]
    }
}

impl Sample for Tokens {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Difference Engine", Section::Projects),
            header: header(Tab::Tokens, false),
            errors: Errors::none(),
            rows: vec![
                TokenRow {
                    id: "tok_01".to_owned(),
                    name: "Crash uploads".to_owned(),
                    capabilities: vec!["error:post".to_owned(), "symbol:post".to_owned()],
                    owner: "Ada Lovelace".to_owned(),
                    expires: Time::never("Never"),
                    last_used: Time::new("2026-11-21T17:03:00Z", "Yesterday, 17:03"),
                    rests: String::new(),
                },
                TokenRow {
                    id: "tok_02".to_owned(),
                    name: "Nightly".to_owned(),
                    capabilities: vec!["query:post".to_owned()],
                    owner: "Mary Somerville".to_owned(),
                    expires: Time::new("2026-12-31T23:59:59Z", "31 December 2026, 23:59"),
                    last_used: Time::never("Never"),
                    rests: "Rests: its owner is no active member".to_owned(),
                },
            ],
            pager: Pager::default(),
            may_create: true,
            name: String::new(),
            capabilities: vec![
                Choice::new("error:post", "error:post")
                    .hint("Send error reports")
                    .selected(true),
                Choice::new("roster.project.view", "roster.project.view").hint("See the project"),
            ],
            expires: String::new(),
        };
        let empty = Self {
            rows: Vec::new(),
            ..page.clone()
        };
        vec![("project-tokens", page), ("project-tokens-empty", empty)]
    }
}

impl Sample for Made {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Token created", Section::Projects),
            heading: "Crash uploads is created".to_owned(),
            secret: "roster_project_0000000000000000000000000000000000000000000000000".to_owned(),
            capabilities: vec!["error:post".to_owned()],
            done_href: format!("{BASE}/projects/difference-engine/tokens"),
        };
        vec![("project-token-made", page)]
    }
}

impl Sample for Settings {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Difference Engine", Section::Projects),
            header: header(Tab::Settings, true),
            errors: Errors::none(),
            name: "Difference Engine".to_owned(),
            description: "Brass, and a great many wheels.".to_owned(),
            visibilities: visibilities(),
            repository_host: "github.com".to_owned(),
            repository_name: "analytical/difference-engine".to_owned(),
            may_edit: true,
            may_manage: true,
            may_delete: true,
            heir: String::new(),
            suggestions: vec![Choice::new("charles", "Charles Babbage")],
        };
        vec![("project-settings", page)]
    }
}

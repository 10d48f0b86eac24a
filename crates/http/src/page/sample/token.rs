//! Tokens and service accounts.

use super::{Sample, admin, inside, member, own};
use crate::page::form::{Choice, Errors};
use crate::page::part::{May, Pager, Time};
use crate::page::shell::Section;
use crate::page::{service_account, token};

const BASE: &str = "/o/analytical";

pub fn rows() -> Vec<token::Row> {
    let row = |id: &str, name: &str, place: &str, scopes: &str, expires: Time, expired: bool| token::Row {
        id: format!("tok_{id}"),
        name: name.to_owned(),
        place: place.to_owned(),
        scopes: scopes.to_owned(),
        expires,
        expired,
        last_used: if expired {
            Time::never("Never")
        } else {
            Time::new("2026-11-21T08:12:00Z", "21 Nov 2026, 08:12")
        },
    };
    vec![
        row(
            "1",
            "Laptop",
            "All my organizations",
            "Everything you may",
            Time::never("Never"),
            false,
        ),
        row(
            "2",
            "Nightly report",
            "Analytical Engines",
            "roster.member.view, roster.audit_log.view",
            Time::new("2026-10-01T23:59:59Z", "1 Oct 2026"),
            true,
        ),
    ]
}

fn held() -> Vec<token::Row> {
    let mut rows = rows();
    for row in &mut rows {
        row.place.clear();
    }
    rows
}

impl Sample for token::Create {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: own("New token", Section::Profile),
            heading: "New token".to_owned(),
            lead: "A program that carries it acts as you. You see it once, after this.".to_owned(),
            organizations: vec![
                Choice::new("", "All my organizations").selected(true),
                Choice::new("analytical", "Analytical Engines"),
            ],
            action: "/me/tokens/new".to_owned(),
            submit: "Create token".to_owned(),
            back_href: "/me".to_owned(),
            back_label: "Profile settings".to_owned(),
            ..Self::default()
        };
        let wrong = Self {
            errors: Errors::none().with("name", "The name must not be empty.").with(
                "scopes",
                "The permissions must be permissions of the catalogue; \"x\" is none.",
            ),
            scopes: "x".to_owned(),
            ..page.clone()
        };
        vec![("token-create", page), ("token-create-error", wrong)]
    }
}

impl Sample for token::Shown {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: own("API token", Section::Profile),
            heading: "The API token Laptop is reset".to_owned(),
            lead: "The old one opens nothing any more.".to_owned(),
            name: "Laptop".to_owned(),
            secret: "roster_personal_4fG7sPq2nXkV9bR1mT6yZ8cH3jL5wD0aE7uQ2iN4oB6xS1hC9".to_owned(),
            done_label: "Done, I have copied it".to_owned(),
            done_href: "/me".to_owned(),
        };
        vec![("token-shown", page)]
    }
}

impl Sample for service_account::List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |id: &str, name: &str, description: &str, active: bool| service_account::Row {
            id: format!("svc_{id}"),
            name: name.to_owned(),
            description: description.to_owned(),
            role: if active { member() } else { admin() },
            role_end: if active {
                String::new()
            } else {
                "until 3 Dec 2026".to_owned()
            },
            active,
            last_used: Time::new("2026-11-21T08:12:00Z", "21 Nov 2026, 08:12"),
        };
        let page = Self {
            shell: inside("Service accounts", Section::ServiceAccounts),
            base: BASE.to_owned(),
            may_manage: true,
            rows: vec![
                row("1", "Deployer", "Ships what was reviewed", true),
                row("2", "Importer", "Brings people from the directory every night", false),
            ],
            count: "2 service accounts".to_owned(),
            pager: Pager::default(),
        };
        let none = Self {
            rows: Vec::new(),
            count: "0 service accounts".to_owned(),
            ..page.clone()
        };
        vec![("service-accounts", page), ("service-accounts-empty", none)]
    }
}

impl Sample for service_account::Edit {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("New service account", Section::ServiceAccounts),
            heading: "New service account".to_owned(),
            roles: vec![
                Choice::new("admin", "Admin").hint("Can manage people and settings."),
                Choice::new("member", "Member")
                    .hint("Can use the product.")
                    .selected(true),
            ],
            action: format!("{BASE}/service-accounts/new"),
            submit: "Create service account".to_owned(),
            back_href: format!("{BASE}/service-accounts"),
            back_label: "Service accounts".to_owned(),
            ..Self::default()
        };
        let wrong = Self {
            errors: Errors::none()
                .with("name", "The name must not be empty.")
                .with("until", "The last day must lie in the future."),
            until: "2020-01-01".to_owned(),
            ..page.clone()
        };
        vec![
            ("service-account-create", page),
            ("service-account-create-error", wrong),
        ]
    }
}

impl Sample for service_account::Show {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Deployer", Section::ServiceAccounts),
            base: BASE.to_owned(),
            id: "svc_1".to_owned(),
            name: "Deployer".to_owned(),
            description: "Ships what was reviewed".to_owned(),
            role: member(),
            role_end: "until 3 Dec 2026".to_owned(),
            groups: vec!["Releases".to_owned(), "Robots".to_owned()],
            deactivated: String::new(),
            created: Time::new("2026-05-02T10:00:00Z", "2 May 2026"),
            last_used: Time::new("2026-11-21T08:12:00Z", "21 Nov 2026, 08:12"),
            manage: May::Yes,
            tokens: held(),
        };
        let stopped = Self {
            deactivated: "Deactivated by Olivia Ortega on 20 Nov 2026.".to_owned(),
            tokens: Vec::new(),
            groups: Vec::new(),
            ..page.clone()
        };
        let greater = Self {
            manage: May::not("You cannot manage Deployer, who holds permissions that you do not."),
            ..page.clone()
        };
        vec![
            ("service-account", page),
            ("service-account-deactivated", stopped),
            ("service-account-greater", greater),
        ]
    }
}

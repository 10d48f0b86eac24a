//! Organizations as superusers see them.

use super::Sample;
use super::instance::instance;
use crate::page::form::{Choice, Errors};
use crate::page::instance::Place;
use crate::page::part::{Pager, Time};
use crate::page::tenant::{List, Row, Show, Status};

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, slug: &str, status: Status, members: &str| Row {
            name: name.to_owned(),
            slug: slug.to_owned(),
            status,
            remark: String::new(),
            members: members.to_owned(),
            preset: "standard".to_owned(),
            created: Time::new("2025-03-14T09:26:00Z", "14 Mar 2025"),
        };
        let page = Self {
            shell: instance("Organizations", Place::Organizations),
            statuses: vec![
                Choice::new("", "All but deleted").selected(true),
                Choice::new("deleted", "Deleted"),
            ],
            rows: vec![
                row("Analytical Engines", "analytical", Status::Active, "248 of 300"),
                Row {
                    remark: "Has no active Owner".to_owned(),
                    ..row("Harbour Freight Desk", "harbour", Status::Active, "31")
                },
                row("Lighthouse", "lighthouse", Status::Disabled, "4"),
                row("Night Shift", "night", Status::AwaitingOwner, "0"),
            ],
            pager: Pager {
                first: String::new(),
                next: "/instance/organizations?cursor=x".to_owned(),
            },
            ..Self::default()
        };
        let none = Self {
            query: "zzz".to_owned(),
            filtered: true,
            rows: Vec::new(),
            ..page.clone()
        };
        let empty = Self {
            query: String::new(),
            filtered: false,
            ..none.clone()
        };
        vec![
            ("tenant-list", page),
            ("tenant-list-no-match", none),
            ("tenant-list-empty", empty),
        ]
    }
}

impl Sample for Show {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: instance("Analytical Engines", Place::Organizations),
            name: "Analytical Engines".to_owned(),
            slug: "analytical".to_owned(),
            preset: "standard".to_owned(),
            created: Time::new("2025-03-14T09:26:00Z", "14 Mar 2025"),
            members: 248,
            member_limit: "300".to_owned(),
            ..Self::default()
        };
        let disabled = Self {
            status: Status::Disabled,
            banner: "Disabled by Sid Sundaram on 21 Nov 2026, 17:03. “Unpaid since August”".to_owned(),
            errors: Errors::none().with(
                "member_limit",
                "Give a whole number of members, or leave it empty for no limit",
            ),
            member_limit: "many".to_owned(),
            ..page.clone()
        };
        let deleted = Self {
            status: Status::Deleted,
            banner: "Deleted by Sid Sundaram on 21 Nov 2026, 17:03. It can be restored until 21 Dec 2026, 17:03; until then \
                     nobody can take its short name."
                .to_owned(),
            restorable: true,
            ..page.clone()
        };
        vec![
            ("tenant-show", page),
            ("tenant-show-disabled", disabled),
            ("tenant-show-deleted", deleted),
        ]
    }
}

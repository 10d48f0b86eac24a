//! Groups, in the states that look different.

use super::{Sample, admin, guest, inside, member};
use crate::page::form::{Choice, Errors};
use crate::page::group::{Create, List, Member, Row, Show, Until};
use crate::page::part::Pager;
use crate::page::shell::Section;
use domain::words::Words;

const BASE: &str = "/o/analytical";

fn known() -> Vec<Choice> {
    vec![Choice::new("ada", "Ada Lovelace"), Choice::new("grace", "Grace Hopper")]
}

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |slug: &str, name: &str, role, members: &str, parent: &str| Row {
            slug: slug.to_owned(),
            name: name.to_owned(),
            description: "Who look after it together".to_owned(),
            role,
            members: members.to_owned(),
            parent: parent.to_owned(),
        };
        let page = Self {
            shell: inside("Groups", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            query: String::new(),
            rows: vec![
                row("auditors", "Auditors", admin(), "3 members", ""),
                row("night-watch", "Night watch", guest(), "1 member", "Auditors"),
            ],
            count: "2 groups".to_owned(),
            may_create: true,
            may_see_people: true,
            pager: Pager::default(),
        };
        let empty = Self {
            rows: Vec::new(),
            count: "0 groups".to_owned(),
            ..page.clone()
        };
        let nothing = Self {
            query: "zebra".to_owned(),
            ..empty.clone()
        };
        vec![
            ("groups", page),
            ("groups-empty", empty),
            ("groups-nothing-found", nothing),
        ]
    }
}

impl Sample for Create {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Create group", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            errors: Errors::none(),
            roles: vec![
                Choice::new("member", "Member").selected(true),
                Choice::new("guest", "Guest"),
            ],
            known: known(),
            ..Self::default()
        };
        let wrong = Self {
            errors: Errors::none().with("add", "nobody@nowhere.example is nobody of this organization."),
            name: "Auditors".to_owned(),
            add: "nobody@nowhere.example".to_owned(),
            ..page.clone()
        };
        vec![("group-new", page), ("group-new-error", wrong)]
    }
}

impl Sample for Show {
    fn samples() -> Vec<(&'static str, Self)> {
        let somebody = |name: &str, until: &str, ended: bool| Member {
            id: "mem_01".to_owned(),
            name: name.to_owned(),
            contact: "somebody@example.org".to_owned(),
            href: format!("{BASE}/people/mem_01"),
            until: until.to_owned(),
            ended,
            origin: "Added by Olivia Ortega, 3 Nov 2026".to_owned(),
        };
        let page = Self {
            shell: inside("Auditors", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            errors: Errors::none(),
            slug: "auditors".to_owned(),
            title: "Auditors".to_owned(),
            name: "Auditors".to_owned(),
            description: "Read what was done".to_owned(),
            role: member(),
            role_remark: "Given by Olivia Ortega, 3 Nov 2026".to_owned(),
            parent: "Finance".to_owned(),
            may_change: true,
            known: known(),
            members: vec![
                somebody("Ada Lovelace", "", false),
                somebody("Grace Hopper", "until 3 Dec 2026", false),
                somebody("Mary Somerville", "ended 3 Oct 2026", true),
                Member {
                    href: String::new(),
                    contact: "Service account".to_owned(),
                    ..somebody("nightly-build", "", false)
                },
            ],
            count: "3 members".to_owned(),
            ..Self::default()
        };
        let looked_at = Self {
            may_change: false,
            members: Vec::new(),
            count: "0 members".to_owned(),
            ..page.clone()
        };
        vec![("group", page), ("group-looked-at-empty", looked_at)]
    }
}

impl Sample for Until {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Auditors", Section::People),
            errors: Errors::none(),
            heading: "Until when is Ada Lovelace in Auditors?".to_owned(),
            lead: "After that day they hold nothing through it; they stay in the list as ended.".to_owned(),
            action: format!("{BASE}/groups/auditors/members/mem_01/until"),
            until: "2026-12-03".to_owned(),
            cancel_href: format!("{BASE}/groups/auditors"),
        };
        vec![("group-until", page)]
    }
}

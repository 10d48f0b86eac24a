//! The people page, in each of its states.

use super::{Sample, admin, guest, inside, member, owner};
use crate::page::form::Choice;
use crate::page::group::Chip;
use crate::page::part::{Availability, Delivery, Pager, Role, Standing, Time};
use crate::page::people::{Acts, Filter, List, Pending, PendingRow, Results, Row, Slots};
use crate::page::shell::{Notice, NoticeKind, Section};
use domain::words::Words;

const BASE: &str = "/o/analytical";
const NAMES: [&str; 50] = [
    "Olivia Ortega",
    "Ada Lovelace",
    "Grace Hopper",
    "Charles Babbage",
    "Zoë Müller-Østergård",
    "Katherine Johnson",
    "Nguyễn Thị Minh Khai",
    "李小龍",
    "Alan Turing",
    "Radia Perlman",
    "Linus Pauling",
    "Mary Jackson",
    "Dorothy Vaughan",
    "Edsger Dijkstra",
    "Barbara Liskov",
    "Donald Knuth",
    "Frances Allen",
    "John McCarthy",
    "Margaret Hamilton",
    "Ken Thompson",
    "Adele Goldberg",
    "Niklaus Wirth",
    "Hedy Lamarr",
    "Tony Hoare",
    "Karen Spärck Jones",
    "Dennis Ritchie",
    "Annie Easley",
    "Vint Cerf",
    "Sophie Wilson",
    "Claude Shannon",
    "Jean Bartik",
    "Peter Naur",
    "Evelyn Boyd Granville",
    "Robin Milner",
    "Kathleen Booth",
    "Ole-Johan Dahl",
    "Mary Allen Wilkes",
    "Kristen Nygaard",
    "Joan Clarke",
    "Gerald Weinberg",
    "Lynn Conway",
    "Fernando Corbató",
    "Ruzena Bajcsy",
    "Konrad Zuse",
    "Shafi Goldwasser",
    "Maurice Wilkes",
    "Irene Greif",
    "Butler Lampson",
    "Susan Graham",
    "Ivan Sutherland",
];

fn every_act() -> Acts {
    Acts {
        roles: vec![admin(), member(), guest()],
        disable: true,
        suspend: true,
        reset_password: true,
        remove: true,
        ..Acts::default()
    }
}

fn row(number: usize, name: &str) -> Row {
    let login: String = name
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let (standing, remark) = match number {
        7 => (Standing::AwaitingConsent, ""),
        11 => (Standing::Disabled, "Since 3 November"),
        16 => (Standing::Suspended, ""),
        _ => (Standing::Active, ""),
    };
    let role = match number {
        0 => owner(),
        1 | 9 | 14 | 30 => admin(),
        5 | 22 | 41 => guest(),
        _ => member(),
    };
    let acts = match number {
        0 => Acts::default(),
        11 => Acts {
            disable: false,
            enable: true,
            ..every_act()
        },
        16 => Acts {
            suspend: false,
            lift_suspension: true,
            ..every_act()
        },
        _ => every_act(),
    };
    Row {
        id: format!("mem_01kay6h3s8f4x9d{number:02}zq7v2m5tw"),
        invitation: false,
        name: name.to_owned(),
        contact: if number % 9 == 4 {
            format!("@{login}")
        } else {
            format!("{login}@analytical.example")
        },
        you: number == 0,
        role,
        groups: Vec::new(),
        availability: match number % 11 {
            3 => Availability::OnCall,
            6 => Availability::Unavailable,
            _ => Availability::Available,
        },
        standing,
        remark: remark.to_owned(),
        joined: Time::new("2025-03-14T09:26:00Z", format!("{} Mar 2025", number % 28 + 1)),
        acts,
    }
}

fn invited() -> Row {
    Row {
        id: "inv_01kay6h3s8f4x9d77zq7v2m5tw".to_owned(),
        invitation: true,
        name: "rosalind@kings.example".to_owned(),
        contact: "Invited by Olivia Ortega".to_owned(),
        you: false,
        role: member(),
        groups: vec![Chip {
            label: "Auditors".to_owned(),
            href: "/o/analytical/groups/auditors".to_owned(),
            until: "until 3 Dec 2026".to_owned(),
            ended: false,
        }],
        availability: Availability::Unavailable,
        standing: Standing::Invited,
        remark: "Expires in 5 days".to_owned(),
        joined: Time::never(""),
        acts: Acts {
            resend: true,
            revoke: true,
            ..Acts::default()
        },
    }
}

fn results() -> Results {
    let mut rows: Vec<Row> = NAMES
        .iter()
        .enumerate()
        .map(|(number, name)| row(number, name))
        .collect();
    rows.insert(4, invited());
    rows.truncate(50);
    Results {
        words: Words::default(),
        base: BASE.to_owned(),
        rows,
        count: "248 people".to_owned(),
        filtered: false,
        may_change_role: true,
        may_disable: true,
        may_remove: true,
        may_invite: true,
        table_href: format!("{BASE}/people/export"),
        pager: Pager {
            first: String::new(),
            next: format!("{BASE}/people?cursor=bWVtXzAx"),
        },
    }
}

fn list() -> List {
    List {
        shell: inside("People", Section::People),
        words: Words::default(),
        base: BASE.to_owned(),
        may_invite: true,
        may_create: true,
        may_see_groups: true,
        filter: Filter {
            query: String::new(),
            statuses: vec![
                Choice::new("", "Any status").selected(true),
                Choice::new("active", "Active"),
                Choice::new("invited", "Invited"),
                Choice::new("disabled", "Disabled"),
                Choice::new("suspended", "Suspended"),
                Choice::new("awaiting_consent", "Awaiting consent"),
            ],
            roles: vec![
                Choice::new("", "Any role").selected(true),
                Choice::new("owner", "Owner"),
                Choice::new("admin", "Admin"),
                Choice::new("member", "Member"),
                Choice::new("guest", "Guest"),
            ],
            groups: vec![
                Choice::new("", "Any group").selected(true),
                Choice::new("design", "Design"),
            ],
            availabilities: vec![
                Choice::new("", "All").selected(true),
                Choice::new("available", "Available"),
                Choice::new("unavailable", "Unavailable"),
            ],
        },
        results: results(),
        slots: None,
        pending: None,
        sign_up: Some(super::sign_up::configuration()),
    }
}

fn pending() -> Pending {
    let row = |number: usize, invitee: &str, role: Role, delivery: Delivery| PendingRow {
        id: format!("inv_01kay6h3s8f4x9d{number:02}zq7v2m5tw"),
        invitee: invitee.to_owned(),
        role,
        expires: Time::new("2026-11-27T10:00:00Z", "27 Nov 2026"),
        delivery,
        may_manage: true,
    };
    Pending {
        rows: vec![
            row(1, "rosalind@kings.example", member(), Delivery::Sent),
            row(2, "emmy@goettingen.example", admin(), Delivery::Queued),
            row(
                3,
                "nobody@nowhere.example",
                member(),
                Delivery::Failed("550 5.1.1 mailbox does not exist".to_owned()),
            ),
        ],
        count: "3 pending".to_owned(),
        more_href: format!("{BASE}/invitations"),
    }
}

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut short = list();
        short.results.rows.truncate(8);
        short.results.rows.retain(|row| !row.invitation);
        short.results.count = "9 people".to_owned();
        short.results.pager = Pager::default();
        short.slots = Some(Slots {
            used: 9,
            limit: 10,
            contact: "sales@example.org".to_owned(),
        });
        short.pending = Some(pending());
        short.shell.notice = Some(Notice::new(NoticeKind::Success, "Ada Lovelace is an Admin now."));
        let mut empty = list();
        empty.results.rows.clear();
        empty.results.count = "0 people".to_owned();
        let mut unmatched = empty.clone();
        unmatched.results.filtered = true;
        unmatched.filter.query = "zzz".to_owned();
        let mut ownerless = list();
        ownerless.results.rows.truncate(6);
        "Analytical Engines has no active Owner. Make an active member its Owner, or lift the suspension of one."
            .clone_into(&mut ownerless.shell.warning);
        let mut plain = list();
        plain.may_invite = false;
        plain.may_create = false;
        plain.results.may_change_role = false;
        plain.results.may_disable = false;
        plain.results.may_remove = false;
        plain.results.rows.truncate(12);
        for row in &mut plain.results.rows {
            row.acts = Acts::default();
        }
        vec![
            ("people-list", list()),
            ("people-list-ownerless", ownerless),
            ("people-list-card", short),
            ("people-list-empty", empty),
            ("people-list-no-match", unmatched),
            ("people-list-as-member", plain),
        ]
    }
}

impl Sample for Results {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![("people-results", results())]
    }
}

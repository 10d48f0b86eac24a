//! The pages of the instance.

use super::{Sample, admin, own};
use crate::page::account;
use crate::page::chart::{Chart, Column, Course, Key};
use crate::page::dashboard::{Dashboard, Figure};
use crate::page::form::{Choice, Errors};
use crate::page::instance::{Place, Policies};
use crate::page::member::SignIn;
use crate::page::part::{May, Pager, Session, Time};
use crate::page::shell::{Section, Shell};
use crate::page::superuser;

pub(super) fn instance(title: &str, place: Place) -> Shell {
    own(title, Section::Instance(place))
}

impl Sample for Dashboard {
    fn samples() -> Vec<(&'static str, Self)> {
        let figure = |label: &str, number: &str, remark: &str| Figure {
            label: label.to_owned(),
            number: number.to_owned(),
            href: String::new(),
            remark: remark.to_owned(),
        };
        let keys = [
            Key {
                label: "Succeeded",
                tone: "good",
            },
            Key {
                label: "Failed",
                tone: "bad",
            },
        ];
        let columns: Vec<Column> = (0..24)
            .map(|hour| Column {
                parts: vec![hour % 7 * 3, hour % 5],
                title: format!("{hour}:00"),
            })
            .collect();
        let bars = Chart {
            title: "Sign-ins by hour".to_owned(),
            summary: "In the last 24 hours 212 sign-ins succeeded and 46 failed.".to_owned(),
            below: vec!["12:00".to_owned(), "00:00".to_owned(), "11:00".to_owned()],
            ..Chart::default()
        };
        let course = Course {
            points: (0..40).map(|step| (step * 25, 2_000 + step % 9 * 700)).collect(),
            tone: "good",
        };
        let lines = Chart {
            title: "Time to answer".to_owned(),
            summary: "At last half of all requests were answered within 5 ms.".to_owned(),
            below: vec!["12:00".to_owned(), "00:00".to_owned(), "now".to_owned()],
            ..Chart::default()
        };
        let page = Self {
            shell: instance("Dashboard", Place::Dashboard),
            figures: vec![
                figure("Organizations", "12", ""),
                figure("Accounts", "4812", ""),
                figure("Mail that waits", "3", "the oldest for 40 s"),
            ],
            charts: vec![
                bars.of_columns(&columns, &keys),
                lines.of_courses(&[course], &keys[..1], &|micros| format!("{} ms", micros / 1_000)),
                Chart {
                    title: "Mail that waits".to_owned(),
                    empty: "Nothing is measured yet. The first values come a minute after the start.".to_owned(),
                    ..Chart::default()
                },
            ],
        };
        vec![("instance-dashboard", page)]
    }
}

impl Sample for Policies {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: instance("Policies", Place::Policies),
            errors: Errors::none(),
            anyone_may_open: false,
            owners_may_delete: true,
            existing_accounts: vec![
                Choice::new("ask", "They are asked first")
                    .hint("The membership waits until they agree.")
                    .selected(true),
                Choice::new("add", "They are members at once").hint("For a server on which all belong together."),
            ],
        };
        vec![("instance-policies", page)]
    }
}

impl Sample for superuser::List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, username: &str, you: bool, revoke: May| superuser::Row {
            id: format!("acc_{username}"),
            name: name.to_owned(),
            username: username.to_owned(),
            contact: format!("{username}@example.org"),
            you,
            suspended: false,
            last_sign_in: Time::new("2026-11-21T17:03:00Z", "21 Nov 2026, 17:03"),
            revoke,
        };
        let page = Self {
            shell: instance("Superusers", Place::Superusers),
            rows: vec![
                row("Olivia Ortega", "olivia", true, May::Yes),
                superuser::Row {
                    suspended: true,
                    ..row("Sid Sundaram", "sid", false, May::Yes)
                },
            ],
            ..Self::default()
        };
        let last = Self {
            rows: vec![row(
                "Olivia Ortega",
                "olivia",
                true,
                May::not("The only active superuser: make somebody else one first."),
            )],
            account: "nobody".to_owned(),
            errors: Errors::none().with("account", "There is no account with the username or address nobody"),
            ..page.clone()
        };
        vec![("superuser-list", page), ("superuser-list-error", last)]
    }
}

impl Sample for account::Show {
    fn samples() -> Vec<(&'static str, Self)> {
        let at = Time::new("2026-11-21T17:03:00Z", "21 Nov 2026, 17:03");
        let page = Self {
            shell: instance("Barbara Liskov", Place::Accounts),
            id: "acc_barbara".to_owned(),
            name: "Barbara Liskov".to_owned(),
            username: "barbara".to_owned(),
            email: "barbara@example.org".to_owned(),
            home: "Analytical Engines".to_owned(),
            authentication_method: "Password".to_owned(),
            multi_factor: "Authenticator app".to_owned(),
            last_sign_in: at.clone(),
            created: Time::new("2025-03-14T09:26:00Z", "14 Mar 2025"),
            memberships: vec![account::Membership {
                name: "Analytical Engines".to_owned(),
                slug: "analytical".to_owned(),
                member: "mem_barbara".to_owned(),
                role: admin(),
                remark: String::new(),
            }],
            sessions: vec![Session {
                id: "ses_1".to_owned(),
                device: "Firefox on Linux".to_owned(),
                address: "203.0.113.7".to_owned(),
                last_seen: at.clone(),
                started: at.clone(),
                current: false,
            }],
            sign_ins: vec![SignIn {
                action: "Sign-in".to_owned(),
                success: false,
                reason: "Wrong password".to_owned(),
                address: "203.0.113.7".to_owned(),
                device: "Firefox on Linux".to_owned(),
                at,
            }],
            mail_password_reset: May::Yes,
            suspend: May::Yes,
            delete: May::Yes,
            revoke_superuser: May::Yes,
            ..Self::default()
        };
        let suspended = Self {
            banner: "Suspended by Sid Sundaram on 21 Nov 2026, 17:03. “On leave”".to_owned(),
            superuser: true,
            you: true,
            memberships: Vec::new(),
            sessions: Vec::new(),
            sign_ins: Vec::new(),
            mail_password_reset: May::not("Barbara Liskov is suspended. Lift the suspension first."),
            delete: May::not("This is your own account: another superuser can do it."),
            ..page.clone()
        };
        vec![("account-show", page), ("account-show-suspended", suspended)]
    }
}

impl Sample for account::List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, username: &str| account::Row {
            id: format!("acc_{username}"),
            name: name.to_owned(),
            username: username.to_owned(),
            email: format!("{username}@example.org"),
            superuser: false,
            suspended: false,
            last_sign_in: Time::new("2026-11-21T17:03:00Z", "21 Nov 2026, 17:03"),
            created: Time::new("2025-03-14T09:26:00Z", "14 Mar 2025"),
        };
        let page = Self {
            shell: instance("Accounts", Place::Accounts),
            rows: vec![
                account::Row {
                    superuser: true,
                    ..row("Olivia Ortega", "olivia")
                },
                account::Row {
                    suspended: true,
                    last_sign_in: Time::never("Never"),
                    ..row("Barbara Liskov", "barbara")
                },
                row(
                    "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine",
                    "wolfe.hubert.blaine",
                ),
            ],
            statuses: vec![
                Choice::new("", "All accounts").selected(true),
                Choice::new("suspended", "Suspended"),
                Choice::new("superuser", "Superusers"),
            ],
            pager: Pager {
                first: String::new(),
                next: "/instance/accounts?cursor=x".to_owned(),
            },
            ..Self::default()
        };
        let none = Self {
            query: "zzz".to_owned(),
            filtered: true,
            rows: Vec::new(),
            ..page.clone()
        };
        vec![("account-list", page), ("account-list-no-match", none)]
    }
}

//! The pages of the instance.

use super::{Sample, admin, own};
use crate::page::account;
use crate::page::form::{Choice, Errors};
use crate::page::instance::{Place, Policies};
use crate::page::member::SignIn;
use crate::page::part::{May, Pager, Session, Time};
use crate::page::shell::{Section, Shell};
use crate::page::superuser;

pub(super) fn instance(title: &str, place: Place) -> Shell {
    own(title, Section::Instance(place))
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

//! Settings of the whole server, with sample data.

use super::Sample;
use super::instance::instance;
use crate::page::form::{Choice, Errors};
use crate::page::instance::Place;
use crate::page::part::Time;
use crate::page::setting::{Certificate, Form, Listeners, Mail, Row, Standing, Tls, Trial};

fn time() -> Time {
    Time::new("2026-11-21T17:03:00Z", "21 Nov 2026, 17:03")
}

impl Sample for Mail {
    fn samples() -> Vec<(&'static str, Self)> {
        let empty = Self {
            shell: instance("Mail", Place::Mail),
            from: "Roster <roster@people.example.org>".to_owned(),
            ..Self::default()
        };
        let works = Self {
            standing: Standing::Works {
                since: time(),
                last: time(),
            },
            url: "smtps://mail.example.org".to_owned(),
            username: "roster".to_owned(),
            has_password: true,
            is_set: true,
            test_to: "sid@example.org".to_owned(),
            ..empty.clone()
        };
        let fails = Self {
            standing: Standing::Fails {
                since: time(),
                detail: "The mail server answered 535: 5.7.8 Username and password not accepted.".to_owned(),
            },
            waiting: "14 mails wait to be sent.".to_owned(),
            errors: Errors::none().with("url", "The url must be smtps://host:port or smtp://host:port."),
            ..works.clone()
        };
        let fixed = Self {
            fixed: "Set by the flag --smtp. It is changed there.".to_owned(),
            standing: Standing::Untried,
            ..works.clone()
        };
        vec![
            ("setting-mail-none", empty),
            ("setting-mail", works),
            ("setting-mail-fails", fails),
            ("setting-mail-fixed", fixed),
        ]
    }
}

impl Sample for Tls {
    fn samples() -> Vec<(&'static str, Self)> {
        let certificate = |subject: &str, issuer: &str| Certificate {
            subject: format!("CN={subject}"),
            issuer: format!("CN={issuer}"),
            names: vec![subject.to_owned()],
            from: Time::new("2026-10-01T00:00:00Z", "1 Oct 2026"),
            until: Time::new("2026-12-30T00:00:00Z", "30 Dec 2026"),
            over: 58,
            left: "Good for 38 more days".to_owned(),
            fingerprint:
                "9A:41:0C:5E:77:12:BB:08:3F:D2:64:91:AE:55:20:C7:1D:83:F6:0B:49:E8:9C:32:70:15:DB:A4:66:8E:F1:2A"
                    .to_owned(),
        };
        let none = Self {
            shell: instance("TLS", Place::Tls),
            host: "people.example.org".to_owned(),
            ..Self::default()
        };
        let served = Self {
            served: Some(certificate("people.example.org", "Example Issuing CA 3")),
            chain: vec![certificate("Example Issuing CA 3", "Example Root")],
            ..none.clone()
        };
        let ends = Self {
            served: Some(Certificate {
                over: 94,
                left: "Good for 5 more days".to_owned(),
                ..certificate("people.example.org", "Example Issuing CA 3")
            }),
            warnings: vec!["It ends in 5 days. Replace it before.".to_owned()],
            errors: Errors::none().with(
                "key",
                "The key belongs to another certificate: give the key that this certificate was requested with.",
            ),
            ..served.clone()
        };
        let fixed = Self {
            fixed: "Set by the flag --tls-certificate. It is changed there.".to_owned(),
            ..served.clone()
        };
        vec![
            ("setting-tls-none", none),
            ("setting-tls", served),
            ("setting-tls-ends", ends),
            ("setting-tls-fixed", fixed),
        ]
    }
}

impl Sample for Listeners {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, url: &str, serves: &[&'static str], state: &'static str, tone: &'static str| Row {
            name: name.to_owned(),
            url: url.to_owned(),
            serves: serves.to_vec(),
            state,
            tone,
            remark: String::new(),
            is_bad: false,
            may_go: false,
        };
        let all = ["Console", "API", "Access checks", "Metrics"];
        let first = row("first", "http://localhost:8080", &all, "Always there", "active");
        let public = row(
            "public",
            "https://people.example.org:443",
            &all[..2],
            "Serving",
            "active",
        );
        let alone = Self {
            shell: instance("Listeners", Place::Listeners),
            rows: vec![first.clone()],
            form: Form {
                serves: vec![
                    Choice::new("console", "Console").selected(true),
                    Choice::new("api", "API").selected(true),
                    Choice::new("access", "Access checks"),
                    Choice::new("metrics", "Metrics"),
                ],
                no_tls: "There is no certificate yet: set one on the page TLS first.".to_owned(),
                ..Form::default()
            },
            ..Self::default()
        };
        let tried = Self {
            rows: vec![
                first.clone(),
                Row {
                    state: "Goes when the new ones stay",
                    tone: "waiting",
                    ..public.clone()
                },
                row(
                    "new",
                    "https://people.example.org:8443",
                    &all[..2],
                    "New, being tried",
                    "invited",
                ),
            ],
            trial: Some(Trial {
                until: Time::new("2126-11-21T17:05:00Z", "21 Nov 2126, 17:05"),
                is_here: false,
                confirm_at: vec!["https://people.example.org:8443/instance/settings/listeners".to_owned()],
            }),
            ..alone.clone()
        };
        let here = Self {
            trial: tried.trial.clone().map(|trial| Trial { is_here: true, ..trial }),
            ..tried.clone()
        };
        let failed = Self {
            rows: vec![
                first,
                Row { may_go: true, ..public },
                Row {
                    remark: "10.0.0.7:9090 is in use by another program: end it, or choose another port.".to_owned(),
                    is_bad: true,
                    may_go: true,
                    ..row("metrics", "http://10.0.0.7:9090", &all[3..], "Not open", "suspended")
                },
            ],
            ..alone.clone()
        };
        vec![
            ("setting-listeners", alone),
            ("setting-listeners-tried", tried),
            ("setting-listeners-here", here),
            ("setting-listeners-failed", failed),
        ]
    }
}

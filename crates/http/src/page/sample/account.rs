//! Pages about one's own account, and those before anybody is known.

use super::{Sample, admin, inside, member, outside, own, owner};
use crate::page::form::{Choice, Errors};
use crate::page::identity::{Connected, Offer};
use crate::page::me::{Profile, VerifyEmail};
use crate::page::organization::Row;
use crate::page::part::{May, Session, Time};
use crate::page::shell::{Notice, NoticeKind, Section, Viewer};
use crate::page::{password, password_reset, problem, set_up, sign_in};
use domain::permission::Permission;
use domain::words::Words;

pub(super) const ADVICE: &str = "At least 15 characters. A few unrelated words are fine.";

pub(super) fn presets() -> Vec<Choice> {
    vec![
        Choice::new("standard", "Standard")
            .hint("Owner, Admin, Member, Guest. A good start for most.")
            .selected(true),
        Choice::new("service-desk", "Service desk").hint("Members with availability and on-call."),
        Choice::new("error-reporting", "Error reporting").hint("Members may invite; invitations do not expire."),
        Choice::new("modules", "Modules").hint("Administrators and Members; ten member slots."),
        Choice::new("delivery", "Delivery").hint("People, groups and projects with their own roles."),
        Choice::new("directory", "User directory").hint("Invited people stand among the users."),
    ]
}

pub(super) fn sessions() -> Vec<Session> {
    let session = |id: &str, device: &str, address: &str, seen: &str, current: bool| Session {
        id: id.to_owned(),
        device: device.to_owned(),
        address: address.to_owned(),
        last_seen: Time::new("2026-11-22T01:00:00Z", seen),
        started: Time::new("2026-11-18T08:00:00Z", "18 Nov 2026"),
        current,
    };
    vec![
        session("ses_01", "Firefox on Linux", "203.0.113.7", "just now", true),
        session("ses_02", "Safari on iPhone", "198.51.100.23", "3 hours ago", false),
        session("ses_03", "roster command line", "203.0.113.7", "yesterday", false),
    ]
}

fn connected(provider: &str, who: &str, scopes: &[&str], broken: Option<Time>) -> Connected {
    Connected {
        id: "idn_01".to_owned(),
        provider: provider.to_owned(),
        who: who.to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        linked: Time::new("2026-10-01T08:00:00Z", "1 Oct 2026"),
        used: Some(Time::new("2026-11-21T08:00:00Z", "yesterday")),
        broken,
        again_href: "/me/identities/connect/github".to_owned(),
        repositories_href: "/me/identities/connect/github?repositories=true".to_owned(),
    }
}

impl Sample for sign_in::Page {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self { shell: outside("Sign in"), passkeys: true, hint: "This is a demonstration. Sign in as olivia, adam, mia, gus, sid or eve; the password is in the terminal.".to_owned(), ..Self::default() };
        let wrong = Self {
            shell: outside("Sign in"),
            errors: Errors::general("Name and password do not match. Check both and try again."),
            login: "olivia".to_owned(),
            ..Self::default()
        };
        let throttled = Self {
            shell: outside("Sign in"),
            throttled: "Too many failed attempts. Try again in 2 minutes.".to_owned(),
            login: "olivia".to_owned(),
            ..Self::default()
        };
        let elsewhere = Self {
            shell: outside("Sign in"),
            offers: ["Google", "Microsoft", "GitHub"]
                .map(|name| Offer {
                    name: name.to_owned(),
                    href: format!("/sign-in/{}", name.to_lowercase()),
                })
                .to_vec(),
            ..Self::default()
        };
        let mut ended = Self {
            shell: outside("Sign in"),
            ..Self::default()
        };
        ended.shell.notice = Some(Notice::new(NoticeKind::Success, "You are signed out."));
        vec![
            ("sign-in", page),
            ("sign-in-error", wrong),
            ("sign-in-throttled", throttled),
            ("sign-in-after", ended),
            ("sign-in-elsewhere", elsewhere),
        ]
    }
}

impl Sample for set_up::Page {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Set up"),
            action: "/set-up/dG9rZW4".to_owned(),
            presets: presets(),
            password_advice: ADVICE.to_owned(),
            ..Self::default()
        };
        let wrong = Self {
            errors: Errors::none()
                .with("slug", "The short name may hold small letters, digits and hyphens")
                .with("preset", "Choose a preset")
                .with("password", "This password is too easy to guess"),
            organization_name: "Analytical Engines".to_owned(),
            slug: "Analytical!".to_owned(),
            ..page.clone()
        };
        vec![("set-up", page), ("set-up-error", wrong)]
    }
}

impl Sample for password::Page {
    fn samples() -> Vec<(&'static str, Self)> {
        let mut shell = outside("New password");
        shell.viewer = Some(Viewer {
            name: "Ada Lovelace".to_owned(),
            username: "ada".to_owned(),
            superuser: false,
        });
        let forced = Self {
            shell: shell.clone(),
            reason: "You signed in with a temporary password. Before anything else, choose one that only you know."
                .to_owned(),
            password_advice: ADVICE.to_owned(),
            ..Self::default()
        };
        let free = Self {
            shell,
            ask_current: true,
            password_advice: ADVICE.to_owned(),
            errors: Errors::none().with("new_password", "This password is one of the most common ones"),
            ..Self::default()
        };
        vec![("password-forced", forced), ("password-change-error", free)]
    }
}

impl Sample for password_reset::Ask {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Forgot your password?"),
            ..Self::default()
        };
        let no_mail = Self {
            no_mail:
                "This server cannot send mail. Ask an administrator of your organization for a temporary password."
                    .to_owned(),
            ..page.clone()
        };
        let error = Self {
            errors: Errors::none().with("email", "Enter your e-mail address."),
            ..page.clone()
        };
        vec![
            ("password-reset-ask", page),
            ("password-reset-ask-error", error),
            ("password-reset-no-mail", no_mail),
        ]
    }
}

impl Sample for password_reset::Asked {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Look into your mailbox"),
            email: "ada@example.com".to_owned(),
        };
        vec![("password-reset-asked", page)]
    }
}

impl Sample for password_reset::Redeem {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Set a new password"),
            action: "/password-resets/sample".to_owned(),
            username: "ada".to_owned(),
            password_advice: ADVICE.to_owned(),
            ..Self::default()
        };
        vec![("password-reset-redeem", page)]
    }
}

impl Sample for VerifyEmail {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: outside("Verify your address"),
            action: "/email-changes/sample".to_owned(),
            username: "ada".to_owned(),
            email: "ada@analytical.example".to_owned(),
        };
        vec![("me-verify-email", page)]
    }
}

impl Sample for Profile {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, slug: &str, role, leave| Row {
            name: name.to_owned(),
            slug: slug.to_owned(),
            role,
            remark: "Since 14 Mar 2025".to_owned(),
            closed: String::new(),
            href: format!("/o/{slug}/people"),
            leave,
        };
        vec![(
            "me-profile",
            Self {
                shell: own("Profile settings", Section::Profile),
                words: Words::default(),
                errors: Errors::none(),
                name: "Olivia Ortega".to_owned(),
                username: "olivia".to_owned(),
                email: "olivia@analytical.example".to_owned(),
                email_verified: false,
                pending_email: "olivia@ortega.example".to_owned(),
                new_email: String::new(),
                email_fixed: String::new(),
                has_password: true,
                phone: String::new(),
                identities: vec![
                    connected("GitHub", "OliviaOrtega", &["read:user", "repo"], None),
                    connected(
                        "Bitbucket",
                        "olivia",
                        &["account"],
                        Some(Time::new("2026-11-20T08:00:00Z", "20 Nov 2026")),
                    ),
                ],
                offers: vec![Offer {
                    name: "Google".to_owned(),
                    href: "/me/identities/connect/google".to_owned(),
                }],
                tokens: super::token::rows(),
                time_zones: vec![
                    Choice::new("", "As the organization").selected(true),
                    Choice::new("Europe/Berlin", "Europe/Berlin"),
                ],
                languages: vec![Choice::new("en", "English").selected(true)],
                password: "Changed 3 weeks ago".to_owned(),
                second_factors: "Authenticator app, 2 passkeys".to_owned(),
                sessions: sessions(),
                organizations: vec![
                    row(
                        "Analytical Engines",
                        "analytical",
                        owner(),
                        May::not("You are its only Owner. Make somebody else Owner first."),
                    ),
                    row("Harbour Freight Desk", "harbour", member(), May::Yes),
                    row("Night Shift", "night", admin(), May::Yes),
                ],
            },
        )]
    }
}

impl Sample for problem::Page {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            (
                "problem-403",
                Self::forbidden(outside("Not allowed"), Some(Permission::MemberView)),
            ),
            ("problem-404", Self::not_found(outside("Not found"))),
            (
                "problem-429",
                Self::too_many(outside("Too many attempts"), "Wait two minutes, then try again."),
            ),
            (
                "problem-500",
                Self::broken(outside("Something went wrong"), "01kay6h3s8f4x9d"),
            ),
            (
                "problem-503",
                Self::unavailable(
                    outside("Not available"),
                    service::Error::Unavailable(String::new()).to_string(),
                    "01kay6h3s8f4x9d",
                ),
            ),
        ]
    }
}

impl Sample for problem::Inside {
    fn samples() -> Vec<(&'static str, Self)> {
        let shell = inside("There is nothing here", Section::Projects);
        let mut problem = problem::Page::not_found(shell.clone());
        problem.after_a_form();
        problem.way_out_label = "Back to Projects".to_owned();
        problem.way_out_href = "/o/analytical/projects".to_owned();
        let gone = Self { shell, problem };
        let shell = inside("Not allowed", Section::Projects);
        let mut problem = problem::Page::forbidden(shell.clone(), Some(Permission::AuditLogView));
        problem.way_out_label = "Go to People".to_owned();
        problem.way_out_href = "/o/analytical/people".to_owned();
        vec![
            ("problem-404-inside", gone),
            ("problem-403-inside", Self { shell, problem }),
        ]
    }
}

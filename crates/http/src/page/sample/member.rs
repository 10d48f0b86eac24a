//! One member's tabs, and the pages before a change.

use super::account::sessions;
use super::{Sample, inside, member, owner};
use crate::page::confirm::{Alternative, Consequence, ConsequenceKind, Owned, Page as Confirm, Subject};
use crate::page::form::{Choice, Errors};
use crate::page::member::{Activity, Edit, Header, Profile, Security, SignIn, Tab};
use crate::page::part::{Availability, May, Standing, Time};
use crate::page::shell::Section;
use domain::words::Words;

pub(super) fn header(tab: Tab) -> Header {
    Header {
        words: Words::default(),
        base: "/o/analytical".to_owned(),
        id: "mem_01kay6h3s8".to_owned(),
        name: "Ada Lovelace".to_owned(),
        contact: "ada@analytical.example".to_owned(),
        role: member(),
        standing: Standing::Active,
        availability: Availability::Available,
        you: false,
        tab,
        banner: String::new(),
        managed: true,
        managed_text: "Ada belongs to this organization alone, so its administrators look after the account: name, address, password, sessions.".to_owned(),
        may_see_security: true,
        may_see_access: true,
        may_see_activity: true,
        disable: May::Yes,
        enable: May::Hidden,
        suspend: May::Yes,
        lift_suspension: May::Hidden,
        remove: May::Yes,
        delete_account: May::Yes,
    }
}

impl Sample for Profile {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Ada Lovelace", Section::People),
            header: header(Tab::Profile),
            email: "ada@analytical.example".to_owned(),
            email_verified: true,
            groups: Vec::new(),
            phone: "+44 20 7946 0018".to_owned(),
            username: "ada".to_owned(),
            authentication_method: "Password".to_owned(),
            last_sign_in: Time::new("2026-11-21T17:03:00Z", "Yesterday, 17:03"),
            joined: Time::new("2025-03-14T09:26:00Z", "14 Mar 2025"),
            account_created: Time::new("2025-03-14T09:20:00Z", "14 Mar 2025"),
            owned: vec![
                Owned {
                    kind: "Project".to_owned(),
                    name: "Difference Engine".to_owned(),
                    href: "/o/analytical/projects/difference-engine".to_owned(),
                },
                Owned {
                    kind: "Token".to_owned(),
                    name: "Crash uploads".to_owned(),
                    href: String::new(),
                },
            ],
            edit: May::Yes,
        };
        let mut disabled = page.clone();
        disabled.header.standing = Standing::Disabled;
        disabled.header.banner = "Disabled by Olivia Ortega on 3 November 2026: on leave until spring.".to_owned();
        disabled.header.disable = May::Hidden;
        disabled.header.enable = May::Yes;
        let mut foreign = page.clone();
        foreign.header.managed = false;
        foreign.edit = May::not("Ada belongs to other organizations too, so only she can change her name and address.");
        foreign.header.suspend = May::Hidden;
        foreign.header.delete_account =
            May::not("The account is not yours to delete: it belongs to other organizations too.");
        foreign.phone = String::new();
        foreign.email_verified = false;
        vec![
            ("member-profile", page),
            ("member-profile-disabled", disabled),
            ("member-profile-not-managed", foreign),
        ]
    }
}

impl Sample for Edit {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "member-edit",
            Self {
                shell: inside("Edit Ada Lovelace", Section::People),
                header: header(Tab::Profile),
                errors: Errors::none().with("email", "grace@analytical.example is taken by another account"),
                name: "Ada Lovelace".to_owned(),
                email: "grace@analytical.example".to_owned(),
                phone: String::new(),
                methods: vec![
                    Choice::new("password", "Password (recommended)").selected(true),
                    Choice::new("pam", "PAM").unavailable("not set up"),
                    Choice::new("saml", "SAML"),
                ],
            },
        )]
    }
}

impl Sample for Security {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Ada Lovelace", Section::People),
            header: header(Tab::Security),
            errors: Errors::none(),
            roles: vec![
                Choice::new("admin", "Admin"),
                Choice::new("member", "Member").selected(true),
                Choice::new("guest", "Guest"),
            ],
            change_role: May::Yes,
            multi_factor: "On: Authenticator app, Passkey".to_owned(),
            reset_mfa: May::Yes,
            password: "Set 3 weeks ago".to_owned(),
            reset_password: May::Yes,
            mail_password_reset: May::Yes,
            sessions: sessions().split_off(1),
            see_sessions: May::Yes,
            end_sessions: May::Yes,
            access_control: Some(vec![
                Choice::new("user", "User").selected(true),
                Choice::new("superuser", "Superuser"),
            ]),
            grant_ownership: May::Yes,
            give_up_ownership: May::Hidden,
        };
        let mut own = page.clone();
        own.header.name = "Olivia Ortega".to_owned();
        own.header.role = owner();
        own.header.you = true;
        own.change_role = May::not("Owners keep their role until they give up ownership.");
        own.grant_ownership = May::Hidden;
        own.give_up_ownership = May::not("You are the only Owner. Grant ownership to somebody else first.");
        own.reset_password = May::not("Change your own password in your profile settings.");
        own.mail_password_reset = May::Hidden;
        own.see_sessions = May::not("Your own sessions are in your profile settings.");
        own.access_control = None;
        vec![("member-security", page), ("member-security-owner", own)]
    }
}

impl Sample for Activity {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |action: &str, reason: &str, address: &str, at: &str| SignIn {
            action: action.to_owned(),
            success: reason.is_empty(),
            reason: reason.to_owned(),
            address: address.to_owned(),
            device: "Firefox on Linux".to_owned(),
            at: Time::new("2026-11-21T17:03:00Z", at),
        };
        let page = Self {
            shell: inside("Ada Lovelace", Section::People),
            header: header(Tab::Activity),
            rows: vec![
                row("Signed in", "", "203.0.113.7", "Yesterday, 17:03"),
                row(
                    "Tried to sign in",
                    "Wrong password",
                    "198.51.100.23",
                    "Yesterday, 17:02",
                ),
                row(
                    "Tried to sign in",
                    "Too many attempts",
                    "2001:db8::1f",
                    "19 Nov 2026, 08:40",
                ),
            ],
            scope: "Only entries into this organization are shown".to_owned(),
        };
        let empty = Self {
            rows: Vec::new(),
            ..page.clone()
        };
        vec![("member-activity", page), ("member-activity-empty", empty)]
    }
}

impl Sample for Confirm {
    fn samples() -> Vec<(&'static str, Self)> {
        let home = "/o/analytical/people/mem_01";
        let subject = |name: &str, contact: &str, left_out: &str| Subject {
            name: name.to_owned(),
            contact: contact.to_owned(),
            left_out: left_out.to_owned(),
        };
        let removal = Self {
            shell: inside("Remove Ada Lovelace", Section::People),
            heading: "Remove Ada Lovelace from Analytical Engines?".to_owned(),
            lead: "The membership ends for good. The account itself stays.".to_owned(),
            consequences: vec![
                Consequence::new(ConsequenceKind::Loss, "Ada loses 6 permissions").details(vec![
                    "roster.organization.view".to_owned(),
                    "roster.member.view".to_owned(),
                    "roster.group.view".to_owned(),
                    "roster.role.view".to_owned(),
                    "roster.project.create".to_owned(),
                    "roster.secret.use".to_owned(),
                ]),
                Consequence::new(ConsequenceKind::Ends, "2 sessions lose their access here at once"),
                Consequence::new(ConsequenceKind::Keeps, "The audit log keeps what Ada did"),
                Consequence::new(ConsequenceKind::Note, "One member slot becomes free"),
            ],
            alternative: Some(Alternative {
                text: "Not sure? Disabling can be taken back and keeps everything.".to_owned(),
                label: "Disable access instead".to_owned(),
                href: format!("{home}/disablement"),
            }),
            action: format!("{home}/removal"),
            submit: "Remove Ada Lovelace from Analytical Engines".to_owned(),
            danger: true,
            cancel_href: home.to_owned(),
            ..Self::default()
        };
        let blocked = Self {
            owned: vec![
                Owned {
                    kind: "Project".to_owned(),
                    name: "Difference engine".to_owned(),
                    href: "/o/analytical/projects/difference".to_owned(),
                },
                Owned {
                    kind: "Project token".to_owned(),
                    name: "nightly upload".to_owned(),
                    href: String::new(),
                },
            ],
            heirs: vec![
                Choice::new("", "Choose a member"),
                Choice::new("mem_02", "Grace Hopper"),
                Choice::new("mem_03", "Charles Babbage"),
            ],
            errors: Errors::none().with("transfer_to", "Choose who gets what Ada owns"),
            ..removal.clone()
        };
        let role = Self {
            shell: inside("Change role", Section::People),
            heading: "Change the role of Ada Lovelace".to_owned(),
            lead: "It takes effect at once.".to_owned(),
            roles: vec![
                Choice::new("admin", "Admin")
                    .hint("Manages people, roles and settings.")
                    .selected(true),
                Choice::new("member", "Member").hint("Works in every project open to them."),
                Choice::new("guest", "Guest").hint("Sees the organization and their own settings."),
            ],
            consequences: vec![
                Consequence::new(ConsequenceKind::Gain, "As Admin, Ada gains 11 permissions")
                    .details((1..=11).map(|n| format!("roster.example.permission_{n}")).collect()),
            ],
            action: format!("{home}/role"),
            submit: "Set the role of Ada Lovelace".to_owned(),
            cancel_href: home.to_owned(),
            ..Self::default()
        };
        let disable = Self {
            shell: inside("Disable access", Section::People),
            heading: "Disable the access of Ada Lovelace?".to_owned(),
            lead: "Ada is shut out of Analytical Engines at once. Everything is kept, and you can let her back in."
                .to_owned(),
            consequences: vec![
                Consequence::new(ConsequenceKind::Ends, "2 sessions lose their access here at once"),
                Consequence::new(ConsequenceKind::Keeps, "Role, projects and history stay as they are"),
            ],
            ask_reason: true,
            action: format!("{home}/disablement"),
            submit: "Disable the access of Ada Lovelace".to_owned(),
            danger: true,
            cancel_href: home.to_owned(),
            ..Self::default()
        };
        let several = Self {
            heading: "Remove 3 people from Analytical Engines?".to_owned(),
            people: vec![
                subject("Ada Lovelace", "ada@analytical.example", ""),
                subject("Grace Hopper", "grace@analytical.example", ""),
                subject(
                    "Olivia Ortega",
                    "olivia@analytical.example",
                    "Left out: an Owner cannot be removed",
                ),
            ],
            submit: "Remove 2 people from Analytical Engines".to_owned(),
            hidden: vec![
                ("act".to_owned(), "remove".to_owned()),
                ("member".to_owned(), "mem_01".to_owned()),
                ("member".to_owned(), "mem_02".to_owned()),
            ],
            ..removal.clone()
        };
        let reset = Self {
            shell: inside("Reset password", Section::People),
            heading: "Reset the password of Ada Lovelace?".to_owned(),
            lead: "The present password stops working, and every session ends.".to_owned(),
            deliveries: vec![
                Choice::new("temporary", "A temporary password")
                    .hint("Shown to you once; must be changed at the next sign-in.")
                    .selected(true),
                Choice::new("mail", "A mail with a link").unavailable("No mail server is set"),
            ],
            ask_temporary_password: true,
            action: format!("{home}/password-reset"),
            submit: "Reset the password of Ada Lovelace".to_owned(),
            danger: true,
            cancel_href: home.to_owned(),
            ..Self::default()
        };
        let deletion = Self {
            heading: "Delete the account of Ada Lovelace?".to_owned(),
            lead: "The account is gone for good, with every way to sign in. Nobody can bring it back.".to_owned(),
            typed: "ada".to_owned(),
            alternative: Some(Alternative {
                text: "History may be needed later.".to_owned(),
                label: "Suspend instead".to_owned(),
                href: format!("{home}/suspension"),
            }),
            submit: "Delete the account of Ada Lovelace".to_owned(),
            action: format!("{home}/account"),
            ..removal.clone()
        };
        let refused = Self {
            refusal: "Ada is an Owner. Owners can be neither removed nor disabled; ownership must be given up first."
                .to_owned(),
            consequences: Vec::new(),
            alternative: None,
            ..removal.clone()
        };
        vec![
            ("confirm-removal", removal),
            ("confirm-removal-owned", blocked),
            ("confirm-role", role),
            ("confirm-disable", disable),
            ("confirm-several", several),
            ("confirm-reset", reset),
            ("confirm-deletion", deletion),
            ("confirm-refused", refused),
        ]
    }
}

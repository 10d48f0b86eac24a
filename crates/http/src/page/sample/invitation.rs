//! Invitations, as their sender and as the invited person see them.

use super::{Sample, admin, guest, inside, member, outside};
use crate::page::form::{Choice, Errors};
use crate::page::identity::Offer;
use crate::page::invitation::{Accept, Create, Created, List, Row, Unusable, Way};
use crate::page::part::{Delivery, InvitationState, May, Pager, Role, Time};
use crate::page::shell::Section;
use domain::words::Words;

const BASE: &str = "/o/analytical";

fn soon() -> Time {
    Time::new("2026-11-27T10:00:00Z", "27 Nov 2026")
}

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |id: &str, invitee: &str, role: Role, state: InvitationState, remark: &str, delivery: Delivery| Row {
            id: format!("inv_{id}"),
            invitee: invitee.to_owned(),
            username: String::new(),
            role,
            identity_provider: "Password".to_owned(),
            sent_by: "Olivia Ortega".to_owned(),
            state,
            remark: remark.to_owned(),
            delivery,
            expires: soon(),
            resend: matches!(state, InvitationState::Pending | InvitationState::Expired),
            revoke: state == InvitationState::Pending,
        };
        let list = Self {
            shell: inside("Invitations", Section::Invitations),
            words: Words::default(),
            base: BASE.to_owned(),
            may_invite: true,
            tabs: vec![
                Choice::new("pending", "Pending"),
                Choice::new("accepted", "Accepted"),
                Choice::new("expired", "Expired"),
                Choice::new("revoked", "Revoked"),
                Choice::new("all", "All").selected(true),
            ],
            rows: vec![
                row(
                    "01",
                    "rosalind@kings.example",
                    member(),
                    InvitationState::Pending,
                    "",
                    Delivery::Sent,
                ),
                row(
                    "02",
                    "nobody@nowhere.example",
                    member(),
                    InvitationState::Pending,
                    "",
                    Delivery::Failed("550 5.1.1 mailbox does not exist".to_owned()),
                ),
                row(
                    "03",
                    "emmy@goettingen.example",
                    admin(),
                    InvitationState::Accepted,
                    "19 Nov 2026",
                    Delivery::Sent,
                ),
                row(
                    "04",
                    "lise@vienna.example",
                    guest(),
                    InvitationState::Expired,
                    "",
                    Delivery::LinkOnly,
                ),
                row(
                    "05",
                    "mallory@elsewhere.example",
                    member(),
                    InvitationState::Revoked,
                    "by Adam Admin, 12 Nov",
                    Delivery::Sent,
                ),
            ],
            count: "5 invitations".to_owned(),
            pager: Pager::default(),
            mail_works: true,
            mail_fails: None,
        };
        let failing = Self {
            mail_fails: Some(Time::new("2026-11-21T17:03:00Z", "21 Nov 2026, 17:03")),
            ..list.clone()
        };
        let empty = Self {
            rows: Vec::new(),
            count: "No invitations".to_owned(),
            mail_works: false,
            ..list.clone()
        };
        vec![
            ("invitation-list", list),
            ("invitation-list-failing", failing),
            ("invitation-list-empty", empty),
        ]
    }
}

impl Sample for Create {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Invite people", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            errors: Errors::none(),
            email: String::new(),
            username: String::new(),
            providers: vec![
                Choice::new("any", "Any"),
                Choice::new("password", "Password (recommended)").selected(true),
                Choice::new("google", "Google").unavailable("not set up on this server"),
                Choice::new("microsoft", "Microsoft Entra ID").unavailable("not set up on this server"),
            ],
            roles: vec![
                Choice::new("admin", "Admin").hint("Manages people, roles and settings."),
                Choice::new("member", "Member")
                    .hint("Works in every project open to them.")
                    .selected(true),
                Choice::new("guest", "Guest").hint("Sees the organization and their own settings."),
            ],
            tenant: String::new(),
            groups: vec![
                Choice::new("design", "Design").hint("Gives Member").selected(true),
                Choice::new("research", "Research").hint("Gives Auditor"),
            ],
            notify: String::new(),
            expires_in_days: String::new(),
            usual_lifetime: "7 days".to_owned(),
            mail_works: true,
            may: May::Yes,
        };
        let wrong = Self {
            errors: Errors::none()
                .with("email", "“ada@” is no e-mail address")
                .with("expires_in_days", "Give a whole number of days, at least 1"),
            email: "ada@".to_owned(),
            expires_in_days: "soon".to_owned(),
            ..page.clone()
        };
        vec![("invitation-create", page), ("invitation-create-error", wrong)]
    }
}

impl Sample for Created {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Invited", Section::People),
            words: Words::default(),
            base: BASE.to_owned(),
            id: "inv_01".to_owned(),
            invitee: "rosalind@kings.example".to_owned(),
            role: member(),
            groups: "Design and Research".to_owned(),
            link: "https://people.example.org/invitations/4f9Jx2mQ7Zk1sVbT0uYh8cRnW5eLpA3dG6iKoXyB2wE".to_owned(),
            delivery: Delivery::Queued,
            delivery_text: "A mail is on its way to rosalind@kings.example.".to_owned(),
            expires: soon(),
            resent: false,
        };
        let unsent = Self {
            delivery: Delivery::LinkOnly,
            delivery_text: "No mail server is set, so nothing was sent. Copy the link and hand it on.".to_owned(),
            expires: Time::never("does not expire"),
            resent: true,
            ..page.clone()
        };
        vec![("invitation-created", page), ("invitation-created-no-mail", unsent)]
    }
}

impl Sample for Accept {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |way: Way| {
            Self {
            shell: outside("Join Analytical Engines"),
            errors: Errors::none(),
            action: "/invitations/4f9Jx2mQ7Zk1".to_owned(),
            organization: "Analytical Engines".to_owned(),
            invited_by: "Olivia Ortega".to_owned(),
            role: member(),
            invitee: "rosalind@kings.example".to_owned(),
            expires: soon(),
            way,
            offers: vec![Offer {
                name: "Google".to_owned(),
                href: "/invitations/4f9Jx2mQ7Zk1/identity/google".to_owned(),
            }],
            managed_text: "This is where your account begins: while you belong to nobody else, administrators of Analytical Engines can reset its password and edit its name and address.".to_owned(),
        }
        };
        let register = || Way::Register {
            name: String::new(),
            username: String::new(),
            password_advice: "At least 15 characters. A few unrelated words are fine.".to_owned(),
        };
        let mut wrong = page(register());
        wrong.errors = Errors::none()
            .with("name", "Give your name")
            .with("password", "The password must have at least 15 characters");
        vec![
            ("invitation-accept", page(register())),
            ("invitation-accept-error", wrong),
            (
                "invitation-accept-join",
                page(Way::Join {
                    name: "Rosalind Franklin".to_owned(),
                }),
            ),
            (
                "invitation-accept-other",
                page(Way::OtherPerson {
                    name: "Ada Lovelace".to_owned(),
                }),
            ),
            (
                "invitation-accept-sign-in",
                page(Way::SignIn {
                    href: "/sign-in?next=/invitations/4f9J".to_owned(),
                }),
            ),
            (
                "invitation-accept-elsewhere",
                page(Way::Elsewhere {
                    whom: "the Google account rosalind@kings.example".to_owned(),
                    signed_in: String::new(),
                }),
            ),
        ]
    }
}

impl Sample for Unusable {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "invitation-unusable",
            Self {
                shell: outside("Invitation"),
                heading: "This link opens nothing".to_owned(),
                text: "It was used already, was taken back, has expired, or was not copied whole.".to_owned(),
                advice: vec![
                    "If you have joined already, sign in.".to_owned(),
                    "Otherwise ask whoever invited you to send it again; only the newest link works.".to_owned(),
                ],
                sign_in_href: "/sign-in".to_owned(),
                onward: None,
            },
        )]
    }
}

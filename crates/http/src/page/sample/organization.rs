//! Organizations: the list of one's own, a new one, settings.

use super::account::presets;
use super::{Sample, admin, guest, inside, member, own, owner};
use crate::page::form::{Choice, Errors};
use crate::page::organization::{Create, List, Offer, Policies, Row, Settings};
use crate::page::part::{May, Time};
use crate::page::people::Slots;
use crate::page::shell::Section;

impl Sample for List {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |name: &str, slug: &str, role, remark: &str, closed: &str| Row {
            name: name.to_owned(),
            slug: slug.to_owned(),
            role,
            remark: remark.to_owned(),
            closed: closed.to_owned(),
            href: format!("/o/{slug}/people"),
            leave: May::Yes,
        };
        let list = Self {
            shell: own("Your organizations", Section::Organizations),
            rows: vec![
                row("Analytical Engines", "analytical", owner(), "248 people", ""),
                row("Harbour Freight Desk", "harbour", member(), "31 people", ""),
                row(
                    "Lighthouse",
                    "lighthouse",
                    guest(),
                    "",
                    "Your access is disabled. Ask an administrator there.",
                ),
            ],
            offers: vec![Offer {
                name: "Night Shift".to_owned(),
                slug: "night".to_owned(),
                role: admin(),
                offered_by: "Eve Adebayo".to_owned(),
                at: Time::new("2026-11-20T10:00:00Z", "2 days ago"),
                managed_text: "It will not be able to touch your account, only this membership.".to_owned(),
            }],
            may_create: true,
        };
        let empty = Self {
            rows: Vec::new(),
            offers: Vec::new(),
            may_create: false,
            ..list.clone()
        };
        vec![("organization-list", list), ("organization-list-empty", empty)]
    }
}

impl Sample for Create {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![(
            "organization-create",
            Self {
                shell: own("Create organization", Section::Organizations),
                presets: presets(),
                owner_is_me: true,
                ..Self::default()
            },
        )]
    }
}

impl Sample for Settings {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = Self {
            shell: inside("Settings", Section::Settings),
            base: "/o/analytical".to_owned(),
            errors: Errors::none(),
            name: "Analytical Engines".to_owned(),
            slug: "analytical".to_owned(),
            preset: "modules".to_owned(),
            created: Time::new("2025-03-14T09:26:00Z", "14 Mar 2025"),
            may_edit: May::Yes,
            policies: Policies {
                invitation_lifetime_days: "14".to_owned(),
                members_may_invite: false,
                pam: false,
                pam_allowed: true,
                offered_roles: vec![
                    Choice::new("owner", "Owner").unavailable("Ownership is granted by an Owner, never by invitation"),
                    Choice::new("admin", "Admin").selected(true),
                    Choice::new("member", "Member").selected(true),
                    Choice::new("guest", "Guest"),
                ],
                invited_shown_in: vec![
                    Choice::new("people", "Among the people")
                        .hint("With the status Invited.")
                        .selected(true),
                    Choice::new("card", "In a card of their own").hint("Below the list."),
                ],
                member_limit: "10".to_owned(),
            },
            slots: Some(Slots {
                used: 9,
                limit: 10,
                contact: "sales@example.org".to_owned(),
            }),
            members: 9,
            may_see_roles: true,
            may_see_security: true,
            may_export: true,
            may_edit_limit: true,
            limit_contact: "sales@example.org".to_owned(),
            mail_works: false,
        };
        let wrong = Self {
            errors: Errors::none().with(
                "invitation_lifetime_days",
                "Give a whole number of days from 1 to 365, or leave it empty",
            ),
            ..page.clone()
        };
        vec![("organization-settings", page), ("organization-settings-error", wrong)]
    }
}

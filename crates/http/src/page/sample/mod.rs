//! Sample data for every page, in each state that looks different.

use super::part::{Colour, Role};
use super::shell::{Membership, Organization, Section, Shell, Viewer};
use askama::Template;
use domain::words::Words;

mod access;
mod account;
mod adding;
mod group;
mod instance;
mod invitation;
mod member;
mod mfa;
mod moving;
mod organization;
mod people;
mod project;
mod reading;
mod role;
mod security;
mod setting;
mod sign_up;
mod single_sign_on;
mod tenant;
mod token;

pub trait Sample: Template + Sized {
    /// The page's states, each with a name of its own.
    fn samples() -> Vec<(&'static str, Self)>;
}

fn inside(title: &str, current: Section) -> Shell {
    Shell {
        instance: "Roster".to_owned(),
        title: format!("{title} · Analytical Engines"),
        viewer: Some(Viewer {
            name: "Olivia Ortega".to_owned(),
            username: "olivia".to_owned(),
            superuser: true,
        }),
        organization: Some(Organization {
            name: "Analytical Engines".to_owned(),
            slug: "analytical".to_owned(),
            words: Words::default(),
        }),
        organizations: vec![
            Membership {
                name: "Analytical Engines".to_owned(),
                slug: "analytical".to_owned(),
            },
            Membership {
                name: "Harbour Freight Desk".to_owned(),
                slug: "harbour".to_owned(),
            },
        ],
        sections: vec![
            Section::People,
            Section::Invitations,
            Section::Projects,
            Section::ServiceAccounts,
            Section::Audit,
            Section::Settings,
        ],
        current: Some(current),
        looks_in: false,
        warning: String::new(),
        notice: None,
    }
}

fn own(title: &str, current: Section) -> Shell {
    Shell {
        organization: None,
        current: Some(current),
        sections: Vec::new(),
        title: title.to_owned(),
        ..inside("", current)
    }
}

fn outside(title: &str) -> Shell {
    Shell {
        instance: "Roster".to_owned(),
        title: title.to_owned(),
        ..Shell::default()
    }
}

fn owner() -> Role {
    Role::new("owner", "Owner", Colour::Violet)
}

fn admin() -> Role {
    Role::new("admin", "Admin", Colour::Blue)
}

fn member() -> Role {
    Role::new("member", "Member", Colour::Grey)
}

fn guest() -> Role {
    Role::new("guest", "Guest", Colour::Amber)
}

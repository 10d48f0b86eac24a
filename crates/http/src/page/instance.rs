//! The pages of the instance, for superusers: which there are, in the order they are offered in.

use super::form::{Choice, Errors};
use super::shell::Shell;
use askama::Template;

/// A place in the navigation of the instance. A new one takes a name here, and a line in [`Place::ALL`] and
/// [`Place::about`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Dashboard,
    Organizations,
    Accounts,
    Superusers,
    Audit,
    Policies,
    Mail,
    Tls,
    Listeners,
}

/// How the navigation shows a place.
pub struct About {
    pub label: &'static str,
    pub path: &'static str,
    pub icon: &'static str,
    /// The heading that it stands under; empty for those on top.
    pub group: &'static str,
}

impl Place {
    pub const ALL: &'static [Self] = &[
        Self::Dashboard,
        Self::Organizations,
        Self::Accounts,
        Self::Superusers,
        Self::Audit,
        Self::Policies,
        Self::Mail,
        Self::Tls,
        Self::Listeners,
    ];

    #[must_use]
    pub const fn about(self) -> About {
        let (label, path, icon, group) = match self {
            Self::Dashboard => ("Dashboard", "/instance/dashboard", "eye", ""),
            Self::Organizations => ("Organizations", "/instance/organizations", "building", ""),
            Self::Accounts => ("Accounts", "/instance/accounts", "people", ""),
            Self::Superusers => ("Superusers", "/instance/superusers", "shield", ""),
            Self::Audit => ("Audit log", "/instance/audit-events", "log", ""),
            Self::Policies => ("Policies", "/instance/policies", "gear", "Settings"),
            Self::Mail => ("Mail", "/instance/settings/mail", "mail", "Settings"),
            Self::Tls => ("TLS", "/instance/settings/tls", "lock", "Settings"),
            Self::Listeners => ("Listeners", "/instance/settings/listeners", "door", "Settings"),
        };
        About {
            label,
            path,
            icon,
            group,
        }
    }
}

/// What holds for the whole instance.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "instance/policies.html")]
pub struct Policies {
    pub shell: Shell,
    pub errors: Errors,
    pub anyone_may_open: bool,
    pub owners_may_delete: bool,
    pub existing_accounts: Vec<Choice>,
}

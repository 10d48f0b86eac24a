//! Organizations: one's own, a new one, and the settings of one.

use super::form::{Choice, Errors};
use super::part::{Avatar, May, Role, Time};
use super::people::Slots;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Template)]
#[template(path = "organization/list.html")]
pub struct List {
    pub shell: Shell,
    pub rows: Vec<Row>,
    /// Memberships that wait for the viewer's word.
    pub offers: Vec<Offer>,
    pub may_create: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub slug: String,
    pub role: Role,
    /// Such as "248 people"; may be empty.
    pub remark: String,
    /// Why it cannot be entered right now; empty where it can.
    pub closed: String,
    /// Where one begins there; empty where it is closed.
    pub href: String,
    pub leave: May,
}

#[derive(Clone, Debug)]
pub struct Offer {
    pub name: String,
    pub slug: String,
    pub role: Role,
    pub offered_by: String,
    pub at: Time,
    /// What the organization could do with the account.
    pub managed_text: String,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "organization/create.html")]
pub struct Create {
    pub shell: Shell,
    pub errors: Errors,
    pub name: String,
    pub slug: String,
    pub presets: Vec<Choice>,
    /// Whether the one who creates it will own it.
    pub owner_is_me: bool,
    pub owner_email: String,
    pub owner_name: String,
}

#[derive(Clone, Debug, Default, Template)]
#[template(path = "organization/settings.html")]
pub struct Settings {
    pub shell: Shell,
    pub base: String,
    pub errors: Errors,
    pub name: String,
    pub slug: String,
    pub preset: String,
    pub created: Time,
    /// Why the general part cannot be changed by this viewer.
    pub may_edit: May,
    pub policies: Policies,
    pub slots: Option<Slots>,
    /// How many members count, where there is no limit.
    pub members: u64,
    pub may_see_roles: bool,
    pub may_see_security: bool,
    pub may_edit_limit: bool,
    pub may_export: bool,
    /// Whom to ask for more slots.
    pub limit_contact: String,
    pub mail_works: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Empty: no end.
    pub invitation_lifetime_days: String,
    pub members_may_invite: bool,
    /// Whether people may sign in with their password of the system, and whether the server lets organizations decide.
    pub pam: bool,
    pub pam_allowed: bool,
    /// The roles, those offered when inviting selected.
    pub offered_roles: Vec<Choice>,
    /// `people` or `card`.
    pub invited_shown_in: Vec<Choice>,
    /// Empty: no limit.
    pub member_limit: String,
}

impl Row {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

impl Offer {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }
}

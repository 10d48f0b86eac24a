//! One member, on three tabs: Profile, Security, Activity.

use super::confirm::Owned;
use super::form::{Choice, Errors};
use super::group::Chip;
use super::part::{Availability, Avatar, May, Role, Session, Standing, Time};
use super::shell::Shell;
use askama::Template;
use domain::words::Words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Profile,
    Security,
    Access,
    Activity,
}

/// What stands above the tabs.
#[derive(Clone, Debug)]
pub struct Header {
    pub words: Words,
    pub base: String,
    /// `mem_…`
    pub id: String,
    pub name: String,
    pub contact: String,
    pub role: Role,
    pub standing: Standing,
    pub availability: Availability,
    pub you: bool,
    pub tab: Tab,
    /// Such as "Disabled by Olivia Ortega on 3 November 2026: left the team". Empty while active.
    pub banner: String,
    /// Whether this organization may touch the account itself, or why not.
    pub managed: bool,
    pub managed_text: String,
    pub may_see_security: bool,
    pub may_see_access: bool,
    pub may_see_activity: bool,
    /// The button that disables, and its opposite.
    pub disable: May,
    pub enable: May,
    pub suspend: May,
    pub lift_suspension: May,
    pub remove: May,
    pub delete_account: May,
}

#[derive(Clone, Debug, Template)]
#[template(path = "member/profile.html")]
pub struct Profile {
    pub shell: Shell,
    pub header: Header,
    pub email: String,
    pub email_verified: bool,
    pub groups: Vec<Chip>,
    pub phone: String,
    pub username: String,
    pub authentication_method: String,
    pub last_sign_in: Time,
    pub joined: Time,
    pub account_created: Time,
    /// Projects and tokens; while there are any, the member cannot be removed.
    pub owned: Vec<Owned>,
    pub edit: May,
}

#[derive(Clone, Debug, Template)]
#[template(path = "member/edit.html")]
pub struct Edit {
    pub shell: Shell,
    pub header: Header,
    pub errors: Errors,
    pub name: String,
    pub email: String,
    pub phone: String,
    /// How they sign in.
    pub methods: Vec<Choice>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "member/security.html")]
pub struct Security {
    pub shell: Shell,
    pub header: Header,
    pub errors: Errors,
    /// Not drawn for an Owner: their role moves by ownership alone.
    pub roles: Vec<Choice>,
    pub change_role: May,
    /// Such as "Not set up".
    pub multi_factor: String,
    /// Hidden where there is nothing to reset.
    pub reset_mfa: May,
    pub password: String,
    pub reset_password: May,
    /// Whether a link to a new password can be mailed to them.
    pub mail_password_reset: May,
    pub sessions: Vec<Session>,
    /// Where sessions cannot be seen, why.
    pub see_sessions: May,
    pub end_sessions: May,
    /// Only superusers see it: User or Superuser.
    pub access_control: Option<Vec<Choice>>,
    pub grant_ownership: May,
    pub give_up_ownership: May,
}

#[derive(Clone, Debug, Template)]
#[template(path = "member/activity.html")]
pub struct Activity {
    pub shell: Shell,
    pub header: Header,
    pub rows: Vec<SignIn>,
    /// Which sign-ins are shown, where it is not all of them.
    pub scope: String,
}

#[derive(Clone, Debug)]
pub struct SignIn {
    pub action: String,
    pub success: bool,
    pub reason: String,
    pub address: String,
    pub device: String,
    pub at: Time,
}

impl Header {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }

    #[must_use]
    pub fn href(&self) -> String {
        format!("{}/people/{}", self.base, self.id)
    }

    #[must_use]
    pub fn sessions_href(&self) -> String {
        format!("{}/sessions", self.href())
    }

    #[must_use]
    pub fn is(&self, tab: &str) -> bool {
        match self.tab {
            Tab::Profile => tab == "profile",
            Tab::Security => tab == "security",
            Tab::Access => tab == "access",
            Tab::Activity => tab == "activity",
        }
    }

    #[must_use]
    pub fn has_acts(&self) -> bool {
        [
            &self.disable,
            &self.enable,
            &self.suspend,
            &self.lift_suspension,
            &self.remove,
            &self.delete_account,
        ]
        .into_iter()
        .any(|may| !may.is_hidden())
    }
}

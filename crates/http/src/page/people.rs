//! The people of an organization: the list, and the ways to add one.

use super::form::{Choice, Errors};
use super::group::Chip;
use super::part::{Availability, Avatar, Delivery, May, Pager, Role, Standing, Time};
use super::shell::Shell;
use super::signup_domain::Configuration;
use askama::Template;
use domain::words::Words;

#[derive(Clone, Debug, Template)]
#[template(path = "people/list.html")]
pub struct List {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub may_invite: bool,
    pub may_create: bool,
    /// Whether the Groups tab is there.
    pub may_see_groups: bool,
    pub filter: Filter,
    pub results: Results,
    /// Member slots; none where the organization has no limit.
    pub slots: Option<Slots>,
    /// Invitations in a card of their own; none where they stand among the people.
    pub pending: Option<Pending>,
    /// Who may sign up by themselves; none for whoever does not decide it.
    pub sign_up: Option<Configuration>,
}

#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub query: String,
    /// Entries of the drop-downs, the empty value ("Any …") first.
    pub statuses: Vec<Choice>,
    pub roles: Vec<Choice>,
    /// Empty where there are none to choose from.
    pub groups: Vec<Choice>,
    /// All, Available, Unavailable.
    pub availabilities: Vec<Choice>,
}

/// The table alone: what searching as you type asks for.
#[derive(Clone, Debug, Template)]
#[template(path = "people/results.html")]
pub struct Results {
    pub words: Words,
    pub base: String,
    pub rows: Vec<Row>,
    /// Such as "248 people" or "3 of 248 people".
    pub count: String,
    /// Whether a search or filter narrows the list.
    pub filtered: bool,
    /// Whether several can be selected, and what can be done with them.
    pub may_change_role: bool,
    pub may_disable: bool,
    pub may_remove: bool,
    /// For the empty list: whether there is something the viewer can do about it.
    pub may_invite: bool,
    /// All that the filters leave, as a file.
    pub table_href: String,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    /// `mem_…`, or `inv_…` where it is an invitation.
    pub id: String,
    pub invitation: bool,
    pub name: String,
    /// The e-mail address, else the username with an @ before it.
    pub contact: String,
    pub you: bool,
    pub role: Role,
    pub groups: Vec<Chip>,
    pub availability: Availability,
    pub standing: Standing,
    /// Small print under the status, such as when an invitation ends or what the mail server said.
    pub remark: String,
    pub joined: Time,
    pub acts: Acts,
}

/// What this viewer can do with this row; everything else is left away.
#[derive(Clone, Debug, Default)]
pub struct Acts {
    /// Roles to set directly; empty where the role cannot be changed.
    pub roles: Vec<Role>,
    pub disable: bool,
    pub enable: bool,
    pub suspend: bool,
    pub lift_suspension: bool,
    pub reset_password: bool,
    pub remove: bool,
    pub resend: bool,
    pub revoke: bool,
}

#[derive(Clone, Debug)]
pub struct Slots {
    pub used: u64,
    pub limit: u64,
    /// Whom to ask for more.
    pub contact: String,
}

#[derive(Clone, Debug, Default)]
pub struct Pending {
    pub rows: Vec<PendingRow>,
    /// Such as "3 pending".
    pub count: String,
    /// Where all of them are; empty where all are shown.
    pub more_href: String,
}

#[derive(Clone, Debug)]
pub struct PendingRow {
    pub id: String,
    /// E-mail or username.
    pub invitee: String,
    pub role: Role,
    pub expires: Time,
    pub delivery: Delivery,
    pub may_manage: bool,
}

impl Row {
    #[must_use]
    pub fn avatar(&self) -> Avatar {
        Avatar::of(&self.name)
    }

    /// The address of the member's own page.
    #[must_use]
    pub fn home(&self, base: &str) -> String {
        format!("{base}/people/{}", self.id)
    }

    #[must_use]
    pub fn selectable(&self) -> bool {
        !self.invitation && (self.acts.remove || self.acts.disable || self.acts.enable || !self.acts.roles.is_empty())
    }
}

impl Acts {
    #[must_use]
    pub fn any(&self) -> bool {
        !self.roles.is_empty()
            || self.disable
            || self.enable
            || self.suspend
            || self.lift_suspension
            || self.reset_password
            || self.remove
            || self.resend
            || self.revoke
    }

    #[must_use]
    pub fn any_access(&self) -> bool {
        self.disable || self.enable || self.suspend || self.lift_suspension || self.reset_password
    }
}

impl Results {
    #[must_use]
    pub fn selects(&self) -> bool {
        self.may_change_role || self.may_disable || self.may_remove
    }
}

impl Slots {
    #[must_use]
    pub fn full(&self) -> bool {
        self.used >= self.limit
    }

    #[must_use]
    pub fn nearly_full(&self) -> bool {
        self.used * 10 >= self.limit * 9
    }
}

/// An account made without mail.
#[derive(Clone, Debug, Template)]
#[template(path = "people/create.html")]
pub struct Create {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub errors: Errors,
    pub name: String,
    pub email: String,
    pub username: String,
    pub roles: Vec<Choice>,
    /// Whether the password is typed rather than generated.
    pub typed: bool,
    pub password_advice: String,
    /// Why nobody can be added right now, such as no slot left.
    pub may: May,
}

/// Several accounts at once, row by row. Field names carry the row: `email.0`, `username.0`, `name.0`.
#[derive(Clone, Debug, Template)]
#[template(path = "people/add.html")]
pub struct Add {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub errors: Errors,
    /// Hosts by whose handles people can be added.
    pub hosts: Vec<Choice>,
    pub rows: Vec<AddRow>,
    pub roles: Vec<Choice>,
}

#[derive(Clone, Debug, Default)]
pub struct AddRow {
    pub email: String,
    pub name: String,
    pub username: String,
}

//! Projects: the list, a new one, and the four tabs of one: Overview, Access, Tokens, Settings.

use super::form::{Choice, Errors};
use super::part::{Pager, Role, Time};
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Template)]
#[template(path = "project/list.html")]
pub struct List {
    pub shell: Shell,
    pub base: String,
    pub rows: Vec<Row>,
    /// What was searched for.
    pub query: String,
    pub may_create: bool,
    pub pager: Pager,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub owner: String,
    /// Who reaches it, in two words.
    pub reach: String,
    pub open: bool,
    /// Such as "Owner · Admin"; empty for who only looks in.
    pub yours: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "project/create.html")]
pub struct Create {
    pub shell: Shell,
    pub base: String,
    pub errors: Errors,
    pub name: String,
    pub slug: String,
    pub description: String,
    pub visibilities: Vec<Choice>,
    pub repository_host: String,
    pub repository_name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Overview,
    Access,
    Tokens,
    Settings,
}

/// What stands above the tabs.
#[derive(Clone, Debug)]
pub struct Header {
    pub base: String,
    pub slug: String,
    pub name: String,
    pub owner: String,
    pub reach: String,
    pub open: bool,
    pub tab: Tab,
    pub may_see_access: bool,
    pub may_see_tokens: bool,
    pub may_see_settings: bool,
}

impl Header {
    #[must_use]
    pub fn href(&self) -> String {
        format!("{}/projects/{}", self.base, self.slug)
    }

    #[must_use]
    pub fn is(&self, tab: &str) -> bool {
        let own = match self.tab {
            Tab::Overview => "overview",
            Tab::Access => "access",
            Tab::Tokens => "tokens",
            Tab::Settings => "settings",
        };
        own == tab
    }
}

#[derive(Clone, Debug, Template)]
#[template(path = "project/overview.html")]
pub struct Overview {
    pub shell: Shell,
    pub header: Header,
    pub description: String,
    pub owner_href: String,
    /// Who reaches it now, in a sentence.
    pub banner: String,
    pub repository: String,
    pub created: Time,
    pub owned_since: Time,
    pub owner_granted_by: String,
    /// What the viewer is on it.
    pub yours: Vec<String>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "project/access.html")]
pub struct Access {
    pub shell: Shell,
    pub header: Header,
    pub errors: Errors,
    /// Who reaches it now, in a sentence.
    pub banner: String,
    pub rows: Vec<Mapped>,
    pub pager: Pager,
    pub may_manage: bool,
    /// Whose access the form changes; empty where it gives somebody some.
    pub changing: String,
    /// The form that maps somebody.
    pub subject: String,
    pub suggestions: Vec<Choice>,
    pub roles: Vec<Choice>,
    pub until: String,
    /// Drawn where working on the repository gives a role.
    pub repository: Option<Repository>,
}

/// Who has a role by what they may do in the project's repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Such as `github.com/acme/website`.
    pub name: String,
    /// In a sentence: when it told, or what it answered instead.
    pub state: String,
    /// It did not tell when it was asked last.
    pub is_bad: bool,
    pub people: Vec<Mapped>,
}

#[derive(Clone, Debug)]
pub struct Mapped {
    /// `mem_…`, `grp_…` or `svc_…`
    pub id: String,
    /// Member, Group or Service account.
    pub kind: String,
    pub name: String,
    /// Empty where the viewer may not see it.
    pub href: String,
    pub role: Role,
    pub until: Time,
    pub ended: bool,
    /// Such as "Olivia Ortega, 3 November 2026".
    pub granted: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "project/tokens.html")]
pub struct Tokens {
    pub shell: Shell,
    pub header: Header,
    pub errors: Errors,
    pub rows: Vec<TokenRow>,
    pub pager: Pager,
    /// Whether the viewer can own one.
    pub may_create: bool,
    pub name: String,
    pub capabilities: Vec<Choice>,
    pub expires: String,
}

#[derive(Clone, Debug)]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub capabilities: Vec<String>,
    pub owner: String,
    pub expires: Time,
    pub last_used: Time,
    /// Why it does not work; empty where it does.
    pub rests: String,
}

/// A token, shown once.
#[derive(Clone, Debug, Template)]
#[template(path = "project/made.html")]
pub struct Made {
    pub shell: Shell,
    pub heading: String,
    pub secret: String,
    pub capabilities: Vec<String>,
    pub done_href: String,
}

#[derive(Clone, Debug, Template)]
#[template(path = "project/settings.html")]
pub struct Settings {
    pub shell: Shell,
    pub header: Header,
    pub errors: Errors,
    pub name: String,
    pub description: String,
    pub visibilities: Vec<Choice>,
    pub repository_host: String,
    pub repository_name: String,
    pub may_edit: bool,
    pub may_manage: bool,
    pub may_delete: bool,
    /// Whom it is to be given to, as it is typed.
    pub heir: String,
    pub suggestions: Vec<Choice>,
}

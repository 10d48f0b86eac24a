//! Adding people by the handles they have on a host of repositories.

use super::form::{Choice, Errors};
use super::shell::Shell;
use askama::Template;
use domain::words::Words;

#[derive(Clone, Debug, Template)]
#[template(path = "handle/add.html")]
pub struct Add {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub errors: Errors,
    pub provider: String,
    pub provider_name: String,
    /// Where the viewer connects their own account.
    pub connect_href: String,
    /// The hosts.
    pub tabs: Vec<Choice>,
    /// Who was seen with access to repositories.
    pub people: Vec<Choice>,
    /// Repositories that the host did not tell of.
    pub untold: Vec<String>,
    /// Why nobody can be shown; empty where they can.
    pub trouble: String,
    pub query: String,
    pub handles: String,
    pub roles: Vec<Choice>,
}

#[derive(Clone, Debug, Template)]
#[template(path = "handle/outcomes.html")]
pub struct Outcomes {
    pub shell: Shell,
    pub words: Words,
    pub base: String,
    pub provider: String,
    pub rows: Vec<Told>,
}

/// What became of one handle.
#[derive(Clone, Debug)]
pub struct Told {
    pub handle: String,
    pub done: bool,
    pub text: String,
    /// Of an invitation, to hand on; empty elsewhere.
    pub link: String,
}

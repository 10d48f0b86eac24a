//! How the server is doing, at a glance.

use super::chart::Chart;
use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "instance/dashboard.html")]
pub struct Dashboard {
    pub shell: Shell,
    pub figures: Vec<Figure>,
    pub charts: Vec<Chart>,
}

#[derive(Clone, Debug)]
pub struct Figure {
    pub label: String,
    pub number: String,
    /// Where to look closer; empty: nowhere.
    pub href: String,
    /// What it means; may be empty.
    pub remark: String,
}

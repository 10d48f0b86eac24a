//! When a page cannot be shown: what happened, and what can be done about it.

use super::shell::Shell;
use askama::Template;

#[derive(Clone, Debug, Default, Template)]
#[template(path = "problem/page.html")]
pub struct Page {
    pub shell: Shell,
    pub status: u16,
    pub heading: String,
    pub text: String,
    /// The missing permission, or the number under which the log has it; empty where there is none.
    pub code_label: String,
    pub code: String,
    pub way_out_label: String,
    pub way_out_href: String,
}

impl Page {
    #[must_use]
    pub fn forbidden(shell: Shell, permission: impl Into<String>) -> Self {
        let way_out_href = if shell.organization.is_some() {
            format!("{}/people", shell.base())
        } else {
            "/".to_owned()
        };
        Self {
            status: 403,
            heading: "You may not do this".to_owned(),
            text: "You can see this, but your role does not allow the change. Ask an administrator of the organization for it."
                .to_owned(),
            code_label: "Missing permission".to_owned(),
            code: permission.into(),
            way_out_label: "Go back".to_owned(),
            way_out_href,
            shell,
        }
    }

    #[must_use]
    pub fn not_found(shell: Shell) -> Self {
        Self {
            status: 404,
            heading: "There is nothing here".to_owned(),
            text: "The address may be mistyped, the thing may be gone, or it may not be yours to see.".to_owned(),
            way_out_label: "Go to the start page".to_owned(),
            way_out_href: "/".to_owned(),
            shell,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn too_many(shell: Shell, text: impl Into<String>) -> Self {
        Self {
            status: 429,
            heading: "Too many attempts".to_owned(),
            text: text.into(),
            shell,
            ..Self::default()
        }
    }

    #[must_use]
    pub fn broken(shell: Shell, id: impl Into<String>) -> Self {
        Self {
            status: 500,
            heading: "Something went wrong on our side".to_owned(),
            text: "Nothing was changed. Try again; if it stays like this, give the number below to whoever runs this server."
                .to_owned(),
            code_label: "Number".to_owned(),
            code: id.into(),
            way_out_label: "Go to the start page".to_owned(),
            way_out_href: "/".to_owned(),
            shell,
        }
    }

    #[must_use]
    pub fn unavailable(shell: Shell) -> Self {
        Self {
            status: 503,
            heading: "Not available just now".to_owned(),
            text: "The server is busy or being restarted. Try again in a moment.".to_owned(),
            shell,
            ..Self::default()
        }
    }
}

//! When a page cannot be shown: what happened, and what can be done about it.

use super::shell::Shell;
use askama::Template;
use domain::permission::Permission;

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

/// The same for whoever is signed in: among the pages that are open to them.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "problem/inside.html")]
pub struct Inside {
    pub shell: Shell,
    pub problem: Page,
}

impl Page {
    /// `missing` is what the viewer's role does not give.
    #[must_use]
    pub fn forbidden(shell: Shell, missing: Option<Permission>) -> Self {
        let text = missing.map_or_else(String::new, |permission| {
            format!(
                "It takes this permission, which your role does not give: “{}”. Ask an administrator of the organization for it.",
                permission.description()
            )
        });
        let sees = missing.is_some_and(|permission| permission.name().ends_with(".view"));
        let heading = if sees {
            "This is not yours to see"
        } else {
            "You may not do this"
        };
        Self {
            shell: titled(shell, heading),
            status: 403,
            heading: heading.to_owned(),
            text,
            code_label: "Missing permission".to_owned(),
            code: missing.map_or_else(String::new, |permission| permission.name().to_owned()),
            way_out_label: "Go to your organizations".to_owned(),
            way_out_href: "/organizations".to_owned(),
        }
    }

    /// What is refused in an organization leads back to the page of it that everybody may open who may open any.
    pub fn lead_back_to(&mut self, slug: &str) {
        if self.status == 403 && self.code != Permission::OrganizationView.name() {
            self.way_out_label = "Back to the organization".to_owned();
            self.way_out_href = format!("/o/{slug}/projects");
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
            shell: titled(shell, "There is nothing here"),
            ..Self::default()
        }
    }

    /// A form was sent about something that is there no more.
    pub fn after_a_form(&mut self) {
        self.text =
            "What this form was about is gone, or it is not yours to see: somebody may have deleted it while you \
                     were filling it in. Nothing was changed."
                .to_owned();
    }

    #[must_use]
    pub fn too_many(shell: Shell, text: impl Into<String>) -> Self {
        Self {
            status: 429,
            heading: "Too many attempts".to_owned(),
            text: text.into(),
            shell: titled(shell, "Too many attempts"),
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
            shell: titled(shell, "Something went wrong on our side"),
        }
    }

    /// `text` says what is the matter.
    #[must_use]
    pub fn unavailable(shell: Shell, text: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            status: 503,
            heading: "Not available just now".to_owned(),
            text: text.into(),
            code_label: "Number".to_owned(),
            code: id.into(),
            shell: titled(shell, "Not available just now"),
            ..Self::default()
        }
    }
}

/// A page about a problem is called what its heading says.
fn titled(shell: Shell, heading: &str) -> Shell {
    Shell {
        title: heading.to_owned(),
        ..shell
    }
}

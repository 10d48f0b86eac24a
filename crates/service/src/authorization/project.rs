//! The project that was opened, where one was.

use domain::access::ProjectFacts;
use domain::permission::{Needs, Permission};
use domain::project::Project;
use store::Mode;

use super::{Authorized, lacking};
use crate::{Error, Result};

impl<P: Needs, M: Mode> Authorized<P, M> {
    /// The project that was opened.
    ///
    /// # Errors
    /// It was an organization that was opened.
    pub fn project(&self) -> Result<&Project> {
        self.chosen().map(|(project, _)| project)
    }

    /// The same as the check sees it, before the change.
    ///
    /// # Errors
    /// It was an organization that was opened.
    pub fn facts(&self) -> Result<ProjectFacts> {
        self.chosen().map(|(_, facts)| *facts)
    }

    /// Another permission on the project that was opened, where a part of what is done takes it.
    ///
    /// # Errors
    /// The caller lacks it.
    pub fn demand(&self, permission: Permission) -> Result<()> {
        if self.actor.grants.has_on(permission, &self.facts()?) {
            return Ok(());
        }
        Err(lacking(permission, false).into())
    }

    fn chosen(&self) -> Result<&(Project, ProjectFacts)> {
        let missing = || Error::Unexpected("no project was opened".to_owned());
        self.project.as_ref().ok_or_else(missing)
    }
}

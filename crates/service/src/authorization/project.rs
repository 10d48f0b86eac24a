//! The project that was opened, where one was.

use domain::Refusal;
use domain::access::ProjectFacts;
use domain::permission::{Needs, Permission};
use domain::project::Project;
use store::Mode;

use super::{Authorized, lacking};
use crate::{Error, Result};

impl<P: Needs, M: Mode> Authorized<P, M> {
    /// Opens one for what takes `P` on it, if the caller sees it at all.
    pub(super) async fn permit_on(&mut self, reference: &str) -> Result<()> {
        let project = store::project::get(&mut self.scope, reference).await?;
        let facts = store::access::of_project(&mut self.scope, project.id).await?;
        let facts = facts.ok_or(Refusal::NotFound { what: "project" })?;
        let grants = &self.actor.grants;
        if !grants.has_on(Permission::ProjectView, &facts)
            && !grants.is_out_of_scope_on(Permission::ProjectView, &facts)
        {
            return Err(Refusal::NotFound { what: "project" }.into());
        }
        for permission in [Permission::ProjectView, P::PERMISSION] {
            if !grants.has_on(permission, &facts) {
                let out_of_scope = grants.is_out_of_scope_on(permission, &facts);
                return Err(lacking(permission, out_of_scope).into());
            }
        }
        self.project = Some((project, facts));
        Ok(())
    }

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
        let (grants, facts) = (&self.actor.grants, self.facts()?);
        if grants.has_on(permission, &facts) {
            return Ok(());
        }
        Err(lacking(permission, grants.is_out_of_scope_on(permission, &facts)).into())
    }

    fn chosen(&self) -> Result<&(Project, ProjectFacts)> {
        let missing = || Error::Unexpected("no project was opened".to_owned());
        self.project.as_ref().ok_or_else(missing)
    }
}

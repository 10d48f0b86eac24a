//! Where a question is asked: which organization it is about, whether the asker sees that, and on what in it.

use std::sync::Arc;

use domain::Refusal;
use domain::access::{OrganizationAccess, ProjectFacts, Resource};
use domain::actor::Identity;
use domain::id::{OrganizationId, ProjectId};
use domain::permission::Permission;
use store::organization::OrganizationRef;

use super::{Asker, Question, Reason, Standing, holds, principal};
use crate::{Error, FieldError, Result, Roster};

const NO_ORGANIZATION: Refusal = Refusal::NotFound { what: "organization" };

/// Which organization a question is about, and how that is known.
enum Told {
    By(OrganizationId),
    /// By a project, of which nothing is said where the asker does not see its organization.
    ByProject(OrganizationId),
    Nowhere,
}

impl<'a> Asker<'a> {
    /// The asker in the organization that the question is about. None: in one they know nothing of.
    pub(super) async fn enter(&mut self, question: &Question<'a>) -> Result<Option<Arc<Standing>>> {
        let (id, must_exist) = match self.told(question).await? {
            Told::By(id) => (id, true),
            Told::ByProject(id) => (id, false),
            Told::Nowhere => return Ok(None),
        };
        let wanted = question.minimum_revision.unwrap_or(i64::MIN);
        if let Some(standing) = &self.standing
            && standing.access.organization == id
            && standing.access.revision >= wanted
        {
            return Ok(Some(Arc::clone(standing)));
        }
        match self.stand(id, wanted).await {
            Ok(standing) => {
                self.subject = None;
                self.standing = Some(Arc::clone(&standing));
                Ok(Some(standing))
            }
            Err(Error::Refused(Refusal::NotFound { .. })) if !must_exist => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The asker's token's, the one that is named, or the resource's.
    async fn told(&self, question: &Question<'a>) -> Result<Told> {
        let own = self.known.organization();
        let resource = question.resource;
        let by_resource = (resource.kind == "organization").then_some(resource.id);
        let mut told = own;
        for name in [question.organization, by_resource].into_iter().flatten() {
            let id = match &self.standing {
                Some(last) if *last.access.slug == *name => last.access.organization,
                _ => self.roster.organization_named(name).await?.ok_or(NO_ORGANIZATION)?,
            };
            if told.is_some_and(|told| told != id) {
                return Err(NO_ORGANIZATION.into());
            }
            told = Some(id);
        }
        if let Some(id) = told {
            return Ok(Told::By(id));
        }
        let Some(Ok(project)) = project_of(question).map(str::parse::<ProjectId>) else {
            return Err(Error::Malformed(FieldError::new(
                "context/organization",
                "is required: neither your token nor the resource tells which organization the question is about",
            )));
        };
        let facts = self.roster.project_facts(project).await?;
        Ok(facts.map_or(Told::Nowhere, |facts| Told::ByProject(facts.organization)))
    }

    async fn stand(&self, id: OrganizationId, wanted: i64) -> Result<Arc<Standing>> {
        let mut access = self.roster.organization_access(id).await?.ok_or(NO_ORGANIZATION)?;
        let mut held = None;
        if let Some(principal) = principal(self.known.identity) {
            held = self.roster.held(&access, principal).await?;
            if held.as_ref().is_some_and(|held| held.revision > access.revision) {
                // Somebody else has changed it since: both are read anew, so that they agree.
                self.roster.memory().organization_changed(id);
                access = self.roster.organization_access(id).await?.ok_or(NO_ORGANIZATION)?;
                held = self.roster.held(&access, principal).await?;
            }
            if held.as_ref().is_some_and(|held| held.known.suspended) {
                return Err(Error::SignInRequired);
            }
        }
        let may = |permission: Permission| {
            held.as_ref().is_some_and(|held| {
                let (place, superuser) = (permission.into(), self.known.superuser());
                holds(&access, held, superuser, place, Resource::Organization, self.now)
            })
        };
        let is_own_project = matches!(self.known.identity, Identity::Project(_));
        if !may(Permission::OrganizationView) && !is_own_project {
            return Err(NO_ORGANIZATION.into());
        }
        if let Some(held) = &held {
            self.known.admitted(&access, held, self.now).map_err(Refusal::from)?;
        }
        let evaluate = Permission::AccessEvaluate;
        let may_ask_about_others = if !may(evaluate) {
            Err(Refusal::Forbidden { permission: evaluate })
        } else if !self.known.leaves(&access, evaluate.into()) {
            let permission = evaluate.name().to_owned();
            Err(Refusal::OutOfScope { permission })
        } else {
            Ok(())
        };
        if access.revision < wanted {
            self.roster.reach_revision(id, wanted).await?;
            return Box::pin(self.stand(id, wanted)).await;
        }
        Ok(Arc::new(Standing {
            access,
            held,
            may_ask_about_others,
        }))
    }

    /// The project that the question is about; none where it is about the organization.
    pub(super) async fn project(
        &self,
        question: &Question<'a>,
        access: &OrganizationAccess,
    ) -> Result<std::result::Result<Option<ProjectFacts>, Reason>> {
        let Some(name) = project_of(question) else {
            return Ok(Ok(None));
        };
        let id = match name.parse::<ProjectId>() {
            Ok(id) => Some(id),
            Err(_) => self.roster.project_named(access, name).await?,
        };
        let facts = match id {
            Some(id) => self.roster.project_facts(id).await?,
            None => None,
        };
        let here = facts.filter(|facts| facts.organization == access.organization);
        Ok(here.map(Some).ok_or(Reason::UnknownResource))
    }
}

/// What is neither organization nor project is in the project that its properties name, or in the organization itself.
fn project_of<'a>(question: &Question<'a>) -> Option<&'a str> {
    match question.resource.kind {
        "organization" => None,
        "project" => Some(question.resource.id),
        _ => question.project,
    }
}

impl Roster {
    /// By id or slug, where there is one.
    async fn organization_named(&self, name: &str) -> Result<Option<OrganizationId>> {
        if let Ok(id) = name.parse() {
            return Ok(Some(id));
        }
        if let Some(id) = self.memory().organization_of_slug(name)
            && let Some(access) = self.organization_access(id).await?
            && *access.slug == *name
        {
            return Ok(Some(id));
        }
        match self.store().see(&OrganizationRef::Slug(name.to_owned())).await {
            Ok(scope) => {
                let id = scope.organization().id;
                self.memory().remember_slug(name, id);
                Ok(Some(id))
            }
            Err(store::Error::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn project_named(&self, access: &OrganizationAccess, slug: &str) -> Result<Option<ProjectId>> {
        let (organization, now) = (access.organization, self.now());
        if let Some(id) = self.memory().project_of_slug(organization, slug, now) {
            return Ok(Some(id));
        }
        let stamp = self.memory().stamp(Some(organization), None, now);
        let mut scope = self.store().see(&OrganizationRef::Id(organization)).await?;
        let Some(id) = store::access::project_of_slug(&mut scope, slug).await? else {
            return Ok(None);
        };
        self.memory().remember_project_slug(organization, slug, stamp, id);
        Ok(Some(id))
    }

    /// Forgets what is older than demanded, where the database has newer.
    async fn reach_revision(&self, id: OrganizationId, wanted: i64) -> Result<()> {
        let scope = self.store().see(&OrganizationRef::Id(id)).await?;
        if scope.organization().access_revision < wanted {
            return Err(Refusal::RevisionNotReached { revision: wanted }.into());
        }
        self.memory().organization_changed(id);
        Ok(())
    }
}

//! Where a question is asked: which organization it is about, whether the asker sees that, and on what in it.

use std::sync::Arc;

use domain::access::{OrganizationAccess, ProjectFacts, Resource};
use domain::actor::Identity;
use domain::id::{OrganizationId, ProjectId};
use domain::permission::Permission;
use domain::{Refusal, Timestamp};
use store::organization::OrganizationRef;

use super::{Caller, Place, Question, Reason, Standing, holds, principal};
use crate::memory::Held;
use crate::{Error, FieldError, Result, Roster};

const NO_ORGANIZATION: Refusal = Refusal::NotFound { what: "organization" };

/// Which organization a question is about, and how that is known.
enum Told {
    By(OrganizationId),
    /// By a project, of which nothing is said where the asker does not see its organization.
    ByProject(OrganizationId),
    Nowhere,
}

impl<'a> Caller<'a> {
    /// The asker in the organization that the question is about: in the last one, where it is that. None: in one they know
    /// nothing of.
    pub(super) async fn enter<'p>(
        &self,
        question: &Question<'a>,
        last: &'p mut Option<Place<'a>>,
    ) -> Result<Option<&'p mut Place<'a>>> {
        let (id, must_exist) = match self.told(question, last.as_ref()).await? {
            Told::By(id) => (id, true),
            Told::ByProject(id) => (id, false),
            Told::Nowhere => return Ok(None),
        };
        let wanted = question.minimum_revision.unwrap_or(i64::MIN);
        let is_last = last.as_ref().is_some_and(|Place { standing, .. }| {
            standing.access.organization == id && standing.access.revision >= wanted
        });
        if !is_last {
            match self.stand(id, wanted).await {
                Ok(standing) => {
                    *last = Some(Place {
                        standing,
                        subject: None,
                    });
                }
                Err(Error::Refused(Refusal::NotFound { .. })) if !must_exist => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(last.as_mut())
    }

    /// The asker's token's, the one that is named, or the resource's.
    async fn told(&self, question: &Question<'a>, last: Option<&Place<'a>>) -> Result<Told> {
        let own = self.known.organization();
        let resource = question.resource;
        let by_resource = (resource.kind == "organization").then_some(resource.id);
        let mut told = own;
        for name in [question.organization, by_resource].into_iter().flatten() {
            let id = match last.map(|last| &last.standing.access) {
                Some(last) if *last.slug == *name => last.organization,
                _ => {
                    let named = self.roster.organization_named(name, self.now).await?;
                    named.ok_or(NO_ORGANIZATION)?
                }
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
        let facts = self.roster.project_facts(project, self.now).await?;
        Ok(facts.map_or(Told::Nowhere, |facts| Told::ByProject(facts.organization)))
    }

    async fn stand(&self, id: OrganizationId, wanted: i64) -> Result<Standing> {
        let (mut access, mut held) = self.look(id).await?;
        if held.as_ref().is_some_and(|held| held.revision > access.revision) {
            // Somebody else has changed it since: both are read anew, so that they agree.
            self.roster.memory().organization_changed(id);
            (access, held) = self.look(id).await?;
        }
        if held.as_ref().is_some_and(|held| held.suspended) {
            return Err(Error::SignInRequired);
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
            Box::pin(self.roster.reach_revision(id, wanted)).await?;
            return Box::pin(self.stand(id, wanted)).await;
        }
        Ok(Standing {
            access,
            held,
            may_ask_about_others,
        })
    }

    async fn look(&self, id: OrganizationId) -> Result<(Arc<OrganizationAccess>, Option<Held>)> {
        let access = self
            .roster
            .organization_access(id, self.now)
            .await?
            .ok_or(NO_ORGANIZATION)?;
        let held = match principal(self.known.identity) {
            Some(principal) => self.roster.held(&access, principal, self.now).await?,
            None => None,
        };
        Ok((access, held))
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
            Err(_) => self.roster.project_named(access, name, self.now).await?,
        };
        let facts = match id {
            Some(id) => self.roster.project_facts(id, self.now).await?,
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
    async fn organization_named(&self, name: &str, now: Timestamp) -> Result<Option<OrganizationId>> {
        if let Ok(id) = name.parse() {
            return Ok(Some(id));
        }
        if let Some(id) = self.memory().organization_of_slug(name)
            && let Some(access) = self.organization_access(id, now).await?
            && *access.slug == *name
        {
            return Ok(Some(id));
        }
        Box::pin(self.find_organization(name)).await
    }

    async fn find_organization(&self, slug: &str) -> Result<Option<OrganizationId>> {
        match self.store().see(&OrganizationRef::Slug(slug.to_owned())).await {
            Ok(scope) => {
                let id = scope.organization().id;
                self.memory().remember_slug(slug, id);
                Ok(Some(id))
            }
            Err(store::Error::Refused(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn project_named(
        &self,
        access: &OrganizationAccess,
        slug: &str,
        now: Timestamp,
    ) -> Result<Option<ProjectId>> {
        match self.memory().project_of_slug(access.organization, slug, now) {
            Some(id) => Ok(Some(id)),
            None => Box::pin(self.find_project(access.organization, slug, now)).await,
        }
    }

    async fn find_project(
        &self,
        organization: OrganizationId,
        slug: &str,
        now: Timestamp,
    ) -> Result<Option<ProjectId>> {
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

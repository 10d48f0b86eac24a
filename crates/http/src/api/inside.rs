//! The way into the organization that a path names: who asks is known before the body is read, the organization is opened
//! once all of the request is there.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use domain::permission::Needs;
use service::authorization::Reading;
use service::{Authorized, OrganizationRef, Request, Roster};

use crate::App;
use crate::context::Caller;
use crate::problem::Problem;

/// A caller before the door of an organization. It holds nothing open: a body that comes slowly must not keep anybody waiting.
pub struct Inside {
    app: App,
    pub request: Request,
    pub organization: OrganizationRef,
}

impl FromRequestParts<App> for Inside {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Caller(request) = Caller::from_request_parts(parts, app).await?;
        let named = RawPathParams::from_request_parts(parts, app).await.ok();
        let named = named
            .as_ref()
            .and_then(|named| named.iter().find(|(name, _)| *name == "org"));
        let (_, organization) = named.ok_or(domain::Refusal::NotFound { what: "organization" })?;
        Ok(Self {
            app: app.clone(),
            request,
            organization: OrganizationRef::parse(organization),
        })
    }
}

impl Inside {
    pub fn roster(&self) -> &Roster {
        &self.app.roster
    }

    pub async fn see<P: Needs>(&self) -> Result<Authorized<P, Reading>, Problem> {
        Ok(self.roster().see(&self.request, &self.organization).await?)
    }

    pub async fn change<P: Needs>(&self) -> Result<Authorized<P>, Problem> {
        Ok(self.roster().authorize(&self.request, &self.organization).await?)
    }

    pub async fn see_on<P: Needs>(&self, project: &str) -> Result<Authorized<P, Reading>, Problem> {
        Ok(self.roster().see_on(&self.request, &self.organization, project).await?)
    }

    pub async fn change_on<P: Needs>(&self, project: &str) -> Result<Authorized<P>, Problem> {
        Ok(self
            .roster()
            .authorize_on(&self.request, &self.organization, project)
            .await?)
    }
}

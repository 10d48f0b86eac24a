//! What a provider is asked that hosts repositories: who came back, whose a handle is, who works on what.

use domain::Timestamp;
use secrecy::SecretString;

use super::{Kind, Provider};
use crate::federation::oauth::{self, ExchangeError};
use crate::federation::{Access, HostError, Outgoing, ProofError, Proven, RepositoryAccess, Seen, bitbucket, github};

impl Provider {
    /// As projects name it: the host, with a port where it has one of its own.
    pub fn repository_host(&self) -> Option<String> {
        let (Kind::Github { base, .. } | Kind::Bitbucket { base, .. }) = &self.kind else {
            return None;
        };
        let host = base.host_str()?;
        Some(
            base.port()
                .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        )
    }

    pub(super) async fn finish_host(&self, outgoing: &Outgoing, access: Access) -> Result<Proven, ProofError> {
        let (issuer, told) = match &self.kind {
            Kind::Github { base, api } => (base, github::whoami(outgoing, api, &access.token).await),
            Kind::Bitbucket { base, api } => (base, bitbucket::whoami(outgoing, api, &access.token).await),
            _ => return Err(self.refused("it is no host")),
        };
        let told = told.map_err(|error| self.unreachable(error.to_string()))?;
        let (email, email_verified) = told.email.unzip();
        Ok(Proven {
            provider: self.slug.clone(),
            issuer: issuer.as_str().trim_end_matches('/').to_owned(),
            tenant: None,
            subject: told.person.id,
            username: Some(told.person.handle),
            email,
            email_verified: email_verified.unwrap_or(false),
            name: told.person.name,
            access: Some(access),
        })
    }

    /// Whose a handle is. `workspaces` are those that the organization's repositories are in.
    ///
    /// # Errors
    /// Nobody has it, or the host does not tell.
    pub async fn find_handle(
        &self,
        outgoing: &Outgoing,
        token: &SecretString,
        workspaces: &[String],
        handle: &str,
    ) -> Result<Seen, HostError> {
        match &self.kind {
            Kind::Github { api, .. } => github::find(outgoing, api, token, handle).await,
            Kind::Bitbucket { api, .. } => bitbucket::find(outgoing, api, token, workspaces, handle).await,
            _ => Err(HostError::Nobody),
        }
    }

    /// Who works on a repository.
    ///
    /// # Errors
    /// The token does not reach it, or the host does not tell.
    pub async fn collaborators(
        &self,
        outgoing: &Outgoing,
        token: &SecretString,
        repository: &str,
    ) -> Result<Vec<(Seen, RepositoryAccess)>, HostError> {
        match &self.kind {
            Kind::Github { api, .. } => github::collaborators(outgoing, api, token, repository).await,
            Kind::Bitbucket { api, .. } => bitbucket::collaborators(outgoing, api, token, repository).await,
            _ => Ok(Vec::new()),
        }
    }

    /// # Errors
    /// The grant was taken back, or the host cannot be reached.
    pub async fn refresh(
        &self,
        outgoing: &Outgoing,
        refresh: &SecretString,
        now: Timestamp,
    ) -> Result<Access, ExchangeError> {
        oauth::refresh(outgoing, &self.endpoints(), &self.client, refresh, now).await
    }
}

//! The providers that the operator configured, and the two ends of a round trip to each.

use std::sync::Arc;

use domain::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::id_token::{Disbelief, Expected, Told, verify};
use super::metadata::{Metadata, Remembered};
use super::oauth::{self, Authentication, Endpoints, ExchangeError, Tokens};
use super::outgoing::Outgoing;
use super::{Access, Asked, Callback, HostError, Kept, ProofError, Proven, RepositoryAccess, Seen, bitbucket, github};

/// Entra's tenant of all personal accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Who we are to a provider.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: SecretString,
    /// One for each provider, so that an answer for one is never taken for another's.
    pub redirect: Url,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Google {
        issuer: Url,
    },
    /// A tenant's id or name, `common`, `organizations` or `consumers`.
    Microsoft {
        base: Url,
        tenant: String,
    },
    Github {
        base: Url,
        api: Url,
    },
    Bitbucket {
        base: Url,
        api: Url,
    },
    Issuer {
        issuer: Url,
    },
}

#[derive(Debug)]
pub struct Provider {
    pub slug: String,
    pub name: String,
    pub kind: Kind,
    client: Client,
    scopes: Vec<String>,
    remembered: Remembered,
}

/// A provider that cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

/// All of them, and the way out.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    all: Vec<Arc<Provider>>,
    outgoing: Option<Outgoing>,
}

impl Providers {
    pub fn new(all: Vec<Provider>, outgoing: Outgoing) -> Self {
        Self {
            all: all.into_iter().map(Arc::new).collect(),
            outgoing: Some(outgoing),
        }
    }

    pub fn all(&self) -> &[Arc<Provider>] {
        &self.all
    }

    pub fn find(&self, slug: &str) -> Option<Arc<Provider>> {
        self.all.iter().find(|provider| provider.slug == slug).cloned()
    }

    /// None where no provider is configured, so that nothing leaves the house.
    pub fn outgoing(&self) -> Option<&Outgoing> {
        self.outgoing.as_ref()
    }
}

impl Provider {
    /// Empty `scopes` are the usual ones.
    pub fn new(slug: &str, name: &str, kind: Kind, client: Client, scopes: Vec<String>) -> Self {
        Self {
            slug: slug.to_owned(),
            name: name.to_owned(),
            kind,
            client,
            scopes,
            remembered: Remembered::default(),
        }
    }

    /// Whether it hosts repositories, whose people can be asked for.
    pub const fn is_host(&self) -> bool {
        matches!(self.kind, Kind::Github { .. } | Kind::Bitbucket { .. })
    }

    /// Where the person is sent.
    ///
    /// # Errors
    /// The provider cannot be reached.
    pub async fn leave_for(
        &self,
        outgoing: &Outgoing,
        kept: &Kept,
        state: &str,
        now: Timestamp,
    ) -> Result<Url, ProofError> {
        let endpoints = match self.issuer() {
            Some(issuer) => self.metadata(outgoing, &issuer, now).await?.endpoints,
            None => self.endpoints(),
        };
        let mut url = oauth::authorization_url(&endpoints, &self.client, &self.asked(kept.asked), kept, state);
        if self.issuer().is_some() {
            url.query_pairs_mut().append_pair("nonce", kept.nonce());
        }
        if !self.is_host() {
            // Somebody with several accounts at the provider says which one they mean.
            url.query_pairs_mut().append_pair("prompt", "select_account");
        }
        Ok(url)
    }

    /// # Errors
    /// The provider said no, cannot be reached, or its answer is not to be trusted.
    pub async fn finish(
        &self,
        outgoing: &Outgoing,
        kept: &Kept,
        callback: &Callback,
        now: Timestamp,
    ) -> Result<Proven, ProofError> {
        if kept.provider != self.slug {
            return Err(self.refused("it came back to another provider's address"));
        }
        if let Some(error) = &callback.error {
            let answer = callback.error_description.as_ref().unwrap_or(error);
            return Err(ProofError::Denied {
                provider: self.name.clone(),
                answer: answer.chars().take(200).collect(),
            });
        }
        let code = callback
            .code
            .as_deref()
            .ok_or_else(|| self.refused("it brought no code"))?;
        match self.issuer() {
            Some(issuer) => self.finish_openid(outgoing, &issuer, kept, callback, code, now).await,
            None => {
                let tokens = self.exchange(outgoing, &self.endpoints(), kept, code, now).await?;
                self.finish_host(outgoing, tokens.access).await
            }
        }
    }

    async fn finish_openid(
        &self,
        outgoing: &Outgoing,
        issuer: &Url,
        kept: &Kept,
        callback: &Callback,
        code: &str,
        now: Timestamp,
    ) -> Result<Proven, ProofError> {
        let metadata = self.metadata(outgoing, issuer, now).await?;
        match &callback.iss {
            Some(iss) if *iss != metadata.issuer && !metadata.issuer.contains("{tenantid}") => {
                return Err(self.refused("another issuer answered"));
            }
            None if metadata.names_itself => return Err(self.refused("it does not say which issuer answered")),
            _ => {}
        }
        let tokens = self.exchange(outgoing, &metadata.endpoints, kept, code, now).await?;
        let token = tokens
            .id_token
            .as_deref()
            .ok_or_else(|| self.refused("it holds no ID token"))?;
        let told = self.believe(outgoing, metadata.clone(), kept, token, now).await?;
        let told = self.with_user_info(outgoing, &metadata, &tokens, told).await?;
        self.proven(told)
    }

    async fn believe(
        &self,
        outgoing: &Outgoing,
        metadata: Metadata,
        kept: &Kept,
        token: &str,
        now: Timestamp,
    ) -> Result<Told, ProofError> {
        let expected = Expected {
            issuer: &metadata.issuer,
            client_id: &self.client.id,
            nonce: kept.nonce(),
            now,
        };
        let told = match verify(token, &metadata.keys, &expected) {
            Err(Disbelief::UnknownKey) => {
                let fresh = self
                    .remembered
                    .with_new_keys(outgoing, metadata.clone(), now)
                    .await
                    .map_err(|error| self.unreachable(error.0))?;
                verify(token, &fresh.keys, &expected)
            }
            other => other,
        };
        told.map_err(|disbelief| self.refused(&disbelief.to_string()))
    }

    /// Issuers may tell names and addresses only when asked once more, with the access token.
    async fn with_user_info(
        &self,
        outgoing: &Outgoing,
        metadata: &Metadata,
        tokens: &Tokens,
        told: Told,
    ) -> Result<Told, ProofError> {
        #[derive(Deserialize)]
        struct UserInfo {
            sub: String,
            email: Option<String>,
            email_verified: Option<bool>,
            name: Option<String>,
            preferred_username: Option<String>,
        }
        let (Kind::Issuer { .. }, None, Some(at)) = (&self.kind, &told.email, &metadata.userinfo) else {
            return Ok(told);
        };
        let answer = outgoing
            .get(at, Some(&tokens.access.token))
            .await
            .map_err(|error| self.unreachable(error.0))?;
        if !answer.is_success() {
            return Ok(told);
        }
        let info: UserInfo = answer.json().map_err(|error| self.unreachable(error.0))?;
        if info.sub != told.subject {
            return Err(self.refused("it tells of two people"));
        }
        Ok(Told {
            email: info.email,
            email_verified: info.email_verified.unwrap_or(false),
            name: told.name.or(info.name),
            username: told.username.or(info.preferred_username),
            ..told
        })
    }

    fn proven(&self, told: Told) -> Result<Proven, ProofError> {
        let proven = Proven {
            provider: self.slug.clone(),
            issuer: told.issuer,
            tenant: None,
            subject: told.subject,
            username: told.username,
            email: told.email,
            email_verified: told.email_verified,
            name: told.name,
            access: None,
        };
        match &self.kind {
            // What Google calls a username is the address, and only where Google verified it.
            Kind::Google { .. } => Ok(Proven {
                username: proven.email.clone().filter(|_| proven.email_verified),
                ..proven
            }),
            Kind::Microsoft { tenant, .. } => {
                let (Some(own), Some(object)) = (told.tenant, told.object) else {
                    return Err(self.refused("it names no tenant or no account in it"));
                };
                let wanted = match tenant.as_str() {
                    "organizations" => own != CONSUMERS,
                    "consumers" => own == CONSUMERS,
                    tenant if is_id(tenant) => own.eq_ignore_ascii_case(tenant),
                    _ => true,
                };
                if !wanted {
                    return Err(self.refused("the account is of a tenant that may not sign in here"));
                }
                Ok(Proven {
                    tenant: Some(own),
                    subject: object,
                    username: proven.username.clone().or(told.principal),
                    // A tenant's admin may write any address here.
                    email_verified: false,
                    ..proven
                })
            }
            _ => Ok(proven),
        }
    }

    async fn finish_host(&self, outgoing: &Outgoing, access: Access) -> Result<Proven, ProofError> {
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

    async fn exchange(
        &self,
        outgoing: &Outgoing,
        endpoints: &Endpoints,
        kept: &Kept,
        code: &str,
        now: Timestamp,
    ) -> Result<Tokens, ProofError> {
        oauth::exchange(outgoing, endpoints, &self.client, kept, code, now)
            .await
            .map_err(|error| match error {
                ExchangeError::NoAnswer(error) => self.unreachable(error.0),
                ExchangeError::Refused(_) => self.refused(&format!("the code was not taken; {error}")),
            })
    }

    /// The issuer, where it speaks OpenID Connect.
    fn issuer(&self) -> Option<Url> {
        match &self.kind {
            Kind::Google { issuer } | Kind::Issuer { issuer } => Some(issuer.clone()),
            Kind::Microsoft { base, tenant } => Some(super::host::below(base, &[tenant, "v2.0"])),
            Kind::Github { .. } | Kind::Bitbucket { .. } => None,
        }
    }

    async fn metadata(&self, outgoing: &Outgoing, issuer: &Url, now: Timestamp) -> Result<Metadata, ProofError> {
        let metadata = self
            .remembered
            .metadata(outgoing, issuer, now)
            .await
            .map_err(|error| self.unreachable(error.0))?;
        if self.is_its_own(&metadata.issuer, issuer) {
            Ok(metadata)
        } else {
            Err(self.refused(&format!("its document is of the issuer {}", metadata.issuer)))
        }
    }

    /// The issuer that was configured; for Entra, the same address with a tenant's id or the place for one.
    fn is_its_own(&self, told: &str, configured: &Url) -> bool {
        let configured = configured.as_str().trim_end_matches('/');
        if told.trim_end_matches('/') == configured {
            return true;
        }
        let Kind::Microsoft { base, tenant } = &self.kind else {
            return false;
        };
        let base = base.as_str().trim_end_matches('/');
        let named = told
            .strip_prefix(base)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|rest| rest.strip_suffix("/v2.0"));
        named.is_some_and(|named| !is_id(tenant) && (named == "{tenantid}" || is_id(named)))
    }

    fn endpoints(&self) -> Endpoints {
        let (base, authorization, token, authentication) = match &self.kind {
            Kind::Bitbucket { base, .. } => (
                base,
                ["site", "oauth2", "authorize"],
                ["site", "oauth2", "access_token"],
                Authentication::Header,
            ),
            Kind::Github { base, .. }
            | Kind::Microsoft { base, .. }
            | Kind::Google { issuer: base }
            | Kind::Issuer { issuer: base } => (
                base,
                ["login", "oauth", "authorize"],
                ["login", "oauth", "access_token"],
                Authentication::Body,
            ),
        };
        Endpoints {
            authorization: super::host::below(base, &authorization),
            token: super::host::below(base, &token),
            authentication,
        }
    }

    fn asked(&self, asked: Asked) -> Vec<String> {
        let usual: &[&str] = match (&self.kind, asked) {
            (Kind::Github { .. }, Asked::Identity) => &["read:user", "user:email"],
            (Kind::Github { .. }, Asked::Repositories) => &["read:user", "user:email", "repo"],
            (Kind::Bitbucket { .. }, Asked::Identity) => &["account", "email"],
            (Kind::Bitbucket { .. }, Asked::Repositories) => &["account", "email", "repository:admin"],
            _ => &["openid", "profile", "email"],
        };
        let own = self.scopes.iter().map(String::as_str);
        let mut all: Vec<String> = Vec::new();
        for scope in usual.iter().copied().chain(own) {
            if !all.iter().any(|known| known == scope) {
                all.push(scope.to_owned());
            }
        }
        all
    }

    fn refused(&self, reason: &str) -> ProofError {
        ProofError::Refused {
            provider: self.name.clone(),
            reason: reason.to_owned(),
        }
    }

    fn unreachable(&self, detail: String) -> ProofError {
        ProofError::Unreachable {
            provider: self.name.clone(),
            detail,
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

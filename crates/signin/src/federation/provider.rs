//! The providers that the operator configured, and the two ends of a round trip to each.

mod hosting;
mod openid;

use std::sync::Arc;

use domain::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::metadata::Remembered;
use super::oauth::{self, Authentication, Endpoints, ExchangeError, Tokens};
use super::outgoing::Outgoing;
use super::{Asked, Callback, Kept, ProofError, Proven};

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

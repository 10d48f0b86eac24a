//! The authorization code flow of OAuth 2 with PKCE, which all providers share: the address to leave for, and the exchange
//! of the code that came back.

use domain::Timestamp;
use domain::time::SECOND;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::outgoing::{NoAnswer, Outgoing};
use super::{Access, Client, Kept};

/// Where the client's secret stands when a code is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    Header,
    Body,
}

#[derive(Clone, Debug)]
pub struct Endpoints {
    pub authorization: Url,
    pub token: Url,
    pub authentication: Authentication,
}

pub struct Tokens {
    pub access: Access,
    pub id_token: Option<String>,
}

/// Why no token came.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("it answered {0}")]
    Refused(String),
}

/// The answer of a token endpoint. Some hosts answer an error with status 200, so both stand side by side.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
    id_token: Option<String>,
    expires_in: Option<i64>,
    #[serde(default, alias = "scopes")]
    scope: String,
    error: Option<String>,
    error_description: Option<String>,
}

impl Kept {
    pub(super) fn challenge(&self) -> PkceCodeChallenge {
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(self.verifier.clone()))
    }

    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }
}

pub fn authorization_url(endpoints: &Endpoints, client: &Client, scopes: &[String], kept: &Kept, state: &str) -> Url {
    let mut url = endpoints.authorization.clone();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", client.redirect.as_str())
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", state)
        .append_pair("code_challenge", kept.challenge().as_str())
        .append_pair("code_challenge_method", "S256");
    url
}

/// # Errors
/// The provider cannot be reached, or takes neither the code nor us.
pub async fn exchange(
    outgoing: &Outgoing,
    endpoints: &Endpoints,
    client: &Client,
    kept: &Kept,
    code: &str,
    now: Timestamp,
) -> Result<Tokens, ExchangeError> {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", client.redirect.as_str()),
        ("code_verifier", kept.verifier.as_str()),
    ];
    ask(outgoing, endpoints, client, &form, now).await
}

/// A new access token for one that ended.
///
/// # Errors
/// The provider cannot be reached, or the grant was taken back.
pub async fn refresh(
    outgoing: &Outgoing,
    endpoints: &Endpoints,
    client: &Client,
    refresh: &SecretString,
    now: Timestamp,
) -> Result<Access, ExchangeError> {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.expose_secret()),
    ];
    Ok(ask(outgoing, endpoints, client, &form, now).await?.access)
}

async fn ask(
    outgoing: &Outgoing,
    endpoints: &Endpoints,
    client: &Client,
    form: &[(&str, &str)],
    now: Timestamp,
) -> Result<Tokens, ExchangeError> {
    let mut form = form.to_vec();
    let basic = match endpoints.authentication {
        Authentication::Header => Some((client.id.as_str(), &client.secret)),
        Authentication::Body => {
            form.push(("client_id", client.id.as_str()));
            form.push(("client_secret", client.secret.expose_secret()));
            None
        }
    };
    let answer = outgoing.post_form(&endpoints.token, basic, &form).await?;
    let told: TokenAnswer = answer
        .json()
        .map_err(|_| ExchangeError::Refused(format!("status {}", answer.status)))?;
    if let Some(error) = told.error {
        return Err(ExchangeError::Refused(match told.error_description {
            Some(description) => format!("{error}: {description}"),
            None => error,
        }));
    }
    let (true, Some(token)) = (answer.is_success(), told.access_token) else {
        return Err(ExchangeError::Refused(format!("status {}", answer.status)));
    };
    Ok(Tokens {
        access: Access {
            token,
            refresh: told.refresh_token,
            scopes: told
                .scope
                .split([' ', ','])
                .filter(|scope| !scope.is_empty())
                .map(str::to_owned)
                .collect(),
            expires_at: told.expires_in.map(|seconds| now.plus(seconds.saturating_mul(SECOND))),
        },
        id_token: told.id_token,
    })
}

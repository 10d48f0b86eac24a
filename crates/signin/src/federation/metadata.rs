//! What an issuer says about itself, and the keys it signs with: read once an hour, and the keys again when a token names one
//! that is not among them, at most once a minute.

use domain::Timestamp;
use domain::time::{HOUR, MINUTE};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::oauth::{Authentication, Endpoints};
use super::outgoing::{NoAnswer, Outgoing, may_be_asked};

/// Of the discovery document what is used.
#[derive(Clone, Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Clone, Debug)]
pub struct Metadata {
    /// As the document has it; Entra's for many tenants holds `{tenantid}`.
    pub issuer: String,
    pub endpoints: Endpoints,
    pub userinfo: Option<Url>,
    /// Whether the issuer always says who answers.
    pub names_itself: bool,
    /// A JSON Web Key Set, as it came.
    pub keys: Value,
    keys_at: Url,
    read_at: Timestamp,
    keys_read_at: Timestamp,
}

/// One issuer's, remembered.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<Option<Metadata>>);

impl Remembered {
    /// # Errors
    /// The issuer cannot be reached, or its document is another's.
    pub async fn metadata(&self, outgoing: &Outgoing, issuer: &Url, now: Timestamp) -> Result<Metadata, NoAnswer> {
        let mut remembered = self.0.lock().await;
        if let Some(known) = remembered.as_ref().filter(|known| now.since(known.read_at) < HOUR) {
            return Ok(known.clone());
        }
        let read = discover(outgoing, issuer, now).await?;
        *remembered = Some(read.clone());
        Ok(read)
    }

    /// The keys once more, for a token that names an unknown one; what was known where they were read just now.
    ///
    /// # Errors
    /// The issuer cannot be reached.
    pub async fn with_new_keys(
        &self,
        outgoing: &Outgoing,
        known: Metadata,
        now: Timestamp,
    ) -> Result<Metadata, NoAnswer> {
        let mut remembered = self.0.lock().await;
        let known = remembered.clone().unwrap_or(known);
        if now.since(known.keys_read_at) < MINUTE {
            return Ok(known);
        }
        let read = Metadata {
            keys: keys(outgoing, &known.keys_at).await?,
            keys_read_at: now,
            ..known
        };
        *remembered = Some(read.clone());
        Ok(read)
    }
}

async fn discover(outgoing: &Outgoing, issuer: &Url, now: Timestamp) -> Result<Metadata, NoAnswer> {
    let base = issuer.as_str().trim_end_matches('/');
    let at = Url::parse(&format!("{base}/.well-known/openid-configuration"))
        .map_err(|error| NoAnswer(format!("its issuer is no address: {error}")))?;
    let answer = outgoing.get(&at, None).await?;
    if !answer.is_success() {
        return Err(NoAnswer(format!("it answered {} at {at}", answer.status)));
    }
    let document: Document = answer.json()?;
    let outside = [
        &document.authorization_endpoint,
        &document.token_endpoint,
        &document.jwks_uri,
    ]
    .into_iter()
    .chain(&document.userinfo_endpoint)
    .find(|url| !may_be_asked(url, issuer));
    if let Some(url) = outside {
        return Err(NoAnswer(format!("its document names {url}, which is not https")));
    }
    let in_header = document
        .token_endpoint_auth_methods_supported
        .as_ref()
        .is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
    Ok(Metadata {
        keys: keys(outgoing, &document.jwks_uri).await?,
        issuer: document.issuer,
        endpoints: Endpoints {
            authorization: document.authorization_endpoint,
            token: document.token_endpoint,
            authentication: if in_header {
                Authentication::Header
            } else {
                Authentication::Body
            },
        },
        userinfo: document.userinfo_endpoint,
        names_itself: document.authorization_response_iss_parameter_supported,
        keys_at: document.jwks_uri,
        read_at: now,
        keys_read_at: now,
    })
}

async fn keys(outgoing: &Outgoing, at: &Url) -> Result<Value, NoAnswer> {
    let answer = outgoing.get(at, None).await?;
    if answer.is_success() {
        answer.json()
    } else {
        Err(NoAnswer(format!(
            "it answered {} when asked for its keys",
            answer.status
        )))
    }
}

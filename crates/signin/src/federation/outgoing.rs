//! Requests that leave the house: no redirect is followed, nothing is waited for long, and no answer is read beyond a
//! limit. What a provider's documents name is asked only over TLS, unless the operator configured plain HTTP themselves.

use std::time::Duration;

use domain::trace::TARGET;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tracing::field::Empty;
use tracing::{Instrument, trace_span};
use url::Url;

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: usize = 1 << 20;

#[derive(Clone, Debug)]
pub struct Outgoing {
    client: Client,
}

/// An answer that came, of whatever status.
pub struct Answer {
    pub status: u16,
    body: Vec<u8>,
}

/// No answer came, or none that can be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

impl Outgoing {
    /// # Errors
    /// The machine has no certificates to trust.
    pub fn new() -> Result<Self, NoAnswer> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| told(&error))?;
        Ok(Self { client })
    }

    pub async fn get(&self, url: &Url, token: Option<&SecretString>) -> Result<Answer, NoAnswer> {
        let mut request = self.client.request(Method::GET, url.clone());
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, bearer(token)?);
        }
        send(url, "GET", request.header(ACCEPT, "application/json")).await
    }

    /// A form, with the client's name and secret in the header where they are given.
    pub async fn post_form(
        &self,
        url: &Url,
        basic: Option<(&str, &SecretString)>,
        form: &[(&str, &str)],
    ) -> Result<Answer, NoAnswer> {
        let mut request = self
            .client
            .request(Method::POST, url.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(written(form));
        if let Some((name, secret)) = basic {
            // RFC 6749 section 2.3.1: both are form-encoded before they go into the header.
            request = request.basic_auth(encoded(name), Some(encoded(secret.expose_secret())));
        }
        send(url, "POST", request).await
    }
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, NoAnswer> {
        serde_json::from_slice(&self.body)
            .map_err(|error| NoAnswer(format!("it answered something unexpected: {error}")))
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

async fn send(url: &Url, method: &'static str, request: RequestBuilder) -> Result<Answer, NoAnswer> {
    // Whom we asked, and not what: an address may carry a code.
    let span = trace_span!(
        target: TARGET,
        "outgoing",
        otel.kind = "client",
        otel.name = method,
        http.request.method = method,
        server.address = url.host_str(),
        http.response.status_code = Empty,
        otel.status = Empty,
    );
    let answer = answered(request).instrument(span.clone()).await;
    match &answer {
        Ok(answer) => span.record("http.response.status_code", answer.status),
        Err(_) => span.record("otel.status", "error"),
    };
    answer
}

async fn answered(request: RequestBuilder) -> Result<Answer, NoAnswer> {
    let response = request.send().await.map_err(|error| told(&error))?;
    let status = response.status().as_u16();
    let body = limited(response).await?;
    Ok(Answer { status, body })
}

async fn limited(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| told(&error))? {
        if body.len().saturating_add(chunk.len()) > LONGEST_ANSWER {
            return Err(NoAnswer("its answer is longer than 1 MiB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn bearer(token: &SecretString) -> Result<HeaderValue, NoAnswer> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
        .map_err(|_| NoAnswer("its access token is no text".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn written(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The reason in words, without the address: it may carry a code.
fn told(error: &reqwest::Error) -> NoAnswer {
    let what = if error.is_timeout() {
        "no answer came in time"
    } else if error.is_connect() {
        "no connection could be made"
    } else {
        "the connection broke"
    };
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    NoAnswer(if std::ptr::eq(cause, error as &dyn std::error::Error) {
        what.to_owned()
    } else {
        format!("{what} ({cause})")
    })
}

/// Where a provider's documents may point: to TLS, or to plain HTTP where the issuer itself was configured so.
pub fn may_be_asked(url: &Url, configured: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && configured.scheme() == "http")
}

//! One call of the REST API: address, token, key against doing a thing twice, and the answer or the
//! refusal. The commands above it speak of members and invitations, never of HTTP.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::failure::{Failure, Problem};

/// How often a call is sent again when the connection broke before the answer came.
const TRIES: u32 = 3;
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Makes a key that no other call has; chance comes in from the one place that may ask for it.
pub type FreshKey = fn() -> String;

pub struct Api {
    http: reqwest::Client,
    server: String,
    token: Option<SecretString>,
    fresh_key: FreshKey,
}

const BASE: &str = "/api/v1";

/// A request in the words of the API: method, path below `/api/v1`, query and body.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    long: bool,
    base: &'static str,
    accept: Option<&'static str>,
}

impl Call {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body: None,
            long: false,
            base: BASE,
            accept: None,
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path).body(body)
    }

    pub fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path).body(body)
    }

    pub fn patch(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PATCH, path).body(body)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// For what stands beside the API, at its whole path.
    pub fn at_the_root(mut self) -> Self {
        self.base = "";
        self
    }

    pub fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    pub fn query_if(self, key: &'static str, value: Option<&String>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// For an answer that is no JSON.
    pub fn accept(mut self, kind: &'static str) -> Self {
        self.accept = Some(kind);
        self
    }

    /// For an answer that streams: it may take as long as its rows do.
    pub fn long(mut self) -> Self {
        self.long = true;
        self
    }
}

impl Api {
    pub fn new(server: &str, token: Option<SecretString>, fresh_key: FreshKey) -> Result<Self, Failure> {
        // The first to install the provider wins; a second attempt changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            // A token sent after a redirect could reach somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("roster/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::Connection(format!("No connection can be made: {}", chain(&error))))?;
        Ok(Self {
            http,
            server: server.trim_end_matches('/').to_owned(),
            token,
            fresh_key,
        })
    }

    pub fn server(&self) -> &str {
        &self.server
    }

    pub fn set_token(&mut self, token: SecretString) {
        self.token = Some(token);
    }

    /// The JSON of the answer; an answer without a body is null.
    pub async fn call(&self, call: Call) -> Result<Value, Failure> {
        let response = self.open(call).await?;
        let kind = content_type(&response);
        let bytes = response.bytes().await.map_err(|error| self.lost(&error))?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        if !kind.contains("json") {
            return Err(self.not_roster(&kind));
        }
        serde_json::from_slice(&bytes).map_err(|_| self.not_roster("JSON that is cut off or broken"))
    }

    /// The accepted answer, its body still to be read.
    pub async fn open(&self, call: Call) -> Result<Response, Failure> {
        // One key for all tries: the server answers a repeat with what it did the first time.
        let key = (call.method == Method::POST).then(self.fresh_key);
        // Rows that were done would be refused the second time, and what they answered be lost.
        let is_repeatable = !call.long && (key.is_some() || call.method == Method::GET);
        let mut tries = 1;
        let response = loop {
            match self.send(&call, key.as_deref()).await {
                Ok(response) => break response,
                Err(error) if is_repeatable && tries < TRIES && !error.is_connect() && !error.is_builder() => {
                    tokio::time::sleep(Duration::from_millis(300) * tries).await;
                    tries += 1;
                }
                Err(error) => return Err(self.lost(&error)),
            }
        };
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    /// The accepted answer to a file, which is sent as it is read, and once.
    pub async fn send_file(&self, call: Call, file: tokio::fs::File) -> Result<Response, Failure> {
        let request = self
            .request(&call)
            .header(CONTENT_TYPE, "application/x-ndjson")
            .body(file);
        let response = request.send().await.map_err(|error| self.lost(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refusal(response).await)
    }

    async fn send(&self, call: &Call, key: Option<&str>) -> reqwest::Result<Response> {
        let mut request = self.request(call);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        request.send().await
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let address = format!("{}{}{}", self.server, call.base, call.path);
        let mut request = self.http.request(call.method.clone(), address).query(&call.query);
        if !call.long {
            request = request.timeout(ANSWER_LIMIT);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(kind) = call.accept {
            request = request.header(ACCEPT, kind);
        }
        request
    }

    async fn refusal(&self, response: Response) -> Failure {
        let status = response.status();
        if status.is_redirection() {
            let target = header(response.headers(), LOCATION.as_str()).unwrap_or_default();
            return Failure::Connection(format!(
                "{} sends callers on to {target}; name that address with --server or ROSTER_SERVER",
                self.server
            ));
        }
        let retry_after = header(response.headers(), RETRY_AFTER.as_str());
        let kind = content_type(&response);
        let Ok(bytes) = response.bytes().await else {
            return Failure::Connection(format!(
                "{} broke off in the middle of its answer; try again",
                self.server
            ));
        };
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(body @ Value::Object(_)) => Failure::Refused(Box::new(Problem {
                status: status.as_u16(),
                body,
                retry_after,
                server: self.server.clone(),
                hint: None,
            })),
            _ => self.not_roster(&format!("status {} and {kind}", status.as_u16())),
        }
    }

    pub fn lost(&self, error: &reqwest::Error) -> Failure {
        let server = &self.server;
        Failure::Connection(if error.is_builder() {
            format!(
                "{server} is no address of a server; use one as https://roster.example.com with --server or ROSTER_SERVER"
            )
        } else if error.is_connect() {
            format!(
                "{server} cannot be reached: {}. Is it running there? Name another with --server or ROSTER_SERVER",
                chain(error)
            )
        } else if error.is_timeout() {
            format!("{server} did not answer in time; the change may have happened, so look before you repeat it")
        } else {
            format!(
                "The connection to {server} was lost: {}; look at what happened before you repeat it",
                chain(error)
            )
        })
    }

    fn not_roster(&self, what: &str) -> Failure {
        let what = if what.is_empty() {
            "something without a type"
        } else {
            what
        };
        Failure::Connection(format!(
            "{} answered with {what}, which is not Roster's API; check --server or ROSTER_SERVER",
            self.server
        ))
    }
}

fn content_type(response: &Response) -> String {
    header(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default()
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// The innermost reason says what is wrong; the outer ones only where it was met.
fn chain(error: &dyn std::error::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

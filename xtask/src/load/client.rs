//! The few calls that loading needs. It has its own client: the workshop stands apart, and this way
//! the API is used by a program that was not written together with it.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

pub struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    pub fn new(server: &str, token: &str) -> Result<Self, String> {
        // The first to install the provider wins; a second attempt changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            http,
            base: format!("{}/api/v1", server.trim_end_matches('/')),
            token: token.to_owned(),
        })
    }

    /// What is at a path; nothing where the server answers that there is none.
    pub async fn find(&self, path: &str) -> Result<Option<Value>, String> {
        let response = self.send(Method::GET, path, None).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        json(accepted(response).await?).await.map(Some)
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        json(accepted(self.send(Method::POST, path, Some(body)).await?).await?).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<(), String> {
        accepted(self.send(Method::PUT, path, Some(body)).await?)
            .await
            .map(drop)
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Result<(), String> {
        accepted(self.send(Method::PATCH, path, Some(body)).await?)
            .await
            .map(drop)
    }

    /// Every item of a list that comes in pages.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>, String> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self
                .find(&format!("{path}?limit=200{cursor}"))
                .await?
                .ok_or_else(|| format!("{path} vanished while it was read"))?;
            items.extend(
                page.get("items")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(items),
            }
        }
    }

    /// Asks many decisions at once.
    pub async fn evaluate(&self, evaluations: &[Value]) -> Result<Vec<bool>, String> {
        let root = self.base.trim_end_matches("/api/v1");
        let request = self
            .http
            .post(format!("{root}/access/v1/evaluations"))
            .bearer_auth(&self.token)
            .json(&serde_json::json!({ "evaluations": evaluations }));
        let response = request.send().await.map_err(|error| innermost(&error))?;
        let answer = json(accepted(response).await?).await?;
        let decisions = answer
            .get("evaluations")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        Ok(decisions
            .map(|decision| decision.get("decision").and_then(Value::as_bool) == Some(true))
            .collect())
    }

    /// For an answer of a line per row, as each is done.
    pub async fn post_lines(&self, path: &str, body: &Value) -> Result<Lines, String> {
        let response = accepted(self.send(Method::POST, path, Some(body)).await?).await?;
        Ok(Lines {
            response,
            unread: Vec::new(),
        })
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, String> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if method == Method::POST {
            request = request.header(
                "Idempotency-Key",
                format!("load-{:016x}", RandomState::new().build_hasher().finish()),
            );
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request
            .send()
            .await
            .map_err(|error| format!("{} cannot be reached: {}", self.base, innermost(&error)))
    }
}

pub struct Lines {
    response: Response,
    unread: Vec<u8>,
}

impl Lines {
    pub async fn next(&mut self) -> Result<Option<Value>, String> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                if line.trim_ascii().is_empty() {
                    continue;
                }
                return serde_json::from_slice(&line)
                    .map(Some)
                    .map_err(|error| format!("a line is no JSON: {error}"));
            }
            match self.response.chunk().await.map_err(|error| innermost(&error))? {
                Some(bytes) => self.unread.extend_from_slice(&bytes),
                None if self.unread.trim_ascii().is_empty() => return Ok(None),
                None => self.unread.push(b'\n'),
            }
        }
    }
}

async fn accepted(response: Response) -> Result<Response, String> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let path = response.url().path().to_owned();
    let body = response.text().await.unwrap_or_default();
    let problem: Value = serde_json::from_str(&body).unwrap_or_default();
    let said = ["detail", "title"]
        .iter()
        .find_map(|key| problem.get(*key).and_then(Value::as_str))
        .unwrap_or("no reason given");
    let advice = if status == StatusCode::UNAUTHORIZED {
        "; give a valid --token or ROSTER_TOKEN"
    } else {
        ""
    };
    Err(format!(
        "{path} answered {}: {}{advice}",
        status.as_u16(),
        said.trim_end_matches('.')
    ))
}

async fn json(response: Response) -> Result<Value, String> {
    response
        .json()
        .await
        .map_err(|error| format!("the answer is no JSON: {}", innermost(&error)))
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

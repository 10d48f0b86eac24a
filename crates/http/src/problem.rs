//! Errors of the API: RFC 9457 problem details with a stable code. The one place where an error becomes a status.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use domain::refusal::RefusalKind;
use serde::Serialize;
use serde_json::{Map, Value, json};
use service::{Error, FieldError};

/// An answer that says what went wrong and what to do.
#[derive(Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// What stands beside: `owned`, `permission`, `missing`.
    pub more: Box<Map<String, Value>>,
    pub retry_after: Option<u64>,
    /// For the log alone.
    pub cause: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Value>,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            more: Box::default(),
            retry_after: None,
            cause: None,
        }
    }

    /// One field that was not taken.
    pub fn field(name: &str, detail: &str) -> Self {
        Error::Invalid(vec![FieldError::new(name, detail)]).into()
    }

    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is larger than this call takes.",
        )
    }

    /// The problem as the JSON that an answer or a line of a bulk answer holds.
    pub fn body(&self) -> Value {
        let body = Body {
            kind: format!("/docs/problems#{}", self.code),
            title: title(self.status),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            errors: self
                .errors
                .iter()
                .map(|error| json!({ "pointer": error.pointer, "detail": error.detail }))
                .collect(),
            more: &self.more,
        };
        serde_json::to_value(body).unwrap_or_default()
    }
}

fn title(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Error")
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let new = |status, code| Self::new(status, code, detail.clone());
        match error {
            Error::Refused(refusal) => Self::from(refusal),
            Error::Invalid(errors) => Self {
                errors,
                ..new(StatusCode::UNPROCESSABLE_ENTITY, "invalid")
            },
            Error::Malformed(field) => Self {
                errors: vec![field],
                ..new(StatusCode::BAD_REQUEST, "malformed")
            },
            Error::SignInRequired => new(StatusCode::UNAUTHORIZED, "sign_in_required"),
            Error::WrongCredentials => new(StatusCode::UNAUTHORIZED, "wrong_credentials"),
            Error::WrongCode => new(StatusCode::UNAUTHORIZED, "wrong_code"),
            Error::AccountSuspended => new(StatusCode::FORBIDDEN, "account_suspended"),
            Error::TemporaryPasswordExpired => new(StatusCode::FORBIDDEN, "temporary_password_expired"),
            Error::PasswordChangeRequired => new(StatusCode::FORBIDDEN, "password_change_required"),
            Error::MfaRequired => new(StatusCode::UNAUTHORIZED, "mfa_required"),
            Error::Throttled { retry_after } => Self {
                retry_after: Some(retry_after),
                ..new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries")
            },
            Error::Busy { retry_after } => Self {
                retry_after: Some(retry_after),
                ..new(StatusCode::SERVICE_UNAVAILABLE, "busy")
            },
            Error::Stale => new(StatusCode::PRECONDITION_FAILED, "changed_meanwhile"),
            Error::Repeated | Error::AnswerLost => new(StatusCode::CONFLICT, "answer_lost"),
            Error::IdempotencyKeyReused => new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            Error::Unavailable(cause) => Self {
                retry_after: Some(2),
                cause: Some(cause),
                ..new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            },
            Error::Uncertain(cause) => Self {
                retry_after: Some(2),
                cause: Some(cause),
                ..new(StatusCode::SERVICE_UNAVAILABLE, "outcome_unknown")
            },
            Error::NoSpace(cause) => Self {
                retry_after: Some(60),
                cause: Some(cause),
                ..new(StatusCode::INSUFFICIENT_STORAGE, "no_space")
            },
            Error::Damaged(cause) => Self {
                cause: Some(cause),
                ..new(StatusCode::INTERNAL_SERVER_ERROR, "damaged")
            },
            Error::Unexpected(cause) => Self {
                cause: Some(cause),
                ..new(StatusCode::INTERNAL_SERVER_ERROR, "unexpected")
            },
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind() {
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut problem = Self::new(status, refusal.code(), refusal.to_string());
        match refusal {
            Refusal::Forbidden { permission } => {
                problem.more.insert("permission".to_owned(), json!(permission.name()));
            }
            Refusal::OutOfScope { permission } => {
                problem.more.insert("permission".to_owned(), json!(permission));
            }
            Refusal::CannotGrant { missing, .. }
            | Refusal::CannotCarry { missing }
            | Refusal::CannotGiveCapabilities { missing } => {
                problem.more.insert("missing".to_owned(), json!(missing));
            }
            Refusal::RoleInUse { places, .. } | Refusal::PermissionInUse { places, .. } => {
                problem.more.insert("places".to_owned(), json!(places));
            }
            Refusal::ConfirmElsewhere { places } => {
                problem.more.insert("confirm_at".to_owned(), json!(places));
            }
            Refusal::LastOwnerOf { organizations } => {
                problem.more.insert("organizations".to_owned(), json!(organizations));
            }
            Refusal::StillOwns { owned, .. } | Refusal::YouStillOwn { owned } => {
                problem.more.insert("owned".to_owned(), json!(owned));
            }
            _ => {}
        }
        problem
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let detail = rejection.body_text();
        match rejection {
            // Well-formed JSON of the wrong shape: an unknown field, a wrong type.
            JsonRejection::JsonDataError(_) => {
                let error = wrong_field(&detail);
                let told = Error::Invalid(Vec::new()).to_string();
                Self {
                    errors: vec![error],
                    ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", told)
                }
            }
            rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            rejection if rejection.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Send JSON, with Content-Type: application/json.",
            ),
            _ => Self::new(StatusCode::BAD_REQUEST, "malformed", detail),
        }
    }
}

/// The field that the JSON library stumbled over, from its words: "…: rows[0].email: invalid type … at line 1 column 9".
fn wrong_field(told: &str) -> FieldError {
    let told = told.split_once(": ").map_or(told, |(_, told)| told);
    let told = told.rsplit_once(" at line ").map_or(told, |(told, _)| told);
    let (path, detail) = match told.split_once(": ") {
        Some((path, detail)) if !path.contains([' ', '`']) => (path, detail),
        _ => ("", told),
    };
    let missing = detail
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    let path = path.replace(['.', '['], "/").replace(']', "");
    let pointer: String = [path.as_str(), missing.unwrap_or_default()]
        .iter()
        .filter(|part| !part.is_empty() && **part != "?")
        .map(|part| format!("/{part}"))
        .collect();
    let detail = if missing.is_some() {
        "is missing".to_owned()
    } else {
        readable(detail)
    };
    FieldError { pointer, detail }
}

/// The JSON library's words without those of the language that the program is written in.
fn readable(detail: &str) -> String {
    if detail.starts_with("data did not match any variant") {
        return "is none of what may stand here".to_owned();
    }
    let Some((told, expected)) = detail.rsplit_once("expected ") else {
        return detail.to_owned();
    };
    let kind = expected.split(' ').next().unwrap_or_default();
    let expected = match kind {
        "struct" | "map" => "an object",
        "sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" => "a whole number",
        _ => expected,
    };
    format!("{told}expected {expected}")
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let text = rejection.body_text();
        let cause = text.split_once(": ").map_or(text.as_str(), |(_, cause)| cause);
        let detail = format!(
            "The query of this address cannot be read: {cause}. Name each parameter once, with a value of its kind."
        );
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.")
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        if self.status.is_server_error() {
            // The id of the request is in the answer's header and in every line of its log.
            tracing::error!(
                code = self.code,
                cause = self.cause.as_deref().unwrap_or_default(),
                "a request failed"
            );
            if let Some(id) = crate::record::current_request_id() {
                self.more.insert("request_id".to_owned(), json!(id));
                self.detail = format!(
                    "{} Ask whoever runs the instance to look for {id} in the log.",
                    self.detail
                );
            }
        }
        let mut response = (self.status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_that_was_wrong_is_pointed_at() {
        let said = "Failed to deserialize the JSON body into the target type";
        let cases = [
            (
                "rows[1].email: invalid type: integer `1`, expected a string at line 1 column 9",
                "/rows/1/email",
            ),
            (
                "nonsense: unknown field `nonsense`, expected `name` at line 1 column 3",
                "/nonsense",
            ),
            ("missing field `slug` at line 1 column 2", "/slug"),
            ("account: missing field `name` at line 1 column 2", "/account/name"),
            (
                "invalid type: string \"x\", expected struct Body at line 1 column 2",
                "",
            ),
        ];
        for (told, pointer) in cases {
            assert_eq!(wrong_field(&format!("{said}: {told}")).pointer, pointer, "{told}");
        }
    }
}

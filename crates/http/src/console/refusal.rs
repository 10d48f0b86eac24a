//! Errors as pages, and the redirects that come instead of some.

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use service::Error;

use crate::page::shell::{Notice, NoticeKind};
use crate::problem::Problem;

const LOST: &str = "You are not signed in any more: what you have just sent was not taken, and nothing was changed. \
                    Sign in, and do it again.";

/// What a person sees instead of what they asked for.
#[derive(Debug)]
pub enum Page {
    Problem(Box<Problem>),
    Elsewhere(String),
    /// A form came from somebody who is signed in no more, or never was.
    Lost,
    /// The last proof is too old for this: it is asked for first.
    ProofFirst,
}

impl Page {
    pub fn of(error: impl Into<Problem>) -> Self {
        Self::Problem(Box::new(error.into()))
    }

    /// To the sign-in page, and afterwards back to what was asked for if that can be asked for again.
    pub fn sign_in_first(parts: &Parts) -> Self {
        if parts.method != axum::http::Method::GET {
            return Self::Lost;
        }
        let back = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Self::Elsewhere(super::destination::with_next("/sign-in", back))
    }

    pub fn change_password_first() -> Self {
        Self::Elsewhere("/password".to_owned())
    }
}

impl From<Error> for Page {
    fn from(error: Error) -> Self {
        match error {
            Error::SignInRequired => Self::Elsewhere("/sign-in".to_owned()),
            Error::PasswordChangeRequired => Self::change_password_first(),
            Error::MfaRequired => Self::Elsewhere("/sign-in/second-factor".to_owned()),
            Error::Refused(refusal) => refusal.into(),
            error => Self::of(error),
        }
    }
}

impl From<domain::Refusal> for Page {
    fn from(refusal: domain::Refusal) -> Self {
        match refusal {
            domain::Refusal::ProofRequired => Self::ProofFirst,
            domain::Refusal::EnrolmentRequired => Self::Elsewhere("/me/mfa?required=true".to_owned()),
            domain::Refusal::SecondFactorRequired => Self::Elsewhere("/sign-in/second-factor".to_owned()),
            refusal => Self::of(refusal),
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(path) => Redirect::to(&path).into_response(),
            Self::Lost => super::view::go("/sign-in", Some(Notice::new(NoticeKind::Warning, LOST))),
            Self::ProofFirst => super::proof::wanted(),
            Self::Problem(problem) => super::trouble::page(&problem),
        }
    }
}

/// Nothing stands at this address.
pub async fn not_found() -> Page {
    Page::of(Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing at this address.",
    ))
}

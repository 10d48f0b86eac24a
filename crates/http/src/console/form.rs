//! What a person entered into a form. A form without fields sends no body at all, and one that cannot be read is answered
//! with a page.

use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::refusal::Page;
use crate::App;
use crate::problem::Problem;

pub struct Form<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<App> for Form<T> {
    type Rejection = Page;

    async fn from_request(request: Request, app: &App) -> Result<Self, Page> {
        if !request.headers().contains_key(CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        match axum::Form::from_request(request, app).await {
            Ok(axum::Form(entered)) => Ok(Self(entered)),
            Err(rejection) => {
                let text = "The form cannot be read. Go back, load its page again, and send it once more.";
                Err(Page::of(Problem::new(rejection.status(), "malformed", text)))
            }
        }
    }
}

//! A noun of something with its page and its form: a suspension, a deletion. The page tells what it means, the form does it; and
//! with `end` both are about taking it back.

use std::future::Future;

use axum::extract::State;
use axum::routing::{MethodRouter, get};
use serde::de::DeserializeOwned;
use service::Request;

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::form::Form;
use crate::console::view::{Answer, Once};
use crate::context::Person;
use crate::page::confirm;

/// What may be done to a subject, each after a page that asks.
pub trait Act: Copy + Send + Sync + 'static {
    /// Of which subject, as the address has it.
    type Of: DeserializeOwned + Send + Sync + 'static;
    /// What came along with the question or its answer.
    type Asked: DeserializeOwned + Default + Send + Sync + 'static;

    /// Whether the opposite is meant: lift instead of suspend.
    fn is_ended(asked: &Self::Asked) -> bool;

    /// The page before it.
    fn ask(
        self,
        app: &App,
        request: &Request,
        of: &Self::Of,
        asked: &Self::Asked,
        shown: Once,
    ) -> impl Future<Output = Answer> + Send;

    /// What the button on it does.
    fn perform(
        self,
        app: &App,
        request: &Request,
        of: &Self::Of,
        asked: &Self::Asked,
    ) -> impl Future<Output = Answer> + Send;
}

/// `begins` it, or with `end` takes it back.
pub fn noun<A: Act>(begins: A, ends: A) -> MethodRouter<App> {
    let meant = move |asked: &A::Asked| if A::is_ended(asked) { ends } else { begins };
    get(
        move |State(app): State<App>,
              Person(request): Person,
              Path(of): Path<A::Of>,
              Query(asked): Query<A::Asked>,
              shown: Once| async move { meant(&asked).ask(&app, &request, &of, &asked, shown).await },
    )
    .post(
        move |State(app): State<App>, Person(request): Person, Path(of): Path<A::Of>, Form(asked): Form<A::Asked>| async move {
            meant(&asked).perform(&app, &request, &of, &asked).await
        },
    )
}

/// What goes along with the form of a page that takes something back.
pub fn ended(end: bool) -> Vec<(String, String)> {
    if end {
        vec![("end".to_owned(), "true".to_owned())]
    } else {
        Vec::new()
    }
}

/// The same page where nothing can be done: why stands in the place of the button, and nothing is asked any more.
pub fn refused(page: confirm::Page, refusal: String) -> confirm::Page {
    confirm::Page {
        refusal,
        alternative: None,
        roles: Vec::new(),
        ask_reason: false,
        ask_temporary_password: false,
        typed: String::new(),
        ..page
    }
}

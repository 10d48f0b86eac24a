//! Superusers: the list of them, and the way to one more.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use domain::account::Account;
use serde::Deserialize;

use crate::App;
use crate::console::address::Query;
use crate::console::instance::{Instance, enter};
use crate::console::part::{contact, filled};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::form::Errors;
use crate::page::instance::Place;
use crate::page::part::May;
use crate::page::superuser::{List, Row};

pub fn router() -> Router<App> {
    Router::new().route("/instance/superusers", get(list))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Who is to be made one; empty: only look.
    account: Option<String>,
}

async fn list(State(app): State<App>, Person(request): Person, Query(asked): Query<Asked>, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Superusers, shown).await?;
    let superusers = app.roster.superusers(&request).await?;
    let mut page = List {
        shell: instance.shell("Superusers"),
        rows: rows(&instance, &superusers),
        account: asked.account.clone().unwrap_or_default(),
        ..List::default()
    };
    let Some(typed) = asked.account else {
        return Ok(view::html(&page));
    };
    let problem = match filled(&typed) {
        None => "Type a username or an e-mail address".to_owned(),
        Some(login) => match app.roster.find_account(&request, &login).await? {
            Some(account) if account.superuser => format!("{} is a superuser already", account.name),
            Some(account) => {
                let question = format!("/instance/accounts/{}/superuser", account.id);
                return Ok(Redirect::to(&question).into_response());
            }
            None => format!("There is no account with the username or address {login}"),
        },
    };
    page.errors = Errors::none().with("account", problem);
    Ok(view::again(&page))
}

fn rows(instance: &Instance, superusers: &[Account]) -> Vec<Row> {
    let active = superusers.iter().filter(|account| account.suspended.is_none()).count();
    superusers
        .iter()
        .map(|account| Row {
            id: account.id.to_string(),
            name: account.name.clone(),
            username: account.username.clone(),
            contact: contact(account),
            you: account.id == instance.me,
            suspended: account.suspended.is_some(),
            last_sign_in: instance.time_or(account.last_sign_in_at, "never"),
            revoke: if account.suspended.is_none() && active == 1 {
                May::not("The only active superuser: make somebody else one first.")
            } else {
                May::Yes
            },
        })
        .collect()
}

//! The accounts of the instance, found by name, username or address.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::account::Account;
use domain::id::AccountId;
use serde::Deserialize;
use service::superuser::{Filter, Which, place};

use crate::App;
use crate::console::address::Query;
use crate::console::cursor;
use crate::console::instance::{Instance, enter};
use crate::console::part::{self, filled};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::account::{List, Row};
use crate::page::instance::Place;
use crate::page::part::Pager;

const PAGE: usize = 50;

pub fn router() -> Router<App> {
    Router::new().route("/instance/accounts", get(list))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    query: String,
    status: String,
    cursor: String,
}

async fn list(State(app): State<App>, Person(request): Person, Query(asked): Query<Asked>, shown: Once) -> Answer {
    let instance = enter(&app, &request, Place::Accounts, shown).await?;
    let which = match asked.status.as_str() {
        "suspended" => Which::Suspended,
        "superuser" => Which::Superusers,
        _ => Which::All,
    };
    let filter = Filter {
        needle: filled(&asked.query),
        which,
        after: cursor::place::<AccountId>(&asked.cursor),
    };
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = app.roster.accounts(&request, &filter, limit).await?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let href = |cursor: &str| {
        let pairs = [
            ("query", asked.query.as_str()),
            ("status", &asked.status),
            ("cursor", cursor),
        ];
        part::href("/instance/accounts", &pairs)
    };
    let page = List {
        shell: instance.shell("Accounts"),
        filtered: filter.needle.is_some() || which != Which::All,
        statuses: part::choices(
            &[
                ("", "All accounts"),
                ("suspended", "Suspended"),
                ("superuser", "Superusers"),
            ],
            &asked.status,
        ),
        rows: found.iter().map(|account| row(&instance, account)).collect(),
        pager: Pager::new(
            filter.after.is_some(),
            found
                .last()
                .filter(|_| more)
                .map(|last| cursor::cursor::<AccountId>(&place(last))),
            href,
        ),
        query: asked.query.clone(),
    };
    Ok(view::html(&page))
}

fn row(instance: &Instance, account: &Account) -> Row {
    Row {
        id: account.id.to_string(),
        name: account.name.clone(),
        username: account.username.clone(),
        email: account.email.clone().unwrap_or_default(),
        superuser: account.superuser,
        suspended: account.suspended.is_some(),
        last_sign_in: instance.time_or(account.last_sign_in_at, "Never"),
        created: instance.day(account.created_at),
    }
}

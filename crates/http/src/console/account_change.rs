//! What a superuser does to an account: first what it means, then the button that does it.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use domain::Refusal;
use domain::account::Account;
use domain::id::AccountId;
use serde::Deserialize;
use service::{Error, Request};

use crate::App;
use crate::console::form::Form;
use crate::console::instance::enter;
use crate::console::refusal::Page;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm;
use crate::page::instance::Place;
use crate::page::shell::Shell;

pub fn router() -> Router<App> {
    Router::new().route(
        "/instance/accounts/{account}/superuser",
        noun(Act::GrantSuperuser, Act::RevokeSuperuser),
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    GrantSuperuser,
    RevokeSuperuser,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The opposite is meant: take away instead of give.
    end: bool,
}

/// A noun with its page and its form: `begins` it, or with `end` takes it back.
fn noun(begins: Act, ends: Act) -> MethodRouter<App> {
    get(
        move |State(app): State<App>,
              Person(request): Person,
              Path(id): Path<String>,
              Query(asked): Query<Asked>,
              shown: Once| async move {
            let act = if asked.end { ends } else { begins };
            ask(act, &app, &request, &id, shown).await
        },
    )
    .post(
        move |State(app): State<App>,
              Person(request): Person,
              Path(id): Path<String>,
              Form(asked): Form<Asked>| async move {
            let act = if asked.end { ends } else { begins };
            perform(act, &app, &request, &id).await
        },
    )
}

/// # Errors
/// It is no id of an account: nothing stands at that address.
pub fn account_id(text: &str) -> Result<AccountId, Page> {
    text.parse().map_err(|_| Refusal::NotFound { what: "account" }.into())
}

async fn ask(act: Act, app: &App, request: &Request, id: &str, shown: Once) -> Answer {
    let instance = enter(app, request, Place::Accounts, shown).await?;
    let account = app.roster.account(request, account_id(id)?).await?;
    let page = question(act, &account, instance.shell(act.title()));
    match run(act, app, &request.with_dry_run(true), account.id).await {
        Ok(()) => Ok(view::html(&page)),
        Err(error) => refused(page, error, StatusCode::OK),
    }
}

async fn perform(act: Act, app: &App, request: &Request, id: &str) -> Answer {
    let instance = enter(app, request, Place::Accounts, Once::default()).await?;
    let account = app.roster.account(request, account_id(id)?).await?;
    match run(act, app, request, account.id).await {
        Ok(()) => Ok(view::done(act.afterwards(), act.done(&account.name))),
        Err(error) => {
            let page = question(act, &account, instance.shell(act.title()));
            refused(page, error, StatusCode::CONFLICT)
        }
    }
}

async fn run(act: Act, app: &App, request: &Request, id: AccountId) -> service::Result<()> {
    match act {
        Act::GrantSuperuser => app.roster.set_superuser(request, id, true).await?,
        Act::RevokeSuperuser => app.roster.set_superuser(request, id, false).await?,
    };
    Ok(())
}

fn question(act: Act, account: &Account, shell: Shell) -> confirm::Page {
    let end = act == Act::RevokeSuperuser;
    confirm::Page {
        shell,
        heading: format!("{}?", act.submit(&account.name)),
        lead: act.lead().to_owned(),
        hidden: if end {
            vec![("end".to_owned(), "true".to_owned())]
        } else {
            Vec::new()
        },
        action: format!("/instance/accounts/{}/superuser", account.id),
        submit: act.submit(&account.name),
        danger: true,
        cancel_href: act.afterwards().to_owned(),
        ..confirm::Page::default()
    }
}

/// Why it cannot be done, in the place of the button.
fn refused(page: confirm::Page, error: Error, status: StatusCode) -> Answer {
    match error {
        Error::Refused(refusal @ Refusal::LastSuperuser) => Ok(view::html_as(
            status,
            &confirm::Page {
                refusal: refusal.to_string(),
                ..page
            },
        )),
        error => Err(error.into()),
    }
}

impl Act {
    const fn title(self) -> &'static str {
        match self {
            Self::GrantSuperuser => "Make superuser",
            Self::RevokeSuperuser => "Take superuser away",
        }
    }

    /// The button says what will happen.
    fn submit(self, name: &str) -> String {
        match self {
            Self::GrantSuperuser => format!("Make {name} a superuser"),
            Self::RevokeSuperuser => format!("Take superuser away from {name}"),
        }
    }

    const fn lead(self) -> &'static str {
        match self {
            Self::GrantSuperuser => "Superusers can do everything in every organization of this server.",
            Self::RevokeSuperuser => "They keep what their roles in their organizations give them.",
        }
    }

    /// What is said once it is done.
    fn done(self, name: &str) -> String {
        match self {
            Self::GrantSuperuser => format!("{name} is now a superuser."),
            Self::RevokeSuperuser => format!("{name} is no longer a superuser."),
        }
    }

    const fn afterwards(self) -> &'static str {
        Place::Superusers.about().path
    }
}

//! Deleting one's own account: what it means and what stands in the way, then a name to type.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use domain::Refusal;
use serde::Deserialize;
use service::account::Me;
use service::{Error, Request};

use super::form::Form;
use super::heir::owned_in_several;
use super::session_cookie;
use super::view::{Answer, Once, again, done, html, html_as, shell_of};
use crate::App;
use crate::context::Person;
use crate::page::confirm::{Consequence, ConsequenceKind, Page};
use crate::page::form::Errors;

pub fn router() -> Router<App> {
    Router::new().route("/me/deletion", get(show).post(delete))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entered {
    confirm: String,
}

async fn show(State(app): State<App>, Person(request): Person, once: Once) -> Answer {
    let me = app.roster.me(&request).await?;
    let page = match app.roster.delete_me(&request.with_dry_run(true)).await {
        Ok(_) => question(&app, me, once),
        Err(Error::Refused(refusal)) if stands_in_the_way(&refusal) => blocked(question(&app, me, once), refusal),
        Err(error) => return Err(error.into()),
    };
    Ok(html(&page))
}

async fn delete(State(app): State<App>, Person(request): Person, Form(entered): Form<Entered>) -> Answer {
    let me = app.roster.me(&request).await?;
    let username = me.account.username.clone();
    if entered.confirm.trim() != username {
        let errors = Errors::none().with("confirm", format!("Type {username} to confirm"));
        let page = question(&app, me, Once::default());
        return Ok(again(&Page { errors, ..page }));
    }
    carry_out(&app, &request, me).await
}

async fn carry_out(app: &App, request: &Request, me: Me) -> Answer {
    match app.roster.delete_me(request).await {
        Ok(_) => {
            let mut response = done("/sign-in", "Your account is deleted.");
            session_cookie::clear(&mut response, &app.edge);
            Ok(response)
        }
        Err(Error::Refused(refusal)) if stands_in_the_way(&refusal) => {
            let page = blocked(question(app, me, Once::default()), refusal);
            Ok(html_as(StatusCode::CONFLICT, &page))
        }
        Err(error) => Err(error.into()),
    }
}

fn stands_in_the_way(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::YouStillOwn { .. } | Refusal::LastOwnerOf { .. } | Refusal::LastSuperuser
    )
}

fn question(app: &App, me: Me, once: Once) -> Page {
    let names: Vec<String> = me
        .memberships
        .iter()
        .filter(|membership| membership.standing != "awaiting_consent")
        .map(|membership| membership.name.clone())
        .collect();
    let mut consequences = vec![Consequence::new(
        ConsequenceKind::Ends,
        "Your account, your password and every other way to sign in, your sessions and your tokens",
    )];
    if !names.is_empty() {
        consequences.push(
            Consequence::new(ConsequenceKind::Ends, "Your membership in each of your organizations").details(names),
        );
    }
    consequences.push(Consequence::new(
        ConsequenceKind::Keeps,
        "What you did stays in the audit logs, without your name",
    ));
    Page {
        heading: "Delete your account?".to_owned(),
        lead: "This is permanent: nobody can bring it back.".to_owned(),
        consequences,
        typed: me.account.username.clone(),
        action: "/me/deletion".to_owned(),
        submit: "Delete my account for good".to_owned(),
        danger: true,
        cancel_href: "/me".to_owned(),
        shell: shell_of(app, me, "Delete your account", once),
        ..Page::default()
    }
}

/// What would have happened does not: saying it beside the refusal would only confuse.
fn blocked(page: Page, refusal: Refusal) -> Page {
    let mut page = Page {
        lead: String::new(),
        consequences: Vec::new(),
        typed: String::new(),
        refusal: refusal.to_string(),
        ..page
    };
    if let Refusal::YouStillOwn { owned } = refusal {
        page.owned = owned_in_several(&owned);
        page.own = true;
    }
    page
}

//! One's own tokens in the console: made, reset, revoked. A secret is on the page that answers the form, and nowhere after.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::id::TokenId;
use domain::token::Token;
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::token::{NewToken, Personal};
use service::{Outcome, Request};

use crate::App;
use crate::console::address::Path;
use crate::console::form::Form;
use crate::console::refusal::Page;
use crate::console::time;
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::part::Time;
use crate::page::shell::Section;
use crate::page::token::{Create, Row, Shown};

pub fn router() -> Router<App> {
    Router::new()
        .route("/me/tokens/new", get(new).post(create))
        .route("/me/tokens/{token}/reset", get(ask_reset).post(reset))
        .route("/me/tokens/{token}/revocation", get(ask_revoke).post(revoke))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Entered {
    name: String,
    organization: String,
    expires_at: String,
    scopes: String,
}

impl Entered {
    /// # Errors
    /// The last day is none.
    pub fn parse(&self) -> Result<NewToken, Errors> {
        let expires_at = last_day(&self.expires_at)
            .ok_or_else(|| Errors::none().with("expires_at", "Give a day such as 2026-12-31, or leave it empty."))?;
        let names = self
            .scopes
            .split([' ', ',', '\n', '\r', '\t'])
            .filter(|name| !name.is_empty());
        let scopes: Vec<String> = names.map(str::to_owned).collect();
        Ok(NewToken {
            name: self.name.clone(),
            expires_at,
            scopes: (!scopes.is_empty()).then_some(scopes),
        })
    }

    /// As the form shows it again.
    pub fn fill(self, page: Create) -> Create {
        Create {
            name: self.name,
            expires_at: self.expires_at,
            scopes: self.scopes,
            ..page
        }
    }
}

/// The end of a day (UTC); `None` within where no day was given, without where it is none.
#[expect(clippy::option_option, reason = "not given and not a day are two things")]
pub fn last_day(text: &str) -> Option<Option<Timestamp>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    format!("{text}T23:59:59Z").parse().ok().map(Some)
}

/// The day as a form has it.
pub fn as_day(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string().chars().take(10).collect())
        .unwrap_or_default()
}

/// A token as a row; `everything` is what it may where it is not narrowed.
pub fn row(token: &Token, place: String, everything: &str, now: Timestamp, zone: Option<&str>) -> Row {
    let names = |scopes: &domain::permission::PermissionSet| scopes.iter().collect::<Vec<_>>().join(", ");
    Row {
        id: token.id.to_string(),
        name: token.name.clone(),
        place,
        scopes: token.scopes.as_ref().map_or_else(|| everything.to_owned(), names),
        expires: token
            .expires_at
            .map_or_else(|| Time::never("Never"), |at| time::day(at, zone)),
        expired: token.is_expired(now),
        last_used: token
            .last_used_at
            .map_or_else(|| Time::never("Never"), |at| time::time(at, zone)),
    }
}

pub fn own_row(personal: &Personal, now: Timestamp, zone: Option<&str>) -> Row {
    let place = personal
        .organization
        .as_ref()
        .map_or_else(|| "All your organizations".to_owned(), |place| place.name.clone());
    row(&personal.token, place, "Everything you may", now, zone)
}

async fn form(app: &App, request: &Request, chosen: &str, shown: Once) -> Result<Create, Page> {
    let me = app.roster.me(request).await?;
    let active = me
        .memberships
        .iter()
        .filter(|membership| membership.standing == "active");
    let places = active.map(|place| Choice::new(&place.slug, &place.name).selected(place.slug == chosen));
    let all = Choice::new("", "All my organizations").selected(chosen.is_empty());
    let organizations = std::iter::once(all).chain(places).collect();
    let mut shell = view::shell_of(app, me, "New token", shown);
    shell.current = Some(Section::Profile);
    Ok(Create {
        shell,
        heading: "New token".to_owned(),
        lead: "A program that carries it acts as you. You see it once, after this.".to_owned(),
        organizations,
        action: "/me/tokens/new".to_owned(),
        submit: "Create token".to_owned(),
        back_href: "/me".to_owned(),
        back_label: "Profile settings".to_owned(),
        ..Create::default()
    })
}

async fn new(State(app): State<App>, Person(request): Person, shown: Once) -> Answer {
    request.settled()?;
    Ok(view::html(&form(&app, &request, "", shown).await?))
}

async fn create(State(app): State<App>, Person(request): Person, Form(entered): Form<Entered>) -> Answer {
    let made = match entered.parse() {
        Ok(new) => app
            .roster
            .create_my_token(&request, &new, Some(&entered.organization))
            .await
            .map_err(view::errors),
        Err(errors) => Err(Ok(errors)),
    };
    match made {
        Ok(Outcome::Done(issued)) => {
            let name = issued.token.token.name;
            let heading = format!("The API token {name} is made");
            let lead = "The program that carries it acts as you, until it expires or you revoke it.";
            show_once(&app, &request, name, issued.secret.expose(), heading, lead).await
        }
        Ok(Outcome::Previewed(_)) => Ok(view::go("/me", None)),
        Err(errors) => {
            let page = form(&app, &request, &entered.organization, Once::default()).await?;
            let page = Create {
                errors: errors?,
                ..page
            };
            Ok(view::again(&entered.fill(page)))
        }
    }
}

async fn show_once(app: &App, request: &Request, name: String, secret: &str, heading: String, lead: &str) -> Answer {
    let mut shell = view::shell(app, Some(request), "API token", Once::default()).await?;
    shell.current = Some(Section::Profile);
    Ok(view::html(&Shown {
        shell,
        heading,
        lead: lead.to_owned(),
        name,
        secret: secret.to_owned(),
        done_label: "Done, I have copied it".to_owned(),
        done_href: "/me".to_owned(),
    }))
}

fn token_id(text: &str) -> Result<TokenId, Page> {
    text.parse().map_err(|_| Refusal::NotFound { what: "token" }.into())
}

async fn found(app: &App, request: &Request, id: TokenId) -> Result<Token, Page> {
    let tokens = app.roster.my_tokens(request).await?;
    let found = tokens.into_iter().find(|personal| personal.token.id == id);
    Ok(found.ok_or(Refusal::NotFound { what: "token" })?.token)
}

async fn ask_reset(State(app): State<App>, Person(request): Person, Path(id): Path<String>, shown: Once) -> Answer {
    let token = found(&app, &request, token_id(&id)?).await?;
    let mut shell = view::shell(&app, Some(&request), "Reset API token", shown).await?;
    shell.current = Some(Section::Profile);
    Ok(view::html(&confirm::Page {
        shell,
        heading: format!("Reset the API token {}?", token.name),
        lead: "Only reset it if you have lost it, or suspect that someone else is using it on your behalf.".to_owned(),
        consequences: vec![
            Consequence::new(
                ConsequenceKind::Ends,
                "Access to the API and by the command line with the token ends at once",
            ),
            Consequence::new(ConsequenceKind::Note, "You get a new one, shown this once"),
            Consequence::new(ConsequenceKind::Keeps, "Your sessions and other tokens go on"),
        ],
        action: format!("/me/tokens/{}/reset", token.id),
        submit: "Reset API Token".to_owned(),
        danger: true,
        cancel_href: "/me".to_owned(),
        ..confirm::Page::default()
    }))
}

async fn reset(State(app): State<App>, Person(request): Person, Path(id): Path<String>) -> Answer {
    match app.roster.rotate_my_token(&request, token_id(&id)?).await? {
        Outcome::Done(issued) => {
            let name = issued.token.token.name;
            let heading = format!("The API token {name} is reset");
            let lead = "The old one opens nothing any more. Put this one where it was used.";
            show_once(&app, &request, name, issued.secret.expose(), heading, lead).await
        }
        Outcome::Previewed(_) => Ok(view::go("/me", None)),
    }
}

async fn ask_revoke(State(app): State<App>, Person(request): Person, Path(id): Path<String>, shown: Once) -> Answer {
    let token = found(&app, &request, token_id(&id)?).await?;
    let mut shell = view::shell(&app, Some(&request), "Revoke token", shown).await?;
    shell.current = Some(Section::Profile);
    Ok(view::html(&confirm::Page {
        shell,
        heading: format!("Revoke the API token {}?", token.name),
        consequences: vec![Consequence::new(
            ConsequenceKind::Ends,
            "Whatever carries the token loses access at once, for good",
        )],
        action: format!("/me/tokens/{}/revocation", token.id),
        submit: format!("Revoke {}", token.name),
        danger: true,
        cancel_href: "/me".to_owned(),
        ..confirm::Page::default()
    }))
}

async fn revoke(State(app): State<App>, Person(request): Person, Path(id): Path<String>) -> Answer {
    app.roster.revoke_my_token(&request, token_id(&id)?).await?;
    Ok(view::done(
        "/me",
        "The API token is revoked: it opens nothing any more.",
    ))
}

//! The Tokens tab of a project: what its programs carry, and a new one, shown once.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::routing::get;
use axum_extra::extract::Form as Repeating;
use domain::id::TokenId;
use domain::permission::{Level, ProjectTokenManage};
use domain::project::{Mapped, ProjectToken};
use domain::{Refusal, Timestamp};
use serde::Deserialize;
use service::project::token::{self, NewProjectToken};
use service::{Error, OrganizationRef, Outcome, Request};

use crate::App;
use crate::console::address::{Path, Query};
use crate::console::form::Form;
use crate::console::inside::Inside;
use crate::console::part;
use crate::console::project::{ROWS, end_of, enter_project};
use crate::console::refusal::Page;
use crate::console::suggestion::{Kind, meant, suggestions};
use crate::console::view::{self, Answer, Once};
use crate::context::Person;
use crate::page::confirm::{self, Consequence, ConsequenceKind};
use crate::page::form::{Choice, Errors};
use crate::page::part::Pager;
use crate::page::project::{Made, Tab, TokenRow, Tokens};

pub fn router() -> Router<App> {
    Router::new()
        .route("/o/{organization}/projects/{project}/tokens", get(list).post(create))
        .route(
            "/o/{organization}/projects/{project}/tokens/{token}/revocation",
            get(ask_revoke).post(revoke),
        )
        .route(
            "/o/{organization}/projects/{project}/tokens/{token}/owner",
            get(ask_owner).post(change_owner),
        )
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    capabilities: Vec<String>,
    expires_at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    cursor: String,
}

async fn list(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    shown: Once,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let before = asked.cursor.parse().ok();
    let page = page(&app, &request, at, &Typed::default(), before, (Errors::none(), shown)).await?;
    Ok(view::html(&page))
}

async fn page(
    app: &App,
    request: &Request,
    at: (&str, &str),
    typed: &Typed,
    before: Option<TokenId>,
    (errors, shown): (Errors, Once),
) -> Result<Tokens, Page> {
    let (mut seen, inside, header) = enter_project::<ProjectTokenManage>(app, request, at, Tab::Tokens, shown).await?;
    let limit = i64::try_from(ROWS).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = token::list(&mut seen, before, limit).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let (facts, actor) = (seen.facts()?, seen.actor());
    let held = actor.grants.on(&facts);
    let catalogue = &actor.grants.access.catalogue;
    let mut capabilities: Vec<Choice> = catalogue
        .iter()
        .filter(|(place, known)| known.applies_to == Level::Project && held.has(*place))
        .map(|(_, known)| {
            Choice::new(&known.name, &known.name)
                .hint(&known.description)
                .selected(typed.capabilities.contains(&known.name))
        })
        .collect();
    // What the product itself declares is what its programs are for.
    capabilities.sort_by_key(|choice| choice.value.starts_with("roster."));
    let address = format!("{}/tokens", header.href());
    let next = found.last().filter(|_| more).map(|token| token.token.id.to_string());
    Ok(Tokens {
        shell: inside.shell(&header.name),
        rows: found
            .into_iter()
            .map(|token| row(&inside, token, request.now))
            .collect(),
        pager: Pager::new(before.is_some(), next, |cursor| {
            part::href(&address, &[("cursor", cursor)])
        }),
        may_create: actor.member.is_some(),
        name: typed.name.clone(),
        capabilities,
        expires: typed.expires_at.clone(),
        errors,
        header,
    })
}

fn row(inside: &Inside, token: ProjectToken, now: Timestamp) -> TokenRow {
    let rests = if token.token.is_expired(now) {
        "Has expired"
    } else if token.owner_active {
        ""
    } else {
        "Rests: its owner is no active member"
    };
    TokenRow {
        id: token.token.id.to_string(),
        capabilities: token
            .token
            .scopes
            .unwrap_or_default()
            .iter()
            .map(str::to_owned)
            .collect(),
        owner: token.owner_name,
        expires: inside.time_or(token.token.expires_at, "Never"),
        last_used: inside.time_or(token.token.last_used_at, "Never"),
        rests: rests.to_owned(),
        name: token.token.name,
    }
}

async fn create(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project)): Path<(String, String)>,
    Repeating(typed): Repeating<Typed>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let again = async |errors| -> Answer {
        let page = page(&app, &request, at, &typed, None, (errors, Once::default())).await?;
        Ok(view::again(&page))
    };
    let expires_at = match end_of(&typed.expires_at, "expires_at") {
        Ok(end) => end,
        Err(errors) => return again(errors).await,
    };
    if typed.capabilities.is_empty() {
        let errors = Errors::none().with("capabilities", "Choose at least one capability");
        return again(errors).await;
    }
    let authorized = app
        .roster
        .authorize_on::<ProjectTokenManage>(&request, &OrganizationRef::parse(&slug), &project)
        .await?;
    let new = NewProjectToken {
        name: typed.name.clone(),
        capabilities: typed.capabilities.clone(),
        expires_at,
    };
    match token::create(authorized, new).await {
        Ok(Outcome::Done(made)) => {
            let (_, inside, header) =
                enter_project::<ProjectTokenManage>(&app, &request, at, Tab::Tokens, Once::default()).await?;
            let mut answer = view::html(&Made {
                shell: inside.shell("Token created"),
                heading: format!("{} is created", made.token.token.name),
                secret: made.secret.expose().to_owned(),
                capabilities: typed.capabilities.clone(),
                done_href: format!("{}/tokens", header.href()),
            });
            let no_store = HeaderValue::from_static("no-store");
            answer.headers_mut().insert(CACHE_CONTROL, no_store);
            Ok(answer)
        }
        Ok(Outcome::Previewed(_)) => Ok(view::go(&format!("/o/{slug}/projects/{project}/tokens"), None)),
        Err(Error::Refused(refusal @ Refusal::CannotGiveCapabilities { .. })) => {
            again(Errors::none().with("capabilities", refusal.to_string())).await
        }
        Err(error) => again(view::errors(error)?).await,
    }
}

async fn ask_revoke(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project, token)): Path<(String, String, String)>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let (mut seen, inside, header) =
        enter_project::<ProjectTokenManage>(&app, &request, at, Tab::Tokens, Once::default()).await?;
    let found = token::get(&mut seen, token_id(&token)?).await?;
    let name = &found.token.name;
    Ok(view::html(&confirm::Page {
        shell: inside.shell(&header.name),
        heading: format!("Revoke {name}?"),
        lead: "Whatever carries it is refused from its next request on. It cannot be brought back.".to_owned(),
        consequences: vec![Consequence::new(
            ConsequenceKind::Ends,
            "The token stops working at once",
        )],
        action: format!("{}/tokens/{token}/revocation", header.href()),
        submit: format!("Revoke {name}"),
        danger: true,
        cancel_href: format!("{}/tokens", header.href()),
        ..confirm::Page::default()
    }))
}

async fn revoke(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project, token)): Path<(String, String, String)>,
) -> Answer {
    let authorized = app
        .roster
        .authorize_on::<ProjectTokenManage>(&request, &OrganizationRef::parse(&slug), &project)
        .await?;
    token::revoke(authorized, token_id(&token)?).await?;
    let to = format!("/o/{slug}/projects/{project}/tokens");
    Ok(view::done(&to, "The token is revoked."))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Heir {
    transfer_to: String,
}

async fn ask_owner(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project, token)): Path<(String, String, String)>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let page = about_owner(&app, &request, at, &token, (&Heir::default(), Errors::none())).await?;
    Ok(view::html(&page))
}

async fn about_owner(
    app: &App,
    request: &Request,
    at: (&str, &str),
    token: &str,
    (typed, errors): (&Heir, Errors),
) -> Result<confirm::Page, Page> {
    let (mut seen, inside, header) =
        enter_project::<ProjectTokenManage>(app, request, at, Tab::Tokens, Once::default()).await?;
    let found = token::get(&mut seen, token_id(token)?).await?;
    let name = &found.token.name;
    Ok(confirm::Page {
        shell: inside.shell(&header.name),
        errors,
        heading: format!("Who answers for {name}?"),
        lead: format!("{} does now. Its secret stays the same.", found.owner_name),
        consequences: vec![Consequence::new(
            ConsequenceKind::Note,
            "It works only while its owner is an active member and holds what it carries on this project",
        )],
        ask_heir: true,
        heir_label: "New owner".to_owned(),
        heir: typed.transfer_to.clone(),
        suggestions: suggestions(&mut seen, &[Kind::Member]).await?,
        action: format!("{}/tokens/{token}/owner", header.href()),
        submit: format!("Change the owner of {name}"),
        cancel_href: format!("{}/tokens", header.href()),
        ..confirm::Page::default()
    })
}

async fn change_owner(
    State(app): State<App>,
    Person(request): Person,
    Path((slug, project, token)): Path<(String, String, String)>,
    Form(typed): Form<Heir>,
) -> Answer {
    let at = (slug.as_str(), project.as_str());
    let organization = OrganizationRef::parse(&slug);
    let mut seen = app
        .roster
        .see_on::<ProjectTokenManage>(&request, &organization, &project)
        .await?;
    let to = meant(&mut seen, &[Kind::Member], &typed.transfer_to).await?;
    drop(seen);
    let problem = match to.map(|named| named.who) {
        Ok(Mapped::Member(to)) => {
            let authorized = app
                .roster
                .authorize_on::<ProjectTokenManage>(&request, &organization, &project)
                .await?;
            match token::hand_over(authorized, token_id(&token)?, to).await {
                Ok(Outcome::Done(token)) => {
                    let (name, owner) = (token.token.name, token.owner_name);
                    let to = format!("/o/{slug}/projects/{project}/tokens");
                    return Ok(view::done(&to, format!("{owner} now answers for {name}.")));
                }
                Ok(Outcome::Previewed(_)) => String::new(),
                Err(Error::Refused(refusal)) => refusal.to_string(),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(_) => return Err(Refusal::NotFound { what: "member" }.into()),
        Err(problem) => problem,
    };
    let errors = Errors::none().with("transfer_to", problem);
    let page = about_owner(&app, &request, at, &token, (&typed, errors)).await?;
    Ok(view::again(&page))
}

fn token_id(text: &str) -> Result<TokenId, Page> {
    text.parse().map_err(|_| Refusal::NotFound { what: "token" }.into())
}

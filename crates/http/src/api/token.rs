//! One's own tokens.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use domain::id::TokenId;
use serde::{Deserialize, Serialize};
use service::token::{Issued, NewToken, Personal, etag};
use utoipa::ToSchema;

use super::body::{Answer, Body, created, id, nothing, ok, outcome, tagged};
use super::page;
use super::part::Part;
use super::representation::OrganizationName;
use super::route::{Access, Method, Routes};
use crate::App;
use crate::api::address::Path;
use crate::context::Caller;

const TAG: &str = "Tokens";

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/me/tokens"),
        Access::SignedIn,
        (TAG, "list_my_tokens", "List my tokens"),
        list,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<PersonalTokenList>(200, "The latest first")
        },
    );
    routes.add(
        (Method::Post, "/me/tokens"),
        Access::SignedIn,
        (TAG, "create_my_token", "Create a token of mine"),
        create,
        |route| {
            route
                .takes::<PersonalTokenBody>()
                .answers::<IssuedPersonalToken>(201, "The token; its secret is shown this once")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/me/tokens/{token}"),
        Access::SignedIn,
        (TAG, "get_my_token", "See a token of mine"),
        get,
        |route| route.answers::<PersonalToken>(200, "The token without its secret"),
    );
    routes.add(
        (Method::Delete, "/me/tokens/{token}"),
        Access::SignedIn,
        (TAG, "revoke_my_token", "Revoke a token of mine"),
        revoke,
        |route| route.conditional().answers_nothing(204, "It is dead").previews(),
    );
    routes.add(
        (Method::Post, "/me/tokens/{token}/rotation"),
        Access::SignedIn,
        (TAG, "rotate_my_token", "Reset a token of mine"),
        rotate,
        |route| {
            route
                .conditional()
                .answers::<IssuedPersonalToken>(
                    200,
                    "The token under a new secret, shown this once; the old one is dead",
                )
                .previews()
        },
    );
}

/// A token without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    pub id: String,
    pub name: String,
    /// The permissions it is narrowed to; null: everything its holder may.
    pub scopes: Option<Vec<String>>,
    pub expires_at: Option<String>,
    pub created_at: String,
    pub last_used_at: Option<String>,
}

impl From<domain::token::Token> for Token {
    fn from(token: domain::token::Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            scopes: token.scopes.map(|scopes| scopes.iter().map(str::to_owned).collect()),
            expires_at: token.expires_at.map(|at| at.to_string()),
            created_at: token.created_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// A token, with the secret that is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedToken {
    #[serde(flatten)]
    pub about: Token,
    pub token: String,
}

impl From<Issued<domain::token::Token>> for IssuedToken {
    fn from(issued: Issued<domain::token::Token>) -> Self {
        Self {
            about: issued.token.into(),
            token: issued.secret.expose().to_owned(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct PersonalToken {
    #[serde(flatten)]
    about: Token,
    /// The one it is for; null: all of my account's.
    organization: Option<OrganizationName>,
}

impl From<Personal> for PersonalToken {
    fn from(personal: Personal) -> Self {
        Self {
            about: personal.token.into(),
            organization: personal.organization.map(|place| OrganizationName {
                id: place.id.to_string(),
                slug: place.slug,
                name: place.name,
            }),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct PersonalTokenList {
    items: Vec<PersonalToken>,
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct IssuedPersonalToken {
    #[serde(flatten)]
    about: PersonalToken,
    token: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonalTokenBody {
    name: String,
    /// Id or slug of the one it is for; all of my account's where left out.
    organization: Option<String>,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
    /// Names of permissions it is narrowed to; left out: everything I may.
    scopes: Option<Vec<String>>,
}

async fn list(State(app): State<App>, Caller(request): Caller, part: Part) -> Answer {
    let tokens = app.roster.my_tokens(&request).await?;
    let tokens = tokens.into_iter().map(PersonalToken::from);
    let (items, next_cursor) = part.of(tokens, |token| [&token.about.id, &token.about.name]);
    Ok(ok(&PersonalTokenList { items, next_cursor }))
}

async fn create(State(app): State<App>, Caller(request): Caller, Body(body): Body<PersonalTokenBody>) -> Answer {
    let new = NewToken {
        name: body.name,
        expires_at: body.expires_at,
        scopes: body.scopes,
    };
    let issued = app
        .roster
        .create_my_token(&request, &new, body.organization.as_deref())
        .await?;
    Ok(outcome(issued, |issued| {
        let location = format!("/api/v1/me/tokens/{}", issued.token.token.id);
        let tag = etag(&issued.token.token);
        created(&shown(issued), &tag, &location)
    }))
}

async fn get(State(app): State<App>, Caller(request): Caller, Path(token): Path<String>) -> Answer {
    let found = app.roster.my_token(&request, id(&token, "token")?).await?;
    let tag = etag(&found.token);
    Ok(tagged(&PersonalToken::from(found), &tag))
}

async fn revoke(State(app): State<App>, Caller(request): Caller, Path(token): Path<String>) -> Answer {
    let token: TokenId = id(&token, "token")?;
    let revoked = app.roster.revoke_my_token(&request, token).await?;
    Ok(outcome(revoked, |()| nothing()))
}

async fn rotate(
    State(app): State<App>,
    Caller(request): Caller,
    Path(token): Path<String>,
) -> Result<Response, crate::problem::Problem> {
    let token: TokenId = id(&token, "token")?;
    let issued = app.roster.rotate_my_token(&request, token).await?;
    Ok(outcome(issued, |issued| {
        let tag = etag(&issued.token.token);
        tagged(&shown(issued), &tag)
    }))
}

fn shown(issued: Issued<Personal>) -> IssuedPersonalToken {
    IssuedPersonalToken {
        about: issued.token.into(),
        token: issued.secret.expose().to_owned(),
    }
}

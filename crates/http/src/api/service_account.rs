//! Service accounts of an organization, and their tokens.
// tidy: long because the twelve routes of one noun stand in one table
use domain::Timestamp;
use domain::id::{ServiceAccountId, TokenId};
use domain::permission::{Permission, ServiceAccountManage, ServiceAccountView};
use domain::service_account::ServiceAccount as DomainServiceAccount;
use serde::{Deserialize, Serialize};
use service::service_account::{self, NewServiceAccount, ServiceAccountEdit, etag};
use service::token::NewToken;
use utoipa::ToSchema;

use super::body::{Answer, Body, MaybeBody, created, given, id, nothing, ok, outcome, present, tagged};
use super::inside::Inside;
use super::page::{self, Paging, cut, one_more};
use super::part::Part;
use super::representation::{Belonging, RoleName, TypedName};
use super::route::{Access, Method, Routes};
use super::token::{IssuedToken, Token};
use crate::api::address::{Path, Query};
use crate::problem::Problem;

const TAG: &str = "Service accounts";
const VIEW: Access = Access::Permission(Permission::ServiceAccountView);
const MANAGE: Access = Access::Permission(Permission::ServiceAccountManage);

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/service-accounts"),
        VIEW,
        (TAG, "list_service_accounts", "List service accounts"),
        list,
        |route| {
            route
                .query(&[("query", "Part of a name")])
                .query(page::PARAMETERS)
                .answers::<ServiceAccountList>(200, "By name")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/service-accounts"),
        MANAGE,
        (TAG, "create_service_account", "Create a service account"),
        create,
        |route| {
            route
                .takes::<ServiceAccountBody>()
                .answers::<ServiceAccount>(201, "The service account, which has no token yet")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/service-accounts/{svc}"),
        VIEW,
        (TAG, "get_service_account", "See a service account"),
        get,
        |route| route.answers::<ServiceAccount>(200, "The service account"),
    );
    routes.add(
        (Method::Patch, "/organizations/{org}/service-accounts/{svc}"),
        MANAGE,
        (
            TAG,
            "edit_service_account",
            "Change a service account's name, description or role",
        ),
        edit,
        |route| {
            route
                .conditional()
                .takes::<ServiceAccountEditBody>()
                .answers::<ServiceAccount>(200, "The service account as it is now")
                .previews()
        },
    );
    routes.add(
        (Method::Delete, "/organizations/{org}/service-accounts/{svc}"),
        MANAGE,
        (TAG, "delete_service_account", "Delete a service account"),
        delete,
        |route| {
            route
                .conditional()
                .answers_nothing(204, "It is gone, and its tokens are dead")
                .previews()
        },
    );
    routes.add(
        (Method::Put, "/organizations/{org}/service-accounts/{svc}/deactivation"),
        MANAGE,
        (TAG, "deactivate_service_account", "Deactivate a service account"),
        deactivate,
        |route| {
            route
                .conditional()
                .answers::<ServiceAccount>(200, "Its tokens open nothing now")
                .previews()
        },
    );
    routes.add(
        (
            Method::Delete,
            "/organizations/{org}/service-accounts/{svc}/deactivation",
        ),
        MANAGE,
        (TAG, "reactivate_service_account", "Reactivate a service account"),
        reactivate,
        |route| {
            route
                .conditional()
                .answers::<ServiceAccount>(200, "Its tokens work again")
                .previews()
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/service-accounts/{svc}/tokens"),
        VIEW,
        (TAG, "list_service_account_tokens", "List a service account's tokens"),
        tokens,
        |route| {
            route
                .query(page::SEARCHED)
                .answers::<TokenList>(200, "The latest first")
        },
    );
    routes.add(
        (Method::Post, "/organizations/{org}/service-accounts/{svc}/tokens"),
        MANAGE,
        (
            TAG,
            "create_service_account_token",
            "Create a token of a service account",
        ),
        issue,
        |route| {
            route
                .conditional()
                .takes::<ServiceAccountTokenBody>()
                .answers::<IssuedToken>(201, "The token; its secret is shown this once")
                .previews()
        },
    );
    routes.add(
        (
            Method::Get,
            "/organizations/{org}/service-accounts/{svc}/tokens/{token}",
        ),
        VIEW,
        (TAG, "get_service_account_token", "See a token of a service account"),
        token,
        |route| route.answers::<Token>(200, "The token without its secret"),
    );
    routes.add(
        (
            Method::Delete,
            "/organizations/{org}/service-accounts/{svc}/tokens/{token}",
        ),
        MANAGE,
        (
            TAG,
            "revoke_service_account_token",
            "Revoke a token of a service account",
        ),
        revoke,
        |route| route.conditional().answers_nothing(204, "It is dead").previews(),
    );
    routes.add(
        (Method::Post, "/organizations/{org}/service-accounts/{svc}/rotation"),
        MANAGE,
        (
            TAG,
            "regenerate_service_account",
            "Regenerate a service account's token",
        ),
        regenerate,
        |route| {
            route
                .conditional()
                .takes::<ServiceAccountTokenBody>()
                .answers::<IssuedToken>(201, "A new token, shown this once; all others are dead")
                .previews()
        },
    );
}

#[derive(Debug, Serialize, ToSchema)]
struct Deactivation {
    at: String,
    by: TypedName,
}

#[derive(Debug, Serialize, ToSchema)]
struct ServiceAccount {
    id: String,
    name: String,
    description: String,
    role: RoleName,
    groups: Vec<Belonging>,
    /// active or deactivated
    status: String,
    deactivated: Option<Deactivation>,
    created_at: String,
    last_used_at: Option<String>,
}

impl ServiceAccount {
    fn at(account: DomainServiceAccount, now: Timestamp) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name,
            description: account.description,
            role: RoleName::held(&account.role, account.role_until, now),
            groups: account
                .groups
                .into_iter()
                .map(|belonging| Belonging::at(belonging, now))
                .collect(),
            status: if account.deactivated.is_some() {
                "deactivated".to_owned()
            } else {
                "active".to_owned()
            },
            deactivated: account.deactivated.map(|granting| Deactivation {
                at: granting.at.to_string(),
                by: granting.by.into(),
            }),
            created_at: account.created_at.to_string(),
            last_used_at: account.last_used_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ServiceAccountList {
    items: Vec<ServiceAccount>,
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TokenList {
    items: Vec<Token>,
    next_cursor: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceAccountBody {
    name: String,
    description: Option<String>,
    /// Id or slug; Member where left out.
    role: Option<String>,
    /// When the role ends by itself.
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceAccountEditBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// Id or slug.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    role: Option<String>,
    /// When the role ends by itself; null: never.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    until: Option<Option<Timestamp>>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceAccountTokenBody {
    /// The service account's own where left out.
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
    /// Names of permissions it is narrowed to; left out: everything the service account may.
    scopes: Option<Vec<String>>,
}

impl From<ServiceAccountTokenBody> for NewToken {
    fn from(body: ServiceAccountTokenBody) -> Self {
        Self {
            name: body.name.unwrap_or_default(),
            expires_at: body.expires_at,
            scopes: body.scopes,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Filters {
    query: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    org: String,
    svc: String,
}

impl Target {
    fn id(&self) -> Result<ServiceAccountId, Problem> {
        id(&self.svc, "service account")
    }
}

async fn list(inside: Inside, Query(filters): Query<Filters>) -> Answer {
    let paging = Paging::of(filters.limit, filters.cursor);
    let limit = paging.limit()?;
    let after: Option<(String, String)> = paging.cursor()?;
    let after = match after {
        Some((name, text)) => {
            let last: ServiceAccountId = text
                .parse()
                .map_err(|_| page::invalid("cursor", "is none of this list"))?;
            Some((name, last))
        }
        None => None,
    };
    let mut seen = inside.see::<ServiceAccountView>().await?;
    let needle = filters.query.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = service_account::list(&mut seen, needle, after, one_more(limit)).await?;
    let (items, more) = cut(found, limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| page::cursor(&(service_account::name_key(&last.name), last.id.to_string())));
    Ok(ok(&ServiceAccountList {
        items: items
            .into_iter()
            .map(|account| ServiceAccount::at(account, inside.request.now))
            .collect(),
        next_cursor,
    }))
}

async fn create(inside: Inside, Path(org): Path<String>, Body(body): Body<ServiceAccountBody>) -> Answer {
    let authorized = inside.change().await?;
    let new = NewServiceAccount {
        name: body.name,
        description: body.description,
        role: body.role,
        until: body.until,
    };
    let made = service_account::create(authorized, &new).await?;
    Ok(outcome(made, |account| {
        let location = format!("/api/v1/organizations/{org}/service-accounts/{}", account.id);
        let tag = etag(&account);
        created(&ServiceAccount::at(account, inside.request.now), &tag, &location)
    }))
}

async fn get(inside: Inside, Path(target): Path<Target>) -> Answer {
    let mut seen = inside.see().await?;
    let account = service_account::get(&mut seen, target.id()?).await?;
    Ok(shown(account, inside.request.now))
}

async fn edit(inside: Inside, Path(target): Path<Target>, Body(body): Body<ServiceAccountEditBody>) -> Answer {
    let authorized = inside.change::<ServiceAccountManage>().await?;
    let edit = ServiceAccountEdit {
        name: body.name,
        description: body.description,
        role: body.role,
        until: body.until,
    };
    let edited = service_account::edit(authorized, target.id()?, &edit).await?;
    Ok(outcome(edited, |account| shown(account, inside.request.now)))
}

async fn delete(inside: Inside, Path(target): Path<Target>) -> Answer {
    let authorized = inside.change::<ServiceAccountManage>().await?;
    let deleted = service_account::delete(authorized, target.id()?).await?;
    Ok(outcome(deleted, |()| nothing()))
}

async fn deactivate(inside: Inside, Path(target): Path<Target>) -> Answer {
    let authorized = inside.change::<ServiceAccountManage>().await?;
    Ok(outcome(
        service_account::deactivate(authorized, target.id()?).await?,
        |account| shown(account, inside.request.now),
    ))
}

async fn reactivate(inside: Inside, Path(target): Path<Target>) -> Answer {
    let authorized = inside.change::<ServiceAccountManage>().await?;
    Ok(outcome(
        service_account::reactivate(authorized, target.id()?).await?,
        |account| shown(account, inside.request.now),
    ))
}

async fn tokens(inside: Inside, Path(target): Path<Target>, part: Part) -> Answer {
    let mut seen = inside.see().await?;
    let tokens = service_account::token::list(&mut seen, target.id()?).await?;
    let tokens = tokens.into_iter().map(Token::from);
    let (items, next_cursor) = part.of(tokens, |token| [&token.id, &token.name]);
    Ok(ok(&TokenList { items, next_cursor }))
}

async fn issue(
    inside: Inside,
    Path(target): Path<Target>,
    MaybeBody(body): MaybeBody<ServiceAccountTokenBody>,
) -> Answer {
    let authorized = inside.change::<ServiceAccountManage>().await?;
    let issued = service_account::token::issue(authorized, target.id()?, body.into()).await?;
    Ok(outcome(issued, |issued| once(&target, issued.into())))
}

async fn regenerate(
    inside: Inside,
    Path(target): Path<Target>,
    MaybeBody(body): MaybeBody<ServiceAccountTokenBody>,
) -> Answer {
    let authorized = inside.change::<ServiceAccountManage>().await?;
    let issued = service_account::token::regenerate(authorized, target.id()?, body.into()).await?;
    Ok(outcome(issued, |issued| once(&target, issued.into())))
}

#[derive(Deserialize)]
struct TokenTarget {
    svc: String,
    token: String,
}

impl TokenTarget {
    fn ids(&self) -> Result<(ServiceAccountId, TokenId), Problem> {
        Ok((id(&self.svc, "service account")?, id(&self.token, "token")?))
    }
}

async fn token(inside: Inside, Path(at): Path<TokenTarget>) -> Answer {
    let (account, token) = at.ids()?;
    let mut seen = inside.see().await?;
    let found = service_account::token::get(&mut seen, account, token).await?;
    let tag = service::token::etag(&found);
    Ok(tagged(&Token::from(found), &tag))
}

async fn revoke(inside: Inside, Path(at): Path<TokenTarget>) -> Answer {
    let (account, token) = at.ids()?;
    let authorized = inside.change::<ServiceAccountManage>().await?;
    let revoked = service_account::token::revoke(authorized, account, token).await?;
    Ok(outcome(revoked, |()| nothing()))
}

fn shown(account: DomainServiceAccount, now: Timestamp) -> axum::response::Response {
    let tag = etag(&account);
    tagged(&ServiceAccount::at(account, now), &tag)
}

fn once(target: &Target, issued: IssuedToken) -> axum::response::Response {
    let (org, svc) = (&target.org, &target.svc);
    let location = format!(
        "/api/v1/organizations/{org}/service-accounts/{svc}/tokens/{}",
        issued.about.id
    );
    created(&issued, "", &location)
}

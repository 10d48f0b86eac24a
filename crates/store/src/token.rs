//! Tokens: found by their hash, and only while their holder lets them be used.

use std::sync::Arc;

use domain::Timestamp;
use domain::actor::{Caller, Credential, Identity, Reach};
use domain::id::{AccountId, MemberId, OrganizationId, TokenId};
use domain::organization::OrganizationStatus;
use domain::permission::PermissionSet;
use domain::security::Visitor;
use domain::token::{Token, TokenHolder};

use crate::db::{Error, Maybe, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Tx, Writing};

const COLUMNS: &str = "t.id, t.name, t.organization_id, t.account_id, t.service_account_id, t.project_id, t.scopes, \
     t.expires_at, t.created_at, t.created_by, t.last_used_at";

fn from_row(row: &Row) -> Result<Token> {
    let organization: Option<OrganizationId> = row.maybe_id("organization_id")?;
    let holder = match (
        row.maybe_id("account_id")?,
        row.maybe_id("service_account_id")?,
        row.maybe_id("project_id")?,
        organization,
    ) {
        (Some(account), ..) => TokenHolder::Account(account, organization),
        (_, Some(service_account), _, Some(organization)) => TokenHolder::ServiceAccount(organization, service_account),
        (.., Some(project), Some(organization)) => TokenHolder::Project(organization, project),
        _ => return Err(Error::Unavailable("a token of nobody".to_owned())),
    };
    let scopes: Option<String> = row.get("scopes")?;
    Ok(Token {
        id: row.id("id")?,
        holder,
        name: row.get("name")?,
        scopes: match scopes {
            Some(_) => Some(row.json("scopes")?),
            None => None,
        },
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
        created_by: row.json("created_by")?,
        last_used_at: row.get("last_used_at")?,
    })
}

/// A project's has a row in `ownership` besides, which says who answers for it.
pub async fn insert(tx: &mut Tx<Writing>, token: &Token, token_hash: [u8; 32]) -> Result<()> {
    let (kind, organization, account, service_account, project) = match token.holder {
        TokenHolder::Account(account, organization) => ("personal", organization, Some(account), None, None),
        TokenHolder::ServiceAccount(organization, id) => ("service", Some(organization), None, Some(id), None),
        TokenHolder::Project(organization, id) => ("project", Some(organization), None, None, Some(id)),
    };
    query(
        "INSERT INTO token (id, kind, token_hash, name, organization_id, account_id, service_account_id, project_id,
             scopes, expires_at, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(token.id)
    .bind(kind)
    .bind(token_hash)
    .bind(token.name.as_str())
    .bind(Maybe(organization))
    .bind(Maybe(account))
    .bind(Maybe(service_account))
    .bind(Maybe(project))
    .bind(token.scopes.as_ref().map(json).transpose()?)
    .bind(token.expires_at)
    .bind(token.created_at)
    .bind(json(&token.created_by)?)
    .execute(tx)
    .await?;
    Ok(())
}

/// A token that can be used now.
#[derive(Clone, Debug)]
pub struct Live {
    pub token: Token,
    pub caller: Caller,
}

/// A live token and whose it is: not expired, its holder neither suspended, disabled nor deactivated.
pub async fn find_live(tx: &mut Tx<impl Mode>, token_hash: [u8; 32], now: Timestamp) -> Result<Option<Live>> {
    let row = with_holder("t.token_hash = $1")
        .bind(token_hash)
        .fetch_optional(tx)
        .await?;
    row.as_ref().map_or(Ok(None), |row| live(row, now))
}

/// Whether the token can still be used; asked inside a write, so that a request in flight brings none back.
pub async fn is_live(tx: &mut Tx<impl Mode>, id: TokenId, now: Timestamp) -> Result<bool> {
    let row = with_holder("t.id = $1").bind(id).fetch_optional(tx).await?;
    Ok(row.as_ref().map_or(Ok(None), |row| live(row, now))?.is_some())
}

/// By whose changes a token is to be judged, live or not: its one organization and the account it lives by.
pub async fn judged_by(
    tx: &mut Tx<impl Mode>,
    token_hash: [u8; 32],
) -> Result<Option<(Option<OrganizationId>, Option<AccountId>)>> {
    let row = with_holder("t.token_hash = $1")
        .bind(token_hash)
        .fetch_optional(tx)
        .await?;
    row.map(|row| Ok((row.maybe_id("organization_id")?, responsible(&row)?)))
        .transpose()
}

fn with_holder(condition: &str) -> Query {
    assembled(format!(
        "SELECT {COLUMNS}, a.name AS account_name, a.superuser, a.suspended_at, a.second_factors, m.standing,
             COALESCE(w.must_change, FALSE) AS must_change, og.status AS organization_status, s.name AS service_name, s.deactivated_at,
             p.name AS project_name, oa.id AS owner_account, oa.suspended_at AS owner_suspended_at,
             om.standing AS owner_standing
         FROM token t
         LEFT JOIN organization og ON og.id = t.organization_id
         LEFT JOIN account a ON a.id = t.account_id
         LEFT JOIN password w ON w.account_id = t.account_id
         LEFT JOIN membership m ON m.organization_id = t.organization_id AND m.account_id = t.account_id
         LEFT JOIN service_account s ON s.organization_id = t.organization_id AND s.id = t.service_account_id
         LEFT JOIN project p ON p.organization_id = t.organization_id AND p.id = t.project_id
         LEFT JOIN ownership o ON o.organization_id = t.organization_id AND o.thing_id = t.id AND t.kind = 'project'
         LEFT JOIN membership om ON om.organization_id = o.organization_id AND om.id = o.member_id
         LEFT JOIN account oa ON oa.id = om.account_id
         WHERE {condition}"
    ))
}

fn responsible(row: &Row) -> Result<Option<AccountId>> {
    Ok(row.maybe_id("account_id")?.or(row.maybe_id("owner_account")?))
}

fn live(row: &Row, now: Timestamp) -> Result<Option<Live>> {
    let token = from_row(row)?;
    let organization: Option<String> = row.get("organization_status")?;
    let lives = !token.is_expired(now)
        && organization.as_deref() != Some(OrganizationStatus::Deleted.name())
        && match token.holder {
            TokenHolder::Account(_, None) => is_null(row, "suspended_at")?,
            TokenHolder::Account(_, Some(_)) => is_null(row, "suspended_at")? && is_active(row, "standing")?,
            TokenHolder::ServiceAccount(..) => is_null(row, "deactivated_at")?,
            TokenHolder::Project(..) => is_null(row, "owner_suspended_at")? && is_active(row, "owner_standing")?,
        };
    if !lives {
        return Ok(None);
    }
    let account = responsible(row)?;
    let identity = Identity::from(token.holder);
    let mut caller = Caller {
        identity,
        credential: Credential::Token(token.id),
        reach: Reach {
            organization: token.holder.organization(),
            scopes: token.scopes.clone().map(Arc::<PermissionSet>::new),
        },
        answers: account.filter(|_| !matches!(identity, Identity::Account(_))),
        name: String::new(),
        superuser: false,
        must_change_password: false,
        visitor: Visitor {
            proof: None,
            last_seen_at: now,
            confined: None,
            has_second_factor: row
                .get::<Option<String>>("second_factors")?
                .is_some_and(|kinds| !kinds.is_empty()),
            joined_at: None,
        },
    };
    match token.holder {
        TokenHolder::Account(..) => {
            caller.name = row.get("account_name")?;
            // The powers of a superuser take a credential that leaves nothing out.
            caller.superuser = caller.reach == Reach::default() && row.get("superuser")?;
            caller.must_change_password = row.get("must_change")?;
        }
        TokenHolder::ServiceAccount(..) => caller.name = row.get("service_name")?,
        TokenHolder::Project(..) => caller.name = row.get("project_name")?,
    }
    Ok(Some(Live { token, caller }))
}

fn is_null(row: &Row, column: &str) -> Result<bool> {
    Ok(row.get::<Option<Timestamp>>(column)?.is_none())
}

fn is_active(row: &Row, column: &str) -> Result<bool> {
    Ok(row.get::<Option<String>>(column)?.as_deref() == Some("active"))
}

pub async fn used(tx: &mut Tx<Writing>, id: TokenId, at: Timestamp, address: &str) -> Result<()> {
    query("UPDATE token SET last_used_at = $2, last_used_address = $3 WHERE id = $1")
        .bind(id)
        .bind(at)
        .bind(address)
        .execute(tx)
        .await?;
    Ok(())
}

/// An account's own, the latest first.
pub async fn of_account(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<Vec<Token>> {
    let rows = assembled(format!(
        "SELECT {COLUMNS} FROM token t WHERE t.account_id = $1 ORDER BY t.id DESC LIMIT 200"
    ))
    .bind(account)
    .fetch_all(tx)
    .await?;
    rows.iter().map(from_row).collect()
}

/// How many an account has of its own.
pub async fn count_of_account(tx: &mut Tx<impl Mode>, account: AccountId) -> Result<i64> {
    let row = query("SELECT COUNT(*) AS count FROM token WHERE account_id = $1")
        .bind(account)
        .fetch_one(tx)
        .await?;
    row.get("count")
}

/// How many somebody has for this organization.
pub async fn count(scope: &mut Scope<impl Mode>, holder: Identity) -> Result<i64> {
    let organization = scope.organization().id;
    let counting = format!(
        "SELECT COUNT(*) AS count FROM token t WHERE t.organization_id = $1 AND {}",
        held_by(holder)
    );
    let row = assembled(counting)
        .bind(organization)
        .bind(holder)
        .fetch_one(scope.tx())
        .await?;
    row.get("count")
}

/// Those that somebody has for this organization, the latest first.
pub async fn list(scope: &mut Scope<impl Mode>, holder: Identity) -> Result<Vec<Token>> {
    let organization = scope.organization().id;
    let rows = assembled(format!(
        "SELECT {COLUMNS} FROM token t WHERE t.organization_id = $1 AND {} ORDER BY t.id DESC LIMIT 200",
        held_by(holder)
    ))
    .bind(organization)
    .bind(holder)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(from_row).collect()
}

/// When any of a service account's tokens was last used, for a page of them.
pub(crate) const LAST_USE: &str = "(SELECT MAX(t.last_used_at) FROM token t
     WHERE t.organization_id = s.organization_id AND t.service_account_id = s.id)";

fn held_by(holder: Identity) -> &'static str {
    match holder {
        Identity::Account(_) => "t.account_id = $2",
        Identity::ServiceAccount(_) => "t.service_account_id = $2",
        Identity::Project(_) => "t.project_id = $2",
    }
}

/// Another secret from now on, for as long again where it expires: the old one is dead.
pub async fn rotate(tx: &mut Tx<Writing>, token: &Token, token_hash: [u8; 32], now: Timestamp) -> Result<()> {
    query("UPDATE token SET token_hash = $2, created_at = $3, expires_at = $4, last_used_at = NULL WHERE id = $1")
        .bind(token.id)
        .bind(token_hash)
        .bind(now)
        .bind(token.expires_anew(now))
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends a token that was found before, and whoever's ownership of it.
pub async fn end(tx: &mut Tx<Writing>, token: &Token) -> Result<()> {
    if let TokenHolder::Project(organization, _) = token.holder {
        query("DELETE FROM ownership WHERE organization_id = $1 AND thing_id = $2")
            .bind(organization)
            .bind(token.id)
            .execute(tx)
            .await?;
    }
    query("DELETE FROM token WHERE id = $1")
        .bind(token.id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Ends all that somebody has for this organization.
pub async fn end_all(scope: &mut Scope<Writing>, holder: Identity) -> Result<u64> {
    let organization = scope.organization().id;
    assembled(format!(
        "DELETE FROM token WHERE id IN (SELECT t.id FROM token t WHERE t.organization_id = $1 AND {})",
        held_by(holder)
    ))
    .bind(organization)
    .bind(holder)
    .execute(scope.tx())
    .await
}

/// Ends all of an account's own, wherever they reach.
pub async fn end_all_of_account(tx: &mut Tx<Writing>, account: AccountId) -> Result<u64> {
    query("DELETE FROM token WHERE account_id = $1")
        .bind(account)
        .execute(tx)
        .await
}

/// Names of the projects' tokens that a member answers for.
pub async fn answered_by(scope: &mut Scope<impl Mode>, member: MemberId) -> Result<Vec<String>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT name FROM ownership WHERE organization_id = $1 AND member_id = $2 AND kind = 'token' ORDER BY name",
    )
    .bind(organization)
    .bind(member)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(|row| row.get("name")).collect()
}

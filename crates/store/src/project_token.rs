//! Tokens of projects. Whose one is stands in `ownership`; how they sign in is in `token`.

use domain::Refusal;
use domain::access::ProjectFacts;
use domain::id::{Id, MemberId, ProjectId, TokenId};
use domain::project::ProjectToken;
use domain::token::{Token, TokenHolder};

use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Writing, ownership};

/// What `ownership` calls one.
const OWNED: &str = "token";
/// What the table calls one of a project.
const KIND: &str = "project";

fn from_row(scope: &Scope<impl Mode>, row: &Row) -> Result<ProjectToken> {
    let token = Token {
        id: row.id("id")?,
        holder: TokenHolder::Project(scope.organization().id, row.id("project_id")?),
        name: row.get("name")?,
        scopes: Some(row.json("scopes")?),
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
        created_by: row.json("created_by")?,
        last_used_at: row.get("last_used_at")?,
    };
    Ok(ProjectToken {
        token,
        owner: row.id("owner_id")?,
        owner_name: row.get("owner_name")?,
        owner_active: row.get("owner_active")?,
    })
}

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT t.id, t.project_id, t.name, t.scopes, t.expires_at, t.created_at, t.created_by, t.last_used_at,
             o.member_id AS owner_id, a.name AS owner_name,
             (m.standing = 'active' AND a.suspended_at IS NULL) AS owner_active,
             (p.visibility = 'everyone' AND NOT EXISTS (
                 SELECT 1 FROM project_access pa WHERE pa.organization_id = p.organization_id AND pa.project_id = p.id
             )) AS open
         FROM token t
         JOIN project p ON p.organization_id = t.organization_id AND p.id = t.project_id
         JOIN ownership o ON o.organization_id = t.organization_id AND o.thing_id = t.id
         JOIN membership m ON m.organization_id = o.organization_id AND m.id = o.member_id
         JOIN account a ON a.id = m.account_id
         WHERE t.organization_id = $1 AND {condition}"
    ))
}

/// The latest first; `before` is the last one seen.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    project: ProjectId,
    before: Option<TokenId>,
    limit: i64,
) -> Result<Vec<ProjectToken>> {
    let organization = scope.organization().id;
    let last = before.map_or(uuid::Uuid::max(), Id::uuid);
    let rows = select("t.project_id = $2 AND t.id < $3 ORDER BY t.id DESC LIMIT $4 + 0")
        .bind(organization)
        .bind(project)
        .bind(last)
        .bind(limit)
        .fetch_all(scope.tx())
        .await?;
    rows.iter().map(|row| from_row(scope, row)).collect()
}

/// # Errors
/// The project has no such token.
pub async fn get(scope: &mut Scope<impl Mode>, project: ProjectId, id: TokenId) -> Result<ProjectToken> {
    let organization = scope.organization().id;
    let row = select("t.project_id = $2 AND t.id = $3")
        .bind(organization)
        .bind(project)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    row.as_ref()
        .map(|row| from_row(scope, row))
        .transpose()?
        .ok_or(Error::Refused(Refusal::NotFound { what: "token" }))
}

/// All that a member owns, each with its project as the check sees it.
pub async fn owned_by(scope: &mut Scope<impl Mode>, owner: MemberId) -> Result<Vec<(ProjectToken, ProjectFacts)>> {
    let organization = scope.organization().id;
    let rows = select("o.member_id = $2 ORDER BY t.name, t.id")
        .bind(organization)
        .bind(owner)
        .fetch_all(scope.tx())
        .await?;
    let found = |row: &Row| {
        let facts = ProjectFacts {
            id: row.id("project_id")?,
            organization,
            open: row.get("open")?,
        };
        Ok((from_row(scope, row)?, facts))
    };
    rows.iter().map(found).collect()
}

pub async fn insert(scope: &mut Scope<Writing>, project: ProjectId, new: &ProjectToken, hash: [u8; 32]) -> Result<()> {
    let organization = scope.organization().id;
    let token = &new.token;
    query(
        "INSERT INTO token (id, kind, token_hash, name, organization_id, project_id, scopes, expires_at, created_at,
             created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(token.id)
    .bind(KIND)
    .bind(hash)
    .bind(token.name.as_str())
    .bind(organization)
    .bind(project)
    .bind(json(&token.scopes)?)
    .bind(token.expires_at)
    .bind(token.created_at)
    .bind(json(&token.created_by)?)
    .execute(scope.tx())
    .await?;
    ownership::insert(scope, token.id, OWNED, &token.name, new.owner).await
}

/// It signs nobody in any more.
pub async fn delete(scope: &mut Scope<Writing>, id: TokenId) -> Result<()> {
    let organization = scope.organization().id;
    ownership::delete(scope, id).await?;
    query("DELETE FROM token WHERE organization_id = $1 AND id = $2 AND project_id IS NOT NULL")
        .bind(organization)
        .bind(id)
        .execute(scope.tx())
        .await?;
    Ok(())
}

//! The permissions that an organization's preset or a host application declares.

use domain::permission::Level;
use domain::preset::DeclaredPermission;

use crate::db::{Result, json, query};
use crate::{Mode, Scope, Writing};

/// Behind those that are there.
pub async fn insert(scope: &mut Scope<Writing>, declared: &[DeclaredPermission]) -> Result<()> {
    let organization = scope.organization().id;
    let first: i64 =
        query("SELECT COALESCE(MAX(place), -1) + 1 AS next FROM declared_permission WHERE organization_id = $1")
            .bind(organization)
            .fetch_one(scope.tx())
            .await?
            .get("next")?;
    for (place, permission) in (first..).zip(declared) {
        query(
            "INSERT INTO declared_permission (organization_id, name, applies_to, module, description, carries, place, application)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(organization)
        .bind(permission.name.as_str())
        .bind(permission.applies_to.name())
        .bind(permission.module.as_deref())
        .bind(permission.description.as_str())
        .bind(json(&permission.carries)?)
        .bind(place)
        .bind(permission.application.as_deref())
        .execute(scope.tx())
        .await?;
    }
    Ok(())
}

/// Puts an application's catalogue in the place of what it declared before.
pub async fn replace(scope: &mut Scope<Writing>, application: &str, declared: &[DeclaredPermission]) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM declared_permission WHERE organization_id = $1 AND application = $2")
        .bind(organization)
        .bind(application)
        .execute(scope.tx())
        .await?;
    insert(scope, declared).await
}

/// Names of tokens that are narrowed to the permission.
pub async fn narrowed_tokens(scope: &mut Scope<impl Mode>, permission: &str, limit: i64) -> Result<Vec<String>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT name FROM token
         WHERE organization_id = $1 AND scopes IS NOT NULL AND scopes LIKE $2 ESCAPE '!'
         ORDER BY id LIMIT $3 + 0",
    )
    .bind(organization)
    .bind(format!("%\"{}\"%", crate::account::escape_like(permission)))
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(|row| row.get("name")).collect()
}

pub async fn list(scope: &mut Scope<impl Mode>) -> Result<Vec<DeclaredPermission>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT name, applies_to, module, description, carries, application
         FROM declared_permission
         WHERE organization_id = $1
         ORDER BY place",
    )
    .bind(organization)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(DeclaredPermission {
                name: row.get("name")?,
                applies_to: row.word("applies_to", Level::parse)?,
                module: row.get("module")?,
                description: row.get("description")?,
                carries: row.json("carries")?,
                application: row.get("application")?,
            })
        })
        .collect()
}

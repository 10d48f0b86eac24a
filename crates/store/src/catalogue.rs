//! The permissions that an organization's preset or a host application declares.

use domain::permission::Level;
use domain::preset::DeclaredPermission;

use crate::db::{Result, json, query};
use crate::{Mode, Scope, Writing};

pub async fn insert(scope: &mut Scope<Writing>, declared: &[DeclaredPermission]) -> Result<()> {
    let organization = scope.organization().id;
    for (place, permission) in (0_i64..).zip(declared) {
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

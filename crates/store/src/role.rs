//! Roles of an organization.

use std::collections::HashMap;

use domain::id::RoleId;
use domain::permission::Level;
use domain::role::Role;
use domain::{Refusal, Timestamp};

use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Writing};

/// The columns [`from_row`] reads, of a role named `r`.
pub(crate) const COLUMNS: &str =
    "r.id AS role_id, r.slug AS role_slug, r.name AS role_name, r.description AS role_description,
    r.colour AS role_colour, r.built_in AS role_built_in, r.applies_to AS role_applies_to, r.shown AS role_shown,
    r.permissions AS role_permissions, r.revision AS role_revision";

pub(crate) fn from_row(row: &Row) -> Result<Role> {
    Ok(Role {
        id: row.id("role_id")?,
        slug: row.get("role_slug")?,
        name: row.get("role_name")?,
        description: row.get("role_description")?,
        colour: row.get("role_colour")?,
        built_in: row.get("role_built_in")?,
        applies_to: row.word("role_applies_to", Level::parse)?,
        shown: row.get("role_shown")?,
        permissions: row.json("role_permissions")?,
        revision: row.get("role_revision")?,
    })
}

pub async fn insert(scope: &mut Scope<Writing>, role: &Role, place: i64) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "INSERT INTO role (organization_id, id, slug, name, description, colour, built_in, applies_to, shown, permissions,
             place, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(organization)
    .bind(role.id)
    .bind(role.slug.as_str())
    .bind(role.name.as_str())
    .bind(role.description.as_str())
    .bind(role.colour.as_str())
    .bind(role.built_in)
    .bind(role.applies_to.name())
    .bind(role.shown)
    .bind(json(&role.permissions)?)
    .bind(place)
    .bind(revision)
    .conflict(Refusal::SlugTaken { slug: role.slug.clone() })
    .execute(scope.tx())
    .await?;
    Ok(())
}

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT {COLUMNS} FROM role r WHERE r.organization_id = $1 AND r.deleted_at IS NULL AND {condition}"
    ))
}

/// A role by id, or by slug among those of the level.
///
/// # Errors
/// There is no such role.
pub async fn get_at(scope: &mut Scope<impl Mode>, level: Level, reference: &str) -> Result<Role> {
    let organization = scope.organization().id;
    let statement = match reference.parse::<RoleId>() {
        Ok(id) => select("r.id = $2").bind(organization).bind(id),
        Err(_) => select("r.slug = $2 AND r.applies_to = $3")
            .bind(organization)
            .bind(reference)
            .bind(level.name()),
    };
    let found = statement.fetch_optional(scope.tx()).await?;
    found
        .as_ref()
        .map(from_row)
        .transpose()?
        .ok_or(Error::Refused(Refusal::NotFound { what: "role" }))
}

/// A role by id, or by slug among those of the organization level.
///
/// # Errors
/// There is no such role.
pub async fn get(scope: &mut Scope<impl Mode>, reference: &str) -> Result<Role> {
    get_at(scope, Level::Organization, reference).await
}

/// All of them, as the preset orders them.
pub async fn list(scope: &mut Scope<impl Mode>) -> Result<Vec<Role>> {
    let organization = scope.organization().id;
    let rows = select("TRUE ORDER BY r.applies_to, r.place, r.id")
        .bind(organization)
        .fetch_all(scope.tx())
        .await?;
    rows.iter().map(from_row).collect()
}

/// Where a new role stands: after all others.
pub async fn next_place(scope: &mut Scope<Writing>) -> Result<i64> {
    let organization = scope.organization().id;
    query("SELECT COALESCE(MAX(place), -1) + 1 AS next FROM role WHERE organization_id = $1")
        .bind(organization)
        .fetch_one(scope.tx())
        .await?
        .get("next")
}

pub async fn update(scope: &mut Scope<Writing>, role: &Role) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE role SET slug = $3, name = $4, description = $5, colour = $6, permissions = $7, revision = $8
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(role.id)
    .bind(role.slug.as_str())
    .bind(role.name.as_str())
    .bind(role.description.as_str())
    .bind(role.colour.as_str())
    .bind(json(&role.permissions)?)
    .bind(revision)
    .conflict(Refusal::SlugTaken {
        slug: role.slug.clone(),
    })
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Nobody may hold it any more. It stays, without its slug, for the invitations that once named it.
pub async fn delete(scope: &mut Scope<Writing>, role: RoleId, now: Timestamp) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query("UPDATE role SET deleted_at = $3, slug = $4, revision = $5 WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(role)
        .bind(now)
        .bind(role.to_string())
        .bind(revision)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// How many have each role: a role that nobody has is left out.
pub type Counts = HashMap<RoleId, i64>;

/// Members who have it directly.
pub async fn count_all_members(scope: &mut Scope<impl Mode>) -> Result<Counts> {
    count(
        scope,
        "SELECT role_id, members AS count FROM role_member_count WHERE organization_id = $1 AND members > 0",
    )
    .await
}

/// How many members have one role directly.
pub async fn count_members(scope: &mut Scope<impl Mode>, role: RoleId) -> Result<i64> {
    let organization = scope.organization().id;
    let row = query("SELECT members FROM role_member_count WHERE organization_id = $1 AND role_id = $2")
        .bind(organization)
        .bind(role)
        .fetch_optional(scope.tx())
        .await?;
    row.map_or(Ok(0), |row| row.get("members"))
}

pub async fn count_all_groups(scope: &mut Scope<impl Mode>) -> Result<Counts> {
    count(
        scope,
        "SELECT role_id, COUNT(*) AS count FROM \"group\" WHERE organization_id = $1 GROUP BY role_id",
    )
    .await
}

async fn count(scope: &mut Scope<impl Mode>, statement: &'static str) -> Result<Counts> {
    let organization = scope.organization().id;
    let rows = query(statement).bind(organization).fetch_all(scope.tx()).await?;
    rows.iter()
        .map(|row| Ok((row.id("role_id")?, row.get("count")?)))
        .collect()
}

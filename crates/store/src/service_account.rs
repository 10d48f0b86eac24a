//! Service accounts of an organization.

use domain::Refusal;
use domain::Timestamp;
use domain::actor::Identity;
use domain::grant::Granting;
use domain::id::{RoleId, ServiceAccountId};
use domain::service_account::ServiceAccount;

use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Writing, belonging, name_search, role, token};

/// How they are sorted.
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}

fn from_row(row: &Row) -> Result<ServiceAccount> {
    let deactivated: Option<Timestamp> = row.get("deactivated_at")?;
    Ok(ServiceAccount {
        id: row.id("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        role: role::from_row(row)?,
        role_until: row.get("role_until")?,
        role_granted: row.granting("granted")?,
        groups: Vec::new(),
        deactivated: match deactivated {
            Some(_) => Some(row.granting("deactivated")?),
            None => None,
        },
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        revision: row.get("revision")?,
    })
}

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT s.id, s.name, s.description, s.role_until, s.granted_by, s.granted_at, s.deactivated_by, s.deactivated_at,
             s.created_at, s.revision, {} AS last_used_at, {}
         FROM service_account s
         JOIN role r ON r.organization_id = s.organization_id AND r.id = s.role_id
         WHERE s.organization_id = $1 AND {condition}",
        token::LAST_USE,
        role::COLUMNS
    ))
}

/// By name; `after` is the last one seen, by how it is sorted and its id. `needle` is part of a name.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    needle: Option<&str>,
    after: Option<(String, ServiceAccountId)>,
    limit: i64,
) -> Result<Vec<ServiceAccount>> {
    let organization = scope.organization().id;
    let (name, id) = after.map_or((String::new(), uuid::Uuid::nil()), |(name, id)| {
        (name, domain::id::Id::uuid(id))
    });
    let pattern = needle.map(name_search::pattern);
    let rows = select(
        "(s.name_key, s.id) > ($2, $3) AND ($4 IS NULL OR s.search LIKE $4 ESCAPE '!' OR s.name_key LIKE $4 ESCAPE '!')
         ORDER BY s.name_key, s.id
         LIMIT $5 + 0",
    )
    .bind(organization)
    .bind(name)
    .bind(id)
    .bind(pattern)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    let mut found: Vec<ServiceAccount> = rows.iter().map(from_row).collect::<Result<_>>()?;
    let ids: Vec<ServiceAccountId> = found.iter().map(|account| account.id).collect();
    let mut groups = belonging::of_principals(scope, &ids).await?;
    for account in &mut found {
        account.groups = groups.remove(&account.id).unwrap_or_default();
    }
    Ok(found)
}

/// # Errors
/// There is no such service account in this organization.
pub async fn get(scope: &mut Scope<impl Mode>, id: ServiceAccountId) -> Result<ServiceAccount> {
    let organization = scope.organization().id;
    let row = select("s.id = $2")
        .bind(organization)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    let row = row.ok_or(Error::Refused(Refusal::NotFound {
        what: "service account",
    }))?;
    let mut found = from_row(&row)?;
    let mut groups = belonging::of_principals(scope, &[id]).await?;
    found.groups = groups.remove(&id).unwrap_or_default();
    Ok(found)
}

pub async fn insert(scope: &mut Scope<Writing>, new: &ServiceAccount) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "INSERT INTO service_account (organization_id, id, name, name_key, description, role_id, role_until, granted_by,
             granted_at, created_at, revision, search)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(organization)
    .bind(new.id)
    .bind(new.name.as_str())
    .bind(name_key(&new.name))
    .bind(new.description.as_str())
    .bind(new.role.id)
    .bind(new.role_until)
    .bind(json(&new.role_granted.by)?)
    .bind(new.role_granted.at)
    .bind(new.created_at)
    .bind(revision)
    .bind(name_search::text(&new.name))
    .execute(scope.tx())
    .await?;
    Ok(())
}

pub async fn edit(scope: &mut Scope<Writing>, id: ServiceAccountId, name: &str, description: &str) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE service_account SET name = $3, name_key = $4, description = $5, revision = $6, search = $7
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(name)
    .bind(name_key(name))
    .bind(description)
    .bind(revision)
    .bind(name_search::text(name))
    .execute(scope.tx())
    .await?;
    Ok(())
}

pub async fn set_role(
    scope: &mut Scope<Writing>,
    id: ServiceAccountId,
    role: RoleId,
    until: Option<Timestamp>,
    granted: &Granting,
) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE service_account SET role_id = $3, role_until = $4, granted_by = $5, granted_at = $6, revision = $7
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(role)
    .bind(until)
    .bind(json(&granted.by)?)
    .bind(granted.at)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Or active again, where there is nobody who deactivated it.
pub async fn set_deactivated(
    scope: &mut Scope<Writing>,
    id: ServiceAccountId,
    deactivated: Option<&Granting>,
) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE service_account SET deactivated_by = $3, deactivated_at = $4, revision = $5
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(deactivated.map(|granting| json(&granting.by)).transpose()?)
    .bind(deactivated.map(|granting| granting.at))
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Its tokens, its places in groups and its access to projects go with it.
pub async fn delete(scope: &mut Scope<Writing>, id: ServiceAccountId) -> Result<()> {
    let organization = scope.organization().id;
    token::end_all(scope, Identity::ServiceAccount(id)).await?;
    query("DELETE FROM service_account WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .execute(scope.tx())
        .await?;
    Ok(())
}

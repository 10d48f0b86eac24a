//! Who granted what, and when: what an explanation adds to what the check walked.

use std::collections::HashMap;

use domain::Timestamp;
use domain::grant::Granting;
use domain::id::{GroupId, ProjectId, RoleId};
use domain::project::Mapped;

use crate::db::{Result, assembled, query};
use crate::{Mode, Scope};

/// A group's name, its role and who gave it that.
#[derive(Clone, Debug)]
pub struct NamedGroup {
    pub id: GroupId,
    pub name: String,
    pub role: RoleId,
    pub granted: Granting,
}

/// Groups by name.
pub async fn groups(scope: &mut Scope<impl Mode>) -> Result<Vec<NamedGroup>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT id, name, role_id, granted_by, granted_at
         FROM \"group\"
         WHERE organization_id = $1
         ORDER BY name_key, id",
    )
    .bind(organization)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(NamedGroup {
                id: row.id("id")?,
                name: row.get("name")?,
                role: row.id("role_id")?,
                granted: row.granting("granted")?,
            })
        })
        .collect()
}

/// Who has which role on the project, by being mapped or by its repository.
#[derive(Clone, Debug)]
pub struct NamedMapping {
    pub role: RoleId,
    pub until: Option<Timestamp>,
    pub granted: Granting,
}

/// The second half of the key says whether it comes from the repository.
pub async fn mappings(
    scope: &mut Scope<impl Mode>,
    project: ProjectId,
) -> Result<HashMap<(Mapped, bool), NamedMapping>> {
    let organization = scope.organization().id;
    let rows = assembled(format!(
        "SELECT pg.member_id, pg.service_account_id, pg.group_id, pg.role_id, pg.until, pg.granted_by, pg.granted_at,
             pg.by_repository
         FROM {} pg
         WHERE pg.organization_id = $1 AND pg.project_id = $2",
        crate::project_access::grants(scope)
    ))
    .bind(organization)
    .bind(project)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            let mapping = NamedMapping {
                role: row.id("role_id")?,
                until: row.get("until")?,
                granted: row.granting("granted")?,
            };
            Ok(((crate::signature::mapped(row)?, row.get("by_repository")?), mapping))
        })
        .collect()
}

/// A service account's name and who gave it its role.
pub async fn service_account(
    scope: &mut Scope<impl Mode>,
    id: domain::id::ServiceAccountId,
) -> Result<Option<(String, Granting)>> {
    let organization = scope.organization().id;
    let row = query("SELECT name, granted_by, granted_at FROM service_account WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    row.map(|row| Ok((row.get("name")?, row.granting("granted")?)))
        .transpose()
}

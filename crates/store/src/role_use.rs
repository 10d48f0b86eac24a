//! Where a role is in use, and what it takes to put another in its place.

use domain::Timestamp;
use domain::grant::Granting;
use domain::id::RoleId;
use domain::role::Role;

use crate::db::{Query, Result, assembled, json, query};
use crate::{Mode, Scope, Writing, role};

/// How many there are of each that name the role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    pub members: i64,
    pub groups: i64,
    pub service_accounts: i64,
    /// Places on projects that it is given at.
    pub project_access: i64,
    /// Invitations that can still be accepted, or sent again.
    pub invitations: i64,
    /// Domains whose people become this when they sign up.
    pub signup_domains: i64,
    /// Whether whoever single sign-on brings in gets it.
    pub single_sign_on: i64,
}

/// Open ones: an expired invitation comes back with its role when it is sent again.
const OPEN_INVITATIONS: &str = "invitation WHERE accepted_at IS NULL AND revoked_at IS NULL AND";

pub async fn of_role(scope: &mut Scope<impl Mode>, role: RoleId) -> Result<Uses> {
    Ok(Uses {
        members: role::count_members(scope, role).await?,
        groups: count(scope, "\"group\" WHERE", role).await?,
        service_accounts: count(scope, "service_account WHERE", role).await?,
        project_access: count(scope, "project_access WHERE", role).await?,
        invitations: count(scope, OPEN_INVITATIONS, role).await?,
        signup_domains: count(scope, "signup_domain WHERE", role).await?,
        single_sign_on: count(scope, "single_sign_on WHERE", role).await?,
    })
}

async fn count(scope: &mut Scope<impl Mode>, from: &str, role: RoleId) -> Result<i64> {
    let organization = scope.organization().id;
    assembled(format!(
        "SELECT COUNT(*) AS count FROM {from} organization_id = $1 AND role_id = $2"
    ))
    .bind(organization)
    .bind(role)
    .fetch_one(scope.tx())
    .await?
    .get("count")
}

/// Somebody who has the role directly, and one of these roles through a group.
pub async fn find_holder_with(
    scope: &mut Scope<impl Mode>,
    role: RoleId,
    others: &[RoleId],
    now: Timestamp,
) -> Result<Option<String>> {
    if others.is_empty() {
        return Ok(None);
    }
    let places: Vec<String> = (0..others.len()).map(|index| format!("${}", index + 4)).collect();
    let mut statement: Query = assembled(format!(
        "SELECT a.name
         FROM \"group\" g
         JOIN group_member gm ON gm.organization_id = g.organization_id AND gm.group_id = g.id
         JOIN membership m ON m.organization_id = gm.organization_id AND m.id = gm.member_id
         JOIN account a ON a.id = m.account_id
         WHERE g.organization_id = $1 AND m.role_id = $2 AND (gm.until IS NULL OR gm.until > $3) AND g.role_id IN ({})
         LIMIT 1",
        places.join(", ")
    ))
    .bind(scope.organization().id)
    .bind(role)
    .bind(now);
    for other in others {
        statement = statement.bind(*other);
    }
    let found = statement.fetch_optional(scope.tx()).await?;
    found.map(|row| row.get("name")).transpose()
}

/// Whoever and whatever has the role has the other one then, for as long as before.
pub async fn replace(scope: &mut Scope<Writing>, role: RoleId, with: &Role, granted: &Granting) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    let by = json(&granted.by)?;
    let changed = [
        "UPDATE membership SET role_id = $3, revision = $4, role_granted_by = $5, role_granted_at = $6",
        "UPDATE \"group\" SET role_id = $3, revision = $4, granted_by = $5, granted_at = $6",
        "UPDATE service_account SET role_id = $3, revision = $4, granted_by = $5, granted_at = $6",
        "UPDATE signup_domain SET role_id = $3, revision = $4, granted_by = $5, granted_at = $6",
        "UPDATE single_sign_on SET role_id = $3, revision = $4, role_granted_by = $5, role_granted_at = $6",
    ];
    for statement in changed {
        assembled(format!("{statement} WHERE organization_id = $1 AND role_id = $2"))
            .bind(organization)
            .bind(role)
            .bind(with.id)
            .bind(revision)
            .bind(by.as_str())
            .bind(granted.at)
            .execute(scope.tx())
            .await?;
    }
    query(
        "UPDATE project_access SET role_id = $3, granted_by = $4, granted_at = $5
         WHERE organization_id = $1 AND role_id = $2",
    )
    .bind(organization)
    .bind(role)
    .bind(with.id)
    .bind(by.as_str())
    .bind(granted.at)
    .execute(scope.tx())
    .await?;
    query(
        "UPDATE invitation SET role_id = $3, revision = $4
         WHERE organization_id = $1 AND role_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
    )
    .bind(organization)
    .bind(role)
    .bind(with.id)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

//! The repositories that projects name: in whose name their hosts are asked, what they told of whom, and when.

use domain::Timestamp;
use domain::grant::Granting;
use domain::id::{AccountId, OrganizationId, ProjectId, RoleId};

use crate::db::{Result, json, query};
use crate::{Mode, Scope, Tx, Writing};

/// What is known of a project's repository.
#[derive(Clone, Debug)]
pub struct Watched {
    /// In whose name the host is asked.
    pub account: AccountId,
    pub granted: Granting,
    pub told_at: Option<Timestamp>,
    /// What the host answered last, where it did not tell.
    pub answer: Option<String>,
}

/// Somebody on the host with what it gives them here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub subject: String,
    pub role: RoleId,
}

/// Has the host asked, in this account's name. What it told of another repository is forgotten.
pub async fn put(scope: &mut Scope<Writing>, project: ProjectId, account: AccountId, granted: &Granting) -> Result<()> {
    delete(scope, project).await?;
    let organization = scope.organization().id;
    query(
        "INSERT INTO project_repository (organization_id, project_id, account_id, granted_by, granted_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(organization)
    .bind(project)
    .bind(account)
    .bind(json(&granted.by)?)
    .bind(granted.at)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// With all that came from it.
pub async fn delete(scope: &mut Scope<Writing>, project: ProjectId) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM project_repository WHERE organization_id = $1 AND project_id = $2")
        .bind(organization)
        .bind(project)
        .execute(scope.tx())
        .await?;
    Ok(())
}

pub async fn find(scope: &mut Scope<impl Mode>, project: ProjectId) -> Result<Option<Watched>> {
    let organization = scope.organization().id;
    let row = query(
        "SELECT account_id, granted_by, granted_at, told_at, answer
         FROM project_repository
         WHERE organization_id = $1 AND project_id = $2",
    )
    .bind(organization)
    .bind(project)
    .fetch_optional(scope.tx())
    .await?;
    row.map(|row| {
        Ok(Watched {
            account: row.id("account_id")?,
            granted: row.granting("granted")?,
            told_at: row.get("told_at")?,
            answer: row.get("answer")?,
        })
    })
    .transpose()
}

/// Those that are due, the longest due first, and nobody else's until `again`. One that is not due for
/// the longest time was so before the clock was set back. Where nobody gets in, no host is asked.
pub async fn lease(
    tx: &mut Tx<Writing>,
    now: Timestamp,
    (again, longest): (Timestamp, i64),
    limit: i64,
) -> Result<Vec<(OrganizationId, ProjectId)>> {
    let skipping = if tx.is_sqlite() { "" } else { "FOR UPDATE SKIP LOCKED" };
    let rows = crate::db::assembled(format!(
        "SELECT organization_id, project_id
         FROM project_repository
         WHERE (due_at <= $1 OR due_at > $3)
             AND organization_id NOT IN (SELECT id FROM organization WHERE status IN ('disabled', 'deleted'))
         ORDER BY due_at
         LIMIT $2 + 0 {skipping}"
    ))
    .bind(now)
    .bind(limit)
    .bind(now.plus(longest))
    .fetch_all(tx)
    .await?;
    let mut leased = Vec::new();
    for row in rows {
        let (organization, project) = (row.id("organization_id")?, row.id("project_id")?);
        query("UPDATE project_repository SET due_at = $3 WHERE organization_id = $1 AND project_id = $2")
            .bind(organization)
            .bind(project)
            .bind(again)
            .execute(tx)
            .await?;
        leased.push((organization, project));
    }
    Ok(leased)
}

/// What the host said, and when it is asked next.
pub async fn note(
    scope: &mut Scope<Writing>,
    project: ProjectId,
    told_at: Option<Timestamp>,
    answer: Option<&str>,
    due_at: Timestamp,
) -> Result<()> {
    let organization = scope.organization().id;
    query(
        "UPDATE project_repository SET told_at = COALESCE($3, told_at), answer = $4, due_at = $5
         WHERE organization_id = $1 AND project_id = $2",
    )
    .bind(organization)
    .bind(project)
    .bind(told_at)
    .bind(answer)
    .bind(due_at)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Everybody the host told of, with what they have, in the order of their ids there.
pub async fn told(scope: &mut Scope<impl Mode>, project: ProjectId) -> Result<Vec<Told>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT subject, role_id
         FROM repository_access
         WHERE organization_id = $1 AND project_id = $2
         ORDER BY subject",
    )
    .bind(organization)
    .bind(project)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Told {
                subject: row.get("subject")?,
                role: row.id("role_id")?,
            })
        })
        .collect()
}

/// Puts what the host told in the place of what it told before.
pub async fn replace(
    scope: &mut Scope<Writing>,
    project: ProjectId,
    (provider, issuer): (&str, &str),
    people: &[Told],
    until: Timestamp,
) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM repository_access WHERE organization_id = $1 AND project_id = $2")
        .bind(organization)
        .bind(project)
        .execute(scope.tx())
        .await?;
    for told in people {
        query(
            "INSERT INTO repository_access (organization_id, project_id, provider, issuer, subject, role_id, until)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(organization)
        .bind(project)
        .bind(provider)
        .bind(issuer)
        .bind(told.subject.as_str())
        .bind(told.role)
        .bind(until)
        .execute(scope.tx())
        .await?;
    }
    Ok(())
}

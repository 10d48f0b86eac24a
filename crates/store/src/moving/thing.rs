//! What an organization has besides people, page by page in the order in which it came, for an export.

use std::collections::HashMap;

use domain::Timestamp;
use domain::id::{Id, InvitationId, ProjectId, ServiceAccountId};
use domain::invitation::IdentityProvider;
use domain::moving::{Invitation, Project, ProjectAccess};
use domain::project::{Repository, Visibility};
use uuid::Uuid;

use crate::db::{Result, query};
use crate::{Mode, Scope};

/// A page of projects, and where the next one begins.
pub async fn projects(
    scope: &mut Scope<impl Mode>,
    after: Option<ProjectId>,
    limit: i64,
) -> Result<(Vec<Project>, Option<ProjectId>)> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT p.id, p.slug, p.name, p.description, p.visibility, p.repository_host, p.repository_name, a.username AS owner
         FROM project p
         JOIN ownership o ON o.organization_id = p.organization_id AND o.thing_id = p.id
         JOIN membership m ON m.organization_id = o.organization_id AND m.id = o.member_id
         JOIN account a ON a.id = m.account_id
         WHERE p.organization_id = $1 AND p.id > $2
         ORDER BY p.id
         LIMIT $3 + 0",
    )
    .bind(organization)
    .bind(after.map_or(Uuid::nil(), Id::uuid))
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let host: Option<String> = row.get("repository_host")?;
        let name: Option<String> = row.get("repository_name")?;
        found.push(Project {
            slug: row.get("slug")?,
            name: row.get("name")?,
            description: row.get("description")?,
            visibility: row.word("visibility", Visibility::parse)?,
            owner: row.get("owner")?,
            repository: host.zip(name).map(|(host, name)| Repository { host, name }),
        });
    }
    let next = rows.last().map(|row| row.id("id")).transpose()?;
    Ok((found, next))
}

/// Where a page of roles on projects ends.
#[derive(Clone, Copy, Debug)]
pub struct AccessPlace {
    project: ProjectId,
    subject: Uuid,
}

/// A page of who has which role on which project, and where the next one begins.
pub async fn access(
    scope: &mut Scope<impl Mode>,
    after: Option<AccessPlace>,
    limit: i64,
) -> Result<(Vec<ProjectAccess>, Option<AccessPlace>)> {
    let organization = scope.organization().id;
    let (project, subject) = after.map_or((Uuid::nil(), Uuid::nil()), |after| {
        (after.project.uuid(), after.subject)
    });
    let rows = query(
        "SELECT x.project_id, x.subject_id, x.service_account_id, x.until, p.slug AS project_slug, r.slug AS role_slug,
             a.username, g.slug AS group_slug
         FROM project_access x
         JOIN project p ON p.organization_id = x.organization_id AND p.id = x.project_id
         JOIN role r ON r.organization_id = x.organization_id AND r.id = x.role_id
         LEFT JOIN membership m ON m.organization_id = x.organization_id AND m.id = x.member_id
         LEFT JOIN account a ON a.id = m.account_id
         LEFT JOIN \"group\" g ON g.organization_id = x.organization_id AND g.id = x.group_id
         WHERE x.organization_id = $1 AND (x.project_id, x.subject_id) > ($2, $3)
         ORDER BY x.project_id, x.subject_id
         LIMIT $4 + 0",
    )
    .bind(organization)
    .bind(project)
    .bind(subject)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let service_account: Option<ServiceAccountId> = row.maybe_id("service_account_id")?;
        found.push(ProjectAccess {
            project: row.get("project_slug")?,
            member: row.get("username")?,
            service_account: service_account.map(|id| id.to_string()),
            group: row.get("group_slug")?,
            role: row.get("role_slug")?,
            until: row.get("until")?,
        });
    }
    let next = match rows.last() {
        Some(row) => Some(AccessPlace {
            project: row.id("project_id")?,
            subject: row.get("subject_id")?,
        }),
        None => None,
    };
    Ok((found, next))
}

/// A page of invitations that still wait. One that makes the first Owner is left out: ownership is nobody's to send on.
pub async fn invitations(
    scope: &mut Scope<impl Mode>,
    now: Timestamp,
    after: Option<InvitationId>,
    limit: i64,
) -> Result<(Vec<Invitation>, Option<InvitationId>)> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT i.id, i.email, i.username, i.provider, i.tenant, i.notify, i.expires_at, r.slug AS role_slug
         FROM invitation i
         JOIN role r ON r.organization_id = i.organization_id AND r.id = i.role_id
         WHERE i.organization_id = $1 AND i.id > $2 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
             AND (i.expires_at IS NULL OR i.expires_at > $3) AND NOT i.makes_owner
         ORDER BY i.id
         LIMIT $4 + 0",
    )
    .bind(organization)
    .bind(after.map_or(Uuid::nil(), Id::uuid))
    .bind(now)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    let Some(last) = rows.last() else {
        return Ok((Vec::new(), None));
    };
    let last: InvitationId = last.id("id")?;
    let mut groups = groups(scope, after, last).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push(Invitation {
            email: row.get("email")?,
            username: row.get("username")?,
            role: row.get("role_slug")?,
            groups: groups.remove(&row.id("id")?).unwrap_or_default(),
            provider: row.word("provider", IdentityProvider::parse)?,
            tenant: row.get("tenant")?,
            notify: row.get("notify")?,
            expires_at: row.get("expires_at")?,
        });
    }
    Ok((found, Some(last)))
}

/// The groups of the invitations behind the one, up to the other.
async fn groups(
    scope: &mut Scope<impl Mode>,
    after: Option<InvitationId>,
    last: InvitationId,
) -> Result<HashMap<InvitationId, Vec<String>>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT ig.invitation_id, g.slug
         FROM invitation_group ig
         JOIN \"group\" g ON g.organization_id = ig.organization_id AND g.id = ig.group_id
         WHERE ig.organization_id = $1 AND ig.invitation_id > $2 AND ig.invitation_id <= $3
         ORDER BY g.name_key, g.id",
    )
    .bind(organization)
    .bind(after.map_or(Uuid::nil(), Id::uuid))
    .bind(last)
    .fetch_all(scope.tx())
    .await?;
    let mut groups: HashMap<InvitationId, Vec<String>> = HashMap::new();
    for row in &rows {
        groups
            .entry(row.id("invitation_id")?)
            .or_default()
            .push(row.get("slug")?);
    }
    Ok(groups)
}

//! Projects from their own side: who is mapped, who owns them, and whether they are open.

use domain::Timestamp;
use domain::access::{OnProject, ProjectFacts};
use domain::id::{GroupId, MemberId, ProjectId, RoleId};
use domain::project::Mapped;

use crate::db::{Result, Row, assembled, query};
use crate::{Mode, Scope};

/// A project with all that reaches it from its own side.
#[derive(Clone, Debug)]
pub struct ProjectState {
    pub facts: ProjectFacts,
    pub name: String,
    pub owner: MemberId,
    pub mappings: Vec<GrantOnProject>,
}

/// A role on a project, from the project's side.
#[derive(Clone, Debug)]
pub struct GrantOnProject {
    pub subject: Mapped,
    pub role: RoleId,
    pub until: Option<Timestamp>,
    pub by: OnProject,
}

/// None: there is no such project, or not yet, or no longer.
pub async fn project(scope: &mut Scope<impl Mode>, id: ProjectId) -> Result<Option<ProjectState>> {
    let Some(facts) = crate::access::of_project(scope, id).await? else {
        return Ok(None);
    };
    let organization = scope.organization().id;
    let row = query(
        "SELECT p.name, o.member_id
         FROM project p
         JOIN ownership o ON o.organization_id = p.organization_id AND o.thing_id = p.id
         WHERE p.organization_id = $1 AND p.id = $2",
    )
    .bind(organization)
    .bind(id)
    .fetch_one(scope.tx())
    .await?;
    let rows = assembled(format!(
        "SELECT pg.member_id, pg.service_account_id, pg.group_id, pg.role_id, pg.until, pg.by_repository
         FROM {} pg
         WHERE pg.organization_id = $1 AND pg.project_id = $2",
        crate::project_access::grants(scope)
    ))
    .bind(organization)
    .bind(id)
    .fetch_all(scope.tx())
    .await?;
    Ok(Some(ProjectState {
        facts,
        name: row.get("name")?,
        owner: row.id("member_id")?,
        mappings: rows
            .iter()
            .map(|row| {
                Ok(GrantOnProject {
                    subject: mapped(row)?,
                    role: row.id("role_id")?,
                    until: row.get("until")?,
                    by: if row.get("by_repository")? {
                        OnProject::Repository
                    } else {
                        OnProject::Mapping
                    },
                })
            })
            .collect::<Result<_>>()?,
    }))
}

/// Of the columns `member_id`, `service_account_id` and `group_id`, the one that is set.
pub(crate) fn mapped(row: &Row) -> Result<Mapped> {
    if let Some(member) = row.maybe_id("member_id")? {
        return Ok(Mapped::Member(member));
    }
    if let Some(service_account) = row.maybe_id("service_account_id")? {
        return Ok(Mapped::ServiceAccount(service_account));
    }
    Ok(Mapped::Group(row.id("group_id")?))
}

/// Every project of the organization by name, as the check sees it; at most so many.
pub async fn projects(scope: &mut Scope<impl Mode>, limit: i64) -> Result<Vec<(ProjectFacts, String)>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT p.id, p.organization_id, p.name,
             (p.visibility = 'everyone' AND NOT EXISTS (
                 SELECT 1 FROM project_access pa WHERE pa.organization_id = p.organization_id AND pa.project_id = p.id
             )) AS open
         FROM project p
         WHERE p.organization_id = $1
         ORDER BY p.name_key, p.id
         LIMIT $2 + 0",
    )
    .bind(organization)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| Ok((crate::access::facts(row)?, row.get("name")?)))
        .collect()
}

/// The projects that somebody is mapped to in a role, or a group is mapped to.
pub async fn mapped_projects(
    scope: &mut Scope<impl Mode>,
    role: Option<RoleId>,
    group: Option<GroupId>,
) -> Result<Vec<ProjectId>> {
    let organization = scope.organization().id;
    let rows = assembled(format!(
        "SELECT DISTINCT pg.project_id FROM {} pg
         WHERE pg.organization_id = $1 AND (pg.role_id = $2 OR pg.group_id = $3)",
        crate::project_access::grants(scope)
    ))
    .bind(organization)
    .bind(crate::db::Maybe(role))
    .bind(crate::db::Maybe(group))
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(|row| row.id("project_id")).collect()
}

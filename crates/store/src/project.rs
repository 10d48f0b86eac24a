//! Projects of an organization. Whose one is stands in `ownership`.

use domain::Refusal;
use domain::Timestamp;
use domain::access::{Principal, ProjectFacts};
use domain::grant::Granting;
use domain::id::{Id, MemberId, ProjectId, RoleId};
use domain::project::{Owner, Project, Repository, Visibility};
use domain::text::Slug;

use crate::account::escape_like;
use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Writing, name_search, ownership};

/// What `ownership` calls one.
pub(crate) const KIND: &str = "project";

/// Whether everyone reaches it, of a project named `p`.
const OPEN: &str = "(p.visibility = 'everyone' AND NOT EXISTS (
    SELECT 1 FROM project_access pa WHERE pa.organization_id = p.organization_id AND pa.project_id = p.id
))";

/// A place in the order of the list.
#[derive(Clone, Debug)]
pub struct Place {
    pub name_key: String,
    pub id: ProjectId,
}

/// Which projects somebody may see.
#[derive(Clone, Debug)]
pub struct Visible {
    /// Whoever acts on every project sees all.
    pub all: bool,
    /// Those that are open to everyone.
    pub open: bool,
    /// Those that this one owns or is mapped to, also through a group.
    pub to: Option<Principal>,
    /// By a role that lets its holder see the project.
    pub by: Vec<RoleId>,
}

#[derive(Clone, Debug)]
pub struct Filter {
    /// Lower-cased, trimmed, not empty.
    pub needle: Option<String>,
    pub visible: Visible,
    pub after: Option<Place>,
}

fn from_row(row: &Row) -> Result<Project> {
    let repository = match (row.get("repository_host")?, row.get("repository_name")?) {
        (Some(host), Some(name)) => Some(Repository { host, name }),
        _ => None,
    };
    Ok(Project {
        id: row.id("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        description: row.get("description")?,
        visibility: row.word("visibility", Visibility::parse)?,
        owner: Owner {
            id: row.id("owner_id")?,
            name: row.get("owner_name")?,
            granted: Granting {
                by: row.json("owner_granted_by")?,
                at: row.get("owned_since")?,
            },
        },
        repository,
        created_at: row.get("created_at")?,
        revision: row.get("revision")?,
    })
}

fn facts(scope: &Scope<impl Mode>, row: &Row) -> Result<ProjectFacts> {
    Ok(ProjectFacts {
        id: row.id("id")?,
        organization: scope.organization().id,
        open: row.get("open")?,
    })
}

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT p.id, p.slug, p.name, p.description, p.visibility, p.repository_host, p.repository_name, p.owned_since,
             p.owner_granted_by, p.created_at, p.revision, p.name_key, o.member_id AS owner_id, a.name AS owner_name,
             {OPEN} AS open
         FROM project p
         JOIN ownership o ON o.organization_id = p.organization_id AND o.thing_id = p.id
         JOIN membership m ON m.organization_id = o.organization_id AND m.id = o.member_id
         JOIN account a ON a.id = m.account_id
         WHERE p.organization_id = $1 AND {condition}"
    ))
}

/// By id or slug.
///
/// # Errors
/// There is no such project in this organization.
pub async fn get(scope: &mut Scope<impl Mode>, reference: &str) -> Result<Project> {
    let organization = scope.organization().id;
    let statement = match reference.parse::<ProjectId>() {
        Ok(id) => select("p.id = $2").bind(organization).bind(id),
        Err(_) => select("p.slug = $2").bind(organization).bind(reference),
    };
    let found = statement.fetch_optional(scope.tx()).await?;
    found
        .as_ref()
        .map(from_row)
        .transpose()?
        .ok_or(Error::Refused(Refusal::NotFound { what: "project" }))
}

/// Up to `limit` projects by name, and the place of the last one if there are more.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    filter: &Filter,
    now: Timestamp,
    limit: usize,
) -> Result<(Vec<(Project, ProjectFacts)>, Option<Place>)> {
    let after = filter.after.clone().unwrap_or(Place {
        name_key: String::new(),
        id: ProjectId::from_uuid(uuid::Uuid::nil()),
    });
    let wanted = i64::try_from(limit).unwrap_or(200) + 1;
    let mut last = 4;
    let mut place = || {
        last += 1;
        format!("${last}")
    };
    let search = match &filter.needle {
        Some(_) => name_search::finds("p", &place()),
        None => "TRUE".to_owned(),
    };
    let grants = crate::project_access::grants(scope);
    let visible = seen(&filter.visible, grants, &mut place);
    let mut statement = select(&format!(
        "(p.name_key, p.id) > ($2, $3) AND ({search}) AND {visible}
         ORDER BY p.name_key, p.id
         LIMIT $4 + 0"
    ))
    .bind(scope.organization().id)
    .bind(after.name_key)
    .bind(after.id)
    .bind(wanted);
    if let Some(needle) = &filter.needle {
        statement = statement.bind(name_search::pattern(needle));
    }
    if let Some(principal) = filter.visible.holder() {
        statement = statement.bind(principal).bind(now);
        for role in &filter.visible.by {
            statement = statement.bind(*role);
        }
    }
    let rows = statement.fetch_all(scope.tx()).await?;
    let next = match rows.get(limit.saturating_sub(1)).filter(|_| rows.len() > limit) {
        Some(row) => Some(Place {
            name_key: row.get("name_key")?,
            id: row.id("id")?,
        }),
        None => None,
    };
    let of_page = rows.iter().take(limit);
    let found: Result<_> = of_page.map(|row| Ok((from_row(row)?, facts(scope, row)?))).collect();
    Ok((found?, next))
}

impl Visible {
    /// Who is asked for by the grants they hold.
    fn holder(&self) -> Option<Principal> {
        self.to.filter(|_| !self.all && !self.by.is_empty())
    }
}

/// The condition; its values are bound in the order in which their places are taken here.
fn seen(visible: &Visible, grants: &str, place: &mut impl FnMut() -> String) -> String {
    if visible.all {
        return "TRUE".to_owned();
    }
    let mut ways = Vec::new();
    if visible.open {
        ways.push(OPEN.to_owned());
    }
    if visible.holder().is_some() {
        let (holder, now) = (place(), place());
        let roles: Vec<String> = visible.by.iter().map(|_| place()).collect();
        ways.push(format!("o.member_id = {holder}"));
        ways.push(format!(
            "p.id IN (
                 SELECT pa.project_id
                 FROM {grants} pa
                 WHERE pa.organization_id = $1 AND (pa.until IS NULL OR pa.until > {now}) AND pa.role_id IN ({})
                     AND (pa.subject_id = {holder} OR pa.subject_id IN (
                         SELECT gm.group_id
                         FROM group_member gm
                         WHERE gm.organization_id = $1 AND gm.principal_id = {holder}
                             AND (gm.until IS NULL OR gm.until > {now})
                     ))
             )",
            roles.join(", ")
        ));
    }
    if ways.is_empty() {
        return "FALSE".to_owned();
    }
    format!("({})", ways.join(" OR "))
}

/// The slug, or the first one with a number behind it that is free.
pub async fn free_slug(scope: &mut Scope<impl Mode>, wanted: &Slug) -> Result<Slug> {
    let organization = scope.organization().id;
    let rows = query("SELECT slug FROM project WHERE organization_id = $1 AND (slug = $2 OR slug LIKE $3 ESCAPE '!')")
        .bind(organization)
        .bind(wanted.as_str())
        .bind(format!("{}-%", escape_like(wanted.as_str())))
        .fetch_all(scope.tx())
        .await?;
    let taken: std::collections::BTreeSet<String> = rows.iter().map(|row| row.get("slug")).collect::<Result<_>>()?;
    let numbered = (2..=u32::MAX).map(|number| wanted.numbered(number));
    let free = std::iter::once(wanted.clone())
        .chain(numbered)
        .find(|slug| !taken.contains(slug.as_str()));
    free.ok_or_else(|| Error::Corrupt("no slug is free".to_owned()))
}

/// # Errors
/// The slug is taken.
/// The repositories of its projects on a host, by name.
pub async fn repositories(scope: &mut Scope<impl Mode>, host: &str, limit: i64) -> Result<Vec<String>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT DISTINCT repository_name
         FROM project
         WHERE organization_id = $1 AND repository_host = $2 AND repository_name IS NOT NULL
         ORDER BY repository_name
         LIMIT $3 + 0",
    )
    .bind(organization)
    .bind(host)
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(|row| row.get("repository_name")).collect()
}

pub async fn insert(scope: &mut Scope<Writing>, project: &Project) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    let repository = project.repository.as_ref();
    query(
        "INSERT INTO project (organization_id, id, slug, name, name_key, description, visibility, repository_host,
             repository_name, owned_since, owner_granted_by, created_at, revision, search)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(organization)
    .bind(project.id)
    .bind(project.slug.as_str())
    .bind(project.name.as_str())
    .bind(project.name.to_lowercase())
    .bind(project.description.as_str())
    .bind(project.visibility.name())
    .bind(repository.map(|repository| repository.host.as_str()))
    .bind(repository.map(|repository| repository.name.as_str()))
    .bind(project.owner.granted.at)
    .bind(json(&project.owner.granted.by)?)
    .bind(project.created_at)
    .bind(revision)
    .bind(name_search::text(&project.name))
    .conflict(Refusal::SlugTaken {
        slug: project.slug.clone(),
    })
    .execute(scope.tx())
    .await?;
    ownership::insert(scope, project.id, KIND, &project.name, project.owner.id).await
}

/// Everything but its owner.
///
/// # Errors
/// The slug is taken.
pub async fn edit(scope: &mut Scope<Writing>, project: &Project) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    let repository = project.repository.as_ref();
    query(
        "UPDATE project
         SET name = $3, name_key = $4, description = $5, visibility = $6, repository_host = $7, repository_name = $8,
             revision = $9, slug = $10, search = $11
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(project.id)
    .bind(project.name.as_str())
    .bind(project.name.to_lowercase())
    .bind(project.description.as_str())
    .bind(project.visibility.name())
    .bind(repository.map(|repository| repository.host.as_str()))
    .bind(repository.map(|repository| repository.name.as_str()))
    .bind(revision)
    .bind(project.slug.as_str())
    .bind(name_search::text(&project.name))
    .conflict(Refusal::SlugTaken {
        slug: project.slug.clone(),
    })
    .execute(scope.tx())
    .await?;
    ownership::rename(scope, project.id, &project.name).await
}

pub async fn set_owner(
    scope: &mut Scope<Writing>,
    project: ProjectId,
    owner: MemberId,
    granted: &Granting,
) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE project SET owned_since = $3, owner_granted_by = $4, revision = $5 WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(project)
    .bind(granted.at)
    .bind(json(&granted.by)?)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    ownership::set_owner(scope, project, owner).await
}

/// Says of all that a member owns that somebody grants it anew.
pub async fn handed_over(scope: &mut Scope<Writing>, from: MemberId, granted: &Granting) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE project SET owned_since = $3, owner_granted_by = $4, revision = $5
         WHERE organization_id = $1
             AND id IN (SELECT thing_id FROM ownership WHERE organization_id = $1 AND member_id = $2)",
    )
    .bind(organization)
    .bind(from)
    .bind(granted.at)
    .bind(json(&granted.by)?)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// With its tokens and mappings, and with what is known of who owned them.
pub async fn delete(scope: &mut Scope<Writing>, project: ProjectId) -> Result<()> {
    let organization = scope.organization().id;
    query(
        "DELETE FROM ownership
         WHERE organization_id = $1
             AND thing_id IN (SELECT id FROM token WHERE organization_id = $1 AND project_id = $2)",
    )
    .bind(organization)
    .bind(project)
    .execute(scope.tx())
    .await?;
    ownership::delete(scope, project).await?;
    query("DELETE FROM project WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(project)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// All that a member owns, by name.
pub async fn owned_by(scope: &mut Scope<impl Mode>, owner: MemberId) -> Result<Vec<(Project, ProjectFacts)>> {
    let organization = scope.organization().id;
    let rows = select("o.member_id = $2 ORDER BY p.name_key, p.id")
        .bind(organization)
        .bind(owner)
        .fetch_all(scope.tx())
        .await?;
    rows.iter()
        .map(|row| Ok((from_row(row)?, facts(scope, row)?)))
        .collect()
}

/// Those that were closed to everyone by nothing but a mapping of this member's, who goes.
pub async fn opened_without(scope: &mut Scope<impl Mode>, member: MemberId) -> Result<Vec<Project>> {
    let organization = scope.organization().id;
    let rows = select(
        "p.visibility = 'everyone'
         AND p.id IN (SELECT project_id FROM project_access WHERE organization_id = $1 AND subject_id = $2)
         AND NOT EXISTS (
             SELECT 1 FROM project_access pa
             WHERE pa.organization_id = $1 AND pa.project_id = p.id AND pa.subject_id <> $2
         )
         ORDER BY p.name_key, p.id",
    )
    .bind(organization)
    .bind(member)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(from_row).collect()
}

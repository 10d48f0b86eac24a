//! Who is mapped to a project, with which role and until when.

use domain::Refusal;
use domain::Timestamp;
use domain::grant::Granting;
use domain::id::{GroupId, Id, MemberId, ProjectId, RoleId, ServiceAccountId};
use domain::project::{Mapped, Mapping};

use crate::db::{Error, Maybe, Query, Result, Row, assembled, json, query};
use crate::{Mode, Scope, Writing, name_search, role};

/// What gives roles on projects: mappings, and, where an organization's preset says so, repositories. The latter are asked
/// for only there, for they take a join more.
pub(crate) fn grants(scope: &Scope<impl Mode>) -> &'static str {
    if scope.organization().access_model.asks_hosts() {
        "project_grant"
    } else {
        "(SELECT *, FALSE AS by_repository FROM project_access)"
    }
}

/// A place in the order of the list.
#[derive(Clone, Debug)]
pub struct Place {
    pub name_key: String,
    pub subject: String,
}

fn mapped(row: &Row) -> Result<Mapped> {
    if let Some(member) = row.maybe_id::<MemberId>("member_id")? {
        return Ok(Mapped::Member(member));
    }
    if let Some(service_account) = row.maybe_id::<ServiceAccountId>("service_account_id")? {
        return Ok(Mapped::ServiceAccount(service_account));
    }
    row.id::<GroupId>("group_id").map(Mapped::Group)
}

fn from_row(row: &Row) -> Result<Mapping> {
    Ok(Mapping {
        subject: mapped(row)?,
        name: row.get("subject_name")?,
        role: role::from_row(row)?,
        until: row.get("until")?,
        granted: row.granting("granted")?,
    })
}

const KEY: &str = "COALESCE(m.name_key, g.name_key, s.name_key)";

fn select(condition: &str) -> Query {
    select_of("project_access", condition)
}

fn select_of(table: &str, condition: &str) -> Query {
    assembled(format!(
        "SELECT x.subject_id, x.member_id, x.service_account_id, x.group_id, x.until, x.granted_by, x.granted_at,
             COALESCE(a.name, g.name, s.name) AS subject_name, {KEY} AS subject_key, {}
         FROM {table} x
         JOIN role r ON r.organization_id = x.organization_id AND r.id = x.role_id
         LEFT JOIN membership m ON m.organization_id = x.organization_id AND m.id = x.member_id
         LEFT JOIN account a ON a.id = m.account_id
         LEFT JOIN \"group\" g ON g.organization_id = x.organization_id AND g.id = x.group_id
         LEFT JOIN service_account s ON s.organization_id = x.organization_id AND s.id = x.service_account_id
         WHERE x.organization_id = $1 AND x.project_id = $2 AND {condition}",
        role::COLUMNS
    ))
}

/// Members who have a role on the project by its repository, by name, as many as anybody would look at.
pub async fn by_repository(scope: &mut Scope<impl Mode>, project: ProjectId) -> Result<Vec<Mapping>> {
    let organization = scope.organization().id;
    let rows = select_of(
        "project_grant",
        &format!("x.by_repository ORDER BY {KEY}, x.subject_id LIMIT 200"),
    )
    .bind(organization)
    .bind(project)
    .fetch_all(scope.tx())
    .await?;
    rows.iter().map(from_row).collect()
}

/// Up to `limit` mappings by the names of who is mapped, and the place of the last one if there are more.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    project: ProjectId,
    needle: Option<&str>,
    after: Option<Place>,
    limit: usize,
) -> Result<(Vec<Mapping>, Option<Place>)> {
    let organization = scope.organization().id;
    let (name_key, id) = match after {
        Some(place) => {
            let id = uuid::Uuid::parse_str(&place.subject).unwrap_or_default();
            (place.name_key, id)
        }
        None => (String::new(), uuid::Uuid::nil()),
    };
    let rows = select(&format!(
        "({KEY}, x.subject_id) > ($3, $4) AND ($6 IS NULL OR m.search LIKE $6 ESCAPE '!' OR {}
             OR s.search LIKE $6 ESCAPE '!' OR s.name_key LIKE $6 ESCAPE '!')
         ORDER BY {KEY}, x.subject_id LIMIT $5 + 0",
        name_search::finds("g", "$6"),
    ))
    .bind(organization)
    .bind(project)
    .bind(name_key)
    .bind(id)
    .bind(i64::try_from(limit).unwrap_or(200) + 1)
    .bind(needle.map(name_search::pattern))
    .fetch_all(scope.tx())
    .await?;
    let next = match rows.get(limit.saturating_sub(1)).filter(|_| rows.len() > limit) {
        Some(row) => Some(Place {
            name_key: row.get("subject_key")?,
            subject: row.id::<MemberId>("subject_id")?.uuid().to_string(),
        }),
        None => None,
    };
    let found: Result<_> = rows.iter().take(limit).map(from_row).collect();
    Ok((found?, next))
}

pub async fn find(scope: &mut Scope<impl Mode>, project: ProjectId, subject: Mapped) -> Result<Option<Mapping>> {
    let organization = scope.organization().id;
    let row = select("x.subject_id = $3")
        .bind(organization)
        .bind(project)
        .bind(subject)
        .fetch_optional(scope.tx())
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Whom a reference names: a member by id, username or address, a service account by id, a group by id or slug. With their
/// name.
///
/// # Errors
/// There is none of that name in this organization.
pub async fn subject(scope: &mut Scope<impl Mode>, reference: &str) -> Result<(Mapped, String)> {
    let organization = scope.organization().id;
    let (statement, what) = if let Ok(id) = reference.parse::<MemberId>() {
        let statement = query(
            "SELECT m.id, a.name FROM membership m JOIN account a ON a.id = m.account_id
             WHERE m.organization_id = $1 AND m.id = $2",
        );
        (statement.bind(organization).bind(id), "member")
    } else if let Ok(id) = reference.parse::<ServiceAccountId>() {
        let statement = query("SELECT id, name FROM service_account WHERE organization_id = $1 AND id = $2");
        (statement.bind(organization).bind(id), "service account")
    } else if let Ok(id) = reference.parse::<GroupId>() {
        let statement = query("SELECT id, name FROM \"group\" WHERE organization_id = $1 AND id = $2");
        (statement.bind(organization).bind(id), "group")
    } else {
        let statement = query("SELECT id, name FROM \"group\" WHERE organization_id = $1 AND slug = $2");
        (statement.bind(organization).bind(reference), "group")
    };
    let row = statement.fetch_optional(scope.tx()).await?;
    let (row, what) = match row {
        None if what == "group" => (named(scope, reference).await?, "member"),
        row => (row, what),
    };
    let row = row.ok_or(Error::Refused(Refusal::NotFound { what }))?;
    let subject = match what {
        "member" => Mapped::Member(row.id("id")?),
        "group" => Mapped::Group(row.id("id")?),
        _ => Mapped::ServiceAccount(row.id("id")?),
    };
    Ok((subject, row.get("name")?))
}

/// A member by exactly that username or address.
async fn named(scope: &mut Scope<impl Mode>, name: &str) -> Result<Option<Row>> {
    let organization = scope.organization().id;
    query(
        "SELECT m.id, a.name FROM account a JOIN membership m ON m.account_id = a.id AND m.organization_id = $1
         WHERE a.username_key = $2 OR a.email_key = $2
         LIMIT 1",
    )
    .bind(organization)
    .bind(name.trim().to_lowercase())
    .fetch_optional(scope.tx())
    .await
}

/// Maps somebody, or changes what they are mapped with.
pub async fn put(
    scope: &mut Scope<Writing>,
    project: ProjectId,
    subject: Mapped,
    role: RoleId,
    until: Option<Timestamp>,
    granted: &Granting,
) -> Result<()> {
    let organization = scope.organization().id;
    let (member, service_account, group) = match subject {
        Mapped::Member(id) => (Some(id), None, None),
        Mapped::ServiceAccount(id) => (None, Some(id), None),
        Mapped::Group(id) => (None, None, Some(id)),
    };
    query(
        "INSERT INTO project_access (organization_id, project_id, subject_id, member_id, service_account_id, group_id,
             role_id, until, granted_by, granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (organization_id, project_id, subject_id) DO UPDATE
         SET role_id = excluded.role_id, until = excluded.until, granted_by = excluded.granted_by,
             granted_at = excluded.granted_at",
    )
    .bind(organization)
    .bind(project)
    .bind(subject)
    .bind(Maybe(member))
    .bind(Maybe(service_account))
    .bind(Maybe(group))
    .bind(role)
    .bind(until)
    .bind(json(&granted.by)?)
    .bind(granted.at)
    .execute(scope.tx())
    .await?;
    Ok(())
}

pub async fn delete(scope: &mut Scope<Writing>, project: ProjectId, subject: Mapped) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM project_access WHERE organization_id = $1 AND project_id = $2 AND subject_id = $3")
        .bind(organization)
        .bind(project)
        .bind(subject)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// How many are mapped.
pub async fn count(scope: &mut Scope<impl Mode>, project: ProjectId) -> Result<i64> {
    let organization = scope.organization().id;
    query("SELECT COUNT(*) AS count FROM project_access WHERE organization_id = $1 AND project_id = $2")
        .bind(organization)
        .bind(project)
        .fetch_one(scope.tx())
        .await?
        .get("count")
}

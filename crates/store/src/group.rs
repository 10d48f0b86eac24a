//! Groups of an organization, and who is in them. Lists are paged by name and id.

use domain::access::Principal;
use domain::grant::Granting;
use domain::group::{Group, GroupMember, GroupName};
use domain::id::{GroupId, MemberId, ProjectId, RoleId, ServiceAccountId};
use domain::{Refusal, Timestamp};
use uuid::Uuid;

use crate::db::{Error, Query, Result, Row, assembled, json, query};
use crate::people::Place;
use crate::{Mode, Scope, Writing, name_search, role};

fn select(condition: &str) -> Query {
    assembled(format!(
        "SELECT g.id, g.slug, g.name, g.name_key, g.description, g.granted_by, g.granted_at, g.created_at, g.revision,
             p.id AS parent_id, p.slug AS parent_slug, p.name AS parent_name,
             (SELECT COUNT(*) FROM group_member gm
              WHERE gm.organization_id = g.organization_id AND gm.group_id = g.id AND (gm.until IS NULL OR gm.until > $2)
             ) AS members,
             {}
         FROM \"group\" g
         JOIN role r ON r.organization_id = g.organization_id AND r.id = g.role_id
         LEFT JOIN \"group\" p ON p.organization_id = g.organization_id AND p.id = g.parent_id
         WHERE g.organization_id = $1 AND {condition}",
        role::COLUMNS
    ))
}

fn from_row(row: &Row) -> Result<Group> {
    let parent = match row.maybe_id::<GroupId>("parent_id")? {
        Some(id) => Some(GroupName {
            id,
            slug: row.get("parent_slug")?,
            name: row.get("parent_name")?,
        }),
        None => None,
    };
    Ok(Group {
        id: row.id("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        description: row.get("description")?,
        role: role::from_row(row)?,
        role_granted: row.granting("granted")?,
        parent,
        members: row.get("members")?,
        created_at: row.get("created_at")?,
        revision: row.get("revision")?,
    })
}

/// By id or slug.
///
/// # Errors
/// There is no such group in this organization.
pub async fn get(scope: &mut Scope<impl Mode>, reference: &str, now: Timestamp) -> Result<Group> {
    let organization = scope.organization().id;
    let statement = match reference.parse::<GroupId>() {
        Ok(id) => select("g.id = $3").bind(organization).bind(now).bind(id),
        Err(_) => select("g.slug = $3").bind(organization).bind(now).bind(reference),
    };
    let found = statement.fetch_optional(scope.tx()).await?;
    found
        .as_ref()
        .map(from_row)
        .transpose()?
        .ok_or(Error::Refused(Refusal::NotFound { what: "group" }))
}

/// By name; `needle` is part of one.
pub async fn list(
    scope: &mut Scope<impl Mode>,
    needle: Option<&str>,
    after: Option<Place>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(Place, Group)>> {
    let organization = scope.organization().id;
    let after = after.unwrap_or(Place {
        name_key: String::new(),
        id: Uuid::nil(),
    });
    let rows = select(
        "(g.name_key, g.id) > ($3, $4)
         AND ($5 IS NULL OR g.search LIKE $5 ESCAPE '!' OR g.name_key LIKE $5 ESCAPE '!' OR g.slug LIKE $5 ESCAPE '!')
         ORDER BY g.name_key, g.id
         LIMIT $6 + 0",
    )
    .bind(organization)
    .bind(now)
    .bind(after.name_key)
    .bind(after.id)
    .bind(needle.map(name_search::pattern))
    .bind(limit)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            let place = Place {
                name_key: row.get("name_key")?,
                id: row.get("id")?,
            };
            Ok((place, from_row(row)?))
        })
        .collect()
}

pub struct NewGroup<'a> {
    pub id: GroupId,
    pub slug: &'a str,
    pub name: &'a str,
    pub description: &'a str,
    pub role: RoleId,
    pub parent: Option<GroupId>,
    pub granted: &'a Granting,
}

pub async fn insert(scope: &mut Scope<Writing>, new: &NewGroup<'_>) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "INSERT INTO \"group\" (organization_id, id, slug, name, name_key, description, role_id, granted_by, granted_at,
             parent_id, created_at, revision, search)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $11, $12)",
    )
    .bind(organization)
    .bind(new.id)
    .bind(new.slug)
    .bind(new.name)
    .bind(new.name.to_lowercase())
    .bind(new.description)
    .bind(new.role)
    .bind(json(&new.granted.by)?)
    .bind(new.granted.at)
    .bind(crate::db::Maybe(new.parent))
    .bind(revision)
    .bind(name_search::text(new.name))
    .conflict(Refusal::SlugTaken {
        slug: new.slug.to_owned(),
    })
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Name, slug, description and parent.
pub async fn update(scope: &mut Scope<Writing>, group: &Group) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE \"group\" SET slug = $3, name = $4, name_key = $5, description = $6, parent_id = $7, revision = $8,
             search = $9
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(group.id)
    .bind(group.slug.as_str())
    .bind(group.name.as_str())
    .bind(group.name.to_lowercase())
    .bind(group.description.as_str())
    .bind(crate::db::Maybe(group.parent.as_ref().map(|parent| parent.id)))
    .bind(revision)
    .bind(name_search::text(&group.name))
    .conflict(Refusal::SlugTaken {
        slug: group.slug.clone(),
    })
    .execute(scope.tx())
    .await?;
    Ok(())
}

pub async fn set_role(scope: &mut Scope<Writing>, id: GroupId, role: RoleId, granted: &Granting) -> Result<()> {
    let (organization, revision) = (scope.organization().id, scope.revision());
    query(
        "UPDATE \"group\" SET role_id = $3, granted_by = $4, granted_at = $5, revision = $6
         WHERE organization_id = $1 AND id = $2",
    )
    .bind(organization)
    .bind(id)
    .bind(role)
    .bind(json(&granted.by)?)
    .bind(granted.at)
    .bind(revision)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// With its memberships and its places on projects.
pub async fn delete(scope: &mut Scope<Writing>, id: GroupId) -> Result<()> {
    let organization = scope.organization().id;
    for statement in [
        "UPDATE \"group\" SET parent_id = NULL WHERE organization_id = $1 AND parent_id = $2",
        "DELETE FROM \"group\" WHERE organization_id = $1 AND id = $2",
    ] {
        query(statement).bind(organization).bind(id).execute(scope.tx()).await?;
    }
    Ok(())
}

/// What the group has on projects.
pub async fn project_roles(scope: &mut Scope<impl Mode>, id: GroupId) -> Result<Vec<(ProjectId, RoleId)>> {
    let organization = scope.organization().id;
    let rows = query("SELECT project_id, role_id FROM project_access WHERE organization_id = $1 AND subject_id = $2")
        .bind(organization)
        .bind(id)
        .fetch_all(scope.tx())
        .await?;
    rows.iter()
        .map(|row| Ok((row.id("project_id")?, row.id("role_id")?)))
        .collect()
}

/// Who is in it, by name.
pub async fn members(
    scope: &mut Scope<impl Mode>,
    id: GroupId,
    needle: Option<&str>,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<(Place, GroupMember)>> {
    let after = after.unwrap_or(Place {
        name_key: String::new(),
        id: Uuid::nil(),
    });
    let condition = "(f.name_key, f.principal_id) > ($3, $4) AND ($6 IS NULL OR f.search LIKE $6 ESCAPE '!')";
    rows_of(scope, id, condition, |statement| {
        let pattern = needle.map(name_search::pattern);
        statement.bind(after.name_key).bind(after.id).bind(limit).bind(pattern)
    })
    .await
}

/// # Errors
/// The member or service account is not in the group.
pub async fn member(scope: &mut Scope<impl Mode>, id: GroupId, principal: Principal) -> Result<Option<GroupMember>> {
    let found = rows_of(scope, id, "f.principal_id = $3 AND $4 = $4", |statement| {
        statement.bind(principal).bind(principal).bind(1_i64)
    })
    .await?;
    Ok(found.into_iter().next().map(|(_, member)| member))
}

async fn rows_of(
    scope: &mut Scope<impl Mode>,
    id: GroupId,
    condition: &str,
    bind: impl FnOnce(Query) -> Query,
) -> Result<Vec<(Place, GroupMember)>> {
    let organization = scope.organization().id;
    let statement = assembled(format!(
        "SELECT f.principal_id, f.member_id, f.service_account_id, f.origin, f.until, f.granted_by, f.granted_at, f.name_key,
             f.name, f.username, f.email
         FROM (
             SELECT gm.principal_id, gm.member_id, gm.service_account_id, gm.origin, gm.until, gm.granted_by, gm.granted_at,
                 m.name_key, a.name, a.username, a.email, m.search
             FROM group_member gm
             JOIN membership m ON m.organization_id = gm.organization_id AND m.id = gm.member_id
             JOIN account a ON a.id = m.account_id
             WHERE gm.organization_id = $1 AND gm.group_id = $2
             UNION ALL
             SELECT gm.principal_id, gm.member_id, gm.service_account_id, gm.origin, gm.until, gm.granted_by, gm.granted_at,
                 s.name_key, s.name, NULL AS username, NULL AS email, s.name_key || ' ' || s.search
             FROM group_member gm
             JOIN service_account s ON s.organization_id = gm.organization_id AND s.id = gm.service_account_id
             WHERE gm.organization_id = $1 AND gm.group_id = $2
         ) f
         WHERE {condition}
         ORDER BY f.name_key, f.principal_id
         LIMIT $5 + 0"
    ))
    .bind(organization)
    .bind(id);
    let rows = bind(statement).fetch_all(scope.tx()).await?;
    rows.iter().map(member_row).collect()
}

fn member_row(row: &Row) -> Result<(Place, GroupMember)> {
    let member: Option<MemberId> = row.maybe_id("member_id")?;
    let service_account: Option<ServiceAccountId> = row.maybe_id("service_account_id")?;
    let principal = match (member, service_account) {
        (Some(member), _) => Principal::Member(member),
        (None, Some(service_account)) => Principal::ServiceAccount(service_account),
        (None, None) => return Err(Error::Corrupt("a group member who is nobody".to_owned())),
    };
    let place = Place {
        name_key: row.get("name_key")?,
        id: row.get("principal_id")?,
    };
    let member = GroupMember {
        principal,
        name: row.get("name")?,
        username: row.get("username")?,
        email: row.get("email")?,
        until: row.get("until")?,
        origin: row.get("origin")?,
        granted: row.granting("granted")?,
    };
    Ok((place, member))
}

/// Puts somebody into the group, or gives their place in it another end.
pub async fn put_member(
    scope: &mut Scope<Writing>,
    id: GroupId,
    principal: Principal,
    until: Option<Timestamp>,
    origin: &str,
    granted: &Granting,
) -> Result<()> {
    let organization = scope.organization().id;
    let (member, service_account) = match principal {
        Principal::Member(member) => (Some(member), None),
        Principal::ServiceAccount(service_account) => (None, Some(service_account)),
        Principal::Account(_) => return Err(Error::Corrupt("an account is in no group".to_owned())),
    };
    query(
        "INSERT INTO group_member (organization_id, group_id, principal_id, member_id, service_account_id, origin, until,
             granted_by, granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (organization_id, group_id, principal_id) DO UPDATE
         SET origin = excluded.origin, until = excluded.until, granted_by = excluded.granted_by,
             granted_at = excluded.granted_at",
    )
    .bind(organization)
    .bind(id)
    .bind(principal)
    .bind(crate::db::Maybe(member))
    .bind(crate::db::Maybe(service_account))
    .bind(origin)
    .bind(until)
    .bind(json(&granted.by)?)
    .bind(granted.at)
    .execute(scope.tx())
    .await?;
    Ok(())
}

pub async fn remove_member(scope: &mut Scope<Writing>, id: GroupId, principal: Principal) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM group_member WHERE organization_id = $1 AND group_id = $2 AND principal_id = $3")
        .bind(organization)
        .bind(id)
        .bind(principal)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// The name of a service account, to be put into a group.
///
/// # Errors
/// There is no such service account in this organization.
pub async fn service_account_name(scope: &mut Scope<impl Mode>, id: ServiceAccountId) -> Result<String> {
    let organization = scope.organization().id;
    let row = query("SELECT name FROM service_account WHERE organization_id = $1 AND id = $2")
        .bind(organization)
        .bind(id)
        .fetch_optional(scope.tx())
        .await?;
    row.ok_or(Error::Refused(Refusal::NotFound {
        what: "service account",
    }))?
    .get("name")
}

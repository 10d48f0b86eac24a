//! Who holds what, counted by what they hold alike: a change to a role of a hundred thousand members is weighed by looking
//! at a few signatures instead of at each of them.

mod project;

use std::collections::HashMap;

use domain::Timestamp;
use domain::id::{GroupId, MemberId, ProjectId, RoleId, ServiceAccountId};
use domain::project::Mapped;

use crate::db::{Result, Row, assembled, query};
use crate::people::Place;
use crate::{Mode, Scope};
pub(crate) use project::mapped;
pub use project::{GrantOnProject, ProjectState, mapped_projects, project, projects};

/// What members hold alike: their own role, if it has not ended, and the groups they are in now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    pub role: Option<RoleId>,
    /// In the order of their ids.
    pub groups: Vec<GroupId>,
}

/// Whose signatures are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holders {
    /// Whose own role this is.
    OfRole(RoleId),
    Everyone,
}

/// A member or service account by itself.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Mapped,
    pub name: String,
    pub signature: Signature,
}

// Superusers hold everything and the suspended nothing, whatever changes: neither gains nor loses. Both sets are small.
const COUNTED: &str = "m.standing = 'active'
         AND m.account_id NOT IN (SELECT id FROM account WHERE superuser)
         AND m.account_id NOT IN (SELECT id FROM account WHERE suspended_at IS NOT NULL)";

/// How many active members have which signature; those in groups as far as anybody is in one.
pub async fn count(scope: &mut Scope<impl Mode>, holders: &Holders, now: Timestamp) -> Result<HashMap<Signature, i64>> {
    let mut counts = grouped(scope, now).await?;
    let mut in_groups: HashMap<Option<RoleId>, i64> = HashMap::new();
    for (signature, count) in &counts {
        *in_groups.entry(signature.role).or_default() += count;
    }
    for (role, count) in by_role(scope, holders, now).await? {
        let alone = count - in_groups.get(&role).copied().unwrap_or(0);
        if alone > 0 {
            let groups = Vec::new();
            counts.insert(Signature { role, groups }, alone);
        }
    }
    Ok(counts)
}

async fn by_role(
    scope: &mut Scope<impl Mode>,
    holders: &Holders,
    now: Timestamp,
) -> Result<HashMap<Option<RoleId>, i64>> {
    let narrowing = match holders {
        Holders::OfRole(_) => "m.role_id = $3",
        Holders::Everyone => "TRUE",
    };
    let mut statement = assembled(format!(
        "SELECT m.role_id, (m.role_until IS NULL OR m.role_until > $2) AS live, COUNT(*) AS count
         FROM membership m
         WHERE m.organization_id = $1 AND {narrowing} AND {COUNTED}
         GROUP BY m.role_id, (m.role_until IS NULL OR m.role_until > $2)"
    ))
    .bind(scope.organization().id)
    .bind(now);
    if let Holders::OfRole(role) = holders {
        statement = statement.bind(*role);
    }
    let mut counts = HashMap::new();
    for row in statement.fetch_all(scope.tx()).await? {
        *counts.entry(live_role(&row)?).or_default() += row.get::<i64>("count")?;
    }
    Ok(counts)
}

fn live_role(row: &Row) -> Result<Option<RoleId>> {
    Ok(if row.get::<bool>("live")? {
        Some(row.id("role_id")?)
    } else {
        None
    })
}

async fn grouped(scope: &mut Scope<impl Mode>, now: Timestamp) -> Result<HashMap<Signature, i64>> {
    let gathered = gathered(scope);
    let rows = assembled(format!(
        "SELECT m.role_id, (m.role_until IS NULL OR m.role_until > $2) AS live, g.gathered, COUNT(*) AS count
         FROM (
             SELECT gm.principal_id, {gathered} AS gathered
             FROM group_member gm
             WHERE gm.organization_id = $1 AND (gm.until IS NULL OR gm.until > $2)
             GROUP BY gm.principal_id
         ) g
         JOIN membership m ON m.organization_id = $1 AND m.id = g.principal_id
         WHERE {COUNTED}
         GROUP BY m.role_id, (m.role_until IS NULL OR m.role_until > $2), g.gathered"
    ))
    .bind(scope.organization().id)
    .bind(now)
    .fetch_all(scope.tx())
    .await?;
    let mut counts = HashMap::new();
    for row in rows {
        let signature = Signature {
            role: live_role(&row)?,
            groups: groups(&row)?,
        };
        *counts.entry(signature).or_default() += row.get::<i64>("count")?;
    }
    Ok(counts)
}

/// The ids of somebody's groups in one text.
fn gathered(scope: &mut Scope<impl Mode>) -> &'static str {
    if scope.tx().is_sqlite() {
        "group_concat(hex(gm.group_id))"
    } else {
        "string_agg(gm.group_id::text, ',')"
    }
}

fn groups(row: &Row) -> Result<Vec<GroupId>> {
    let text: Option<String> = row.get("gathered")?;
    let mut groups: Vec<GroupId> = text
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .filter_map(|id| uuid::Uuid::parse_str(id).ok())
        .map(domain::id::Id::from_uuid)
        .collect();
    groups.sort_unstable();
    Ok(groups)
}

/// Which people are wanted by name.
#[derive(Clone, Debug)]
pub enum Named {
    OfRole(RoleId),
    InGroup(GroupId),
    Members(Vec<MemberId>),
    /// By name, from the first.
    Everyone,
}

/// Active members one by one, by name, at most so many.
pub async fn people(scope: &mut Scope<impl Mode>, named: &Named, now: Timestamp, limit: i64) -> Result<Vec<Person>> {
    let narrowing = match named {
        Named::OfRole(_) => "m.role_id = $4".to_owned(),
        Named::InGroup(_) => "m.id IN (
             SELECT x.principal_id FROM group_member x
             WHERE x.organization_id = $1 AND x.group_id = $4 AND (x.until IS NULL OR x.until > $2)
         )"
        .to_owned(),
        Named::Members(members) => {
            let places: Vec<_> = (0..members.len()).map(|index| format!("${}", index + 4)).collect();
            format!(
                "m.id IN ({})",
                if places.is_empty() {
                    "NULL".to_owned()
                } else {
                    places.join(", ")
                }
            )
        }
        Named::Everyone => "TRUE".to_owned(),
    };
    let gathered = gathered(scope);
    let mut statement = assembled(format!(
        "SELECT m.id, a.name, m.role_id, (m.role_until IS NULL OR m.role_until > $2) AS live,
             (
                 SELECT {gathered} FROM group_member gm
                 WHERE gm.organization_id = $1 AND gm.principal_id = m.id AND (gm.until IS NULL OR gm.until > $2)
             ) AS gathered
         FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE m.organization_id = $1 AND {narrowing} AND {COUNTED}
         ORDER BY m.name_key, m.id
         LIMIT $3 + 0"
    ))
    .bind(scope.organization().id)
    .bind(now)
    .bind(limit);
    match named {
        Named::OfRole(role) => statement = statement.bind(*role),
        Named::InGroup(group) => statement = statement.bind(*group),
        Named::Members(members) => {
            for member in members {
                statement = statement.bind(*member);
            }
        }
        Named::Everyone => {}
    }
    let rows = statement.fetch_all(scope.tx()).await?;
    rows.iter()
        .map(|row| {
            Ok(Person {
                id: Mapped::Member(row.id("id")?),
                name: row.get("name")?,
                signature: Signature {
                    role: live_role(row)?,
                    groups: groups(row)?,
                },
            })
        })
        .collect()
}

/// Who may have something by one of these roles, straight or through a group, or by what reaches this project; by name, from
/// a place on. Not all of them need have it: a grant may have ended.
pub async fn candidates(
    scope: &mut Scope<impl Mode>,
    roles: &[RoleId],
    project: Option<ProjectId>,
    after: &Place,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(Place, Person)>> {
    let gathered = gathered(scope);
    let places: Vec<_> = (0..roles.len()).map(|index| format!("${}", index + 7)).collect();
    let roles_in = if places.is_empty() {
        "NULL".to_owned()
    } else {
        places.join(", ")
    };
    let by_project = match project {
        None => "$6 IS NOT NULL".to_owned(),
        Some(_) => "m.id IN (
                 SELECT o.member_id FROM ownership o WHERE o.organization_id = $1 AND o.thing_id = $6
             ) OR m.id IN (
                 SELECT pa.member_id FROM {grants} pa WHERE pa.organization_id = $1 AND pa.project_id = $6
             ) OR m.id IN (
                 SELECT x.principal_id
                 FROM group_member x
                 JOIN project_access pa ON pa.organization_id = x.organization_id AND pa.group_id = x.group_id
                 WHERE x.organization_id = $1 AND pa.project_id = $6
             )"
        .replace("{grants}", crate::project_access::grants(scope)),
    };
    let mut statement = assembled(format!(
        "SELECT m.id, m.name_key, a.name, m.role_id, (m.role_until IS NULL OR m.role_until > $2) AS live,
             (
                 SELECT {gathered} FROM group_member gm
                 WHERE gm.organization_id = $1 AND gm.principal_id = m.id AND (gm.until IS NULL OR gm.until > $2)
             ) AS gathered
         FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE m.organization_id = $1 AND (m.name_key, m.id) > ($4, $5) AND m.standing = 'active'
             AND a.suspended_at IS NULL
             AND (m.role_id IN ({roles_in}) OR m.id IN (
                 SELECT x.principal_id
                 FROM group_member x
                 JOIN \"group\" g ON g.organization_id = x.organization_id AND g.id = x.group_id
                 WHERE x.organization_id = $1 AND g.role_id IN ({roles_in})
             ) OR {by_project})
         ORDER BY m.name_key, m.id
         LIMIT $3 + 0"
    ))
    .bind(scope.organization().id)
    .bind(now)
    .bind(limit)
    .bind(after.name_key.as_str())
    .bind(after.id)
    .bind(crate::db::Maybe(project));
    for role in roles {
        statement = statement.bind(*role);
    }
    let rows = statement.fetch_all(scope.tx()).await?;
    rows.iter()
        .map(|row| {
            let id: MemberId = row.id("id")?;
            let place = Place {
                name_key: row.get("name_key")?,
                id: domain::id::Id::uuid(id),
            };
            let person = Person {
                id: Mapped::Member(id),
                name: row.get("name")?,
                signature: Signature {
                    role: live_role(row)?,
                    groups: groups(row)?,
                },
            };
            Ok((place, person))
        })
        .collect()
}

/// All active service accounts: there are few.
pub async fn service_accounts(scope: &mut Scope<impl Mode>, now: Timestamp) -> Result<Vec<Person>> {
    let gathered = gathered(scope);
    let rows = assembled(format!(
        "SELECT s.id, s.name, s.role_id, (s.role_until IS NULL OR s.role_until > $2) AS live,
             (
                 SELECT {gathered} FROM group_member gm
                 WHERE gm.organization_id = $1 AND gm.principal_id = s.id AND (gm.until IS NULL OR gm.until > $2)
             ) AS gathered
         FROM service_account s
         WHERE s.organization_id = $1 AND s.deactivated_at IS NULL
         ORDER BY s.name_key, s.id
         LIMIT 1000"
    ))
    .bind(scope.organization().id)
    .bind(now)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Person {
                id: Mapped::ServiceAccount(row.id::<ServiceAccountId>("id")?),
                name: row.get("name")?,
                signature: Signature {
                    role: live_role(row)?,
                    groups: groups(row)?,
                },
            })
        })
        .collect()
}

/// Which role each group gives.
pub async fn group_roles(scope: &mut Scope<impl Mode>) -> Result<HashMap<GroupId, RoleId>> {
    let organization = scope.organization().id;
    let rows = query("SELECT id, role_id FROM \"group\" WHERE organization_id = $1")
        .bind(organization)
        .fetch_all(scope.tx())
        .await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.id("role_id")?))).collect()
}

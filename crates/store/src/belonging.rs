//! In which groups members and service accounts are, read for a page of them at once.

use std::collections::HashMap;
use std::hash::Hash;

use domain::id::{Id, MemberId};
use domain::member::{Belonging, Member};

use crate::db::{Result, assembled};
use crate::{Mode, Scope};

/// Fills in the groups of these members.
pub async fn fill(scope: &mut Scope<impl Mode>, members: &mut [&mut Member]) -> Result<()> {
    let ids: Vec<MemberId> = members.iter().map(|member| member.id).collect();
    let mut groups = of_principals(scope, &ids).await?;
    for member in members {
        member.groups = groups.remove(&member.id).unwrap_or_default();
    }
    Ok(())
}

/// Of members or of service accounts; groups by their names.
pub async fn of_principals<I: Id + Hash>(
    scope: &mut Scope<impl Mode>,
    ids: &[I],
) -> Result<HashMap<I, Vec<Belonging>>> {
    let mut groups: HashMap<I, Vec<Belonging>> = HashMap::new();
    if ids.is_empty() {
        return Ok(groups);
    }
    // One text however many they are, so that the database knows it already.
    let (these, list) = listed(scope, ids);
    let statement = assembled(format!(
        "SELECT gm.principal_id, gm.until, gm.origin, gm.granted_by, gm.granted_at, g.id, g.slug, g.name, g.role_id
         FROM group_member gm
         JOIN \"group\" g ON g.organization_id = gm.organization_id AND g.id = gm.group_id
         WHERE gm.organization_id = $1 AND gm.principal_id {these}
         ORDER BY g.name_key, g.id"
    ))
    .bind(scope.organization().id)
    .bind(list);
    for row in statement.fetch_all(scope.tx()).await? {
        let belonging = Belonging {
            group: row.id("id")?,
            slug: row.get("slug")?,
            name: row.get("name")?,
            role: row.id("role_id")?,
            until: row.get("until")?,
            origin: row.get("origin")?,
            granted: row.granting("granted")?,
        };
        groups.entry(row.id("principal_id")?).or_default().push(belonging);
    }
    Ok(groups)
}

/// Being one of the ids, and the text of them that is bound as `$2`.
fn listed<I: Id>(scope: &mut Scope<impl Mode>, ids: &[I]) -> (&'static str, String) {
    let ids: Vec<String> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    if scope.tx().is_sqlite() {
        let list = format!("[\"{}\"]", ids.join("\",\""));
        ("IN (SELECT unhex(value) FROM json_each($2))", list)
    } else {
        ("= ANY(string_to_array($2, ',')::UUID[])", ids.join(","))
    }
}

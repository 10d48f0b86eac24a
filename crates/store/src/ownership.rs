//! What members own. Every kind of thing that can be owned writes its row here.

use domain::id::{Id, MemberId};
use domain::ownership::Owned;

use crate::db::{Result, query};
use crate::{Mode, Scope, Writing};

pub async fn of_member(scope: &mut Scope<impl Mode>, member: MemberId) -> Result<Vec<Owned>> {
    let organization = scope.organization().id;
    let rows = query(
        "SELECT kind, public_id, name
         FROM ownership
         WHERE organization_id = $1 AND member_id = $2
         ORDER BY kind, name, thing_id
         LIMIT 500",
    )
    .bind(organization)
    .bind(member)
    .fetch_all(scope.tx())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Owned {
                kind: row.get("kind")?,
                id: row.get("public_id")?,
                name: row.get("name")?,
                organization: None,
            })
        })
        .collect()
}

/// Says that a member owns a thing: `kind` is its noun.
pub async fn insert(scope: &mut Scope<Writing>, thing: impl Id, kind: &str, name: &str, owner: MemberId) -> Result<()> {
    let organization = scope.organization().id;
    query(
        "INSERT INTO ownership (organization_id, thing_id, kind, public_id, name, member_id)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(organization)
    .bind(thing.uuid())
    .bind(kind)
    .bind(thing.to_string())
    .bind(name)
    .bind(owner)
    .execute(scope.tx())
    .await?;
    Ok(())
}

/// Gives all that one member owns to another. Returns how many things.
pub async fn transfer(scope: &mut Scope<Writing>, from: MemberId, to: MemberId) -> Result<u64> {
    let organization = scope.organization().id;
    query("UPDATE ownership SET member_id = $3 WHERE organization_id = $1 AND member_id = $2")
        .bind(organization)
        .bind(from)
        .bind(to)
        .execute(scope.tx())
        .await
}

/// Gives one thing to another member.
pub async fn set_owner(scope: &mut Scope<Writing>, thing: impl Id, owner: MemberId) -> Result<()> {
    let organization = scope.organization().id;
    query("UPDATE ownership SET member_id = $3 WHERE organization_id = $1 AND thing_id = $2")
        .bind(organization)
        .bind(thing.uuid())
        .bind(owner)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// What a thing is called, also where it is only listed as owned.
pub async fn rename(scope: &mut Scope<Writing>, thing: impl Id, name: &str) -> Result<()> {
    let organization = scope.organization().id;
    query("UPDATE ownership SET name = $3 WHERE organization_id = $1 AND thing_id = $2")
        .bind(organization)
        .bind(thing.uuid())
        .bind(name)
        .execute(scope.tx())
        .await?;
    Ok(())
}

/// The thing is gone.
pub async fn delete(scope: &mut Scope<Writing>, thing: impl Id) -> Result<()> {
    let organization = scope.organization().id;
    query("DELETE FROM ownership WHERE organization_id = $1 AND thing_id = $2")
        .bind(organization)
        .bind(thing.uuid())
        .execute(scope.tx())
        .await?;
    Ok(())
}

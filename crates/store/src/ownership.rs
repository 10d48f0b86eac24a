//! What members own. Every kind of thing that can be owned writes its row here.

use domain::id::MemberId;
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
    rows.iter().map(|row| Ok(Owned { kind: row.get("kind")?, id: row.get("public_id")?, name: row.get("name")? })).collect()
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

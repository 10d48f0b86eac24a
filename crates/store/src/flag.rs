//! What is the matter with organizations, told from what is there: nothing is kept that could go stale.

use domain::id::{OrganizationId, RoleId};
use domain::role::OWNER;

use crate::db::{Result, assembled};
use crate::{Mode, Tx};

/// Which of them have nobody who can act as their Owner. Two queries, however many are asked about.
pub async fn without_active_owner(
    tx: &mut Tx<impl Mode>,
    organizations: &[OrganizationId],
) -> Result<Vec<OrganizationId>> {
    let roles = owner_roles(tx, organizations).await?;
    let owned = with_active_member(tx, &roles).await?;
    Ok(organizations
        .iter()
        .filter(|organization| !owned.contains(organization))
        .copied()
        .collect())
}

async fn owner_roles(
    tx: &mut Tx<impl Mode>,
    organizations: &[OrganizationId],
) -> Result<Vec<(OrganizationId, RoleId)>> {
    if organizations.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..organizations.len() + 2)
        .map(|number| format!("${number}"))
        .collect();
    let mut statement = assembled(format!(
        "SELECT organization_id, id FROM role
         WHERE applies_to = 'organization' AND slug = $1 AND organization_id IN ({})",
        places.join(", ")
    ))
    .bind(OWNER);
    for organization in organizations {
        statement = statement.bind(*organization);
    }
    let rows = statement.fetch_all(tx).await?;
    rows.iter()
        .map(|row| Ok((row.id("organization_id")?, row.id("id")?)))
        .collect()
}

/// In which organizations somebody who can sign in holds the role.
///
/// The role is bound, not joined, so that PostgreSQL knows how few hold it; and the standing is no bare column, as SQLite
/// would take its index, in which nearly all members are.
async fn with_active_member(tx: &mut Tx<impl Mode>, roles: &[(OrganizationId, RoleId)]) -> Result<Vec<OrganizationId>> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let holds: Vec<String> = (0..roles.len())
        .map(|number| {
            format!(
                "m.organization_id = ${} AND m.role_id = ${}",
                number * 2 + 1,
                number * 2 + 2
            )
        })
        .collect();
    let mut statement = assembled(format!(
        "SELECT DISTINCT m.organization_id
         FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE ({}) AND m.standing || '' = 'active' AND a.suspended_at IS NULL",
        holds.join(" OR ")
    ));
    for (organization, role) in roles {
        statement = statement.bind(*organization).bind(*role);
    }
    let rows = statement.fetch_all(tx).await?;
    rows.iter().map(|row| row.id("organization_id")).collect()
}

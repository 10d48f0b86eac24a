//! What is the matter with organizations, told from what is there: nothing is kept that could go stale.

use std::fmt::Write as _;

use domain::id::OrganizationId;
use domain::role::OWNER;

use crate::db::{Result, assembled};
use crate::{Mode, Tx};

/// Which of them have nobody who can act as their Owner. One query, however many are asked about.
pub async fn without_active_owner(
    tx: &mut Tx<impl Mode>,
    organizations: &[OrganizationId],
) -> Result<Vec<OrganizationId>> {
    if organizations.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = String::new();
    for number in 0..organizations.len() {
        let _ = write!(ids, "{}${}", if number == 0 { "" } else { ", " }, number + 2);
    }
    let mut statement = assembled(format!(
        "SELECT o.id FROM organization o
         WHERE o.id IN ({ids}) AND NOT EXISTS (
             SELECT 1
             FROM role r
             JOIN membership m ON m.organization_id = r.organization_id AND m.role_id = r.id
             JOIN account a ON a.id = m.account_id
             WHERE r.organization_id = o.id AND r.slug = $1 AND r.applies_to = 'organization'
                 AND m.standing = 'active' AND a.suspended_at IS NULL
         )"
    ))
    .bind(OWNER);
    for id in organizations {
        statement = statement.bind(*id);
    }
    let rows = statement.fetch_all(tx).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

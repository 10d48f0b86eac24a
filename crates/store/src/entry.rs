//! A session's first step into an organization, recorded so that its admins see who came in and when.

use domain::id::{AccountId, OrganizationId};

use crate::db::{Result, query};
use crate::{Mode, Tx};

/// When the account last entered the organization.
pub async fn last(tx: &mut Tx<impl Mode>, account: AccountId, organization: OrganizationId) -> Result<Option<domain::Timestamp>> {
    let row = query(
        "SELECT at
         FROM sign_in
         WHERE account_id = $1 AND organization_id = $2
         ORDER BY id DESC
         LIMIT 1",
    )
    .bind(account)
    .bind(organization)
    .fetch_optional(tx)
    .await?;
    row.map(|row| row.get("at")).transpose()
}

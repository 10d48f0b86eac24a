//! Where entries are forwarded to, and how far each chain has arrived there. What is behind is what the chain holds beyond
//! that: nothing else is written for it.

use domain::audit::Chain;

use crate::db::{Result, query};
use crate::{Mode, Tx};

/// The last entry of a chain that has arrived wherever it is forwarded to; `None` where it is forwarded nowhere.
pub async fn arrived(tx: &mut Tx<impl Mode>, chain: Chain) -> Result<Option<i64>> {
    let row = query(
        "SELECT MIN(COALESCE(d.number, 0)) AS number
         FROM audit_forwarding f
         LEFT JOIN audit_forwarded d ON d.organization_id = f.organization_id AND d.chain_id = $1
         WHERE f.organization_id = $1 OR f.organization_id = $2",
    )
    .bind(chain.key())
    .bind(Chain::Instance.key())
    .fetch_one(tx)
    .await?;
    row.get("number")
}

//! Whether mail goes out, by what became of the last ones: one row for the instance.

use domain::Timestamp;

use crate::db::{Result, query};
use crate::{Mode, Tx, Writing};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub works: bool,
    /// Since when it is so.
    pub since: Timestamp,
    /// When a mail was last tried.
    pub last_at: Timestamp,
    /// What the mail server said, where it did not take it.
    pub detail: Option<String>,
}

pub async fn find(tx: &mut Tx<impl Mode>) -> Result<Option<Standing>> {
    let row = query("SELECT works, since, last_at, detail FROM mail_standing")
        .fetch_optional(tx)
        .await?;
    row.map(|row| {
        Ok(Standing {
            works: row.get("works")?,
            since: row.get("since")?,
            last_at: row.get("last_at")?,
            detail: row.get("detail")?,
        })
    })
    .transpose()
}

pub async fn note(tx: &mut Tx<Writing>, works: bool, detail: Option<&str>, now: Timestamp) -> Result<()> {
    query(
        "INSERT INTO mail_standing (one, works, since, last_at, detail) VALUES (TRUE, $1, $3, $3, $2)
         ON CONFLICT (one) DO UPDATE SET
             since = CASE WHEN mail_standing.works = excluded.works THEN mail_standing.since ELSE excluded.since END,
             works = excluded.works, last_at = excluded.last_at, detail = excluded.detail",
    )
    .bind(works)
    .bind(detail)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Nothing is known of another mail server.
pub async fn forget(tx: &mut Tx<Writing>) -> Result<()> {
    query("DELETE FROM mail_standing").execute(tx).await?;
    Ok(())
}

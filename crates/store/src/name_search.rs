//! What a search of groups, projects, service accounts and organizations looks through: their names, folded as people's are.

use domain::search::folded;
use uuid::Uuid;

use crate::account::escape_like;
use crate::db::{Result, assembled};
use crate::tx::{Tx, Writing};

const TABLES: [&str; 4] = ["\"group\"", "project", "service_account", "organization"];

/// What is kept beside a name.
pub(crate) fn text(name: &str) -> String {
    folded(name)
}

/// What it is compared with.
pub(crate) fn pattern(needle: &str) -> String {
    format!("%{}%", escape_like(&folded(needle.trim())))
}

/// Whether a row is found by what is bound at `place`; the name that it is sorted by counts where nothing was folded yet.
pub(crate) fn finds(row: &'static str, place: &str) -> String {
    ["search", "name_key", "slug"]
        .map(|column| format!("{row}.{column} LIKE {place} ESCAPE '!'"))
        .join(" OR ")
}

/// Writes the texts of names with letters that fold: once, for those that were there before. The others are found by the
/// key that they are sorted by.
pub(crate) async fn fill(tx: &mut Tx<Writing>) -> Result<()> {
    for table in TABLES {
        fill_one(tx, table).await?;
    }
    Ok(())
}

async fn fill_one(tx: &mut Tx<Writing>, table: &'static str) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let rows = assembled(format!(
            "SELECT id, name FROM {table}
             WHERE id > $1 AND OCTET_LENGTH(name) <> LENGTH(name)
             ORDER BY id
             LIMIT 500"
        ))
        .bind(after)
        .fetch_all(tx)
        .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.get("id")?;
        for row in &rows {
            let (id, name): (Uuid, String) = (row.get("id")?, row.get("name")?);
            assembled(format!("UPDATE {table} SET search = $2 WHERE id = $1"))
                .bind(id)
                .bind(text(&name))
                .execute(tx)
                .await?;
        }
    }
}

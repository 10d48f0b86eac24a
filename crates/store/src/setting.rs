//! Settings of the whole instance. The revision of one is that of its own last change; none is revision 0.

use domain::Timestamp;
use domain::setting::Name;
use serde_json::Value;

use crate::db::{Result, Row, query};
use crate::{Mode, Tx, Writing};

#[derive(Clone, Debug)]
pub struct Kept {
    pub name: Name,
    pub value: Value,
    /// What is secret of it, sealed.
    pub sealed: Option<String>,
    pub revision: i64,
}

fn kept(row: &Row) -> Result<Kept> {
    Ok(Kept {
        name: row.word("name", Name::parse)?,
        value: row.json("value")?,
        sealed: row.get("sealed")?,
        revision: row.get("revision")?,
    })
}

pub async fn all(tx: &mut Tx<impl Mode>) -> Result<Vec<Kept>> {
    let rows = query("SELECT name, value, sealed, revision FROM setting ORDER BY name")
        .fetch_all(tx)
        .await?;
    rows.iter().map(kept).collect()
}

pub async fn find(tx: &mut Tx<impl Mode>, name: Name) -> Result<Option<Kept>> {
    let row = query("SELECT name, value, sealed, revision FROM setting WHERE name = $1")
        .bind(name.name())
        .fetch_optional(tx)
        .await?;
    row.as_ref().map(kept).transpose()
}

/// The first statement of a change: who reads a setting and then writes it is alone with it.
pub async fn line_up(tx: &mut Tx<Writing>) -> Result<()> {
    query("UPDATE instance SET demo = demo").execute(tx).await?;
    Ok(())
}

/// Nothing stays of it but the revision, so that every node notices.
pub async fn clear(tx: &mut Tx<Writing>, name: Name, now: Timestamp) -> Result<i64> {
    put(tx, name, &Value::Null, None, now).await
}

/// Returns the revision it has from now on.
pub async fn put(tx: &mut Tx<Writing>, name: Name, value: &Value, sealed: Option<&str>, now: Timestamp) -> Result<i64> {
    query(
        "INSERT INTO setting (name, value, sealed, revision, changed_at) VALUES ($1, $2, $3, 1, $4)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, sealed = excluded.sealed,
             revision = setting.revision + 1, changed_at = excluded.changed_at
         RETURNING revision",
    )
    .bind(name.name())
    .bind(value.to_string())
    .bind(sealed)
    .bind(now)
    .fetch_one(tx)
    .await?
    .get("revision")
}

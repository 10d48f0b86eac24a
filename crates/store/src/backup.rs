//! What a backup and its return take of the database itself: a copy of one moment, whether it is whole, and the end of
//! what a copy must not bring back to life.

use std::path::Path;

use domain::id::InstanceId;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::db::{Error, Result, assembled, query};
use crate::job::Kind;
use crate::tx::{Reading, ServerScope, Tx, Writing};

/// Steps of the engine between two calls: a megabyte or two.
const STEPS: i32 = 20_000;

/// What opens something once, or for a while. None of it may come back with an older state of the database: it may have
/// been ended since, and who has it may not be who was given it.
const ENDED: &[&str] = &[
    "session",
    "ceremony",
    "set_up_link",
    "invitation_link",
    "consent_link",
    "password_reset",
    "password_reset_link",
    "sign_up",
    "email_change",
    "idempotency",
];

/// Mails that would have made a link.
const UNSENT: &[Kind] = &[
    Kind::InvitationMail,
    Kind::ConsentMail,
    Kind::PasswordResetMail,
    Kind::SignUpMail,
    Kind::EmailChangeMail,
];

/// Copies a SQLite database that others may be writing into an empty file, as it is at one moment. `between` is called
/// every megabyte or two, and ends the copying by `false`.
///
/// # Errors
/// It cannot be read, the copy cannot be written, or `between` ended it.
pub async fn copy(from: &Path, to: &Path, between: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(from)
        .read_only(true)
        .optimize_on_close(false, None)
        .busy_timeout(std::time::Duration::from_secs(5))
        .pragma("cache_size", "-4096");
    let mut connection = SqliteConnection::connect_with(&options).await?;
    connection.lock_handle().await?.set_progress_handler(STEPS, between);
    let to = to
        .to_str()
        .ok_or_else(|| Error::Unusable(format!("The path {} is no text.", to.display())))?;
    let copied = sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connection).await;
    connection.lock_handle().await?.remove_progress_handler();
    let _only_read = connection.close().await;
    copied?;
    Ok(())
}

/// What is wrong inside the database, in the engine's own words; empty where nothing is.
pub async fn damage(scope: &mut ServerScope<Reading>) -> Result<Vec<String>> {
    if !scope.is_sqlite() {
        return Ok(Vec::new());
    }
    let rows = query("PRAGMA integrity_check(10)").fetch_all(scope).await?;
    let told: Vec<String> = rows
        .iter()
        .map(|row| row.get("integrity_check"))
        .collect::<Result<_>>()?;
    let mut damage: Vec<String> = told.into_iter().filter(|told| told != "ok").collect();
    let rows = query(r#"SELECT "table" AS name, COUNT(*) AS count FROM pragma_foreign_key_check GROUP BY "table""#)
        .fetch_all(scope)
        .await?;
    for row in rows {
        let (name, count): (String, i64) = (row.get("name")?, row.get("count")?);
        damage.push(format!("{count} rows of {name} refer to rows that are missing"));
    }
    Ok(damage)
}

/// A name by which PostgreSQL's own programs see the same moment as this transaction.
pub async fn export_snapshot(scope: &mut ServerScope<Reading>) -> Result<String> {
    query("SELECT pg_export_snapshot() AS name")
        .fetch_one(scope)
        .await?
        .get("name")
}

/// As a number: 150018 is 15.18.
pub async fn postgres_version(scope: &mut ServerScope<Reading>) -> Result<i64> {
    query("SELECT CAST(current_setting('server_version_num') AS BIGINT) AS version")
        .fetch_one(scope)
        .await?
        .get("version")
}

/// The schema that the tables are in.
pub async fn postgres_schema(scope: &mut ServerScope<Reading>) -> Result<String> {
    query("SELECT current_schema()::TEXT AS name")
        .fetch_one(scope)
        .await?
        .get("name")
}

/// How many tables a PostgreSQL database has, whoever's they are.
pub async fn postgres_tables(scope: &mut ServerScope<Reading>) -> Result<i64> {
    query(
        "SELECT COUNT(*) AS count FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
             AND n.nspname NOT LIKE 'pg_toast%'",
    )
    .fetch_one(scope)
    .await?
    .get("count")
}

/// The instance's own row as PostgreSQL's JSON, without the key that secrets are sealed by, which is returned beside it.
pub async fn postgres_instance(scope: &mut ServerScope<Reading>) -> Result<(serde_json::Value, Option<String>)> {
    let row = query("SELECT (to_jsonb(i) - 'sealing_key')::TEXT AS kept, i.sealing_key FROM instance i")
        .fetch_one(scope)
        .await?;
    Ok((row.json("kept")?, row.get("sealing_key")?))
}

/// What PostgreSQL has to do at the end of a restoration, in the same transaction: the row that no dump holds comes back,
/// and what may not come back ends.
pub fn postgres_ending(schema: &str, instance: &serde_json::Value, sealing_key: Option<&str>) -> String {
    let mut instance = instance.clone();
    if let (Some(row), Some(key)) = (instance.as_object_mut(), sealing_key) {
        row.insert("sealing_key".to_owned(), serde_json::Value::String(key.to_owned()));
    }
    let mut script = format!(
        "\nSET search_path TO {};\nINSERT INTO instance SELECT * FROM jsonb_populate_record(NULL::instance, {}::JSONB);\n",
        quoted(schema, '"'),
        quoted(&instance.to_string(), '\'')
    );
    for statement in ending() {
        script.push_str(&statement);
        script.push_str(";\n");
    }
    script
}

fn quoted(text: &str, mark: char) -> String {
    format!("{mark}{}{mark}", text.replace(mark, &format!("{mark}{mark}")))
}

fn ending() -> impl Iterator<Item = String> {
    let kinds: Vec<_> = UNSENT.iter().map(|kind| quoted(kind.name(), '\'')).collect();
    ENDED
        .iter()
        .map(|table| format!("DELETE FROM {table}"))
        .chain([format!("DELETE FROM job WHERE kind IN ({})", kinds.join(", "))])
}

/// The tables that are emptied by it.
pub fn ended() -> &'static [&'static str] {
    ENDED
}

/// Ends every session and every one-time link, and the mails that would make such.
pub async fn end_what_opens(tx: &mut Tx<Writing>) -> Result<()> {
    for statement in ending() {
        assembled(statement).execute(tx).await?;
    }
    Ok(())
}

/// How many invitations are open, whose links are good no more.
pub async fn open_invitations(tx: &mut Tx<impl crate::Mode>) -> Result<i64> {
    query("SELECT COUNT(*) AS count FROM invitation WHERE accepted_at IS NULL AND revoked_at IS NULL")
        .fetch_one(tx)
        .await?
        .get("count")
}

/// What the key in use must open, if anything was sealed yet, and the key where the database keeps it.
pub async fn key_check(tx: &mut Tx<impl crate::Mode>) -> Result<(Option<String>, Option<String>)> {
    let row = query("SELECT key_check, sealing_key FROM instance")
        .fetch_one(tx)
        .await?;
    Ok((row.get("key_check")?, row.get("sealing_key")?))
}

/// Writes the name of the instance beside its database.
///
/// # Errors
/// The file cannot be written.
pub fn mark(database: &Path, instance: InstanceId) -> Result<()> {
    crate::instance::Marker::beside(database).write(instance)
}

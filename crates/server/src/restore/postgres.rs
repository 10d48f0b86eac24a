//! Bringing a PostgreSQL instance back, in one transaction: `pg_restore` writes the statements, `psql` runs them, and behind
//! them comes what no dump holds and what may not come back.

use std::process::Stdio;

use domain::revival::Happened;
use secrecy::ExposeSecret;
use service::ambient::{self, Clock};
use service::{Database, Key, Store};
use store::Still;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::{Report, Restore, Sealed, packed_key, sealed, settle};
use crate::Refused;
use crate::backup::archive::{Archive, DUMP, Postgres};
use crate::backup::draft::Scratch;
use crate::backup::program::{Address, bare, complaint, must_be_at_least};
use crate::configuration;

pub async fn bring_back(
    restore: &Restore,
    file: &configuration::File,
    archive: &Archive,
    url: &str,
    happened: Option<Vec<Happened>>,
) -> Result<(Report, Sealed), Refused> {
    let of_postgres = archive.manifest.postgres.as_ref();
    let of_postgres = of_postgres.ok_or("The backup is damaged: it does not tell of PostgreSQL. Take another.")?;
    must_be_empty(url).await?;
    let scratch = std::env::temp_dir().join(format!("roster-restoring.{}", std::process::id()));
    let scratch =
        Scratch::make(scratch).map_err(|error| format!("No folder can be made for the time being: {error}."))?;
    archive.unpack(scratch.folder())?;
    let packed = packed_key(archive, &scratch)?;
    let check = of_postgres
        .instance
        .get("key_check")
        .and_then(serde_json::Value::as_str);
    let sealed = sealed(&restore.place, file, check, packed.as_ref())?;
    let kept = packed.filter(|_| restore.place.key.is_none() && file.key_file.is_none());
    let ending = ending(of_postgres, kept.as_ref());
    fill(&Address::parse(url)?, &scratch, &ending).await?;
    let now = Clock::System.now();
    let store = Store::open(&Database::Postgres(url.to_owned()), ambient::new_id(now), now).await?;
    let report = settle(&store, &archive.manifest, happened).await?;
    store.close().await;
    Ok((report, sealed))
}

async fn must_be_empty(url: &str) -> Result<(), Refused> {
    let still = Still::open(&Database::Postgres(url.to_owned()))?;
    let mut scope = still.look().await.map_err(|error| {
        Refused(format!(
            "PostgreSQL does not answer as asked: {error}. Check --database and the server."
        ))
    })?;
    let server_version = store::backup::postgres_version(&mut scope).await?;
    let tables = store::backup::postgres_tables(&mut scope).await?;
    drop(scope);
    still.close().await;
    if tables > 0 {
        return Err(Refused(format!(
            "The database has {tables} tables already: a backup is restored into an empty one only. Make a new database and \
             name it with --database."
        )));
    }
    must_be_at_least("pg_restore", server_version).await?;
    must_be_at_least("psql", server_version).await
}

fn ending(of_postgres: &Postgres, key: Option<&Key>) -> String {
    let key = key.map(Key::written);
    let key = key.as_ref().map(|key| key.expose_secret());
    store::backup::postgres_ending(&of_postgres.schema_name, &of_postgres.instance, key)
}

async fn fill(address: &Address, scratch: &Scratch, ending: &str) -> Result<(), Refused> {
    let mut statements = bare("pg_restore");
    statements.args(["--no-owner", "--no-privileges", "--no-comments", "--file=-"]);
    let mut statements = started(statements.arg(scratch.path(DUMP)).stdout(Stdio::piped()))?;
    let mut psql = address.command("psql");
    psql.args([
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--file=-",
    ]);
    let mut psql = started(psql.stdin(Stdio::piped()).stdout(Stdio::null()))?;
    let mut from = statements.stdout.take().ok_or("pg_restore cannot be read")?;
    let mut to = psql.stdin.take().ok_or("psql cannot be told anything")?;
    let copied = tokio::io::copy(&mut from, &mut to).await;
    let told = match &copied {
        // Nobody reads what it still has to say.
        Err(_) => {
            drop(from);
            statements.start_kill()?;
            None
        }
        Ok(_) => Some(statements.wait_with_output().await?),
    };
    if let Some(told) = told.filter(|told| !told.status.success()) {
        // Before its end of input: nothing is committed.
        psql.kill().await?;
        return Err(Refused(format!(
            "The dump cannot be read: {}. Nothing was restored.",
            complaint(&told.stderr)
        )));
    }
    if copied.is_ok() {
        // What goes wrong here is what psql tells below.
        let _told_by_psql = to.write_all(ending.as_bytes()).await;
        let _told_by_psql = to.shutdown().await;
    }
    drop(to);
    let ended = psql.wait_with_output().await?;
    if ended.status.success() && copied.is_ok() {
        return Ok(());
    }
    Err(Refused(format!(
        "PostgreSQL did not take the backup: {}. Nothing was restored.",
        complaint(&ended.stderr)
    )))
}

fn started(command: &mut Command) -> Result<Child, Refused> {
    Ok(command.spawn()?)
}

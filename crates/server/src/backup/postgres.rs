//! A backup of PostgreSQL by its own `pg_dump`, of the moment at which the counts were taken, and read back whole by its own
//! `pg_restore`.

use std::process::Stdio;

use domain::Timestamp;
use secrecy::ExposeSecret;
use service::Key;
use store::Still;
use store::still;
use tokio::io::{AsyncBufReadExt, BufReader};

use super::archive::{DUMP, KEY, Kind, Manifest, Postgres};
use super::draft::Draft;
use super::program::{Address, bare, complaint, must_be_at_least};
use crate::Refused;

/// Tables whose rows are counted when the dump is read back.
const COUNTED: usize = 4;

pub async fn dump(
    url: &str,
    still: &Still,
    draft: &Draft,
    made_at: Timestamp,
    key: Option<&Key>,
) -> Result<Manifest, Refused> {
    let mut scope = still.look_at_one_moment().await?;
    let server_version = store::backup::postgres_version(&mut scope).await?;
    must_be_at_least("pg_dump", server_version).await?;
    must_be_at_least("pg_restore", server_version).await?;
    let schema_name = store::backup::postgres_schema(&mut scope).await?;
    let facts = still::facts(&mut scope).await?;
    let (instance, _its_key) = store::backup::postgres_instance(&mut scope).await?;
    let snapshot = store::backup::export_snapshot(&mut scope).await?;
    let file = draft.file(DUMP)?;
    let output = Address::parse(url)?
        .command("pg_dump")
        .args([
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--no-comments",
            "--no-password",
        ])
        // The instance's row may have the key in it. It goes into the manifest, without.
        .arg(format!("--exclude-table-data={schema_name}.instance"))
        .arg(format!("--snapshot={snapshot}"))
        .arg(format!("--file={}", file.display()))
        .output()
        .await?;
    // The moment is held for as long as the dump is made.
    drop(scope);
    if !output.status.success() {
        return Err(Refused(format!("pg_dump failed: {}", complaint(&output.stderr))));
    }
    let counted = read_back(&file).await?;
    let awaited = [facts.organizations, facts.accounts, facts.members, facts.audit_events];
    if counted != awaited {
        return Err(Refused(format!(
            "The dump does not hold what the database did: {counted:?} rows instead of {awaited:?}. Nothing was backed up; try again."
        )));
    }
    let mut names = vec![DUMP];
    if let Some(key) = key {
        draft.write(KEY, format!("{}\n", key.written().expose_secret()).as_bytes())?;
        names.push(KEY);
    }
    let postgres = Postgres {
        server_version,
        schema_name,
        instance,
    };
    Manifest::of(draft, Kind::Postgres, made_at, facts, &names, Some(postgres))
}

/// How many rows of organizations, accounts, members and audit entries are in the dump.
async fn read_back(file: &std::path::Path) -> Result<[i64; COUNTED], Refused> {
    let mut child = bare("pg_restore")
        .arg("--file=-")
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().ok_or("pg_restore cannot be read")?;
    let mut lines = BufReader::new(stdout).split(b'\n');
    let (mut counts, mut table) = ([0; COUNTED], None);
    while let Some(line) = lines.next_segment().await? {
        if let Some(copied) = line.strip_prefix(b"COPY ") {
            table = place(copied);
        } else if line == b"\\." {
            table = None;
        } else if let Some(count) = table.and_then(|place: usize| counts.get_mut(place)) {
            *count += 1;
        }
    }
    let output = child.wait_with_output().await?;
    if output.status.success() {
        return Ok(counts);
    }
    Err(Refused(format!(
        "The dump cannot be read back: {}",
        complaint(&output.stderr)
    )))
}

fn place(copied: &[u8]) -> Option<usize> {
    let name = copied.split(|byte| *byte == b' ').next()?;
    let name = name.rsplit(|byte| *byte == b'.').next()?;
    let tables: [&[u8]; COUNTED] = [b"organization", b"account", b"membership", b"audit_event"];
    tables.iter().position(|table| *table == name)
}

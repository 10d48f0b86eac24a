//! `roster backup`: a copy of a running instance in one file, consistent, and read back before it takes its name.

pub mod archive;
pub mod draft;
mod postgres;
pub mod program;

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::ExposeSecret;
use service::ambient::Clock;
use service::{Database, Key, key};
use store::still;
use store::{ServerScope, Still};

use crate::Refused;
use crate::configuration::{self, Place};
use crate::say::say;
use archive::{KEY, Kind, MARK, Manifest, SQLITE};
use draft::Draft;

#[derive(Args)]
pub struct Backup {
    /// The file to be made, a tar archive; one that exists is never overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put the key that secrets are sealed by into the file too: whoever has the file can then read them
    #[arg(long)]
    with_key: bool,
    #[command(flatten)]
    place: Place,
}

/// The key of the instance that is backed up, and where it is.
struct Kept {
    key: Key,
    place: String,
}

pub async fn run(backup: Backup) -> Result<(), Refused> {
    tokio::select! {
        done = make(&backup) => done,
        _ = tokio::signal::ctrl_c() => Err(Refused("the backup was interrupted; nothing was made.".to_owned())),
    }
}

async fn make(backup: &Backup) -> Result<(), Refused> {
    let file = backup.place.file()?;
    let database = backup.place.database(&file)?;
    let draft = Draft::beside(&backup.file)?;
    let still = Still::open(&database)?;
    let made_at = Clock::System.now();
    let (facts, kept) = {
        let mut scope = read(still.look().await)?;
        let facts = read(still::facts(&mut scope).await)?;
        (facts, kept_key(&backup.place, &file, &mut scope).await?)
    };
    if facts.schema > still::known_schema() {
        return Err(Refused(format!(
            "The database is at migration {}, this program knows {}. Use the Roster that runs on it.",
            facts.schema,
            still::known_schema()
        )));
    }
    let key = kept.as_ref().filter(|_| backup.with_key);
    let manifest = match &database {
        Database::Sqlite(path) => of_sqlite(path, &draft, made_at, key).await?,
        Database::Postgres(url) => postgres::dump(url, &still, &draft, made_at, key.map(|kept| &kept.key)).await?,
    };
    archive::write(&draft, &manifest)?;
    archive::Archive::open(&draft.archive())?.verify()?;
    let bytes = draft.publish()?;
    tell(backup, &manifest, bytes, kept.as_ref());
    Ok(())
}

/// A database that is not Roster's, or of which nothing is left, is told as such and not by its missing tables.
fn read<T>(asked: store::Result<T>) -> Result<T, Refused> {
    let unreadable = |cause: &dyn std::fmt::Display| {
        Refused(format!(
            "This is no database of Roster, or it is damaged: {cause}. Check --data or --database, and run `roster doctor`."
        ))
    };
    asked.map_err(|error| match error {
        store::Error::Database(cause) => unreadable(&cause),
        store::Error::Damaged(cause) => unreadable(&cause),
        other => Refused::from(other),
    })
}

async fn of_sqlite(
    from: &Path,
    draft: &Draft,
    made_at: domain::Timestamp,
    key: Option<&Kept>,
) -> Result<Manifest, Refused> {
    let needed = [from.to_path_buf(), from.with_extension("db-wal")];
    let needed: u64 = needed
        .iter()
        .filter_map(|file| file.metadata().ok())
        .map(|file| file.len())
        .sum();
    // The copy, and the archive that it is put into.
    draft.must_have_room_for(needed.saturating_mul(2))?;
    let copy = draft.file(SQLITE)?;
    let handle = File::options().write(true).open(&copy)?;
    // What the copy has written is taken to the disk bit by bit: left to the end, all of it would stand before the next
    // commit of the server.
    let copied = store::backup::copy(from, &copy, move || handle.sync_data().is_ok()).await;
    copied.map_err(|error| {
        Refused(format!(
            "{} cannot be copied: {error}. Check the free space beside the new file, and run `roster doctor`.",
            from.display()
        ))
    })?;
    let still = Still::open(&Database::Sqlite(copy.clone()))?;
    let facts = {
        let mut scope = read(still.look().await)?;
        let damage = read(store::backup::damage(&mut scope).await)?;
        if let Some(first) = damage.first() {
            return Err(Refused(format!(
                "The database is damaged: {first}. Nothing was backed up. Run `roster doctor`, or restore an earlier backup."
            )));
        }
        read(still::facts(&mut scope).await)?
    };
    still.close().await;
    store::backup::mark(&copy, facts.instance)?;
    let mut names = vec![SQLITE, MARK];
    if let Some(kept) = key {
        draft.write(KEY, format!("{}\n", kept.key.written().expose_secret()).as_bytes())?;
        names.push(KEY);
    }
    Manifest::of(draft, Kind::Sqlite, made_at, facts, &names, None)
}

/// The key that opens what is sealed in the database, wherever it is kept; none where nothing was sealed yet.
async fn kept_key(
    place: &Place,
    file: &configuration::File,
    scope: &mut ServerScope<store::Reading>,
) -> Result<Option<Kept>, Refused> {
    let (check, in_database) = read(store::backup::key_check(scope).await)?;
    let Some(check) = check else { return Ok(None) };
    let found = match place.present_key(file)? {
        Some((key, place)) => Some(Kept { key, place }),
        None => match in_database {
            Some(text) => Some(Kept {
                key: Key::parse(&text).map_err(|broken| format!("The key in the database {broken}."))?,
                place: "the database".to_owned(),
            }),
            None => None,
        },
    };
    match found {
        Some(kept) if key::opens(&kept.key, &check) => Ok(Some(kept)),
        Some(kept) => Err(Refused(format!(
            "{} is not the key that this database's secrets were sealed by. Give the one that the server uses, by ROSTER_KEY \
             or key_file.",
            kept.place
        ))),
        None => Ok(None),
    }
}

/// The line that says what a backup without its key is not good for.
pub const SEALED: &str =
    "authenticator apps, connected accounts' access, single sign-on's signing keys and secrets of settings";

/// For people to read.
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn tell(backup: &Backup, manifest: &Manifest, bytes: u64, kept: Option<&Kept>) {
    let facts = &manifest.facts;
    say(format_args!(
        "Backed up {} accounts in {} organizations and {} audit entries as of {} into {} ({:.1} MiB).",
        facts.accounts,
        facts.organizations,
        facts.audit_events,
        manifest.made_at,
        backup.file.display(),
        mebibytes(bytes)
    ));
    match kept {
        Some(kept) if backup.with_key => say(format_args!(
            "The key that secrets are sealed by is inside, from {}: keep the file as safe as the key.",
            kept.place
        )),
        Some(kept) if kept.place == "the database" => say(format_args!(
            "The key that secrets are sealed by is in the database and NOT in this file. Without it {SEALED} cannot be read \
             after a restoration. Make the backup with --with-key, or keep the key apart and give it as ROSTER_KEY."
        )),
        Some(kept) => say(format_args!(
            "The key that secrets are sealed by is NOT in this file: keep a copy of {} elsewhere. Without it {SEALED} cannot \
             be read after a restoration.",
            kept.place
        )),
        None => {}
    }
}

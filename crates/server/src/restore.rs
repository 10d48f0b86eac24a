//! `roster restore`: brings an instance back from a backup into an empty place, all of it or nothing. What an older state must
//! not revive ends, and what was taken away since is told by name where anything knows of it.

mod postgres;
mod sqlite;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use domain::revival::{Happened, Revived};
use service::ambient::Clock;
use service::restoration::{self, Ended};
use service::superuser::one_line;
use service::{Database, Key, Store, key};
use store::{Still, still};

use crate::Refused;
use crate::backup::SEALED;
use crate::backup::archive::{Archive, KEY, Kind, Manifest};
use crate::backup::draft::Scratch;
use crate::configuration::{self, Place, read_key};
use crate::say::say;

#[derive(Args)]
pub struct Restore {
    /// A file that `roster backup` made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// An export of the audit log as NDJSON: what was taken away after the backup is listed by it
    #[arg(long, value_name = "FILE", conflicts_with = "former")]
    since_audit: Option<PathBuf>,
    /// The data folder or the database that is given up, for the same purpose; it is only read
    #[arg(long, value_name = "DIR|URL")]
    former: Option<String>,
    #[command(flatten)]
    place: Place,
}

/// What there is to be told at the end.
struct Report {
    ended: Ended,
    /// None where nothing told what happened since.
    revived: Option<Vec<Revived>>,
}

/// Whether what is sealed can be opened after this.
enum Sealed {
    Nothing,
    Opened(String),
    /// Nobody gave the key.
    Shut,
}

pub async fn run(restore: Restore) -> Result<(), Refused> {
    tokio::select! {
        done = bring_back(&restore) => done,
        _ = tokio::signal::ctrl_c() => Err(Refused("the restoration was interrupted; nothing was restored.".to_owned())),
    }
}

async fn bring_back(restore: &Restore) -> Result<(), Refused> {
    let file = restore.place.file()?;
    let database = restore.place.database(&file)?;
    let archive = Archive::open(&restore.file)?;
    fits(&archive.manifest, &database)?;
    let happened = happened(restore, &archive.manifest).await?;
    let (report, sealed) = match &database {
        Database::Sqlite(path) => sqlite::bring_back(restore, &file, &archive, path, happened).await?,
        Database::Postgres(url) => postgres::bring_back(restore, &file, &archive, url, happened).await?,
    };
    tell(restore, &archive.manifest, &report, &sealed);
    Ok(())
}

fn fits(manifest: &Manifest, database: &Database) -> Result<(), Refused> {
    let wanted = match database {
        Database::Sqlite(_) => Kind::Sqlite,
        Database::Postgres(_) => Kind::Postgres,
    };
    if manifest.database != wanted {
        return Err(Refused(format!(
            "This is a backup of {}, and --database says {}. Restore it into a database of its kind.",
            manifest.database.name(),
            wanted.name()
        )));
    }
    if manifest.facts.schema > still::known_schema() {
        return Err(Refused(format!(
            "The backup is at migration {}, this program knows {}: a newer Roster ({}) made it. Restore it by that version \
             or a later one.",
            manifest.facts.schema,
            still::known_schema(),
            manifest.version
        )));
    }
    Ok(())
}

/// What is known of the time after the backup, if anything is.
async fn happened(restore: &Restore, manifest: &Manifest) -> Result<Option<Vec<Happened>>, Refused> {
    if let Some(path) = &restore.since_audit {
        return exported(path).map(Some);
    }
    let Some(former) = &restore.former else { return Ok(None) };
    let former = if former.contains("://") {
        Database::Postgres(former.clone())
    } else {
        Database::Sqlite(Path::new(former).join("roster.db"))
    };
    let still = Still::open(&former)?;
    let recorded = restoration::recorded_since(&still, &manifest.facts).await;
    still.close().await;
    recorded.map(Some).map_err(|error| {
        Refused(format!(
            "--former cannot be read: {}. Restore without it, or give an export by --since-audit.",
            one_line(&error)
        ))
    })
}

fn exported(path: &Path) -> Result<Vec<Happened>, Refused> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Refused(format!(
            "The export {} cannot be read: {error}. Check the path.",
            path.display()
        ))
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let mut happened = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.map_err(|error| unreadable(&error))?;
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(&line) {
            Ok(entry) => happened.push(entry),
            Err(error) => {
                return Err(Refused(format!(
                    "{}:{number}: is no entry of an audit log as NDJSON: {error}.",
                    path.display()
                )));
            }
        }
    }
    Ok(happened)
}

/// Ends what may not come back, and finds what came back by name.
async fn settle(store: &Store, manifest: &Manifest, happened: Option<Vec<Happened>>) -> Result<Report, Refused> {
    let told = |error| Refused(one_line(&error));
    let revived = match happened {
        Some(happened) => Some(
            restoration::undone(store, &manifest.facts, happened)
                .await
                .map_err(told)?,
        ),
        None => None,
    };
    let ended = restoration::finish(store, manifest.made_at, Clock::System.now())
        .await
        .map_err(told)?;
    Ok(Report { ended, revived })
}

/// The key that came with the backup, if one did.
fn packed_key(archive: &Archive, unpacked: &Scratch) -> Result<Option<Key>, Refused> {
    archive
        .manifest
        .has(KEY)
        .then(|| read_key(&unpacked.path(KEY)))
        .transpose()
}

/// Compares the key that is at hand with what the backup has sealed.
fn sealed(
    place: &Place,
    file: &configuration::File,
    check: Option<&str>,
    packed: Option<&Key>,
) -> Result<Sealed, Refused> {
    let Some(check) = check else { return Ok(Sealed::Nothing) };
    match place.present_key(file)? {
        Some((present, _)) if key::opens(&present, check) => {
            Ok(Sealed::Opened("the one that is there already".to_owned()))
        }
        Some((_, called)) => Err(Refused(format!(
            "{called} is not the key that the backup's secrets were sealed by. Give the one that the instance was used with, \
             or take this one away."
        ))),
        None if packed.is_some_and(|packed| key::opens(packed, check)) => {
            Ok(Sealed::Opened("from the backup".to_owned()))
        }
        None => Ok(Sealed::Shut),
    }
}

fn tell(restore: &Restore, manifest: &Manifest, report: &Report, sealed: &Sealed) {
    let facts = &manifest.facts;
    say(format_args!(
        "Restored {} accounts in {} organizations and {} audit entries as of {} from {}.",
        facts.accounts,
        facts.organizations,
        facts.audit_events,
        manifest.made_at,
        restore.file.display()
    ));
    say("Every session and every one-time link has ended: people sign in again.");
    if report.ended.invitations > 0 {
        say(format_args!(
            "{} open invitations have to be sent again.",
            report.ended.invitations
        ));
    }
    tell_revived(manifest, report.revived.as_deref());
    match sealed {
        Sealed::Nothing => {}
        Sealed::Opened(how) => say(format_args!("The key that secrets are sealed by is {how}.")),
        Sealed::Shut => say(format_args!(
            "The key that secrets are sealed by was not in the backup, and none was given. Before you start, put it back as \
             {KEY} in the data folder, or give it by ROSTER_KEY. Without it {SEALED} cannot be read, and Roster does not start."
        )),
    }
}

fn tell_revived(manifest: &Manifest, revived: Option<&[Revived]>) {
    match revived {
        Some([]) => say(format_args!(
            "Nothing that was taken away after {} is there again.",
            manifest.made_at
        )),
        Some(revived) => {
            say(format_args!(
                "Taken away after the backup of {}, and there again:",
                manifest.made_at
            ));
            for revived in revived {
                say(format_args!(
                    "  {}  {}",
                    revived.at,
                    crate::client::printable(&revived.told)
                ));
            }
            say("Take it away again now, before people are let in.");
        }
        None => say(format_args!(
            "Whatever was revoked, disabled, suspended or removed after {} is there again. What that is, a backup cannot know: \
             --former or --since-audit would have listed it.",
            manifest.made_at
        )),
    }
}

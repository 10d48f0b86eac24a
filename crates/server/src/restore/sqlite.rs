//! Bringing a SQLite instance back: made ready in a folder of its own inside the data folder, and moved into place when it is
//! whole, the database last.

use std::fs;
use std::path::Path;

use domain::revival::Happened;
use service::ambient::{self, Clock};
use service::{Database, Store};
use store::Still;

use super::{Report, Restore, Sealed, packed_key, sealed, settle};
use crate::Refused;
use crate::backup::archive::{Archive, KEY, MARK, Manifest, SQLITE};
use crate::backup::draft::{Scratch, free_space, parent, sync_folder};
use crate::configuration::{self, make_private_folder};

/// Removes the data folder again if it was made and nothing came of it.
struct Made<'a>(Option<&'a Path>);

impl Drop for Made<'_> {
    fn drop(&mut self) {
        if let Some(folder) = self.0 {
            // It is not empty where the restoration has succeeded.
            let _stays_where_it_is_used = fs::remove_dir(folder);
        }
    }
}

pub async fn bring_back(
    restore: &Restore,
    file: &configuration::File,
    archive: &Archive,
    target: &Path,
    happened: Option<Vec<Happened>>,
) -> Result<(Report, Sealed), Refused> {
    let data = parent(target);
    must_be_empty(data)?;
    let _made = Made((!data.exists()).then_some(data));
    make_private_folder(data)?;
    let needed = archive.manifest.bytes();
    let free = free_space(data)?;
    if free < needed {
        return Err(Refused(format!(
            "There is no room in {}: {needed} bytes are needed, {free} are free.",
            data.display()
        )));
    }
    let unwritable = |error: std::io::Error| {
        Refused(format!(
            "{} cannot be written: {error}. Check its permissions.",
            data.display()
        ))
    };
    let scratch = Scratch::make(data.join(format!(".restoring.{}", std::process::id()))).map_err(unwritable)?;
    archive.unpack(scratch.folder())?;
    let database = scratch.path(SQLITE);
    let check = sealed_word(&database, &archive.manifest).await?;
    let packed = packed_key(archive, &scratch)?;
    let sealed = sealed(&restore.place, file, check.as_deref(), packed.as_ref())?;
    let store = Store::open(
        &Database::Sqlite(database.clone()),
        ambient::new_id(Clock::System.now()),
        Clock::System.now(),
    )
    .await?;
    let report = settle(&store, &archive.manifest, happened).await?;
    store.close().await;
    // What is still in the log beside it would be left behind.
    if fs::metadata(database.with_extension("db-wal")).is_ok_and(|log| log.len() > 0) {
        return Err(Refused(
            "The restored database could not be written out. Check the disk and try again.".to_owned(),
        ));
    }
    let place = |name: &str| fs::rename(scratch.path(name), data.join(name)).map_err(unwritable);
    // With the mark alone nothing starts, so that a power failure between the two leaves no open door.
    place(MARK)?;
    if packed.is_some() && restore.place.present_key(file)?.is_none() {
        place(KEY)?;
    }
    place(SQLITE)?;
    sync_folder(data).map_err(unwritable)?;
    Ok((report, sealed))
}

fn must_be_empty(data: &Path) -> Result<(), Refused> {
    for name in [SQLITE, MARK, "roster.db-wal", "roster.db-journal"] {
        let path = data.join(name);
        if path.symlink_metadata().is_ok() {
            return Err(Refused(format!(
                "{} is there already: a backup is restored into an empty folder only. Choose another with --data, or move \
                 this one away.",
                path.display()
            )));
        }
    }
    Ok(())
}

/// What the key in use must open. And the database is the one that the manifest tells of.
async fn sealed_word(database: &Path, manifest: &Manifest) -> Result<Option<String>, Refused> {
    let still = Still::open(&Database::Sqlite(database.to_path_buf()))?;
    let mut scope = still.look().await?;
    let facts = store::still::facts(&mut scope).await?;
    let (check, _) = store::backup::key_check(&mut scope).await?;
    drop(scope);
    still.close().await;
    if facts != manifest.facts {
        return Err(Refused(
            "The backup is damaged: its database is not the one that it tells of. Take another.".to_owned(),
        ));
    }
    Ok(check)
}

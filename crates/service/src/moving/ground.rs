//! The ground on which a dry run makes a copy of the database: a folder of its own, which nobody else can open.

use std::path::Path;

use tempfile::TempDir;

use crate::{Error, Result};

const PREFIX: &str = "tried-";

pub(crate) fn ground(folder: &Path) -> Result<TempDir> {
    let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder);
    made.map_err(|error| Error::Unavailable(format!("there is no place to try an import in: {error}")))
}

/// Removes what programs left there that were killed while they copied.
pub fn sweep(folder: &Path) {
    let left = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in left.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        if let Err(error) = std::fs::remove_dir_all(entry.path()) {
            tracing::warn!(%error, "what is left of a dry run was not removed");
        }
    }
}

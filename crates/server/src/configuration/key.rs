//! The key of sealed secrets: where it is, and how another takes its place there.

use std::fs::{self, File as Opened, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use service::ambient::Clock;
use service::{Database, Hasher, Key, Params, Roster, Settings, Store, key};

use super::{File, Place};
use crate::Refused;
use crate::backup::draft::{parent, sync_folder};

/// Where the key comes from.
pub enum KeyPlace {
    /// `ROSTER_KEY`
    Given,
    File(PathBuf),
    Database,
}

impl std::fmt::Display for KeyPlace {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given => out.write_str("ROSTER_KEY"),
            Self::File(path) => write!(out, "{}", path.display()),
            Self::Database => out.write_str("The key in the database"),
        }
    }
}

impl Place {
    /// The program's state, with the key that fits the database.
    pub async fn roster(&self, file: &File, store: Store, settings: Settings) -> Result<Roster, Refused> {
        let (key, _) = self.fitting_key(file, &store).await?;
        let hasher = Hasher::with_default_threads(Params::default());
        Ok(Roster::new(store, hasher, Clock::System, settings, key))
    }

    /// The key that what the database holds was sealed by.
    pub async fn fitting_key(&self, file: &File, store: &Store) -> Result<(Key, KeyPlace), Refused> {
        let (key, place) = self.key(file, store).await?;
        let fits = async |key: &Key| key::fits(store, key).await.map_err(|error| error.to_string());
        if fits(&key).await? {
            return Ok((key, place));
        }
        if let KeyPlace::File(path) = &place {
            // A rotation that was ended between its commit and its last step.
            let next = next_to(path);
            if next.exists() {
                let key = read_key(&next)?;
                if fits(&key).await? {
                    put_in_place(path)?;
                    return Ok((key, place));
                }
            }
        }
        Err(Refused(format!(
            "{place} is not the key that this database's secrets were sealed by. Give the one it was used with, by \
             ROSTER_KEY or key_file."
        )))
    }

    /// The key that was given or lies in the data folder, and what to call it; none is made.
    pub fn present_key(&self, file: &File) -> Result<Option<(Key, String)>, Refused> {
        if let Some(text) = &self.key {
            let key = Key::parse(text.expose_secret()).map_err(|broken| format!("ROSTER_KEY {broken}."))?;
            return Ok(Some((key, KeyPlace::Given.to_string())));
        }
        let in_folder = self.data.join("roster.key");
        let path = match &file.key_file {
            Some(path) => path,
            None if matches!(self.database(file)?, Database::Sqlite(_)) && in_folder.exists() => &in_folder,
            None => return Ok(None),
        };
        Ok(Some((read_key(path)?, path.display().to_string())))
    }

    async fn key(&self, file: &File, store: &Store) -> Result<(Key, KeyPlace), Refused> {
        if let Some(text) = &self.key {
            let key = Key::parse(text.expose_secret()).map_err(|broken| format!("ROSTER_KEY {broken}."))?;
            return Ok((key, KeyPlace::Given));
        }
        if let Some(path) = &file.key_file {
            return Ok((read_key(path)?, KeyPlace::File(path.clone())));
        }
        if !store.is_sqlite() {
            let key = key::kept_in_database(store).await.map_err(|error| error.to_string())?;
            return Ok((key, KeyPlace::Database));
        }
        let path = self.data.join("roster.key");
        if !path.exists() {
            write_key(&path, &key::new())?;
        }
        Ok((read_key(&path)?, KeyPlace::File(path)))
    }

    /// Held for as long as this program serves the SQLite file in the data folder, or to be alone with it. On PostgreSQL the
    /// database itself knows who serves.
    pub fn hold(&self, store: &Store, alone: bool) -> Result<Option<Opened>, Refused> {
        if !store.is_sqlite() {
            return Ok(None);
        }
        let path = self.data.join("roster.lock");
        let unusable = |error: std::io::Error| format!("{} cannot be locked: {error}.", path.display());
        let lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(unusable)?;
        let held = if alone { lock.try_lock() } else { lock.try_lock_shared() };
        match held {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) if alone => Err(Refused(key::SERVED.to_owned())),
            Err(TryLockError::WouldBlock) => Err(Refused(format!(
                "The key of {} is being rotated at this moment. Start again when that is done.",
                self.data.display()
            ))),
            Err(TryLockError::Error(error)) => Err(Refused(unusable(error))),
        }
    }
}

/// Beside the key in use, until everything is sealed by it.
pub fn next_to(path: &Path) -> PathBuf {
    path.with_added_extension("new")
}

pub fn read_key(path: &Path) -> Result<Key, Refused> {
    let text = fs::read_to_string(path).map_err(|error| {
        format!(
            "the key file {} cannot be read: {error}. Check the path and its permissions.",
            path.display()
        )
    })?;
    let key = Key::parse(&text).map_err(|broken| format!("the key file {} {broken}.", path.display()))?;
    Ok(key)
}

/// On disk, whole, before anything is sealed by it.
pub fn write_key(path: &Path, key: &Key) -> Result<(), Refused> {
    let draft = path.with_extension(format!("key.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        writeln!(file, "{}", key.written().expose_secret())?;
        file.sync_all()?;
        fs::hard_link(&draft, path)?;
        sync_folder(parent(path))
    });
    let removed = fs::remove_file(&draft);
    match written {
        // Another command on the same folder was faster.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        written => written.and(removed).map_err(|error| {
            let path = path.display();
            Refused(format!(
                "the key file {path} cannot be written: {error}. Check its folder."
            ))
        }),
    }
}

/// The next key takes the place of the one before. In the folder, too, before anybody is told.
pub fn put_in_place(path: &Path) -> Result<(), Refused> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let placed =
        fs::rename(next_to(path), path).and_then(|()| Opened::open(folder.unwrap_or(Path::new(".")))?.sync_all());
    placed.map_err(|error| {
        let next = next_to(path);
        Refused(format!(
            "the new key {} cannot be put in the place of {}: {error}. It is in use; put it there yourself.",
            next.display(),
            path.display()
        ))
    })
}

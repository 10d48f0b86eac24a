//! A folder beside the file to be made, in which it is made: seen by its owner alone, gone with this value, and the file
//! takes its name when everything in it is on disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::Refused;
use crate::say::complain;

pub struct Draft {
    scratch: Scratch,
    target: PathBuf,
}

/// A folder for the time being, its owner's alone, gone with this value.
pub struct Scratch(PathBuf);

impl Scratch {
    /// # Errors
    /// It exists, or what it is to stand in cannot be written.
    pub fn make(path: PathBuf) -> io::Result<Self> {
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            complain(format_args!(
                "roster: {} was left behind: {error}. Delete it.",
                self.0.display()
            ));
        }
    }
}

impl Draft {
    /// # Errors
    /// The file exists, or its folder cannot be written.
    pub fn beside(target: &Path) -> Result<Self, Refused> {
        must_be_free(target)?;
        let name = target.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| format!("{} is no name for a file.", target.display()))?;
        let folder = parent(target).join(format!(".{name}.{}", std::process::id()));
        let scratch = Scratch::make(folder).map_err(|error| {
            format!(
                "{} cannot be written: {error}. Choose a file in a folder that exists and that you may write.",
                target.display()
            )
        })?;
        Ok(Self {
            scratch,
            target: target.to_path_buf(),
        })
    }

    /// An empty file of that name, its owner's alone.
    pub fn file(&self, name: &str) -> Result<PathBuf, Refused> {
        let path = self.path(name);
        private(&path).map_err(|error| failed(&path, &error))?;
        Ok(path)
    }

    pub fn write(&self, name: &str, contents: &[u8]) -> Result<(), Refused> {
        let path = self.path(name);
        let written = private(&path).and_then(|mut file| file.write_all(contents));
        written.map_err(|error| failed(&path, &error))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// Where the whole is put together.
    pub fn archive(&self) -> PathBuf {
        self.path("archive.tar")
    }

    /// # Errors
    /// So many bytes are not free there.
    pub fn must_have_room_for(&self, bytes: u64) -> Result<(), Refused> {
        let free = free_space(self.scratch.folder())?;
        if free >= bytes {
            return Ok(());
        }
        Err(Refused(format!(
            "There is no room beside {}: {bytes} bytes are needed for the time being, {free} are free. Choose another disk.",
            self.target.display()
        )))
    }

    /// Gives the finished archive its name. Whatever has that name by now stays.
    pub fn publish(self) -> Result<u64, Refused> {
        let archive = self.archive();
        let failed = |error: io::Error| failed(&self.target, &error);
        let bytes = archive.metadata().map_err(failed)?.len();
        match fs::hard_link(&archive, &self.target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                must_be_free(&self.target)?;
            }
            // A file system without links.
            Err(_) => {
                must_be_free(&self.target)?;
                fs::rename(&archive, &self.target).map_err(failed)?;
            }
        }
        sync_folder(parent(&self.target)).map_err(failed)?;
        Ok(bytes)
    }
}

fn must_be_free(target: &Path) -> Result<(), Refused> {
    if target.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(Refused(format!(
        "{} exists and is not overwritten. Choose another name.",
        target.display()
    )))
}

fn failed(path: &Path, error: &io::Error) -> Refused {
    Refused(format!(
        "{} cannot be written: {error}. Check the free space and the folder's permissions.",
        path.display()
    ))
}

pub fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A new file that its owner alone can read.
pub fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// So that a name given in it outlives a power failure.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Bytes that may still be written there.
pub fn free_space(folder: &Path) -> Result<u64, Refused> {
    let about = rustix::fs::statvfs(folder)
        .map_err(|error| format!("{} does not tell its free space: {error}.", folder.display()))?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize))
}

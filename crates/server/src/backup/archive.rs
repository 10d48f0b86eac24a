//! The file of a backup: a tar archive (POSIX ustar) whose first entry, `manifest.json`, says what the others are and what
//! their digests must be. Unpacked by hand, what a SQLite instance has in it is a data folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::still::Facts;

use super::draft::{Draft, private};
use crate::Refused;

pub const SQLITE: &str = "roster.db";
pub const MARK: &str = "roster.instance";
pub const KEY: &str = "roster.key";
pub const DUMP: &str = "roster.dump";
const MANIFEST: &str = "manifest.json";
/// Whoever reads a file of another number does not know what is in it.
const FORMAT: u32 = 1;
/// A manifest is a page of text.
const LONGEST_MANIFEST: u64 = 1 << 20;
/// After so many bytes what was written is taken to the disk, so that no commit of a server waits behind all of it.
const STRETCH: usize = 4 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The version of the program that made it.
    pub version: String,
    /// Everything committed before this is in it.
    pub made_at: Timestamp,
    pub database: Kind,
    #[serde(flatten)]
    pub facts: Facts,
    /// On PostgreSQL what no dump holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postgres: Option<Postgres>,
    pub files: Vec<Piece>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Postgres {
    pub server_version: i64,
    /// Where the tables are.
    pub schema_name: String,
    /// The instance's own row, without its key.
    pub instance: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    pub fn of(
        draft: &Draft,
        database: Kind,
        made_at: Timestamp,
        facts: Facts,
        names: &[&str],
        postgres: Option<Postgres>,
    ) -> Result<Self, Refused> {
        let files = names.iter().map(|name| piece(draft, name)).collect::<Result<_, _>>()?;
        Ok(Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            database,
            facts,
            postgres,
            files,
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|piece| piece.name == name)
    }

    /// How many bytes it has unpacked.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|piece| piece.bytes).sum()
    }
}

fn piece(draft: &Draft, name: &str) -> Result<Piece, Refused> {
    let mut digest = Digesting::new(io::sink());
    let bytes = io::copy(&mut File::open(draft.path(name))?, &mut digest)?;
    Ok(Piece {
        name: name.to_owned(),
        bytes,
        sha256: digest.told(),
    })
}

/// Puts the pieces into the draft's archive, the manifest first, and all of it on disk.
pub fn write(draft: &Draft, manifest: &Manifest) -> Result<(), Refused> {
    let written = || -> io::Result<()> {
        let text = serde_json::to_vec_pretty(manifest)?;
        let seconds = u64::try_from(manifest.made_at.micros() / domain::time::SECOND).unwrap_or(0);
        let mut builder = tar::Builder::new(Steady::new(private(&draft.archive())?));
        let header = |bytes: u64| {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes);
            header.set_mode(0o600);
            header.set_mtime(seconds);
            header
        };
        builder.append_data(&mut header(text.len() as u64), MANIFEST, text.as_slice())?;
        for piece in &manifest.files {
            let file = File::open(draft.path(&piece.name))?;
            builder.append_data(&mut header(piece.bytes), &piece.name, file)?;
        }
        builder.into_inner()?.file.sync_all()
    };
    written().map_err(|error| Refused(format!("The archive cannot be written: {error}. Check the free space.")))
}

/// A backup that is read. Its manifest is known; whether the rest is whole shows when it is read to its end.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    pub manifest: Manifest,
}

impl Archive {
    /// # Errors
    /// It cannot be read, is no backup, or was made by a newer program.
    pub fn open(path: &Path) -> Result<Self, Refused> {
        let file = File::open(path)
            .map_err(|error| format!("The backup {} cannot be read: {error}. Check the path.", path.display()))?;
        let mut archive = tar::Archive::new(file);
        let manifest = first(&mut archive).map_err(|why| {
            Refused(format!(
                "{} is no backup of Roster, or is damaged: {why}. Take another.",
                path.display()
            ))
        })?;
        if manifest.format != FORMAT {
            return Err(Refused(format!(
                "The backup {} was made by a newer Roster ({}). Restore it by that version or a later one.",
                path.display(),
                manifest.version
            )));
        }
        Ok(Self {
            path: path.to_path_buf(),
            manifest,
        })
    }

    /// Reads it to its end and keeps nothing.
    ///
    /// # Errors
    /// A piece is missing, too much, or not as the manifest says.
    pub fn verify(&self) -> Result<(), Refused> {
        self.read(|_| Ok(Box::new(io::sink())))
    }

    /// Puts its pieces into a folder, each its owner's alone and on disk.
    ///
    /// # Errors
    /// As [`Self::verify`], or the folder cannot be written.
    pub fn unpack(&self, folder: &Path) -> Result<(), Refused> {
        self.read(|name| Ok(Box::new(Steady::new(private(&folder.join(name))?))))
    }

    fn read(&self, place: impl Fn(&str) -> io::Result<Box<dyn Sink>>) -> Result<(), Refused> {
        self.pieces(place).map_err(|why| {
            Refused(format!(
                "The backup {} is damaged: {why}. Take another.",
                self.path.display()
            ))
        })
    }

    fn pieces(&self, place: impl Fn(&str) -> io::Result<Box<dyn Sink>>) -> Result<(), String> {
        let told = |error: io::Error| error.to_string();
        let mut awaited: BTreeMap<&str, &Piece> = self
            .manifest
            .files
            .iter()
            .map(|piece| (piece.name.as_str(), piece))
            .collect();
        let mut archive = tar::Archive::new(File::open(&self.path).map_err(told)?);
        for entry in archive.entries().map_err(told)?.skip(1) {
            let mut entry = entry.map_err(told)?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let piece = awaited
                .remove(name.as_str())
                .ok_or_else(|| format!("{name} does not belong into it"))?;
            let mut sink = Digesting::new(place(&piece.name).map_err(told)?);
            let bytes = io::copy(&mut entry, &mut sink).map_err(told)?;
            if (bytes, sink.told()) != (piece.bytes, piece.sha256.clone()) {
                return Err(format!("{name} is not as it was written"));
            }
            sink.inner.keep().map_err(told)?;
        }
        match awaited.keys().next() {
            Some(missing) => Err(format!("{missing} is missing")),
            None => Ok(()),
        }
    }
}

fn first(archive: &mut tar::Archive<File>) -> Result<Manifest, String> {
    let told = |error: io::Error| error.to_string();
    let mut entries = archive.entries().map_err(told)?;
    let entry = entries.next().ok_or("it is empty")?.map_err(told)?;
    if *entry.path_bytes() != *MANIFEST.as_bytes() {
        return Err(format!("it does not begin with {MANIFEST}"));
    }
    let mut text = Vec::new();
    entry.take(LONGEST_MANIFEST).read_to_end(&mut text).map_err(told)?;
    let manifest: Manifest = match serde_json::from_slice(&text) {
        Ok(manifest) => manifest,
        Err(error) => return Err(format!("its manifest cannot be understood: {error}")),
    };
    // Names become paths: only those that are known do.
    match manifest
        .files
        .iter()
        .find(|piece| ![SQLITE, MARK, KEY, DUMP].contains(&piece.name.as_str()))
    {
        Some(piece) => Err(format!("it names the file {:?}", piece.name)),
        None => Ok(manifest),
    }
}

/// Where a piece goes.
trait Sink: Write {
    /// It is whole: puts it on disk.
    fn keep(&mut self) -> io::Result<()>;
}

impl Sink for io::Sink {
    fn keep(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Steady {
    fn keep(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// A file that is taken to the disk as it grows.
struct Steady {
    file: File,
    since: usize,
}

impl Steady {
    fn new(file: File) -> Self {
        Self { file, since: 0 }
    }
}

impl Write for Steady {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.since += written;
        if self.since >= STRETCH {
            self.file.sync_data()?;
            self.since = 0;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

struct Digesting<W> {
    inner: W,
    digest: Sha256,
}

impl<W> Digesting<W> {
    fn new(inner: W) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
        }
    }

    fn told(&self) -> String {
        self.digest
            .clone()
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

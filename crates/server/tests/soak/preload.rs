//! The library that stands between one process and its disk and clock (`preload.c`), and what it is told.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::OnceLock;

use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::house::House;

const WORDS: u64 = 9;

/// The numbers that the library reads, in its order.
#[derive(Clone, Copy)]
enum Word {
    Calls,
    First,
    Last,
    Error,
    Kinds,
    Room,
    Offset,
    Hits,
    After,
}

pub const EVERYTHING: u64 = 15;
/// `EIO`, `ENOSPC` and `EROFS`, which are the same numbers on every Linux.
pub const INPUT_OUTPUT: u64 = 5;
pub const NO_SPACE: u64 = 28;
pub const READ_ONLY: u64 = 30;

/// What becomes of what was written and not synchronised when a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Kept,
    /// A failed synchronisation loses it, and the next one says that all is well.
    Lost,
    /// All of it is lost, and the process ends at once.
    PowerFailure,
}

/// Between one process and its disk and clock.
pub struct Between {
    control: NamedTempFile,
    folder: PathBuf,
}

impl Between {
    pub fn new(house: &House) -> Self {
        let between = Self {
            control: NamedTempFile::new().unwrap(),
            folder: house.data(),
        };
        between.control.as_file().set_len(WORDS * 8).unwrap();
        between.set(Word::Room, u64::MAX);
        between
    }

    /// Starts the program with it.
    pub fn command(&self, house: &House, arguments: &[&str]) -> Command {
        let mut command = house.command(arguments);
        command
            .env("LD_PRELOAD", library())
            .env("ROSTER_SOAK_CONTROL", self.control.path())
            .env("ROSTER_SOAK_FOLDER", &self.folder);
        command
    }

    /// From now on the calls of these kinds are counted, and those from the first to the last of these numbers fail.
    pub fn fail(&self, kinds: u64, (first, last): (u64, u64), error: u64, after: After) {
        self.set(Word::Kinds, 0);
        for (word, value) in [
            (Word::Calls, 0),
            (Word::Hits, 0),
            (Word::First, first),
            (Word::Last, last),
            (Word::Error, error),
            (Word::After, after as u64),
            (Word::Kinds, kinds),
        ] {
            self.set(word, value);
        }
    }

    /// Counts, and lets everything pass.
    pub fn count(&self) {
        self.fail(EVERYTHING, (u64::MAX, 0), 0, After::Kept);
    }

    /// How many calls there were since.
    pub fn calls(&self) -> u64 {
        self.get(Word::Calls)
    }

    /// How many of them failed.
    pub fn hits(&self) -> u64 {
        self.get(Word::Hits)
    }

    /// Files may grow by so many bytes together.
    pub fn room(&self, bytes: u64) {
        self.set(Word::Room, bytes);
    }

    /// The time of day is so many microseconds later than it is, or earlier.
    pub fn shift_clock(&self, micros: i64) {
        self.set(Word::Offset, u64::from_ne_bytes(micros.to_ne_bytes()));
    }

    fn set(&self, word: Word, value: u64) {
        let at = word as u64 * 8;
        self.control.as_file().write_all_at(&value.to_ne_bytes(), at).unwrap();
    }

    fn get(&self, word: Word) -> u64 {
        let mut bytes = [0; 8];
        let file: &File = self.control.as_file();
        file.read_exact_at(&mut bytes, word as u64 * 8).unwrap();
        u64::from_ne_bytes(bytes)
    }
}

/// Built once in a process, by the C compiler that builds SQLite too.
fn library() -> &'static PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let source = folder.join(format!("preload-{}.c", std::process::id()));
        let built = source.with_extension("so");
        fs::write(&source, include_str!("preload.c")).unwrap();
        let outcome = Program::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
            .args([&built, &source])
            .arg("-ldl")
            .status();
        assert!(outcome.unwrap().success(), "the C compiler does not build preload.c");
        let _only_tidy = fs::remove_file(source);
        built
    })
}

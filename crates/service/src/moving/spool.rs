//! A file that comes over the network, kept on disk until it is there as a whole: whether it was cut off is known before
//! anything is changed, nobody's slow upload holds anything up, and its length costs no memory. Nobody else can open it, and
//! it is gone with the program.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use domain::Refusal;
use domain::moving::{Document, Fault, Header, LONGEST_LINE, Line, Seal};
use futures_util::stream;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinHandle;

use super::import::Lines;
use crate::{Error, Result};

/// Bytes of a file that a superuser sends: some twenty million people.
pub(super) const LARGEST: u64 = 8 * 1024 * 1024 * 1024;
/// The same of anybody else.
pub(super) const LARGE: u64 = 256 * 1024 * 1024;
/// Lines that are read at once, away from those who serve requests.
const AT_ONCE: usize = 1_000;

/// How many files are taken in at once: each has its place on the disk.
static PLACES: Semaphore = Semaphore::const_new(4);
/// Seconds.
const COME_BACK: u64 = 60;

/// A file that is still coming.
pub struct Spool {
    place: SemaphorePermit<'static>,
    most: u64,
    file: std::fs::File,
    seal: Seal,
    size: u64,
}

/// One that is there as a whole.
pub struct Spooled {
    _place: SemaphorePermit<'static>,
    file: std::fs::File,
}

impl Spool {
    /// # Errors
    /// The disk takes no file.
    pub(super) fn new(folder: &Path, most: u64) -> Result<Self> {
        let place = PLACES
            .try_acquire()
            .map_err(|_| Error::Busy { retry_after: COME_BACK })?;
        Ok(Self {
            place,
            most,
            file: tempfile::tempfile_in(folder).map_err(unusable)?,
            seal: Seal::default(),
            size: 0,
        })
    }

    /// # Errors
    /// The disk is full, or the file is larger than any that is taken.
    pub fn take(&mut self, bytes: &[u8]) -> Result<()> {
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.size > self.most {
            let most = self.most / 1024 / 1024;
            let fault = Fault::new(
                "file_too_large",
                format!("The file is larger than {most} MiB. Split it."),
            );
            return Err(Refusal::NotImportable(fault).into());
        }
        self.seal.take(bytes);
        self.file.write_all(bytes).map_err(unusable)
    }

    /// # Errors
    /// The file was cut off or altered.
    pub fn whole(self) -> Result<Spooled> {
        self.seal.whole().map_err(Refusal::NotImportable)?;
        Ok(Spooled {
            _place: self.place,
            file: self.file,
        })
    }
}

impl Spooled {
    /// The first line, and all others; again from the beginning, whenever it is asked.
    ///
    /// # Errors
    /// It is no file that can be imported.
    pub fn read(&self) -> Result<(Header, Lines)> {
        let file = Place {
            file: self.file.try_clone().map_err(unusable)?,
            at: 0,
        };
        let mut reader = LineReader {
            file: BufReader::with_capacity(256 * 1024, file),
            document: Document::default(),
            number: 0,
            over: false,
        };
        let first = reader.bytes()?.unwrap_or_default();
        let header = reader.document.header(&first).map_err(Refusal::NotImportable)?;
        let pages = stream::try_unfold(Ahead::At(reader), |ahead| async move {
            let reading = match ahead {
                Ahead::At(reader) => begin(reader),
                Ahead::Reading(reading) => reading,
            };
            let (page, reader) = reading.await.map_err(|error| Error::Unexpected(error.to_string()))??;
            // The next lines are read while these are worked off.
            Ok((!page.is_empty()).then(|| (page, Ahead::Reading(begin(reader)))))
        });
        Ok((header, Box::pin(pages)))
    }
}

/// Where a reader is that nobody waits for yet, or what it is about to give.
enum Ahead {
    At(LineReader),
    Reading(JoinHandle<Result<(Page, LineReader)>>),
}

type Page = Vec<(u64, Result<Line, Fault>)>;

fn begin(mut reader: LineReader) -> JoinHandle<Result<(Page, LineReader)>> {
    tokio::task::spawn_blocking(move || reader.page().map(|page| (page, reader)))
}

/// A place in a file that is the reader's own, whoever else reads the file.
struct Place {
    file: std::fs::File,
    at: u64,
}

impl Read for Place {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += u64::try_from(read).unwrap_or(u64::MAX);
        Ok(read)
    }
}

struct LineReader {
    file: BufReader<Place>,
    document: Document,
    number: u64,
    over: bool,
}

impl LineReader {
    fn page(&mut self) -> Result<Page> {
        let mut page = Vec::with_capacity(AT_ONCE);
        while page.len() < AT_ONCE && !self.over {
            let Some(bytes) = self.bytes()? else {
                self.over = true;
                break;
            };
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let line = self.document.read(&bytes);
            page.push((self.number, line));
        }
        Ok(page)
    }

    /// The next line, of one that is too long only as much as tells so.
    fn bytes(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let most = u64::try_from(LONGEST_LINE + 2).unwrap_or(u64::MAX);
        self.file
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut line)
            .map_err(unusable)?;
        if line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if !line.ends_with(b"\n") {
            self.skip()?;
        }
        Ok(Some(line))
    }

    fn skip(&mut self) -> Result<()> {
        loop {
            let buffer = self.file.fill_buf().map_err(unusable)?;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(buffer.len(), |end| end + 1);
            self.file.consume(length);
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }
}

fn unusable(error: std::io::Error) -> Error {
    Error::Unavailable(format!("a file cannot be kept while it is imported: {error}"))
}

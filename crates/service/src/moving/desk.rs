//! Imports that somebody watches at the console: first tried, then carried out if they say so, beside the requests that ask
//! how far it is. A desk is in memory and knows the files of its own node; whoever finds theirs gone sends it again.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::AccountId;
use domain::moving::{Row, Tally};
use domain::time::HOUR;
use domain::{Refusal, Timestamp};

use super::{Import, Spooled};
use crate::{Error, Request, Result, Roster};

/// Rows that are shown; the report has all of them.
const SHOWN: usize = 100;
/// How long a file is kept that nobody asks about.
const KEPT: i64 = HOUR;
/// Bytes of one read of a report.
const CHUNK: usize = 256 * 1024;

#[derive(Default)]
pub(crate) struct Desk(Mutex<HashMap<String, Arc<Job>>>);

struct Job {
    account: AccountId,
    into: Option<String>,
    spooled: Spooled,
    report: Mutex<std::fs::File>,
    seen: Mutex<Seen>,
}

/// How far an import is.
#[derive(Clone, Debug)]
pub struct Seen {
    pub name: String,
    pub stage: Stage,
    pub tally: Tally,
    /// The first rows that were not taken as they are.
    pub amiss: Vec<Row>,
    /// Whether there are others behind them.
    pub has_more: bool,
    /// Slug of the organization, as far as it is known.
    pub organization: String,
    /// Why it broke off.
    pub failure: Option<String>,
    at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Checking,
    Checked,
    Running,
    Done,
}

impl Roster {
    /// Begins to try a file, and tells by what it is asked about.
    ///
    /// # Errors
    /// The caller is no person, or the disk takes no report.
    pub fn try_import(&self, request: &Request, spooled: Spooled, name: &str, into: Option<&str>) -> Result<String> {
        let (header, _) = spooled.read()?;
        let id = crate::ambient::request_id();
        let job = Arc::new(Job {
            account: request.caller.account()?,
            into: into.map(str::to_owned),
            spooled,
            report: Mutex::new(report(self)?),
            seen: Mutex::new(Seen {
                name: name.chars().take(200).collect(),
                stage: Stage::Checking,
                tally: Tally::default(),
                amiss: Vec::new(),
                has_more: false,
                organization: into.map_or(header.organization.slug, str::to_owned),
                failure: None,
                at: request.now,
            }),
        });
        self.desk().put(id.clone(), Arc::clone(&job));
        job.begin(self, request.with_dry_run(true), Stage::Checked);
        Ok(id)
    }

    /// Carries out what was tried.
    ///
    /// # Errors
    /// There is no such import of the caller's, or it is not waiting for that.
    pub fn carry_out_import(&self, request: &Request, id: &str) -> Result<()> {
        let job = self.desk().find(request, id)?;
        {
            let mut seen = lock(&job.seen);
            if seen.stage != Stage::Checked || seen.failure.is_some() {
                return Ok(());
            }
            *seen = Seen {
                stage: Stage::Running,
                tally: Tally::default(),
                amiss: Vec::new(),
                has_more: false,
                ..seen.clone()
            };
        }
        *lock(&job.report) = report(self)?;
        job.begin(self, request.with_dry_run(false), Stage::Done);
        Ok(())
    }

    /// # Errors
    /// There is no such import of the caller's.
    pub fn watch_import(&self, request: &Request, id: &str) -> Result<Seen> {
        let job = self.desk().find(request, id)?;
        let mut seen = lock(&job.seen);
        seen.at = request.now;
        Ok(seen.clone())
    }

    /// A part of the report from there on; nothing at its end.
    ///
    /// # Errors
    /// There is no such import of the caller's.
    pub fn import_report(&self, request: &Request, id: &str, from: u64) -> Result<Vec<u8>> {
        let job = self.desk().find(request, id)?;
        let mut file = lock(&job.report);
        let mut bytes = vec![0; CHUNK];
        let read = file.seek(SeekFrom::Start(from)).and_then(|_| file.read(&mut bytes));
        bytes.truncate(read.map_err(unreadable)?);
        Ok(bytes)
    }
}

fn report(roster: &Roster) -> Result<std::fs::File> {
    tempfile::tempfile_in(&roster.settings().spool).map_err(unreadable)
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Unavailable(format!("the report of an import cannot be kept: {error}"))
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A person has one at a time; what is left behind goes.
    fn put(&self, id: String, job: Arc<Job>) {
        let mut jobs = lock(&self.0);
        jobs.retain(|_, other| other.account != job.account || lock(&other.seen).stage == Stage::Running);
        jobs.insert(id, job);
    }

    /// Gives back the places of those that nobody asks about.
    pub fn tidy(&self, now: Timestamp) {
        let is_kept = |job: &Job| {
            let seen = lock(&job.seen);
            matches!(seen.stage, Stage::Checking | Stage::Running) || now.since(seen.at) < KEPT
        };
        lock(&self.0).retain(|_, job| is_kept(job));
    }

    fn find(&self, request: &Request, id: &str) -> Result<Arc<Job>> {
        request.settled()?;
        let account = request.caller.account()?;
        let found = lock(&self.0).get(id).filter(|job| job.account == account).cloned();
        Ok(found.ok_or(Refusal::NotFound { what: "import" })?)
    }
}

impl Job {
    fn begin(self: Arc<Self>, roster: &Roster, request: Request, then: Stage) {
        let roster = roster.clone();
        tokio::spawn(async move {
            let failure = match self.walk(&roster, &request).await {
                Ok(()) => None,
                Err(error @ (Error::Unexpected(_) | Error::Unavailable(_))) => {
                    tracing::error!(?error, "an import broke off");
                    Some(error.to_string())
                }
                Err(error) => Some(error.to_string()),
            };
            let mut seen = lock(&self.seen);
            seen.stage = then;
            seen.failure = failure;
        });
    }

    async fn walk(&self, roster: &Roster, request: &Request) -> Result<()> {
        let (header, lines) = self.spooled.read()?;
        let mut import = Import::begin(roster, request, &header, lines, self.into.as_deref()).await?;
        loop {
            let rows = import.next().await?;
            if rows.is_empty() {
                return Ok(());
            }
            self.note(&rows, &import.tally)?;
        }
    }

    fn note(&self, rows: &[Row], tally: &Tally) -> Result<()> {
        let mut lines = Vec::with_capacity(rows.len() * 100);
        for row in rows {
            serde_json::to_writer(&mut lines, row).map_err(|error| Error::Unexpected(error.to_string()))?;
            lines.push(b'\n');
        }
        {
            let mut file = lock(&self.report);
            let written = file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(&lines));
            written.map_err(unreadable)?;
        }
        let mut seen = lock(&self.seen);
        seen.tally = tally.clone();
        let room = SHOWN.saturating_sub(seen.amiss.len());
        let mut amiss = rows
            .iter()
            .filter(|row| row.fault.is_some() || !row.left_out.is_empty());
        seen.amiss.extend(amiss.by_ref().take(room).cloned());
        seen.has_more |= amiss.next().is_some();
        Ok(())
    }
}

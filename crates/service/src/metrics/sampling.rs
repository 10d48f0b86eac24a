//! What the dashboard draws: a value of each measure every minute, written by upkeep and forgotten after two weeks; and what
//! the record of sign-ins tells by itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::Timestamp;
use domain::time::{DAY, HOUR, MINUTE};
use store::metric::Waiting;
use store::wait::BOUNDS;

use super::exposition::{family, histogram};
use super::{Durations, durations};
use crate::instance::superusers_only;
use crate::{Request, Result, Roster};

const EVERY: Duration = Duration::from_secs(60);
/// How long values are kept (microseconds).
const KEPT: i64 = 14 * DAY;
const MAIL_QUEUE: &str = "mail_queue";
const LATENCY_MEDIAN: &str = "latency_median";
const LATENCY_HIGH: &str = "latency_high";

/// All requests that were counted when a sample was last taken.
static LAST: Mutex<Option<Durations>> = Mutex::new(None);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub at: Timestamp,
    pub value: i64,
}

/// Sign-ins of one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hour {
    pub at: Timestamp,
    pub succeeded: i64,
    pub failed: i64,
}

/// How many people did something on one day (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub at: Timestamp,
    pub people: i64,
}

pub struct Dashboard {
    /// The last twenty-four hours, each of them.
    pub hours: Vec<Hour>,
    /// The last fourteen days, each of them.
    pub days: Vec<Day>,
    /// Of the last twenty-four hours, every quarter of an hour where something was measured.
    pub mail_queue: Vec<Sample>,
    /// Half of the requests were answered within it (microseconds).
    pub latency_median: Vec<Sample>,
    /// Ninety-five of a hundred were.
    pub latency_high: Vec<Sample>,
    pub accounts: i64,
    pub organizations: i64,
    pub sessions: i64,
    pub waiting: Waiting,
}

impl Roster {
    /// # Errors
    /// The caller is no superuser.
    pub async fn dashboard(&self, request: &Request) -> Result<Dashboard> {
        superusers_only(request)?;
        let now = request.now;
        let mut tx = self.store().see_server().await?;
        let since_day = start(now, HOUR).plus(-23 * HOUR);
        let counted = store::metric::sign_ins(&mut tx, since_day, HOUR).await?;
        let hours = (0..24).map(|number| {
            let at = since_day.plus(number * HOUR);
            let of = |success: bool| {
                counted
                    .iter()
                    .filter(|one| one.at == at && one.success == success)
                    .map(|one| one.number)
                    .sum()
            };
            Hour {
                at,
                succeeded: of(true),
                failed: of(false),
            }
        });
        let since_fortnight = start(now, DAY).plus(-13 * DAY);
        let active = store::metric::active_people(&mut tx, since_fortnight, DAY).await?;
        let days = (0..14).map(|number| {
            let at = since_fortnight.plus(number * DAY);
            let people = active
                .iter()
                .find(|(day, _)| *day == at)
                .map_or(0, |(_, people)| *people);
            Day { at, people }
        });
        let (hours, days) = (hours.collect(), days.collect());
        let since = now.plus(-DAY);
        let mut series = async |measure: &str| -> Result<Vec<Sample>> {
            let kept = store::metric::samples(&mut tx, measure, since, 15 * MINUTE).await?;
            Ok(kept.into_iter().map(|(at, value)| Sample { at, value }).collect())
        };
        let mail_queue = series(MAIL_QUEUE).await?;
        let latency_median = series(LATENCY_MEDIAN).await?;
        let latency_high = series(LATENCY_HIGH).await?;
        let sizes = store::metric::sizes(&mut tx, now).await?;
        Ok(Dashboard {
            hours,
            days,
            mail_queue,
            latency_median,
            latency_high,
            accounts: sizes.accounts,
            organizations: sizes.organizations,
            sessions: sizes.sessions,
            waiting: store::metric::waiting(&mut tx, now).await?,
        })
    }

    /// How long those waited who wanted a connection to the database, as a scrape is told it.
    pub fn waits(&self) -> String {
        let mut out = String::new();
        let name = "roster_database_wait_seconds";
        let help = "How long whoever reads or writes waits for a connection; on SQLite writers wait for their turn.";
        family(&mut out, name, "histogram", help);
        for (mode, waited) in self.store().waited() {
            let labels = format!("mode=\"{mode}\"");
            histogram(&mut out, name, &labels, &BOUNDS, &waited.numbers, waited.micros);
        }
        out
    }

    /// What a scrape is told besides what this process counted.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn gauges(&self) -> Result<Vec<(&'static str, &'static str, u64)>> {
        let now = self.now();
        let mut tx = self.store().see_server().await?;
        let sizes = store::metric::sizes(&mut tx, now).await?;
        let waiting = store::metric::waiting(&mut tx, now).await?;
        drop(tx);
        let number = |value: i64| u64::try_from(value).unwrap_or_default();
        let pool = self.store().connections();
        let memory = self.memory().sizes();
        let mut gauges = vec![
            ("roster_accounts", "Accounts of the instance.", number(sizes.accounts)),
            (
                "roster_organizations",
                "Organizations, without deleted ones.",
                number(sizes.organizations),
            ),
            (
                "roster_sessions",
                "Sessions that have not expired.",
                number(sizes.sessions),
            ),
            ("roster_jobs", "Mails and other jobs that wait.", number(waiting.number)),
            (
                "roster_jobs_oldest_seconds",
                "How long the oldest job has waited.",
                number(waiting.oldest / 1_000_000),
            ),
            (
                "roster_database_connections",
                "Open connections to the database.",
                number(pool.open),
            ),
            (
                "roster_database_connections_idle",
                "Open connections that nobody uses.",
                number(pool.idle),
            ),
            (
                "roster_memory_sessions",
                "Sessions and tokens that are remembered.",
                memory.credentials,
            ),
            (
                "roster_memory_principals",
                "Principals whose access is remembered.",
                memory.holdings,
            ),
            (
                "roster_memory_organizations",
                "Organizations that are remembered.",
                memory.organizations,
            ),
        ];
        if let Some(identity) = self.identity() {
            let ends = number(identity.certificate.not_after.micros() / 1_000_000);
            let help = "When the certificate that is served ends, in seconds since 1970.";
            gauges.push(("roster_certificate_ends_timestamp_seconds", help, ends));
        }
        Ok(gauges)
    }

    /// Writes a value of each measure, and forgets old ones.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn take_sample(&self) -> Result<()> {
        let now = self.now();
        let minute = start(now, MINUTE);
        let all = durations();
        let before = LAST.lock().unwrap_or_else(PoisonError::into_inner).replace(all.clone());
        let since = all.since(&before.unwrap_or_default());
        let mut tx = self.store().job("take a sample").await?;
        let waiting = store::metric::waiting(&mut tx, now).await?;
        store::metric::keep(&mut tx, MAIL_QUEUE, minute, waiting.number).await?;
        for (measure, percent) in [(LATENCY_MEDIAN, 50), (LATENCY_HIGH, 95)] {
            if let Some(micros) = since.quantile(percent) {
                let value = i64::try_from(micros).unwrap_or(i64::MAX);
                store::metric::keep(&mut tx, measure, minute, value).await?;
            }
        }
        store::metric::forget_before(&mut tx, now.plus(-KEPT)).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a sample every minute for as long as the program runs.
    pub async fn keep_sampling(&self) {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = self.take_sample().await {
                tracing::warn!(%error, "what the dashboard draws was not written; it goes on in a minute");
            }
        }
    }
}

/// The beginning of the hour or day that the time is in.
fn start(at: Timestamp, grain: i64) -> Timestamp {
    Timestamp::from_micros(at.micros() - at.micros().rem_euclid(grain))
}

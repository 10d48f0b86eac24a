//! What this process counts of itself: requests, checks, sign-ins. Counters of the whole process, as whoever scrapes them
//! takes them to be; a check adds one to an atomic number and nothing else.

mod exposition;
mod sampling;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use exposition::{counter, histogram};
pub use exposition::{family, line, seconds};
pub use sampling::{Dashboard, Day, Hour, Sample};

/// Upper bounds of the classes that durations are counted in, in microseconds.
const BOUNDS: [u64; 13] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

static ALLOWED: AtomicU64 = AtomicU64::new(0);
static DENIED: AtomicU64 = AtomicU64::new(0);
static SPANS_SENT: AtomicU64 = AtomicU64::new(0);
static SPANS_DROPPED: AtomicU64 = AtomicU64::new(0);
static COUNTED: LazyLock<Mutex<Counted>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Counted {
    requests: BTreeMap<Request, Durations>,
    sign_ins: BTreeMap<&'static str, u64>,
    failures: BTreeMap<&'static str, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Request {
    route: String,
    method: &'static str,
    status: u16,
}

/// How many took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    classes: [u64; BOUNDS.len() + 1],
    micros: u64,
}

impl Durations {
    fn add(&mut self, micros: u64) {
        let class = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        self.classes[class] += 1;
        self.micros += micros;
    }

    fn count(&self) -> u64 {
        self.classes.iter().sum()
    }

    fn plus(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.classes.iter_mut().zip(other.classes) {
            *mine += theirs;
        }
        self.micros += other.micros;
        self
    }

    fn since(&self, earlier: &Self) -> Self {
        let mut since = self.clone();
        for (mine, before) in since.classes.iter_mut().zip(earlier.classes) {
            *mine = mine.saturating_sub(before);
        }
        since.micros = since.micros.saturating_sub(earlier.micros);
        since
    }

    /// The bound below which so many of a hundred stay, in microseconds; none where nothing was counted.
    fn quantile(&self, percent: u64) -> Option<u64> {
        let count = self.count();
        let wanted = (count * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let class = self.classes.iter().position(|number| {
            seen += number;
            seen >= wanted
        })?;
        (count > 0).then(|| BOUNDS.get(class).copied().unwrap_or(BOUNDS[BOUNDS.len() - 1]))
    }
}

fn counted() -> MutexGuard<'static, Counted> {
    // Numbers are numbers even if somebody panicked while adding one.
    COUNTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request was answered. `route` is its pattern, so that there are only so many.
pub fn answered(method: &str, route: &str, status: u16, micros: u64) {
    let method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("OTHER");
    let request = Request {
        route: route.to_owned(),
        method,
        status,
    };
    counted().requests.entry(request).or_default().add(micros);
}

/// Somebody asked who may do what.
pub fn checked(allowed: bool) {
    let counter = if allowed { &ALLOWED } else { &DENIED };
    counter.fetch_add(1, Ordering::Relaxed);
}

/// So many spans of traces have arrived at whoever collects them.
pub fn spans_sent(number: u64) {
    SPANS_SENT.fetch_add(number, Ordering::Relaxed);
}

/// So many were given up: nobody took them in time.
pub fn spans_dropped(number: u64) {
    SPANS_DROPPED.fetch_add(number, Ordering::Relaxed);
}

pub(crate) fn signed_in(method: &'static str) {
    *counted().sign_ins.entry(method).or_default() += 1;
}

pub(crate) fn sign_in_failed(reason: &'static str) {
    *counted().failures.entry(reason).or_default() += 1;
}

/// All requests so far.
fn durations() -> Durations {
    counted()
        .requests
        .values()
        .fold(Durations::default(), |sum, durations| sum.plus(durations))
}

/// What was counted, in the text format that Prometheus reads.
pub fn text() -> String {
    let counted = counted();
    let mut out = String::new();
    let name = "roster_http_request_duration_seconds";
    let help = "Time to answer a request, by the pattern of its route.";
    family(&mut out, name, "histogram", help);
    for (request, durations) in &counted.requests {
        let Request { route, method, status } = request;
        let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
        histogram(&mut out, name, &labels, &BOUNDS, &durations.classes, durations.micros);
    }
    let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let answers = [("allow", number(&ALLOWED)), ("deny", number(&DENIED))];
    let help = "Questions who may do what, by their answer.";
    counter(&mut out, "roster_checks_total", help, "decision", answers);
    let (name, help) = ("roster_sign_ins_total", "Sign-ins that succeeded, by method.");
    counter(&mut out, name, help, "method", of(&counted.sign_ins));
    let (name, help) = ("roster_sign_in_failures_total", "Sign-ins that failed, by the reason.");
    counter(&mut out, name, help, "reason", of(&counted.failures));
    let spans = [("sent", number(&SPANS_SENT)), ("dropped", number(&SPANS_DROPPED))];
    let help = "Spans of traces, by what became of them: the collector has them, or they were given up.";
    counter(&mut out, "roster_spans_total", help, "outcome", spans);
    out
}

fn of(numbers: &BTreeMap<&'static str, u64>) -> impl Iterator<Item = (&'static str, u64)> {
    numbers.iter().map(|(label, number)| (*label, *number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_by_class_and_told_by_quantile() {
        let mut durations = Durations::default();
        assert_eq!(durations.quantile(95), None);
        for micros in [900, 900, 900, 900, 900, 900, 900, 900, 900, 40_000] {
            durations.add(micros);
        }
        assert_eq!(durations.quantile(50), Some(1_000));
        assert_eq!(durations.quantile(95), Some(50_000));
        let before = durations.clone();
        durations.add(20_000_000);
        assert_eq!(durations.since(&before).quantile(50), Some(10_000_000));
        assert_eq!(durations.since(&before).count(), 1);
    }

    #[test]
    fn what_was_counted_is_told_by_route_and_never_by_address() {
        answered("GET", "/invitations/{token}", 200, 1_500);
        answered("PURGE", "/invitations/{token}", 405, 1_500);
        let told = text();
        let labels = "method=\"GET\",route=\"/invitations/{token}\",status=\"200\"";
        assert!(told.contains(&format!("_count{{{labels}}} 1")), "{told}");
        assert!(told.contains("method=\"OTHER\""), "{told}");
    }
}

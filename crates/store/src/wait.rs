//! How long whoever asks the database waits until there is a connection for them, counted by class: what is full shows here
//! before anybody is refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Upper bounds of the classes, in microseconds.
pub const BOUNDS: [u64; 10] = [
    100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000,
];

/// Whoever reads waits for one connection of several; on SQLite whoever writes waits for their turn with the one there is.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    pub reading: Classes,
    pub writing: Classes,
}

#[derive(Debug, Default)]
pub(crate) struct Classes {
    numbers: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// How many waited how long; the last number is of those who waited longer than all bounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    pub numbers: [u64; BOUNDS.len() + 1],
    pub micros: u64,
}

impl Classes {
    /// Counts how long somebody waits, also for nothing.
    pub async fn of<T>(&self, connection: impl Future<Output = T>) -> T {
        #[expect(clippy::disallowed_methods, reason = "how long somebody waited decides nothing")]
        let since = Instant::now();
        let connection = connection.await;
        self.add(since.elapsed());
        connection
    }

    fn add(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS.partition_point(|bound| *bound < micros);
        self.numbers[class].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn waited(&self) -> Waited {
        Waited {
            numbers: std::array::from_fn(|class| self.numbers[class].load(Ordering::Relaxed)),
            micros: self.micros.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waited_is_counted_in_the_first_class_that_is_long_enough() {
        let classes = Classes::default();
        for micros in [0, 100, 101, 5_000_000, 5_000_001] {
            classes.add(Duration::from_micros(micros));
        }
        let waited = classes.waited();
        assert_eq!(waited.numbers, [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(waited.micros, 10_000_202);
    }
}

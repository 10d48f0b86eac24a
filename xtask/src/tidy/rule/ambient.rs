//! Time and chance come in through one place, so that a test can hand in its own and so that two
//! steps of one request never see two times.

use crate::tidy::Finding;
use crate::tidy::rust::{Rust, is_test_path};

const ONE_PLACE: &str = "crates/service/src/ambient.rs";
const STOPWATCH: &str = "Instant::now";
/// How long a request took, or waited, is written down and decides nothing; how long a client lets itself be waited for, or a
/// connection has rested or may be kept, is about that connection, and about no rule of Roster's.
const MEASURING: [&str; 7] = [
    "crates/http/src/pace.rs",
    "crates/http/src/record.rs",
    "crates/server/src/listener/crowd.rs",
    "crates/store/src/pulse.rs",
    "crates/store/src/refusing.rs",
    "crates/store/src/snapshot.rs",
    "crates/store/src/wait.rs",
];

const WELLS: &[&str] = &[
    "SystemTime::now",
    STOPWATCH,
    "Timestamp::now",
    "Zoned::now",
    "Utc::now",
    "Uuid::now_v7",
    "Uuid::new_v4",
    "getrandom",
    "rand::",
    "thread_rng",
    "OsRng",
    "RandomState",
];

pub fn time_and_chance_come_in(path: &str, text: &str) -> Vec<Finding> {
    let is_apart = path.starts_with("xtask/") || path.starts_with("crates/testkit/") || is_test_path(path);
    if !path.ends_with(".rs") || path == ONE_PLACE || is_apart {
        return Vec::new();
    }
    let rust = Rust::read(text);
    let may_measure = MEASURING.contains(&path);
    WELLS
        .iter()
        .filter(|well| !(may_measure && **well == STOPWATCH))
        .flat_map(|well| rust.places(well).into_iter().map(move |at| (*well, at)))
        .filter(|(_, at)| !rust.is_test(*at))
        .map(|(well, at)| {
            let advice = format!(
                "take the time or the chance as an argument; {} belongs in {ONE_PLACE}",
                well.trim_end_matches(':')
            );
            Finding::new(path, rust.line(at), "time and chance", advice)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_outside_its_place_is_found() {
        let bad = "fn a() {\n    let now = std::time::SystemTime::now();\n    getrandom::fill(&mut b);\n}\n";
        let found = time_and_chance_come_in("crates/domain/src/time.rs", bad);
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(time_and_chance_come_in(ONE_PLACE, bad), []);
        assert_eq!(time_and_chance_come_in("crates/testkit/src/lib.rs", bad), []);
    }

    #[test]
    fn a_time_that_is_handed_in_is_fine() {
        let good = "fn is_expired(now: Timestamp) -> bool { clock.now() > now }\n#[cfg(test)]\nmod tests { fn a() { Instant::now(); } }\n";
        assert_eq!(time_and_chance_come_in("crates/domain/src/time.rs", good), []);
    }

    #[test]
    fn the_request_log_may_measure() {
        let text = "fn a() { let start = Instant::now(); }\n";
        assert_eq!(time_and_chance_come_in(MEASURING[0], text), []);
        assert_eq!(time_and_chance_come_in("crates/http/src/api/member.rs", text).len(), 1);
    }
}

//! How much is done: a little in a run of all tests, everything with `ROSTER_SOAK=whole`.

use std::env;
use std::io::Write;
use std::time::SystemTime;

use crate::chance::Chance;

pub fn is_whole() -> bool {
    env::var("ROSTER_SOAK").is_ok_and(|extent| extent == "whole")
}

pub fn of<T>(short: T, whole: T) -> T {
    if is_whole() { whole } else { short }
}

/// What everything random comes from: `ROSTER_SOAK_SEED`, or the time of day. It is printed, so that a run can be repeated.
pub fn chance(kind: &str) -> Chance {
    let given = env::var("ROSTER_SOAK_SEED").ok().map(|text| text.parse().unwrap());
    let seed = given.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_micros()).unwrap()
    });
    println!("{kind}: repeat it with ROSTER_SOAK_SEED={seed}");
    Chance::new(seed)
}

/// How far a long run has come, past whatever keeps a test's output until its end.
pub fn tell(progress: &str) {
    if is_whole() {
        let _nobody_may_listen = writeln!(std::io::stderr(), "{progress}");
    }
}

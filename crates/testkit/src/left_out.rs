//! What a machine cannot run is said loudly: a test that silently checks nothing is worse than none.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use crate::target;

/// Says that something was not tested, and why; where `CI=true`, that is a failure.
#[track_caller]
pub fn left_out(what: &str) {
    assert!(!is_ci(), "CI=true allows nothing to be left out: {what}");
    let line = format!("LEFT OUT: {what}\n");
    // Past the test harness, which would swallow `eprintln!` of a test that passes.
    let _ = std::io::stderr().write_all(line.as_bytes());
    // Runners that capture even that print this file at the end.
    let file = target::folder("tmp").join("left-out");
    let _ = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut file| file.write_all(line.as_bytes()));
}

fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true")
}

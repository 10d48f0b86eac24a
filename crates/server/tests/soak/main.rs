//! What breaks: the real program killed, its disk failing and full, its clock stepping back, its files damaged, its clients
//! and its mail server misbehaving. Every time the answer is clear, and all is well after. Short in a run of all tests; whole,
//! for an hour or more, by `just soak`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod arrival;
mod chance;
mod clock;
mod damage;
mod disk;
mod extent;
mod fault;
#[path = "../it/house.rs"]
#[allow(dead_code, reason = "the other tests of the program use what these do not")]
mod house;
mod kill;
mod ledger;
mod mail;
mod model;
mod preload;
mod rules;
mod slow;

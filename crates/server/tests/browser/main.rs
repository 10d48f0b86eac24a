//! The console as people use it: the real program, a real browser, step by step.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod access_for_all;
mod audit;
mod auditors;
mod budget;
mod bulk;
mod delivery;
mod directory;
mod elsewhere;
mod handles;
mod house;
mod instance;
mod modules;
mod moving;
mod picture;
mod projects;
mod service_desk;
mod set_up;
mod setting;
mod sign_up;
mod single_sign_on;
mod step;
mod token;
mod two_factor;
mod undo;
mod ways_in;

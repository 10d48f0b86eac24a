//! The program itself, started as its operator starts it: what it prints, refuses, logs, survives and leaves behind.

#![allow(
    clippy::disallowed_methods,
    reason = "how long the program takes to end is what is tested"
)]

mod backup;
mod bulk;
mod client;
mod demo;
mod doctor;
mod end;
mod house;
mod key;
mod listener;
mod log;
mod pam;
mod place;
mod refusal;
mod restore;
mod setting;
mod start;
mod tls;

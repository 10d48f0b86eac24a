//! The program itself, started as its operator starts it: what it prints, refuses, logs, survives and leaves behind.

#![allow(
    clippy::disallowed_methods,
    reason = "how long the program takes to end is what is tested"
)]

mod backup;
mod beside;
mod bulk;
mod client;
mod demo;
mod desk;
mod doctor;
mod door;
mod end;
mod explanation;
mod house;
mod http2;
mod identity;
mod key;
mod listener;
mod log;
mod me;
mod moving;
mod newcomer;
mod node;
mod ownership;
mod pam;
mod place;
mod policy;
mod refusal;
mod restore;
mod setting;
mod start;
mod telemetry;
mod tls;
mod unread;
mod verb;

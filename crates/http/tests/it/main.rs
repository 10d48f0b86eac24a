//! The API as its callers meet it: a real server, over HTTP, on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod access;
mod app;
mod audit;
mod bulk;
mod consent;
mod convention;
mod edge;
mod elsewhere;
mod evaluation;
mod evaluation_subject;
mod explanation;
mod flag;
mod forgotten;
mod group;
mod instance;
mod invitation;
mod member;
mod metrics;
mod mfa;
mod openapi;
mod oversight;
mod project;
mod race;
mod role;
mod signing_in;
mod token;
mod undo;

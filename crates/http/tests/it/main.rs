//! The API as its callers meet it: a real server, over HTTP, on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod access;
mod address;
mod app;
mod audit;
mod body;
mod bulk;
mod call;
mod caution;
mod condition;
mod consent;
mod convention;
mod edge;
mod elsewhere;
mod evaluation;
mod evaluation_subject;
mod explanation;
mod flag;
mod force;
mod forgotten;
mod gone;
mod group;
mod instance;
mod invitation;
mod list;
mod member;
mod metrics;
mod mfa;
mod moving;
mod one_time;
mod openapi;
mod oversight;
mod place;
mod preview;
mod project;
mod project_token;
mod race;
mod role;
mod signing_in;
mod token;
mod unavailable;
mod unchanged;
mod undo;

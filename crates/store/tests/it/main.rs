//! What the database keeps, and what it never lets happen, on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod account_search;
mod audit;
mod backup;
mod beside;
mod foreign_key;
mod opening;
mod people;
mod schema;
mod snapshot;
mod stage;
mod tenant;
mod writer;

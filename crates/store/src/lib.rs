//! The only floor that knows SQL. One implementation for SQLite and PostgreSQL, tested on both.

pub mod access;
pub mod account;
pub mod audit;
pub mod belonging;
pub mod catalogue;
mod db;
pub mod failure;
pub mod granted;
pub mod idempotency;
pub mod instance;
pub mod invitation;
pub mod job;
pub mod member;
mod migration;
mod open;
pub mod organization;
pub mod ownership;
pub mod password;
pub mod people;
pub mod project;
pub mod project_access;
pub mod project_token;
pub mod role;
pub mod session;
pub mod sign_in;
pub mod signature;
pub mod token;
mod tx;
mod writer;

pub use db::{Error, Result};
pub use open::{Database, Store};
pub use tx::{AccountScope, JobScope, Mode, Reading, Scope, ServerScope, SignInScope, Tx, Writing};

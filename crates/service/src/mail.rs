//! Mail, sent from the outbox by a worker: at least once, tried again with back-off, the server's own words kept.

mod account_letter;
mod message;
mod organization_letter;
mod server;
mod trial;
mod worker;

pub(crate) use organization_letter::readable;
pub(crate) use trial::test;

pub use server::{Address, BadServer, Server, default_sender};

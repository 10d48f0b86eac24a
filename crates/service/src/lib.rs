//! What people can do, one function each: authorize → rule → store → audit → outbox, in one transaction. Console, API and
//! command line all come through here.

mod access;
pub mod account;
pub mod ambient;
pub mod audit;
pub mod authorization;
pub mod bulk;
pub mod catalogue;
pub mod demo;
mod error;
pub mod explanation;
pub mod holder;
pub mod idempotency;
pub mod instance;
pub mod invitation;
pub mod invitation_acceptance;
pub mod mail;
pub mod member;
mod memory;
mod model;
pub mod organization;
pub mod people;
pub mod preview;
pub mod project;
pub mod request;
pub mod role;
mod roster;
pub mod session;
pub mod set_up;
pub mod sign_in;
pub mod superuser;
mod throttle;
pub mod upkeep;

pub use authorization::{Authorized, Outcome};
pub use error::{Error, FieldError, Result};
pub use request::Request;
pub use roster::{Roster, Settings, Throttle};
pub use signin::password::{Hasher, Params};
pub use signin::token::Secret;
pub use store::organization::OrganizationRef;
pub use store::{Database, Store};

//! The words and rules of Roster. Everything here is pure: no I/O, no clock, no chance, no async, so that a rule
//! can be read, tested and trusted on its own.

pub mod access;
pub mod account;
pub mod actor;
pub mod audit;
pub mod belonging;
pub mod catalogue;
pub mod device;
pub mod domain_name;
pub mod effect;
pub mod explanation;
pub mod grant;
pub mod group;
pub mod id;
pub mod identity;
pub mod invitation;
pub mod listener;
pub mod member;
pub mod organization;
pub mod ownership;
pub mod passkey;
pub mod permission;
pub mod policy;
pub mod preset;
pub mod project;
pub mod refusal;
pub mod revival;
pub mod role;
pub mod search;
pub mod security;
pub mod service_account;
pub mod session;
pub mod setting;
pub mod signup_domain;
pub mod single_sign_on;
pub mod text;
pub mod time;
pub mod token;
pub mod undo;
pub mod words;

pub use refusal::Refusal;
pub use time::Timestamp;

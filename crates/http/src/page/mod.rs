//! What every page shows, as typed structs: a handler fills one with plain words and renders it.
//! Nothing here asks a database or decides who may do what, so that each page can be drawn from sample data.

pub mod access;
pub mod audit;
pub mod audit_forwarding;
pub mod bulk;
pub mod confirm;
pub mod docs;
pub mod form;
pub mod gallery;
pub mod group;
pub mod handle;
pub mod identity;
pub mod invitation;
pub mod me;
pub mod member;
pub mod mfa;
pub mod organization;
pub mod part;
pub mod password;
pub mod password_reset;
pub mod people;
pub mod picture;
pub mod problem;
pub mod project;
pub mod proof;
pub mod role;
mod sample;
pub mod secret;
pub mod security;
pub mod service_account;
pub mod set_up;
pub mod shell;
pub mod sign_in;
pub mod sign_up;
pub mod signup_domain;
pub mod single_sign_on;
pub mod token;

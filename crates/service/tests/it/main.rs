//! What people can do, told as stories about them, each on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod access;
mod audit;
mod audit_chain;
mod audit_forwarding;
mod breached;
mod catalogue;
mod credential;
mod demo;
mod existing_account;
mod factor;
mod federation;
mod group;
mod handle;
mod idempotency;
mod invitation;
mod invitation_identity;
mod key;
mod listener;
mod mail;
mod member;
mod mfa;
mod moving;
mod moving_line;
mod moving_moment;
mod naming;
mod owner;
mod pam;
mod passkey;
mod password_reset;
mod preview;
mod profile;
mod project;
mod project_access;
mod project_token;
mod proof;
mod race;
mod removal;
mod repository;
mod role;
mod security;
mod set_up;
mod setting;
mod sign_in;
mod sign_up;
mod single_sign_on;
mod single_sign_on_way;
mod story;
mod superuser;
mod tenant;
mod tls;
mod token;
mod token_holder;
mod two_nodes;

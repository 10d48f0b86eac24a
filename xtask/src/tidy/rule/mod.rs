//! The rules themselves, one file for each matter. What a rule says to do is its whole
//! documentation for whoever breaks it.

pub mod ambient;
pub mod floor;
pub mod id;
pub mod leftover;
pub mod machine;
pub mod migration;
pub mod proof;
pub mod route;
pub mod shape;
pub mod sql;
pub mod template;

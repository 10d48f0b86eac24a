//! Ways to prove who you are: passwords, and the secrets that programs and mailed links carry. Nothing here reads a
//! clock or draws a random number; whoever calls hands both in, so that every outcome can be tested.

pub mod pam;
pub mod password;
mod radix;
pub mod saml;
pub mod token;

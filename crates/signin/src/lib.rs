//! Ways to prove who you are, the secrets that programs and mailed links carry, and the seal on what is kept. Nothing here reads a
//! clock or draws a random number; whoever calls hands both in, so that every outcome can be tested.

pub mod federation;
pub mod pam;
pub mod passkey;
pub mod password;
pub mod pem;
pub mod qr;
mod radix;
pub mod recovery;
pub mod saml;
pub mod seal;
pub mod token;
pub mod totp;

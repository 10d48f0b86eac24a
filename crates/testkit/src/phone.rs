//! Somebody's phone with an authenticator app on it, which reckons codes by a crate of its own.

use domain::Timestamp;
use domain::time::SECOND;
use totp_rs::{Builder, Secret, Totp};

pub struct Phone(Totp);

impl Phone {
    /// # Panics
    /// What was typed in is no secret.
    #[track_caller]
    pub fn with(secret: &str) -> Self {
        let secret = Secret::try_from_base32(secret).unwrap_or_else(|error| panic!("{secret} is no secret: {error}"));
        Self(Builder::new().with_secret(secret).build_noncompliant())
    }

    /// What it shows then.
    pub fn shows(&self, at: Timestamp) -> String {
        let seconds = u64::try_from(at.micros() / SECOND).unwrap_or(0);
        self.0.generate(seconds).to_string()
    }
}

//! A passkey of an account: a key in a device of its owner, by which they sign in.

use crate::Timestamp;
use crate::id::{AccountId, PasskeyId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl Passkey {
    /// Characters.
    pub const LONGEST_NAME: usize = 60;

    /// A name as it was typed; one without is called by the device that made it.
    pub fn named(text: Option<&str>, device: &str) -> String {
        let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(device);
        let shown = text.chars().filter(|letter| !letter.is_control());
        shown.take(Self::LONGEST_NAME).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_called_as_its_owner_says_or_by_the_device() {
        assert_eq!(Passkey::named(Some(" Work laptop\n"), "Chrome on Linux"), "Work laptop");
        assert_eq!(Passkey::named(Some("  "), "Chrome on Linux"), "Chrome on Linux");
        assert_eq!(Passkey::named(None, "Chrome on Linux"), "Chrome on Linux");
        assert_eq!(Passkey::named(Some(&"é".repeat(99)), "").chars().count(), 60);
    }
}

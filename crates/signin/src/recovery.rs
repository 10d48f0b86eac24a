//! Recovery codes: what lets somebody in who has lost the phone. Ten at a time, each good once. A code has 120 random bits,
//! so that its plain SHA-256 is enough to keep it by, and finding one and using it up is a single statement.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How many are made at once.
pub const COUNT: usize = 10;
/// Random bytes of one code.
pub const BYTES: usize = 15;

/// Crockford's base32: no letter that is read as another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUP: usize = 6;

pub struct RecoveryCode {
    letters: SecretString,
}

impl RecoveryCode {
    pub fn from_entropy(bytes: [u8; BYTES]) -> Self {
        let mut number = bytes;
        let mut letters = vec![0_u8; BYTES * 8 / 5];
        for letter in letters.iter_mut().rev() {
            *letter = ALPHABET[crate::radix::divide(&mut number, ALPHABET.len())];
        }
        Self {
            letters: SecretString::from(letters.into_iter().map(char::from).collect::<String>()),
        }
    }

    /// As it was typed: in any case, with or without the dashes, `o` for `0` and `l` for `1`.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 100 {
            return None;
        }
        let read = |letter: char| match letter.to_ascii_lowercase() {
            'o' => Some('0'),
            'i' | 'l' => Some('1'),
            letter => u8::try_from(letter)
                .ok()
                .filter(|byte| ALPHABET.contains(byte))
                .map(char::from),
        };
        let written = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
        let letters: String = written.map(read).collect::<Option<_>>()?;
        (letters.len() == BYTES * 8 / 5).then(|| Self {
            letters: SecretString::from(letters),
        })
    }

    /// What is kept.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.letters.expose_secret().as_bytes()).into()
    }

    /// As it is shown once: four groups of six.
    pub fn shown(&self) -> SecretString {
        let groups: Vec<&str> = (0..BYTES * 8 / 5)
            .step_by(GROUP)
            .filter_map(|at| self.letters.expose_secret().get(at..at + GROUP))
            .collect();
        SecretString::from(groups.join("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_shown_and_as_people_type_it() {
        let code = RecoveryCode::from_entropy([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 255]);
        let shown = code.shown();
        let shown = shown.expose_secret();
        assert_eq!(shown, "000g40-r40m30-e20918-5gr3fz");
        for typed in [
            shown.to_owned(),
            shown.to_uppercase(),
            shown.replace('-', " "),
            shown.replace('-', ""),
            shown.replace('0', "O"),
            format!("  {shown}\n"),
        ] {
            assert_eq!(RecoveryCode::parse(&typed).unwrap().hash(), code.hash(), "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let long = "0".repeat(101);
        for text in [
            "",
            "287082",
            "000g40-r40m30-e20918-5gr3f",
            "000g40-r40m30-e20918-5gr3fzz",
            "000g40-r40m30-e20918-5gr3fü",
            &long,
        ] {
            assert!(RecoveryCode::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn all_of_the_chance_is_in_the_code() {
        let zeros = RecoveryCode::from_entropy([0; BYTES]);
        for byte in 0..BYTES {
            for bit in 0..8 {
                let mut other = [0; BYTES];
                other[byte] = 1 << bit;
                assert_ne!(RecoveryCode::from_entropy(other).hash(), zeros.hash());
            }
        }
    }
}

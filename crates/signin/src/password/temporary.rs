//! Passwords that Roster makes up: read out over a telephone or typed from a note, used once.

use sha2::{Digest, Sha256};

use super::policy;
use crate::radix::divide;

/// No vowels, so that no word comes out, and nothing that looks like something else: no b and 8, s and 5, z and 2,
/// l and 1, o and 0, u and v.
const LETTERS: &[u8; 22] = b"cdfghjkmnpqrtvwxy34679";
const GROUPS: usize = 5;
const GROUP: usize = 4;

/// A password of twenty letters in groups of four: 22^20 possibilities, 89 bits. The same entropy gives the same one.
pub fn from_entropy(bytes: &[u8; 16]) -> String {
    let mut attempt: u32 = 0;
    loop {
        let password = spell(
            &Sha256::new()
                .chain_update(bytes)
                .chain_update(attempt.to_be_bytes())
                .finalize(),
        );
        // One in very many looks like a pattern, and would be refused if a person chose it.
        if policy::check(&password, GROUPS * GROUP, &[]).is_ok() {
            return password;
        }
        attempt = attempt.wrapping_add(1);
    }
}

/// The digest as a number, written with `LETTERS`.
fn spell(digest: &[u8]) -> String {
    let mut number = digest.to_vec();
    let mut password = String::with_capacity(GROUPS * (GROUP + 1));
    for place in 0..GROUPS * GROUP {
        if place > 0 && place % GROUP == 0 {
            password.push('-');
        }
        password.push(char::from(LETTERS[divide(&mut number, LETTERS.len())]));
    }
    password
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_always_passes_the_policy_even_beside_personal_words() {
        let context = [
            "ada.lovelace",
            "ada.lovelace@example.com",
            "Ada Lovelace",
            "Analytical Engines",
            "Roster",
        ];
        for number in 0..500_u128 {
            let password =
                from_entropy(&(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)).to_be_bytes());
            assert_eq!(policy::check(&password, 15, &context), Ok(()), "{password}");
        }
        for byte in [0, 1, 0x55, 0xff] {
            assert_eq!(policy::check(&from_entropy(&[byte; 16]), 15, &context), Ok(()));
        }
    }

    #[test]
    fn it_is_five_groups_of_four_unmistakable_letters() {
        let password = from_entropy(b"sixteen bytes ok");
        let groups: Vec<&str> = password.split('-').collect();
        assert_eq!(groups.len(), 5);
        assert!(
            groups
                .iter()
                .all(|group| group.len() == 4 && group.bytes().all(|letter| LETTERS.contains(&letter)))
        );
        assert_eq!(password, from_entropy(b"sixteen bytes ok"));
    }

    #[test]
    fn its_letters_hold_at_least_75_bits() {
        let bits = (GROUPS * GROUP) as f64 * (LETTERS.len() as f64).log2();
        assert!(bits > 75.0, "{bits}");
        assert_eq!(LETTERS.iter().collect::<BTreeSet<_>>().len(), LETTERS.len());
    }

    #[test]
    fn other_entropy_gives_another() {
        let passwords: BTreeSet<String> = (0..200_u128)
            .map(|number| from_entropy(&number.to_be_bytes()))
            .collect();
        assert_eq!(passwords.len(), 200);
    }
}

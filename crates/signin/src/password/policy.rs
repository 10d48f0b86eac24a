//! Which passwords people may choose: long ones that are hard to guess. No rule says which characters they must have,
//! since such rules make passwords harder to remember and easier to guess.

use unicode_normalization::UnicodeNormalization;
use zxcvbn::matching::Match;
use zxcvbn::matching::patterns::MatchPattern;
use zxcvbn::{Score, zxcvbn};

/// At least this many characters, unless whoever runs the instance says otherwise: the password may be all that proves who
/// someone is.
pub const MINIMUM: usize = 15;
pub const MAXIMUM: usize = 256;

/// Shorter words turn up in good passwords by chance.
const SHORTEST_CONTEXT_WORD: usize = 4;

/// How many characters are estimated. What is hard to guess this far stays so, and the estimate's time grows steeply:
/// for a hundred well-chosen characters it is a second.
const ESTIMATED: usize = 48;

/// Why a password is refused, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error("has {length} characters and needs at least {minimum}; a few uncommon words in a row are easy to remember")]
    TooShort { length: usize, minimum: usize },
    #[error("has {length} characters and may have at most {MAXIMUM}; shorten it")]
    TooLong { length: usize },
    #[error(
        "is mostly “{word}”, which anybody would try first; use words that have nothing to do with you or this place"
    )]
    Personal { word: String },
    #[error("{pattern}, which is guessed quickly; add a few uncommon words, or choose others")]
    Guessable { pattern: Pattern },
    #[error(
        "is in a list of passwords that were stolen elsewhere, which is tried first; choose one that you have used nowhere"
    )]
    Breached,
}

/// What makes most of a guessable password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    Common,
    Keyboard,
    Repetition,
    Sequence,
    Date,
    Short,
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Common => "is made of passwords, names or words that many people use",
            Self::Keyboard => "follows neighbouring keys of a keyboard",
            Self::Repetition => "repeats the same characters",
            Self::Sequence => "counts up or down, or follows the alphabet",
            Self::Date => "is made of a date or a year",
            Self::Short => "has too little variety",
        })
    }
}

/// Whether a password may be set. Characters are counted as Unicode code points in form NFC, as it will be hashed.
/// `context` is what an attacker knows: username, address, name, organization and product.
pub fn check(password: &str, minimum: usize, context: &[&str]) -> Result<(), Weakness> {
    // A bound on bytes first, so that nothing of unbounded length is normalized.
    let length = if password.len() > MAXIMUM * 16 {
        password.len()
    } else {
        password.nfc().count()
    };
    if length > MAXIMUM {
        return Err(Weakness::TooLong { length });
    }
    if length < minimum {
        return Err(Weakness::TooShort { length, minimum });
    }
    let password: String = password.nfc().collect();
    let words = context_words(context);
    if let Some(word) = dominant(&words, &password.to_lowercase()) {
        return Err(Weakness::Personal { word });
    }
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    let beginning: String = password.chars().take(ESTIMATED).collect();
    // Gaps make the same few words look like more: it is judged with and without them.
    let closed: String = beginning.chars().filter(|letter| !is_gap(*letter)).collect();
    let mut ways = vec![&beginning];
    if closed != beginning {
        ways.push(&closed);
    }
    for way in ways {
        let estimate = zxcvbn(way, &known);
        if estimate.score() < Score::Three {
            return Err(Weakness::Guessable {
                pattern: main_pattern(estimate.sequence()),
            });
        }
    }
    Ok(())
}

fn is_gap(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | '_' | '.' | ',')
}

/// Each text whole, without its spaces, and in its parts, longest first.
fn context_words(context: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = context
        .iter()
        .flat_map(|text| {
            let text = text.trim().nfc().collect::<String>().to_lowercase();
            let joined: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
            let parts = text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned);
            let local_part = text.split_once('@').map(|(local, _)| local.to_owned());
            parts
                .chain(local_part)
                .chain([joined, text.clone()])
                .collect::<Vec<_>>()
        })
        .filter(|word| word.chars().count() >= SHORTEST_CONTEXT_WORD)
        .collect();
    words.sort_by(|one, other| {
        other
            .chars()
            .count()
            .cmp(&one.chars().count())
            .then_with(|| one.cmp(other))
    });
    words.dedup();
    words
}

/// The longest of the words in the password, if less than half of it is left without them all.
fn dominant(words: &[String], password: &str) -> Option<String> {
    let longest = words.iter().find(|word| password.contains(word.as_str()))?;
    let rest = words
        .iter()
        .fold(password.to_owned(), |rest, word| rest.replace(word.as_str(), ""));
    (rest.chars().count() * 2 < password.chars().count()).then(|| longest.clone())
}

fn main_pattern(sequence: &[Match]) -> Pattern {
    let kind = |found: &Match| match found.pattern {
        MatchPattern::Dictionary(_) => Pattern::Common,
        MatchPattern::Spatial(_) => Pattern::Keyboard,
        MatchPattern::Repeat(_) => Pattern::Repetition,
        MatchPattern::Sequence(_) => Pattern::Sequence,
        MatchPattern::Regex(_) | MatchPattern::Date(_) => Pattern::Date,
        MatchPattern::BruteForce => Pattern::Short,
    };
    let length = |pattern: Pattern| -> usize {
        sequence
            .iter()
            .filter(|found| kind(found) == pattern)
            .map(|found| found.token.chars().count())
            .sum()
    };
    sequence
        .iter()
        .map(kind)
        .max_by_key(|pattern| length(*pattern))
        .unwrap_or(Pattern::Short)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: [&str; 5] = [
        "adal",
        "ada.lovelace@example.com",
        "Ada Lovelace",
        "Analytical Engines",
        "Roster",
    ];

    fn checked(password: &str) -> Result<(), Weakness> {
        check(password, MINIMUM, &CONTEXT)
    }

    #[test]
    fn long_uncommon_ones_are_taken_whatever_they_are_made_of() {
        for password in [
            "vivid otter juggles",
            "purple-canoe-saxophone",
            "шумный синий верблюд",
            "kX9#mQ2$vL7!pR4",
            "月が綺麗ですねと彼は静かに言った",
            "my ada sings quietly at dawn",
        ] {
            assert_eq!(checked(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_composition() {
        assert_eq!(
            checked("vivid otter"),
            Err(Weakness::TooShort {
                length: 11,
                minimum: 15
            })
        );
        assert_eq!(check("vivid otter", 8, &[]), Ok(()));
        assert_eq!(
            checked(&"e\u{301}".repeat(14)),
            Err(Weakness::TooShort {
                length: 14,
                minimum: 15
            })
        );
        let longest: String = "vivid otter juggles ".chars().cycle().take(MAXIMUM).collect();
        assert!(!matches!(checked(&longest), Err(Weakness::TooLong { .. })));
        assert_eq!(
            checked(&format!("{longest}!")),
            Err(Weakness::TooLong { length: MAXIMUM + 1 })
        );
        assert!(matches!(checked(&"x".repeat(1_000_000)), Err(Weakness::TooLong { .. })));
    }

    #[test]
    fn ones_made_of_what_is_known_about_a_person_are_refused() {
        for password in [
            "adalovelace12345",
            "Ada.Lovelace@example.com",
            "AnalyticalEngines!",
            "roster-roster-roster",
            "1815lovelaceanalytical",
        ] {
            assert!(
                matches!(checked(password), Err(Weakness::Personal { .. })),
                "{password}: {:?}",
                checked(password)
            );
        }
        assert_eq!(
            checked("Ada.Lovelace1!!"),
            Err(Weakness::Personal {
                word: "ada.lovelace".to_owned()
            })
        );
    }

    #[test]
    fn ones_that_are_guessed_quickly_are_refused_with_the_reason() {
        for (password, pattern) in [
            ("passwordpassword", Pattern::Repetition),
            ("password password", Pattern::Repetition),
            ("mia mia mia mia mia", Pattern::Repetition),
            ("aaaaaaaaaaaaaaaaaa", Pattern::Repetition),
            ("abcdefghijklmnopqrstuvwxyz", Pattern::Sequence),
            ("qwertyuiopasdfghjkl", Pattern::Common),
            ("poiuytrewqasdfghjkl;", Pattern::Keyboard),
            ("iloveyoupassword", Pattern::Common),
        ] {
            assert_eq!(checked(password), Err(Weakness::Guessable { pattern }), "{password}");
        }
    }

    #[test]
    fn a_reason_tells_what_to_do() {
        let reason = checked("vivid otter").unwrap_err().to_string();
        assert_eq!(
            reason,
            "has 11 characters and needs at least 15; a few uncommon words in a row are easy to remember"
        );
        let reason = checked("aaaaaaaaaaaaaaaaaa").unwrap_err().to_string();
        assert_eq!(
            reason,
            "repeats the same characters, which is guessed quickly; add a few uncommon words, or choose others"
        );
    }
}

//! What a search compares: letters without case and without the marks that a keyboard may not have.

use unicode_normalization::UnicodeNormalization;

/// "González" and "gonzalez" fold to the same text. Marks of other scripts than Latin, Greek and Cyrillic stay: there they
/// are letters of their own.
pub fn folded(text: &str) -> String {
    let lowered = text.to_lowercase();
    let plain = lowered.nfd().filter(|letter| !is_mark(*letter)).nfc();
    let mut folded = String::with_capacity(text.len());
    for letter in plain {
        match without_a_mark_of_its_own(letter) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(letter),
        }
    }
    folded
}

const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Letters that Unicode does not take apart.
const fn without_a_mark_of_its_own(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        for (name, typed) in [
            ("Ana González", "ana gonzalez"),
            ("Gonza\u{301}lez", "GONZÁLEZ"),
            ("Łukasz Żółć", "lukasz zolc"),
            ("Søren Kierkegård", "soren kierkegard"),
            ("Weiß", "WEISS"),
            ("İpek Yıldız", "ipek yildiz"),
            ("Ёлка", "елка"),
        ] {
            assert_eq!(folded(name), folded(typed), "{name}");
        }
    }

    #[test]
    fn letters_of_other_scripts_stay_what_they_are() {
        for name in ["が", "한국", "हिन्दी", "山田"] {
            assert_eq!(folded(name), name);
        }
    }
}

//! Where somebody is and what they speak, as they say it: names that others know too, or times and texts come out wrong.

use domain::text::Malformed;

const LONGEST_ZONE: usize = 64;
const LONGEST_TAG: usize = 35;

/// A name of the IANA database, spelled as it spells it.
///
/// # Errors
/// There is no such zone.
pub(crate) fn time_zone(text: &str) -> Result<String, Malformed> {
    let unknown = || Malformed("is no time zone of the IANA database, such as Europe/Lisbon".to_owned());
    // Copies that a machine keeps for its own use, and none of a name.
    let private = ["posix/", "right/", "localtime", "posixrules"];
    if text.len() > LONGEST_ZONE || private.iter().any(|name| text.to_ascii_lowercase().starts_with(name)) {
        return Err(unknown());
    }
    let zone = jiff::tz::db().get(text.trim()).map_err(|_| unknown())?;
    zone.iana_name().map(str::to_owned).ok_or_else(unknown)
}

/// A language tag of the shape that BCP 47 gives it.
///
/// # Errors
/// It has another shape.
pub(crate) fn locale(text: &str) -> Result<String, Malformed> {
    let text = text.trim();
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let is_language = (2..=8).contains(&language.len()) && language.bytes().all(|letter| letter.is_ascii_alphabetic());
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric());
    if text.len() <= LONGEST_TAG && is_language && parts.all(is_part) {
        return Ok(text.to_owned());
    }
    Err(Malformed("is no language tag such as en or pt-BR".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_one_that_the_world_knows() {
        assert_eq!(time_zone("Europe/Lisbon").unwrap(), "Europe/Lisbon");
        assert_eq!(time_zone("europe/lisbon").unwrap(), "Europe/Lisbon");
        assert_eq!(time_zone("UTC").unwrap(), "UTC");
        for text in [
            "",
            "Mars/Olympus",
            "Lisbon",
            "posix/Europe/Lisbon",
            "../../etc/passwd",
            "UTC+25",
        ] {
            assert!(time_zone(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_language_has_the_shape_of_a_tag() {
        for text in ["en", "pt-BR", "zh-Hant-TW", "de-CH-1996"] {
            assert_eq!(locale(text).unwrap(), text);
        }
        for text in [
            "",
            "e",
            "en_US",
            "en-",
            "-en",
            "12",
            "english language",
            "en-US-overlongpart",
        ] {
            assert!(locale(text).is_err(), "{text}");
        }
    }
}

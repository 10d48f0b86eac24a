//! What a command prints: tables and sentences for people, the API's own JSON for programs.
//! Every text that somebody else chose passes through here, so that no name can steer the terminal.

use comfy_table::{Table, presets};
use serde_json::Value;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Columns and sentences for people
    #[default]
    Table,
    /// What the API answered
    Json,
}

/// The text with everything escaped that moves the cursor, changes colours, breaks the line or
/// turns the reading direction of what follows.
pub fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            clean.extend(character.escape_default());
        } else {
            clean.push(character);
        }
    }
    clean
}

/// The same JSON, with the characters that a terminal obeys written as escapes; they can stand
/// in strings only, so the value is unchanged.
pub fn json(value: &Value) -> String {
    escape_json(&serde_json::to_string_pretty(value).unwrap_or_default())
}

/// As [`json`], on one line, for answers of a line per row.
pub fn json_line(value: &Value) -> String {
    escape_json(&value.to_string())
}

fn escape_json(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && is_unsafe(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                clean.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            clean.push(character);
        }
    }
    clean
}

fn is_unsafe(character: char) -> bool {
    let turns_direction = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks_line = matches!(character, '\u{2028}' | '\u{2029}');
    character.is_control() || turns_direction || breaks_line
}

/// Columns without lines around them: easy to read, to cut and to grep, and free of colour.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header.iter().map(|title| (*title).to_owned()).collect::<Vec<String>>());
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)).collect::<Vec<String>>());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// The text at a path of keys; what is absent or null shows as nothing.
pub fn text(value: &Value, path: &[&str]) -> String {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    match found {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    }
}

/// A time as the table shows it: to the minute, in UTC as the API gave it.
pub fn minute(value: &Value, key: &str) -> String {
    let time = text(value, &[key]);
    let is_full = time.len() > 16 && time.is_char_boundary(16) && time.as_bytes().get(10) == Some(&b'T');
    if is_full { time[..16].replace('T', " ") } else { time }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(printable("Eve\u{1b}[2J\n\u{9b}31m"), "Eve\\u{1b}[2J\\n\\u{9b}31m");
        assert_eq!(printable("\u{202e}nimda"), "\\u{202e}nimda");
    }

    #[test]
    fn names_people_really_have_stay_as_they_are() {
        for name in ["Đức Hiếu", "Amanieu d'Antras", "山田 花子", "نیلوفر\u{200c}ها"] {
            assert_eq!(printable(name), name);
        }
    }

    #[test]
    fn json_keeps_its_meaning_when_escaped() {
        let value = json!({"name": "a\u{1b}b\u{9b}c\u{202e}"});
        let text = json(&value);
        assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
    }

    #[test]
    fn columns_line_up_without_trailing_space() {
        let text = table(
            &["NAME", "ROLE"],
            vec![
                vec!["Ada".into(), "admin".into()],
                vec!["Grace Hopper".into(), String::new()],
            ],
        );
        assert_eq!(text, "NAME          ROLE\nAda           admin\nGrace Hopper");
    }

    #[test]
    fn times_are_shown_to_the_minute() {
        assert_eq!(minute(&json!({"at": "2026-11-22T01:02:03Z"}), "at"), "2026-11-22 01:02");
        assert_eq!(minute(&json!({"at": null}), "at"), "");
    }
}

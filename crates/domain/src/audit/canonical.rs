//! The one way to write a JSON value (RFC 8785), so that whoever reads an entry computes the hash that was computed when it
//! was written.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Numbers beyond this are not exact in every program that reads JSON, and are written as the fraction they become.
const EXACT: u64 = 1 << 53;

pub fn write(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&self::number(number)),
        Value::String(text) => string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                separate(out, place);
                write(out, item);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|one, other| order(one.0, other.0));
            out.push('{');
            for (place, (name, value)) in fields.into_iter().enumerate() {
                separate(out, place);
                string(out, name);
                out.push(':');
                write(out, value);
            }
            out.push('}');
        }
    }
}

/// Of names, by UTF-16, as the standard says; it differs from the order of bytes beyond the first plane alone.
pub fn order(one: &str, other: &str) -> Ordering {
    if one.is_ascii() && other.is_ascii() {
        return one.cmp(other);
    }
    one.encode_utf16().cmp(other.encode_utf16())
}

pub fn separate(out: &mut String, place: usize) {
    if place > 0 {
        out.push(',');
    }
}

pub fn string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(place) = rest.find(|letter| letter == '"' || letter == '\\' || letter < ' ') {
        let (plain, from) = rest.split_at(place);
        out.push_str(plain);
        let mut letters = from.chars();
        match letters.next().unwrap_or_default() {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control => out.push_str(&format!("\\u{:04x}", u32::from(control))),
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn number(number: &Number) -> String {
    let exact = number.as_i64().filter(|whole| whole.unsigned_abs() <= EXACT);
    match exact {
        Some(whole) => whole.to_string(),
        None => fraction(number.as_f64().unwrap_or_default()),
    }
}

/// As ECMAScript writes a number: the fewest digits that read back as the same one, plain from 1e-6 up to 1e21.
fn fraction(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{:e}", value.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = digits.replace('.', "");
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let zeros = |number: i32| "0".repeat(usize::try_from(number).unwrap_or(0));
    let sign = if value < 0.0 { "-" } else { "" };
    let text = if (count..=21).contains(&point) {
        format!("{digits}{}", zeros(point - count))
    } else if (1..=21).contains(&point) {
        let (whole, rest) = digits.split_at(usize::try_from(point).unwrap_or(0));
        format!("{whole}.{rest}")
    } else if (-5..=0).contains(&point) {
        format!("0.{}{digits}", zeros(-point))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let plus = if point > 0 { "+" } else { "" };
        format!("{first}{dot}{rest}e{plus}{}", point - 1)
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn canonical(value: &Value) -> String {
        let mut out = String::new();
        write(&mut out, value);
        out
    }

    #[test]
    fn names_are_sorted_by_utf_16_and_nothing_is_left_to_taste() {
        // The example of RFC 8785, section 3.2.3.
        let value = json!({
            "\u{20ac}": "Euro Sign",
            "\r": "Carriage Return",
            "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\u{1f600}": "Emoji: Grinning Face",
            "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{f6}\":\"Latin Small \
                        Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\"\u{1f600}\":\"Emoji: Grinning \
                        Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical(&value), expected);
    }

    #[test]
    fn numbers_and_texts_are_written_as_the_standard_says() {
        // The numbers of RFC 8785, appendix B, and the value of section 3.2.2.
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (5e-324, "5e-324"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (295_147_905_179_352_830_000.0, "295147905179352830000"),
            (9.999_999_999_999_997e22, "9.999999999999997e+22"),
            (1e23, "1e+23"),
            (999_999_999_999_999_700_000.0, "999999999999999700000"),
            (1e21, "1e+21"),
            (9.999_999_999_999_997e-7, "9.999999999999997e-7"),
            (0.000_001, "0.000001"),
            (333_333_333.333_333_25, "333333333.33333325"),
            (-0.000_003_333_333_333_333_333_3, "-0.0000033333333333333333"),
            (4.5, "4.5"),
            (0.002, "0.002"),
        ] {
            assert_eq!(fraction(value), expected);
        }
        let value = json!({ "literals": [null, true, false], "string": "\u{20ac}$\u{f}\nA'B\"\\\\\"/", "n": -7 });
        assert_eq!(
            canonical(&value),
            "{\"literals\":[null,true,false],\"n\":-7,\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }
}

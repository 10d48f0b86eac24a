//! What is left behind while working: unfinished code, sleeping tests, errors that end the program,
//! notes that nobody can act on.

use crate::tidy::Finding;
use crate::tidy::rust::{Rust, is_test_path};

const UNFINISHED: &[(&str, &str)] = &[
    ("todo!", "finish it, or leave it out"),
    ("unimplemented!", "finish it, or leave it out"),
    ("dbg!", "take it out, or use tracing"),
    (
        "#[ignore",
        "assert what it does now and say in a FIXME what it should do",
    ),
];

pub fn nothing_unfinished(path: &str, text: &str) -> Vec<Finding> {
    if !path.ends_with(".rs") {
        return Vec::new();
    }
    let rust = Rust::read(text);
    UNFINISHED
        .iter()
        .flat_map(|(needle, advice)| rust.places(needle).into_iter().map(move |at| (needle, advice, at)))
        .map(|(needle, advice, at)| Finding::new(path, rust.line(at), "unfinished", format!("{needle}: {advice}")))
        .collect()
}

pub fn no_unwrap(path: &str, text: &str) -> Vec<Finding> {
    let is_program = path.starts_with("crates/") && path.contains("/src/") && !path.starts_with("crates/testkit/");
    if !path.ends_with(".rs") || !is_program || is_test_path(path) {
        return Vec::new();
    }
    let rust = Rust::read(text);
    [".unwrap()", ".expect("]
        .iter()
        .flat_map(|needle| rust.places(needle))
        .filter(|at| !rust.is_test(*at))
        .map(|at| {
            Finding::new(
                path,
                rust.line(at),
                "unwrap",
                "return the error, or make the type say that it cannot happen",
            )
        })
        .collect()
}

pub fn notes_say_what(path: &str, text: &str) -> Vec<Finding> {
    let lines: Vec<(usize, String)> = if path.ends_with(".rs") {
        let comments = Rust::read(text).comments;
        comments
            .into_iter()
            .flat_map(|(start, text)| numbered(&text, start))
            .collect()
    } else if [".html", ".css", ".js", ".sql", ".toml", ".md"]
        .iter()
        .any(|kind| path.ends_with(kind))
    {
        numbered(text, 1)
    } else {
        return Vec::new();
    };
    lines
        .into_iter()
        .filter(|(_, line)| is_bare_note(line))
        .map(|(line, _)| Finding::new(path, line, "note", "say after TODO or FIXME what is to be done and why"))
        .collect()
}

fn numbered(text: &str, start: usize) -> Vec<(usize, String)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (start + at, line.to_owned()))
        .collect()
}

fn is_bare_note(line: &str) -> bool {
    let words: Vec<&str> = line
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words
        .iter()
        .position(|word| matches!(*word, "TODO" | "FIXME"))
        .is_some_and(|at| words.len() - at <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_code_is_found_and_its_mention_is_not() {
        let bad = "#[test]\n#[ignore]\nfn a() {\n    todo!()\n}\n";
        assert_eq!(nothing_unfinished("crates/http/src/a.rs", bad).len(), 2);
        let good = "// no todo!() here\nfn a() { say(\"dbg!\"); my_todo!(); }\n";
        assert_eq!(nothing_unfinished("crates/http/src/a.rs", good), []);
    }

    #[test]
    fn an_unwrap_is_for_tests() {
        let bad = "fn a() {\n    b\n        .unwrap();\n    c.expect(\"d\");\n}\n";
        let found = no_unwrap("crates/http/src/a.rs", bad);
        assert_eq!(found.iter().map(|finding| finding.line).collect::<Vec<_>>(), [3, 4]);
        let good = "fn a() { b.unwrap_or(c); }\n#[cfg(test)]\nmod tests { fn b() { c.unwrap(); } }\n";
        assert_eq!(no_unwrap("crates/http/src/a.rs", good), []);
        assert_eq!(no_unwrap("crates/http/tests/a.rs", bad), []);
        assert_eq!(no_unwrap("crates/testkit/src/a.rs", bad), []);
    }

    #[test]
    fn a_note_says_what_is_to_be_done() {
        assert_eq!(
            notes_say_what("crates/http/src/a.rs", "// TODO\n// FIXME: later\n").len(),
            2
        );
        assert_eq!(
            notes_say_what(
                "crates/http/src/a.rs",
                "// FIXME: the list must end with those invited\nlet a = \"TODO\";\n"
            ),
            []
        );
        assert_eq!(notes_say_what("crates/http/assets/css/a.css", "/* TODO */\n").len(), 1);
    }
}

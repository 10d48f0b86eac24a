//! The shape of a file: it opens with why it exists, and it is short enough to be read whole.

use crate::tidy::Finding;

const LONGEST: usize = 400;
const EXCUSE: &str = "tidy: long because ";

pub fn opens_with_its_reason(path: &str, text: &str) -> Vec<Finding> {
    if !path.ends_with(".rs") || text.starts_with("//! ") {
        return Vec::new();
    }
    vec![Finding::new(
        path,
        1,
        "opening",
        "begin the file with a //! paragraph that says why it exists",
    )]
}

pub fn is_short(path: &str, text: &str) -> Vec<Finding> {
    let is_source = [".rs", ".js", ".css", ".html"].iter().any(|kind| path.ends_with(kind));
    let length = text.lines().count();
    let is_excused = text
        .lines()
        .filter_map(|line| line.trim().split_once(EXCUSE))
        .any(|(before, reason)| {
            matches!(before.trim(), "//" | "/*" | "{#" | "<!--") && reason.split_whitespace().count() >= 2
        });
    if !is_source || length <= LONGEST || is_excused {
        return Vec::new();
    }
    let advice = format!("{length} lines: divide it by matter, or add a line `// {EXCUSE}…` with the reason");
    vec![Finding::new(path, LONGEST + 1, "length", advice)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_opens_with_why_it_exists() {
        assert_eq!(opens_with_its_reason("crates/domain/src/a.rs", "//! Why.\n"), []);
        assert_eq!(
            opens_with_its_reason("crates/domain/src/a.rs", "use std::fs;\n").len(),
            1
        );
        assert_eq!(opens_with_its_reason("crates/domain/src/a.rs", "//!\n").len(), 1);
        assert_eq!(opens_with_its_reason("docs/a.md", "# A\n"), []);
    }

    #[test]
    fn a_long_file_needs_a_reason() {
        let long = "x\n".repeat(401);
        assert_eq!(is_short("a.rs", &"x\n".repeat(400)), []);
        assert_eq!(is_short("a.rs", &long).len(), 1);
        assert_eq!(
            is_short("a.rs", &format!("{long}// {EXCUSE}\n")).len(),
            1,
            "an empty reason is none"
        );
        assert_eq!(
            is_short("a.rs", &format!("{long}// {EXCUSE}one table of all words\n")),
            []
        );
        assert_eq!(is_short("Cargo.lock", &long), []);
    }
}

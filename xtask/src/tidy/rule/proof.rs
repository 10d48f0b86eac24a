//! docs/security.md: what it names is there, and no requirement of the standard is passed over or told twice. A page that says
//! what is safe is worse than none as soon as it is no longer so.

use std::collections::{BTreeMap, BTreeSet};

use crate::tidy::Finding;

const PAGE: &str = "docs/security.md";
const RULE: &str = "security page";
const ENDINGS: &[&str] = &[
    ".rs", ".md", ".toml", ".html", ".js", ".css", ".sql", ".py", ".service", ".lock", ".json",
];
const KINDS: &[&str] = &[
    "fn ", "struct ", "enum ", "const ", "static ", "trait ", "type ", "mod ",
];

/// Section and numbers of the requirements of levels 1 and 2 in OWASP ASVS 5.0.
const REQUIREMENTS: &[(&str, &[u8])] = &[
    ("1.1", &[1, 2]),
    ("1.2", &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ("1.3", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ("1.4", &[1, 2, 3]),
    ("1.5", &[1, 2]),
    ("2.1", &[1, 2, 3]),
    ("2.2", &[1, 2, 3]),
    ("2.3", &[1, 2, 3, 4]),
    ("2.4", &[1]),
    ("3.2", &[1, 2]),
    ("3.3", &[1, 2, 3, 4]),
    ("3.4", &[1, 2, 3, 4, 5, 6]),
    ("3.5", &[1, 2, 3, 4, 5]),
    ("3.7", &[1, 2]),
    ("4.1", &[1, 2, 3]),
    ("4.2", &[1]),
    ("4.3", &[1, 2]),
    ("4.4", &[1, 2, 3, 4]),
    ("5.1", &[1]),
    ("5.2", &[1, 2, 3]),
    ("5.3", &[1, 2]),
    ("5.4", &[1, 2, 3]),
    ("6.1", &[1, 2, 3]),
    ("6.2", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("6.3", &[1, 2, 3, 4]),
    ("6.4", &[1, 2, 3, 4]),
    ("6.5", &[1, 2, 3, 4, 5]),
    ("6.6", &[1, 2, 3]),
    ("6.8", &[1, 2, 3, 4]),
    ("7.1", &[1, 2, 3]),
    ("7.2", &[1, 2, 3, 4]),
    ("7.3", &[1, 2]),
    ("7.4", &[1, 2, 3, 4, 5]),
    ("7.5", &[1, 2]),
    ("7.6", &[1, 2]),
    ("8.1", &[1, 2]),
    ("8.2", &[1, 2, 3]),
    ("8.3", &[1]),
    ("8.4", &[1]),
    ("9.1", &[1, 2, 3]),
    ("9.2", &[1, 2, 3, 4]),
    ("10.1", &[1, 2]),
    ("10.2", &[1, 2]),
    ("10.3", &[1, 2, 3, 4]),
    ("10.4", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ("10.5", &[1, 2, 3, 4, 5]),
    ("10.6", &[1, 2]),
    ("10.7", &[1, 2, 3]),
    ("11.1", &[1, 2]),
    ("11.2", &[1, 2, 3]),
    ("11.3", &[1, 2, 3]),
    ("11.4", &[1, 2, 3, 4]),
    ("11.5", &[1]),
    ("11.6", &[1]),
    ("12.1", &[1, 2, 3]),
    ("12.2", &[1, 2]),
    ("12.3", &[1, 2, 3, 4]),
    ("13.1", &[1]),
    ("13.2", &[1, 2, 3, 4, 5]),
    ("13.3", &[1, 2]),
    ("13.4", &[1, 2, 3, 4, 5]),
    ("14.1", &[1, 2]),
    ("14.2", &[1, 2, 3, 4]),
    ("14.3", &[1, 2, 3]),
    ("15.1", &[1, 2, 3]),
    ("15.2", &[1, 2, 3]),
    ("15.3", &[1, 2, 3, 4, 5, 6, 7]),
    ("16.1", &[1]),
    ("16.2", &[1, 2, 3, 4, 5]),
    ("16.3", &[1, 2, 3, 4]),
    ("16.4", &[1, 2, 3]),
    ("16.5", &[1, 2, 3]),
    ("17.1", &[1]),
    ("17.2", &[1, 2, 3, 4]),
    ("17.3", &[1, 2]),
];

pub fn security_page_holds(files: &[(String, String)]) -> Vec<Finding> {
    let Some((_, page)) = files.iter().find(|(path, _)| path == PAGE) else {
        return Vec::new();
    };
    let mut findings = names_what_exists(page, files);
    let all: BTreeSet<String> = REQUIREMENTS
        .iter()
        .flat_map(|(section, numbers)| numbers.iter().map(move |number| format!("{section}.{number}")))
        .collect();
    findings.extend(tells_each_once(page, &all));
    findings
}

/// Paths in backticks are there, and in `path::name` the file has something of that name.
fn names_what_exists(page: &str, files: &[(String, String)]) -> Vec<Finding> {
    let known: BTreeMap<&str, &str> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let mut findings = Vec::new();
    for (at, line) in page.lines().enumerate() {
        for quoted in line.split('`').skip(1).step_by(2) {
            let (path, name) = quoted
                .split_once("::")
                .map_or((quoted, None), |(path, name)| (path, Some(name)));
            if !is_path(path) {
                continue;
            }
            let below = format!("crates/{path}");
            let advice = match known.get(path).or_else(|| known.get(below.as_str())) {
                None => format!("there is no {path}"),
                Some(text) if name.is_some_and(|name| !has(text, name)) => format!("there is no {quoted}"),
                Some(_) => continue,
            };
            findings.push(Finding::new(PAGE, at + 1, RULE, advice));
        }
    }
    findings
}

fn is_path(quoted: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
    !quoted.starts_with('/')
        && quoted.chars().all(plain)
        && (ENDINGS.iter().any(|ending| quoted.ends_with(ending)) || quoted.starts_with(".ci/"))
        && (quoted.contains('/') || quoted.starts_with(|letter: char| letter.is_ascii_uppercase()))
}

fn has(text: &str, name: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    KINDS.iter().any(|kind| {
        let wanted = format!("{kind}{name}");
        text.match_indices(&wanted)
            .any(|(at, _)| text.get(at + wanted.len()..).is_some_and(ends))
    })
}

/// A requirement is told by a row of a table whose first cell is its number, or several with commas between.
fn tells_each_once(page: &str, all: &BTreeSet<String>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (at, line) in page.lines().enumerate() {
        for number in numbers(line) {
            let advice = if !all.contains(number) {
                format!("{number} is no requirement of levels 1 and 2")
            } else if !seen.insert(number.to_owned()) {
                format!("{number} is told before")
            } else {
                continue;
            };
            findings.push(Finding::new(PAGE, at + 1, RULE, advice));
        }
    }
    let missing = all.difference(&seen).map(|number| format!("{number} is not told"));
    findings.extend(missing.map(|advice| Finding::new(PAGE, 1, RULE, advice)));
    findings
}

fn numbers(line: &str) -> Vec<&str> {
    let Some(cell) = line.strip_prefix('|').and_then(|rest| rest.split('|').next()) else {
        return Vec::new();
    };
    let is_number = |text: &str| {
        let parts: Vec<&str> = text.split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| part.parse::<u8>().is_ok())
    };
    let found: Vec<&str> = cell.split(',').map(str::trim).collect();
    if found.iter().all(|text| is_number(text)) {
        found
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<(String, String)> {
        [
            (
                "crates/http/src/guard.rs",
                "pub fn around() {}\nconst POLICY: &str = \"\";\n",
            ),
            ("deny.toml", ""),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .to_vec()
    }

    #[test]
    fn a_file_or_a_name_that_is_not_there_is_found() {
        let page = "`http/src/guard.rs::around` and `http/src/guard.rs::POLICY`\n`http/src/gone.rs`\n`http/src/guard.rs::aroun`\n";
        let found: Vec<String> = names_what_exists(page, &files())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "docs/security.md:2: security page: there is no http/src/gone.rs",
                "docs/security.md:3: security page: there is no http/src/guard.rs::aroun",
            ]
        );
    }

    #[test]
    fn what_is_no_path_of_ours_may_be_said() {
        let page =
            "`/api/v1/openapi.json`, `deny.toml`, `roster serve`, `Set-Cookie`, `a::b`, `https://example.com/a.html`\n";
        assert_eq!(names_what_exists(page, &files()), []);
    }

    #[test]
    fn a_requirement_that_is_missing_told_twice_or_unknown_is_found() {
        let all = BTreeSet::from(["1.1.1", "1.1.2", "1.2.1"].map(str::to_owned));
        let page = "| 1.1.1 | words |\n| 1.1.2, 1.1.1 | words |\n| 9.9.9 | words |\n| in 1.2.1 | words |\n";
        let found: Vec<String> = tells_each_once(page, &all).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "docs/security.md:2: security page: 1.1.1 is told before",
                "docs/security.md:3: security page: 9.9.9 is no requirement of levels 1 and 2",
                "docs/security.md:1: security page: 1.2.1 is not told",
            ]
        );
    }
}

//! The style rules that a program can check. Each rule is a pure function over a file's path and
//! text, with a good and a bad sample beside it; this file only walks and reports.

mod rule;
mod rust;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rule::template::Known;

/// One place that breaks a rule, and what to do about it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    advice: String,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            advice: advice.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(form, "{}:{}: {}: {}", self.path, self.line, self.rule, self.advice)
    }
}

type Rule = fn(&str, &str) -> Vec<Finding>;

const RULES: &[Rule] = &[
    rule::floor::edges,
    rule::sql::only_in_store,
    rule::sql::limits_are_planned_once,
    rule::id::no_raw_uuid,
    rule::ambient::time_and_chance_come_in,
    rule::shape::opens_with_its_reason,
    rule::shape::is_short,
    rule::leftover::nothing_unfinished,
    rule::leftover::no_unwrap,
    rule::leftover::notes_say_what,
    rule::template::no_inline_code,
    rule::template::stands_in_a_layout,
    rule::machine::no_machine,
    rule::migration::leaves_room_for_the_version_before,
    rule::route::public_has_a_reason,
    rule::route::address_is_read_by_its_floor,
];

pub fn run() -> ExitCode {
    let root = root();
    let paths = match files(&root) {
        Ok(paths) => paths,
        Err(reason) => {
            eprintln!("tidy: {reason}");
            return ExitCode::from(2);
        }
    };
    let findings = check(&read(&root, paths));
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    }
}

fn check(files: &[(String, String)]) -> Vec<Finding> {
    let known = Known::among(files);
    let mut findings: Vec<Finding> = files
        .iter()
        .flat_map(|(path, text)| {
            let of_rules = RULES.iter().flat_map(|rule| rule(path, text));
            of_rules
                .chain(rule::template::names_what_exists(path, text, &known))
                .collect::<Vec<_>>()
        })
        .collect();
    findings.extend(rule::proof::security_page_holds(files));
    findings.sort();
    findings
}

/// Files that are not text are nobody's style.
fn read(root: &Path, paths: Vec<String>) -> Vec<(String, String)> {
    paths
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(root.join(&path)).ok().map(|text| (path, text)))
        .collect()
}

/// What is committed or would be: git knows what to leave out.
fn files(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let mut paths: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn root() -> PathBuf {
    // Of the clone that cargo runs it in: one that was built in another clone may be at hand.
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or(here.clone(), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_that_an_editor_can_jump_to() {
        let finding = Finding::new("crates/http/src/a.rs", 7, "unwrap", "return the error");
        assert_eq!(finding.to_string(), "crates/http/src/a.rs:7: unwrap: return the error");
    }

    #[test]
    fn findings_come_in_the_order_of_files_and_lines() {
        let bad = "fn a() {\n    dbg!(1);\n    b.unwrap();\n}\n".to_owned();
        let files = [
            ("crates/http/src/b.rs".to_owned(), bad.clone()),
            ("crates/http/src/a.rs".to_owned(), bad),
        ];
        let places: Vec<(String, usize)> = check(&files)
            .into_iter()
            .map(|finding| (finding.path, finding.line))
            .collect();
        let mut sorted = places.clone();
        sorted.sort();
        assert_eq!(places, sorted);
        assert_eq!(places.len(), 6);
    }
}

//! A route that anybody may call says why. The type demands a reason; this looks whether it is one. And no route answers an
//! address that it cannot read by itself: its floor does.

use crate::tidy::Finding;
use crate::tidy::rust::Rust;

const PUBLIC: &str = "Access::Public(";

pub fn public_has_a_reason(path: &str, text: &str) -> Vec<Finding> {
    if !path.starts_with("crates/http/src/") || !path.ends_with(".rs") {
        return Vec::new();
    }
    let rust = Rust::read(text);
    rust.places(PUBLIC)
        .into_iter()
        .filter(|at| !rust.is_test(*at))
        .filter(|at| !is_reason(&text[at + PUBLIC.len()..]))
        .map(|at| {
            let advice = "say in words, right here, why everybody may call this route";
            Finding::new(path, rust.line(at), "public route", advice)
        })
        .collect()
}

const FLOORS: &[&str] = &["crates/http/src/api/", "crates/http/src/console/"];

/// Those of axum answer in plain text, which is neither a problem nor a page.
pub fn address_is_read_by_its_floor(path: &str, text: &str) -> Vec<Finding> {
    if !FLOORS.iter().any(|floor| path.starts_with(floor)) || path.ends_with("/address.rs") {
        return Vec::new();
    }
    let rust = Rust::read(text);
    rust.places("axum::extract::")
        .into_iter()
        .filter(|at| {
            let taken = text[*at..].split(';').next().unwrap_or_default();
            taken
                .split(|character: char| !character.is_alphanumeric())
                .any(|name| matches!(name, "Path" | "Query"))
        })
        .map(|at| {
            let advice = "take Path and Query from the floor's own address.rs, which answers what cannot be read";
            Finding::new(path, rust.line(at), "address", advice)
        })
        .collect()
}

fn is_reason(argument: &str) -> bool {
    let argument = argument.trim_start();
    if let Some(literal) = argument.strip_prefix('"') {
        let words = literal.split('"').next().unwrap_or_default();
        return words.split_whitespace().count() >= 3;
    }
    // In a pattern a name stands for whatever the reason is.
    let rest = argument.trim_start_matches(|character: char| character.is_alphanumeric() || character == '_');
    let rest = rest.strip_prefix("..").unwrap_or(rest);
    rest.strip_prefix(')')
        .map(str::trim_start)
        .is_some_and(|rest| ["=>", "=", "|", "if ", ")"].iter().any(|next| rest.starts_with(next)))
        && !argument.starts_with(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "crates/http/src/api/session.rs";

    #[test]
    fn a_public_route_needs_words() {
        let bad = "fn a() {\n    post(\"/sessions\", Access::Public(\"\"), open);\n    get(\"/x\", Access::Public(REASON), x);\n}\n";
        let lines: Vec<usize> = public_has_a_reason(PATH, bad)
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, [2, 3]);
    }

    #[test]
    fn an_address_is_read_by_its_floor() {
        let bad = "use axum::extract::{Path, State};\nuse axum::extract::State;\nuse axum::extract::Query;\n";
        let lines: Vec<usize> = address_is_read_by_its_floor(PATH, bad)
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(address_is_read_by_its_floor("crates/http/src/api/address.rs", bad), []);
        assert_eq!(address_is_read_by_its_floor("crates/http/src/metrics.rs", bad), []);
        let good = "use crate::api::address::{Path, Query};\n";
        assert_eq!(address_is_read_by_its_floor(PATH, good), []);
    }

    #[test]
    fn a_reason_and_a_pattern_are_fine() {
        let good = "fn a() {\n    post(\"/sessions\", Access::Public(\n        \"nobody is known before signing in\"), open);\n    match b { Access::Public(reason) => 1, Access::Public(_) => 2 }\n}\n";
        assert_eq!(public_has_a_reason(PATH, good), []);
    }
}

//! SQL stands in `store` alone: a query elsewhere would pass by the scope that keeps one
//! organization's rows from another's. The test kit may, since it makes the databases.

use crate::tidy::Finding;
use crate::tidy::rust::Rust;

/// Words that stand in this order, in capitals, in SQL and hardly ever in a sentence.
const SHAPES: &[&[&str]] = &[
    &["SELECT", "FROM"],
    &["INSERT", "INTO"],
    &["UPDATE", "SET"],
    &["DELETE", "FROM"],
    &["CREATE", "TABLE"],
    &["CREATE", "INDEX"],
    &["ALTER", "TABLE"],
    &["DROP", "TABLE"],
    &["BEGIN", "IMMEDIATE"],
    &["PRAGMA"],
    &["SAVEPOINT"],
];

pub fn only_in_store(path: &str, text: &str) -> Vec<Finding> {
    let may = [
        "crates/store/",
        "crates/testkit/",
        "crates/server/tests/",
        "xtask/src/tidy/",
        "xtask/src/measure/",
    ]
    .iter()
    .any(|folder| path.starts_with(folder));
    if !path.ends_with(".rs") || may {
        return Vec::new();
    }
    Rust::read(text)
        .literals
        .iter()
        .filter(|(_, literal)| is_sql(literal))
        .map(|(line, _)| {
            Finding::new(
                path,
                *line,
                "sql",
                "move this statement into crates/store and call a function of it",
            )
        })
        .collect()
}

/// SQLite looks at the value of a limit that is a bare parameter, and so plans the statement anew each time it runs.
pub fn limits_are_planned_once(path: &str, text: &str) -> Vec<Finding> {
    if !path.starts_with("crates/store/src/") {
        return Vec::new();
    }
    let hint = "write LIMIT $n + 0: a bare parameter makes SQLite plan the statement anew at each run";
    Rust::read(text)
        .literals
        .iter()
        .filter(|(_, literal)| literal.split("LIMIT $").skip(1).any(is_bare))
        .map(|(line, _)| Finding::new(path, *line, "limit", hint))
        .collect()
}

/// What stands behind the dollar sign: a number, and not what is done with it.
fn is_bare(rest: &str) -> bool {
    let rest = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    !rest.starts_with(" + 0")
}

fn is_sql(literal: &str) -> bool {
    let words: Vec<&str> = literal
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let is_shape = |shape: &&[&str]| {
        let mut rest = words.iter();
        shape.iter().all(|wanted| rest.any(|word| word == wanted))
    };
    let is_lowercase_query =
        words.first() == Some(&"select") && words.len() > 3 && literal.contains(" from ") && literal.contains('*');
    SHAPES.iter().any(is_shape) || is_lowercase_query
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_outside_the_store_is_found_on_its_line() {
        let bad = "fn a() {\n    run(\"SELECT id\n    FROM member\");\n}\n";
        let found = only_in_store("crates/service/src/member.rs", bad);
        assert_eq!((found.len(), found[0].line), (1, 2));
        assert_eq!(only_in_store("crates/store/src/member.rs", bad), []);
    }

    #[test]
    fn a_bare_limit_is_found_in_the_store() {
        let statement = |limit: &str| format!("fn a() {{\n    run(\"SELECT id FROM member {limit}\");\n}}\n");
        let found = |limit: &str| limits_are_planned_once("crates/store/src/member.rs", &statement(limit)).len();
        assert_eq!(found("LIMIT $12"), 1);
        assert_eq!(found("LIMIT $12 OFFSET $3"), 1);
        assert_eq!(found("LIMIT $12 + 0"), 0);
        assert_eq!(found("LIMIT 500"), 0);
    }

    #[test]
    fn sentences_are_not_queries() {
        let good = "// SELECT x FROM y\nfn a() { say(\"Select people from the list\"); say(\"Delete from here\"); let update = \"SET\"; }";
        assert_eq!(only_in_store("crates/service/src/member.rs", good), []);
    }
}

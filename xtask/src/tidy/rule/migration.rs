//! Versions stand beside each other while nodes are replaced one after another: the version before goes on reading and
//! writing in a database that the next one has migrated. So a migration expands. What nobody needs any more is taken away
//! by a later release, which says that no running version needs it.

use crate::tidy::Finding;

/// The last migration that no other version ever ran beside.
const ALONE: u32 = 14;
/// How a statement says why it may take something away.
const REASON: &str = "-- contracts: ";

/// What the version before trips over, and what to do instead.
const BREAKS: &[(&str, &str)] = &[
    (
        "DROP TABLE",
        "leave the table, and drop it in the release after the one that stops using it",
    ),
    (
        "DROP COLUMN",
        "leave the column, and drop it in the release after the one that stops using it",
    ),
    (
        "RENAME",
        "add a table or column beside, fill both, and drop the old one a release later",
    ),
    (
        "ALTER COLUMN",
        "add a column beside, fill both, and drop the old one a release later",
    ),
    (
        "SET NOT NULL",
        "the version before may still write NULL; demand it a release later",
    ),
    (
        "ADD CONSTRAINT",
        "the version before may still break it; demand it a release later",
    ),
    (
        "ADD CHECK",
        "the version before may still break it; demand it a release later",
    ),
];

pub fn leaves_room_for_the_version_before(path: &str, text: &str) -> Vec<Finding> {
    let number = path
        .strip_prefix("crates/store/migrations/")
        .and_then(|name| name.split('_').next()?.parse::<u32>().ok());
    if number.is_none_or(|number| number <= ALONE) {
        return Vec::new();
    }
    let mut line = 1;
    let mut findings = Vec::new();
    for statement in text.split(';') {
        let blank = statement.len() - statement.trim_start().len();
        let first = line + statement[..blank].matches('\n').count();
        if !statement.contains(REASON)
            && let Some(advice) = trips(&without_comments(statement), text)
        {
            findings.push(Finding::new(
                path,
                first,
                "migration",
                format!("{advice}; or say \"{REASON}\" and since which release no version needs it"),
            ));
        }
        line += statement.matches('\n').count();
    }
    findings
}

fn without_comments(statement: &str) -> String {
    let lines = statement
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let words: Vec<String> = lines.flat_map(str::split_whitespace).map(str::to_uppercase).collect();
    words.join(" ")
}

fn trips(statement: &str, whole: &str) -> Option<&'static str> {
    let known = BREAKS.iter().find(|(words, _)| statement.contains(words));
    if let Some((_, advice)) = known {
        return Some(advice);
    }
    if statement.contains("ADD COLUMN") && statement.contains("NOT NULL") && !statement.contains("DEFAULT") {
        return Some("give the column a DEFAULT: the version before inserts without it");
    }
    let indexed = statement.strip_prefix("CREATE UNIQUE INDEX ")?;
    let table = indexed.split(" ON ").nth(1)?.split([' ', '(']).next()?;
    let is_new = without_comments(whole).contains(&format!("CREATE TABLE {table} "));
    (!is_new).then_some("the version before may still write the same twice; demand it a release later")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "crates/store/migrations/0023_note.sql";

    fn found(text: &str) -> Vec<usize> {
        let findings = leaves_room_for_the_version_before(PATH, text);
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn what_the_version_before_trips_over_is_found_on_its_line() {
        for statement in [
            "DROP TABLE note;",
            "ALTER TABLE invitation DROP COLUMN note;",
            "ALTER TABLE invitation RENAME COLUMN note TO remark;",
            "ALTER TABLE invitation ADD COLUMN note TEXT NOT NULL;",
            "ALTER TABLE invitation ALTER COLUMN note TYPE BIGINT;",
            "CREATE UNIQUE INDEX note_once ON invitation (note);",
        ] {
            assert_eq!(
                found(&format!("-- Why.\nCREATE INDEX a ON b (c);\n\n{statement}\n")),
                [4],
                "{statement}"
            );
        }
    }

    #[test]
    fn what_it_does_not_notice_is_not() {
        for statement in [
            "-- Nothing is dropped: no DROP TABLE here.\nCREATE TABLE note (id UUID PRIMARY KEY, text TEXT NOT NULL);",
            "ALTER TABLE invitation ADD COLUMN note TEXT;",
            "ALTER TABLE invitation ADD COLUMN note TEXT NOT NULL DEFAULT '';",
            "CREATE TABLE note (id UUID PRIMARY KEY, slug TEXT);\nCREATE UNIQUE INDEX note_slug ON note (slug);",
            "-- contracts: nobody has read it since 1.4\nALTER TABLE invitation DROP COLUMN note;",
            "DROP TRIGGER tell ON session;",
        ] {
            assert_eq!(found(statement), Vec::<usize>::new(), "{statement}");
        }
        let old = "crates/store/migrations/0014_repository_role.sql";
        assert_eq!(leaves_room_for_the_version_before(old, "DROP TABLE note;"), []);
    }
}

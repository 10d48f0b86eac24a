//! Taking an organization in from a file.

use super::{Sample, own};
use crate::page::form::Errors;
use crate::page::moving::{Counts, Row, Show, Stage, Start};
use crate::page::shell::Section;

impl Sample for Start {
    fn samples() -> Vec<(&'static str, Self)> {
        let start = Self {
            shell: own("Import organization", Section::Organizations),
            errors: Errors::none(),
            into: String::new(),
            may_open: true,
        };
        let refused = Self {
            errors: Errors::none().with(
                "file",
                "The file was cut off on its way. Nothing was changed; send it again.",
            ),
            ..start.clone()
        };
        vec![("moving-start", start), ("moving-start-refused", refused)]
    }
}

impl Sample for Show {
    fn samples() -> Vec<(&'static str, Self)> {
        let row = |line: u64, what: &str, refused: bool, text: &str| Row {
            line,
            what: what.to_owned(),
            refused,
            text: text.to_owned(),
        };
        let checked = Self {
            shell: own("Import organization", Section::Organizations),
            id: "0123456789abcdef".to_owned(),
            name: "harbour.jsonl".to_owned(),
            organization: "harbour".to_owned(),
            stage: Stage::Checked,
            counts: Counts {
                lines: "1,248".to_owned(),
                created: "1,204".to_owned(),
                joined: "3".to_owned(),
                invited: "12".to_owned(),
                skipped: "26".to_owned(),
                refused: "2".to_owned(),
            },
            rows: vec![
                row(17, "member mia", true, "The username mia is taken. Choose another one."),
                row(18, "member bo", false, "Taken without password hash"),
                row(
                    903,
                    "group night-shift",
                    true,
                    "This cannot be taken: role is no role of this organization.",
                ),
            ],
            has_more: true,
            failure: String::new(),
        };
        let running = Self {
            stage: Stage::Running,
            rows: Vec::new(),
            has_more: false,
            ..checked.clone()
        };
        let done = Self {
            stage: Stage::Done,
            has_more: false,
            ..checked.clone()
        };
        let broken = Self {
            failure: "The database does not answer at this moment. Try again shortly.".to_owned(),
            ..done.clone()
        };
        vec![
            ("moving-checked", checked),
            ("moving-running", running),
            ("moving-done", done),
            ("moving-broken", broken),
        ]
    }
}

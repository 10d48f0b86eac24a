//! Ids are kinds: a bare `Uuid` in a signature lets a member's id be passed where a role's is meant.

use crate::tidy::Finding;
use crate::tidy::rust::Rust;

pub fn no_raw_uuid(path: &str, text: &str) -> Vec<Finding> {
    let may = path == "crates/domain/src/id.rs"
        || path.starts_with("crates/store/src/db")
        || path.starts_with("xtask/src/measure/");
    if !path.ends_with(".rs") || may {
        return Vec::new();
    }
    let rust = Rust::read(text);
    rust.places("fn")
        .into_iter()
        .filter(|at| is_raw(signature(&rust.code[*at..])))
        .map(|at| {
            Finding::new(
                path,
                rust.line(at),
                "raw id",
                "take or give a kind of id from domain::id instead of a Uuid",
            )
        })
        .collect()
}

fn signature(code: &str) -> &str {
    &code[..code.find(['{', ';']).unwrap_or(code.len())]
}

fn is_raw(signature: &str) -> bool {
    signature
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .any(|word| word == "Uuid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_uuid_in_a_signature_is_found() {
        let bad = "impl A {\n    pub async fn get(\n        id: Uuid,\n    ) -> Option<Member> { x }\n}\n";
        let found = no_raw_uuid("crates/service/src/member.rs", bad);
        assert_eq!((found.len(), found[0].line), (1, 2));
        assert_eq!(no_raw_uuid("crates/domain/src/id.rs", bad), []);
        assert_eq!(no_raw_uuid("crates/store/src/db.rs", bad), []);
    }

    #[test]
    fn a_kind_of_id_is_fine_whatever_happens_inside() {
        let good = "fn get(id: MemberId) -> UuidText { let raw: Uuid = id.raw(); }\n";
        assert_eq!(no_raw_uuid("crates/service/src/member.rs", good), []);
    }
}

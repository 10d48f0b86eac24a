//! What the codes of problems mean, for whoever follows the `type` of one. Each has its sentence in one of the lists below.

mod caller;
mod conflict;
mod request;

use crate::page::docs::Problem;

/// Its status, its name and what it means.
type Code = (&'static str, &'static str, &'static str);

/// By status, then as they are met.
pub fn all() -> Vec<Problem> {
    let mut codes: Vec<&Code> = codes().collect();
    codes.sort_by_key(|(status, ..)| *status);
    codes
        .into_iter()
        .map(|(status, code, text)| Problem {
            code: (*code).to_owned(),
            status: (*status).to_owned(),
            text: (*text).to_owned(),
        })
        .collect()
}

fn codes() -> impl Iterator<Item = &'static Code> {
    [request::CODES, caller::CODES, conflict::CODES].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::codes;

    /// The codes that a source text gives to its cases.
    fn named(source: &str) -> BTreeSet<&str> {
        let looks_like_a_code =
            |word: &str| word.contains('_') && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        source
            .lines()
            .filter(|line| line.contains("=>") || line.contains("Self::new("))
            .flat_map(|line| line.split('"'))
            .filter(|word| looks_like_a_code(word))
            .collect()
    }

    #[test]
    fn every_code_is_told_once() {
        let told: BTreeSet<&str> = codes().map(|(_, code, _)| *code).collect();
        assert_eq!(told.len(), codes().count());
        let given = [
            include_str!("../../problem.rs"),
            include_str!("../../../../domain/src/refusal.rs"),
        ];
        for code in given.into_iter().flat_map(named) {
            assert!(told.contains(code), "{code} is not explained");
        }
    }
}

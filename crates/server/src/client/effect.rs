//! What a change would do, told before it is made: one line per person and effect, then how many
//! there are of each kind, since the API names at most fifty of a kind.

use serde_json::Value;

use super::output::{printable, table, text};

pub fn words(answer: &Value) -> String {
    let effects = answer
        .get("effects")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut parts = Vec::new();
    if !effects.is_empty() {
        let rows = effects
            .iter()
            .map(|effect| vec![kind(effect), subject(effect), matter(effect)])
            .collect();
        parts.push(table(&["EFFECT", "WHO", "WHAT"], rows));
    }
    parts.push(summary(answer));
    parts.join("\n")
}

fn summary(answer: &Value) -> String {
    let counts = answer.get("counts").and_then(Value::as_object);
    let named: Vec<String> = counts
        .into_iter()
        .flatten()
        .filter(|(_, count)| count.as_u64() != Some(0))
        .map(|(kind, count)| format!("{} {count}", printable(&kind.replace('_', " "))))
        .collect();
    if named.is_empty() {
        "Nothing has been changed. The change would touch nobody's access.".to_owned()
    } else {
        format!("Nothing has been changed. The change would mean: {}.", named.join(", "))
    }
}

fn kind(effect: &Value) -> String {
    text(effect, &["kind"]).replace('_', " ")
}

fn subject(effect: &Value) -> String {
    let name = text(effect, &["subject", "name"]);
    if name.is_empty() {
        text(effect, &["subject", "id"])
    } else {
        name
    }
}

fn matter(effect: &Value) -> String {
    let resource = match effect.get("resource") {
        Some(Value::Object(_)) => {
            let name = text(effect, &["resource", "name"]);
            if name.is_empty() {
                text(effect, &["resource", "id"])
            } else {
                name
            }
        }
        _ => text(effect, &["resource"]),
    };
    let permission = text(effect, &["permission"]);
    match (permission.is_empty(), resource.is_empty()) {
        (false, false) => format!("{permission} on {resource}"),
        (false, true) => permission,
        (true, false) => resource,
        (true, true) => text(effect, &["detail"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_preview_says_who_gains_what_and_that_nothing_happened() {
        let words = words(&json!({
            "effects": [{"kind": "permission_gained", "subject": {"type": "member", "id": "mem_1", "name": "Ada"},
                         "permission": "roster.member.manage"}],
            "counts": {"permission_gained": 12, "session_ended": 0}
        }));
        assert_eq!(
            words,
            "EFFECT             WHO  WHAT\npermission gained  Ada  roster.member.manage\n\
             Nothing has been changed. The change would mean: permission gained 12."
        );
    }

    #[test]
    fn a_change_without_effect_says_so() {
        assert!(words(&json!({"effects": [], "counts": {}})).contains("nobody's access"));
    }
}

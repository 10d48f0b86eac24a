//! Examples made from schemas: a call to copy, and what it answers.

use serde_json::{Map, Value, json};

use super::operation::resolved;

/// Deeper than this an example explains nothing more, and a schema that holds itself would have no end.
const DEEPEST: usize = 6;

pub fn example(document: &Value, schema: &Value) -> Value {
    made(document, schema, Place::default())
}

/// Where in an example a value stands.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    /// What the object is of which this is a field, such as "role".
    owner: &'a str,
    field: &'a str,
    depth: usize,
}

pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The call as somebody would type it.
pub fn curl(method: &str, address: &str, signed_in: bool, kind: Option<&str>, body: Option<Value>) -> String {
    let verb = if method == "GET" {
        String::new()
    } else {
        format!("-X {method} ")
    };
    let mut lines = vec![format!("curl -s {verb}{address}")];
    if signed_in {
        lines.push("-H \"authorization: Bearer $ROSTER_TOKEN\"".to_owned());
    }
    if let Some(body) = body {
        lines.push(format!("-H 'content-type: {}'", kind.unwrap_or("application/json")));
        lines.push(format!("-d '{}'", pretty(&body)));
    }
    lines.join(" \\\n  ")
}

fn made(document: &Value, schema: &Value, place: Place<'_>) -> Value {
    let schema = resolved(document, schema);
    let given = ["example", "default", "const"].iter().map(|key| &schema[key]);
    if let Some(given) = given.into_iter().find(|given| !given.is_null()) {
        return given.clone();
    }
    if let Some(first) = schema["examples"].get(0).or_else(|| schema["enum"].get(0)) {
        return first.clone();
    }
    if place.depth > DEEPEST {
        return json!({});
    }
    for way in ["oneOf", "anyOf"] {
        let ways = schema[way].as_array().into_iter().flatten();
        if let Some(first) = ways.into_iter().find(|way| way["type"] != "null") {
            return made(document, first, place);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().filter_map(|part| match made(document, part, place) {
            Value::Object(fields) => Some(fields),
            _ => None,
        });
        return Value::Object(parts.flatten().collect());
    }
    let deeper = Place {
        depth: place.depth + 1,
        ..place
    };
    match first_kind(schema) {
        "object" => object(document, schema, deeper),
        "array" => json!([made(document, &schema["items"], deeper)]),
        "integer" | "number" => schema["minimum"]
            .as_i64()
            .map_or_else(|| json!(1), |least| json!(least)),
        "boolean" => json!(true),
        "string" => json!(word(place, schema["format"].as_str().unwrap_or_default())),
        _ => Value::Null,
    }
}

fn object(document: &Value, schema: &Value, place: Place<'_>) -> Value {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let fields: Map<String, Value> = fields
        .map(|(name, field)| {
            let inner = Place {
                owner: place.field,
                field: name,
                depth: place.depth,
            };
            (name.clone(), made(document, field, inner))
        })
        .collect();
    Value::Object(fields)
}

fn first_kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or("null"),
        Value::String(kind) => kind,
        _ if schema["properties"].is_object() => "object",
        _ => "null",
    }
}

/// A text that a field of this name could hold.
fn word(place: Place<'_>, format: &str) -> &'static str {
    let is_of_role = place.owner.starts_with("role");
    let is_of_organization = place.owner.starts_with("organization");
    match (place.field, format) {
        (_, "date-time") => TIME,
        (name, _) if name.ends_with("_at") || matches!(name, "at" | "until") => TIME,
        ("name", _) if is_of_role => "Member",
        ("slug", _) if is_of_role => "member",
        ("name", _) if is_of_organization => "Analytical Engines",
        ("email" | "notify" | "owner_email", _) => "ada@example.org",
        ("login" | "username", _) => "ada",
        ("name" | "by" | "invited_by", _) => "Ada Lovelace",
        ("slug", _) => "analytical",
        ("role" | "roles", _) => "member",
        ("colour", _) => "blue",
        ("preset", _) => "standard",
        ("status", _) => "active",
        ("availability", _) => "available",
        ("state", _) => "sent",
        ("authentication_method" | "provider", _) => "password",
        ("password" | "new_password" | "temporary_password", _) => "violet anchor mustard cloud",
        ("current_password", _) => "lantern pickle orbit meadow",
        ("phone", _) => "+44 20 7946 0000",
        ("time_zone", _) => "Europe/Lisbon",
        ("locale", _) => "en",
        ("link", _) => "https://roster.example.org/invitations/…",
        ("address", _) => "203.0.113.7",
        ("reason", _) => "left the team",
        _ => "…",
    }
}

const TIME: &str = "2026-11-22T09:30:00Z";

/// An address without places to fill in, which a shell would take for something else.
pub fn filled(path: &str) -> String {
    let part = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some("org") => "analytical".to_owned(),
        Some(name) => format!("${}", name.to_uppercase()),
        None => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_every_field_and_ends() {
        let document = json!({ "components": { "schemas": { "Node": { "type": "object", "properties": {
            "email": { "type": ["string", "null"] },
            "created_at": { "type": "string" },
            "children": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } }
        } } } } });
        let made = example(&document, &json!({ "$ref": "#/components/schemas/Node" }));
        assert_eq!(made["email"], "ada@example.org");
        assert_eq!(made["children"][0]["created_at"], "2026-11-22T09:30:00Z");
        assert!(pretty(&made).len() < 10_000);
    }

    #[test]
    fn an_address_has_no_braces() {
        assert_eq!(
            filled("/organizations/{org}/members/{member}/role"),
            "/organizations/analytical/members/$MEMBER/role"
        );
    }

    #[test]
    fn a_call_can_be_copied() {
        let call = curl(
            "POST",
            "https://roster.example/api/v1/sessions",
            false,
            Some("application/json"),
            Some(json!({ "login": "ada" })),
        );
        assert_eq!(
            call,
            "curl -s -X POST https://roster.example/api/v1/sessions \\\n  -H 'content-type: application/json' \\\n  -d '{\n  \"login\": \"ada\"\n}'"
        );
        assert_eq!(
            curl("GET", "/api/v1/me", true, None, None),
            "curl -s /api/v1/me \\\n  -H \"authorization: Bearer $ROSTER_TOKEN\""
        );
    }
}

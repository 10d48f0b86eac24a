//! One operation of the OpenAPI document as its page tells it.

use serde_json::Value;

use super::example::{curl, example, filled, pretty};
use super::text;
use crate::page::docs::{Heading, Operation, Parameter, Response};

pub struct Described<'a> {
    pub tag: String,
    path: &'a str,
    method: String,
    id: String,
    summary: String,
    value: &'a Value,
}

pub fn of_path<'a>(path: &'a str, methods: &'a Value) -> Vec<Described<'a>> {
    // Looking comes before changing, and ending last.
    ["get", "post", "put", "patch", "delete"]
        .into_iter()
        .filter_map(|method| methods.get(method).map(|value| (method, value)))
        .map(|(method, value)| Described {
            tag: text(&value["tags"][0]),
            path,
            method: method.to_uppercase(),
            id: text(&value["operationId"]),
            summary: text(&value["summary"]),
            value,
        })
        .collect()
}

impl Described<'_> {
    pub fn heading(&self) -> Heading {
        Heading {
            id: self.id.clone(),
            method: self.method.clone(),
            path: self.path.to_owned(),
            summary: self.summary.clone(),
        }
    }

    pub fn page(&self, document: &Value, server: &str) -> Operation {
        let (kind, body) = content(&self.value["requestBody"]);
        let is_public = self.value["security"].as_array().is_some_and(Vec::is_empty);
        Operation {
            id: self.id.clone(),
            method: self.method.clone(),
            path: self.path.to_owned(),
            summary: self.summary.clone(),
            description: plain(&text(&self.value["description"])),
            permission: text(&self.value["x-permission"]),
            parameters: self.value["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|one| parameter(document, one))
                .collect(),
            body: body.map(|schema| fields(document, schema)).unwrap_or_default(),
            responses: responses(document, &self.value["responses"]),
            example: curl(
                &self.method,
                &format!("{server}{}", filled(self.path)),
                !is_public,
                kind,
                body.map(|schema| example(document, schema)),
            ),
        }
    }
}

/// What kind of body a request or an answer has, and its schema.
fn content(value: &Value) -> (Option<&str>, Option<&Value>) {
    let first = value["content"].as_object().and_then(|kinds| kinds.iter().next());
    first.map_or((None, None), |(kind, content)| {
        (Some(kind.as_str()), Some(&content["schema"]))
    })
}

fn parameter(document: &Value, value: &Value) -> Parameter {
    Parameter {
        name: text(&value["name"]),
        place: text(&value["in"]),
        kind: kind(document, &value["schema"]),
        required: value["required"].as_bool().unwrap_or(false),
        description: sentence(&text(&value["description"])),
    }
}

/// The fields of a body, those of a choice of bodies one after the other.
fn fields(document: &Value, schema: &Value) -> Vec<Parameter> {
    let schema = resolved(document, schema);
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|required| required.as_str() == Some(name)))
    };
    let own = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| Parameter {
            name: name.clone(),
            place: "body".to_owned(),
            kind: kind(document, value),
            required: required(name),
            description: sentence(&described(document, value)),
        });
    let parts = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .flat_map(|way| schema[way].as_array().into_iter().flatten());
    own.chain(parts.flat_map(|part| fields(document, part))).collect()
}

fn described(document: &Value, schema: &Value) -> String {
    let own = text(&schema["description"]);
    if own.is_empty() {
        text(&resolved(document, schema)["description"])
    } else {
        own
    }
}

fn responses(document: &Value, responses: &Value) -> Vec<Response> {
    let all = responses.as_object().into_iter().flatten();
    all.map(|(status, value)| {
        let schema = content(value).1.filter(|_| status != "default");
        Response {
            status: if status == "default" {
                "4xx, 5xx".to_owned()
            } else {
                status.clone()
            },
            description: sentence(&text(&value["description"])),
            example: schema
                .map(|schema| pretty(&example(document, schema)))
                .unwrap_or_default(),
        }
    })
    .collect()
}

/// What a reference stands for.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix("#/components/schemas/"));
    name.map_or(schema, |name| &document["components"]["schemas"][name])
}

/// Such as "string or null" or "list of integer, at most 200".
fn kind(document: &Value, schema: &Value) -> String {
    let resolved = resolved(document, schema);
    let ways = ["anyOf", "oneOf"]
        .into_iter()
        .flat_map(|way| resolved[way].as_array().into_iter().flatten());
    let ways: Vec<String> = ways.map(|way| kind(document, way)).collect();
    if !ways.is_empty() {
        return ways.join(" or ");
    }
    if let Some(values) = resolved["enum"].as_array() {
        let words: Vec<String> = values
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        return format!("one of {}", words.join(", "));
    }
    let names: Vec<&str> = match &resolved["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let mut words: Vec<String> = names
        .iter()
        .map(|name| match *name {
            "array" => format!("list of {}", kind(document, &resolved["items"])),
            name => name.to_owned(),
        })
        .collect();
    if words.is_empty() {
        words.push("anything".to_owned());
    }
    let mut all = words.join(" or ");
    for (key, word) in [
        ("format", "as"),
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("maxLength", "characters at most"),
        ("default", "else"),
    ] {
        match &resolved[key] {
            Value::Null => {}
            Value::String(value) => all = format!("{all}, {word} {value}"),
            value => all = format!("{all}, {word} {value}"),
        }
    }
    all
}

/// Backticks mark code in the document; the page has no marks.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn sentence(text: &str) -> String {
    let text = plain(text);
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let dot = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{dot}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_told_in_words() {
        let document =
            json!({ "components": { "schemas": { "Colour": { "type": "string", "enum": ["red", "blue"] } } } });
        let colour = json!({ "$ref": "#/components/schemas/Colour" });
        assert_eq!(kind(&document, &colour), "one of red, blue");
        assert_eq!(
            kind(&document, &json!({ "type": "array", "items": colour })),
            "list of one of red, blue"
        );
        assert_eq!(
            kind(&document, &json!({ "type": ["string", "null"] })),
            "string or null"
        );
        assert_eq!(
            kind(&document, &json!({ "type": "integer", "minimum": 1, "maximum": 200 })),
            "integer, at least 1, at most 200"
        );
        assert_eq!(
            kind(&document, &json!({ "oneOf": [{ "type": "null" }, colour] })),
            "null or one of red, blue"
        );
    }

    #[test]
    fn the_fields_of_a_body_are_listed_with_what_is_needed() {
        let document = json!({});
        let schema = json!({ "type": "object", "required": ["name"], "properties": {
            "name": { "type": "string", "description": "how it is called" }, "slug": { "type": "string" } } });
        let fields = fields(&document, &schema);
        let told: Vec<_> = fields
            .iter()
            .map(|field| (field.name.as_str(), field.required, field.description.as_str()))
            .collect();
        assert_eq!(told, [("name", true, "How it is called."), ("slug", false, "")]);
    }
}

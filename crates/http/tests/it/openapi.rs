//! The description of the API: checked in, complete, and true to the routes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use http_floor::api::{openapi, routes};
use serde_json::Value;

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json")
}

#[test]
fn the_description_that_is_checked_in_is_the_one_that_is_served() {
    let current = format!("{}\n", serde_json::to_string_pretty(openapi()).unwrap());
    if std::env::var("UPDATE_OPENAPI").is_ok_and(|value| value == "1") {
        std::fs::write(file(), &current).unwrap();
    }
    let kept = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(
        kept == current,
        "openapi.json is not what the code says. Run: UPDATE_OPENAPI=1 cargo test -p roster-http openapi"
    );
}

#[test]
fn it_speaks_openapi_3_1_and_names_every_operation_once() {
    let document = openapi();
    assert_eq!(document["openapi"], "3.1.0");
    for field in ["title", "version"] {
        assert!(!document["info"][field].as_str().unwrap().is_empty());
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            check_operation(path, method, operation);
        }
    }
    let routes = routes().0;
    // Beside the routes stand the three doors of the evaluation API.
    assert_eq!(ids.len(), routes.len() + 3);
    for route in &routes {
        let operation = &document["paths"][format!("/api/v1{}", route.path)][route.method.name()];
        assert_eq!(operation["operationId"], route.id);
        assert!(!route.answers.is_empty(), "{} says nothing of how it ends", route.id);
    }
}

fn check_operation(path: &str, method: &str, operation: &Value) {
    let told = format!("{method} {path}");
    assert!(
        operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
        "{told}"
    );
    let parameters = operation["parameters"].as_array().unwrap();
    let in_path: BTreeSet<&str> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    let said: BTreeSet<&str> = parameters
        .iter()
        .filter(|parameter| parameter["in"] == "path")
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect();
    assert_eq!(in_path, said, "{told}");
    let names: BTreeSet<_> = parameters
        .iter()
        .map(|parameter| (parameter["in"].to_string(), parameter["name"].to_string()))
        .collect();
    assert_eq!(names.len(), parameters.len(), "{told} names a parameter twice");
    for parameter in parameters {
        assert!(parameter["schema"]["type"].is_string(), "{told}: {parameter}");
    }
    let responses = operation["responses"].as_object().unwrap();
    assert!(responses.contains_key("default"), "{told}");
    for (status, response) in responses {
        assert!(status == "default" || status.parse::<u16>().is_ok(), "{told}");
        assert!(response["description"].is_string(), "{told}");
    }
    // Deleting a whole organization is confirmed by its name.
    let confirmed = told == "delete /api/v1/organizations/{org}";
    if matches!(method, "get" | "delete") && !confirmed {
        assert!(operation.get("requestBody").is_none(), "{told} has a body");
    }
}

#[test]
fn whatever_it_refers_to_is_there() {
    let mut references = BTreeSet::new();
    collect(openapi(), &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(openapi().pointer(pointer).is_some(), "{reference} is nowhere");
    }
    for (name, schema) in openapi()["components"]["schemas"].as_object().unwrap() {
        assert!(schema.is_object(), "{name}");
        let (required, properties) = (schema["required"].as_array(), schema["properties"].as_object());
        for field in required.into_iter().flatten().filter_map(Value::as_str) {
            assert!(
                properties.is_some_and(|properties| properties.contains_key(field)),
                "{name} requires {field}, which it lacks"
            );
        }
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field.as_str()) {
                    ("$ref", Some(reference)) => drop(references.insert(reference.to_owned())),
                    _ => collect(field, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[test]
fn no_secret_is_an_example_in_it() {
    let text = openapi().to_string();
    for mark in ["roster_ses_", "roster_session_", "$argon2", "BEGIN "] {
        assert!(!text.contains(mark), "{mark}");
    }
}

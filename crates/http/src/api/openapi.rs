//! The OpenAPI 3.1 document, made from the table of routes.

use domain::permission::Permission;
use serde_json::{Map, Value, json};

use super::representation::{Preview, Problem};
use super::route::{Access, Described, LINES, Route, Routes, TABLE, reference};

pub fn document(routes: &Routes) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas: Map<String, Value> = Map::new();
    add(&mut schemas, Described::of::<Problem>());
    add(&mut schemas, Described::of::<Preview>());
    for route in &routes.0 {
        let answers = route.answers.iter().filter_map(|(_, _, body)| *body);
        answers
            .chain(route.body)
            .for_each(|described| add(&mut schemas, described));
        let path = paths
            .entry(format!("/api/v1{}", route.path))
            .or_insert_with(|| json!({}));
        path[route.method.name()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Roster",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The people of organizations: members, invitations, roles, sessions, audit. \
                Lists are paged by `limit` and `cursor`; writes take `dry_run=true` to tell what they would do; \
                errors are `application/problem+json` with a stable `code`.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "servers": [{ "url": "/" }],
        "security": [{ "bearer": [] }],
        "tags": tags(routes),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } }
        },
        "x-permissions": Permission::ALL.iter().map(|permission| json!({
            "name": permission.name(),
            "applies_to": permission.applies_to().name(),
            "description": permission.description()
        })).collect::<Vec<_>>()
    })
}

fn add(schemas: &mut Map<String, Value>, described: Described) {
    for (name, schema) in (described.schemas)() {
        put(schemas, &name, serde_json::to_value(&schema).unwrap_or_default());
    }
}

/// A name is one thing's: of two, the document would tell the one where the other is meant.
fn put(schemas: &mut Map<String, Value>, name: &str, schema: Value) {
    if let Some(known) = schemas.get(name).filter(|known| **known != schema) {
        debug_assert!(false, "{name} is {known} and {schema}: call one of them otherwise");
    }
    schemas.insert(name.to_owned(), schema);
}

fn tags(routes: &Routes) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for route in &routes.0 {
        if !names.contains(&route.tag) {
            names.push(route.tag);
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": description(route.access),
        "parameters": parameters(route),
        "responses": responses(route),
    });
    if let Some(body) = &route.body {
        operation["requestBody"] = json!({ "content": { route.taken: { "schema": reference(&(body.name)()) } } });
    }
    match route.access {
        Access::Public(_) => operation["security"] = json!([]),
        Access::Permission(permission) => operation["x-permission"] = json!(permission.name()),
        Access::SignedIn | Access::Superuser => {}
    }
    operation
}

fn description(access: Access) -> String {
    match access {
        Access::Permission(permission) => format!("Takes the permission `{permission}`: {}.", permission.description()),
        Access::SignedIn => "Takes a session.".to_owned(),
        Access::Superuser => "Takes a superuser.".to_owned(),
        Access::Public(reason) => format!("Takes no session: {reason}."),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')));
    let path = in_path.map(|name| {
        let what = if name == "org" { "id or slug" } else { "id" };
        json!({ "name": name, "in": "path", "required": true, "description": what, "schema": { "type": "string" } })
    });
    let query = route.query.iter().map(|(name, what)| {
        let kind = if *name == "limit" {
            json!({ "type": "integer", "minimum": 1, "maximum": 200 })
        } else {
            json!({ "type": "string" })
        };
        json!({ "name": name, "in": "query", "description": what, "schema": kind })
    });
    let mut all: Vec<Value> = path.chain(query).collect();
    if route.previews {
        all.push(json!({
            "name": "dry_run", "in": "query", "schema": { "type": "boolean" },
            "description": "Tell what it would do, and do nothing"
        }));
    }
    all
}

fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    let lines = route.kinds == [LINES];
    if route.previews && !lines {
        let content = json!({ "application/json": { "schema": reference("Preview") } });
        responses.insert(
            "200".to_owned(),
            json!({ "description": "With dry_run: what it would do", "content": content }),
        );
    }
    for (status, what, body) in &route.answers {
        let mut answer = json!({ "description": what });
        if let Some(body) = body {
            let schema = match (*status, route.previews) {
                (200, true) if !lines => json!({ "anyOf": [reference(&(body.name)()), reference("Preview")] }),
                _ => reference(&(body.name)()),
            };
            for kind in route.kinds {
                // A table has no schema but its first line.
                let text = *kind == TABLE || (*kind == LINES && !lines);
                let schema = if text {
                    json!({ "type": "string" })
                } else {
                    schema.clone()
                };
                answer["content"][*kind] = json!({ "schema": schema });
            }
        }
        responses.insert(status.to_string(), answer);
    }
    let problem = json!({ "application/problem+json": { "schema": reference("Problem") } });
    responses.insert(
        "default".to_owned(),
        json!({ "description": "What went wrong and what to do", "content": problem }),
    );
    Value::Object(responses)
}

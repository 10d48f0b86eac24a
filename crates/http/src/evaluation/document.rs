//! The evaluation API in the OpenAPI document: it is not below `/api/v1`, and its bodies are the standard's.

use serde_json::{Value, json};
use service::evaluation::Reason;

use super::{CONFIGURATION, EVALUATION, EVALUATIONS, MOST};
use crate::api::route::reference;

const TAG: &str = "Access checks";

/// Adds operations, schemas and their topic.
pub fn add_to(document: &mut Value) {
    let one = operation(
        "evaluate_access",
        "Ask who this is and whether they may",
        "Anybody may ask about themselves; about others it takes `roster.access.evaluate` in the organization.",
        "AccessEvaluation",
        "AccessDecision",
    );
    let many = operation(
        "evaluate_accesses",
        "Ask many questions at once",
        "What stands outside the list holds for every question that leaves it out; answers come in the same order.",
        "AccessEvaluations",
        "AccessDecisions",
    );
    let found = json!({
        "operationId": "get_decision_point",
        "tags": [TAG],
        "summary": "Where access is asked for",
        "description": "Takes no session: it tells addresses alone.",
        "security": [],
        "parameters": [],
        "responses": responses("DecisionPoint"),
    });
    let paths = &mut document["paths"];
    paths[EVALUATION] = json!({ "post": one });
    paths[EVALUATIONS] = json!({ "post": many });
    paths[CONFIGURATION] = json!({ "get": found });
    for (name, schema) in schemas() {
        document["components"]["schemas"][name] = schema;
    }
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.push(json!({
            "name": TAG,
            "description": "May somebody do something on something? The OpenID Authorization API 1.0 (AuthZEN).",
        }));
    }
}

fn operation(id: &str, summary: &str, description: &str, takes: &str, answers: &str) -> Value {
    json!({
        "operationId": id,
        "tags": [TAG],
        "summary": summary,
        "description": description,
        "parameters": [{
            "name": "X-Request-ID", "in": "header", "description": "Comes back with the answer",
            "schema": { "type": "string" }
        }],
        "requestBody": { "content": { "application/json": { "schema": reference(takes) } } },
        "responses": responses(answers),
    })
}

fn responses(schema: &str) -> Value {
    json!({
        "200": {
            "description": "The answer",
            "content": { "application/json": { "schema": reference(schema) } },
        },
        "default": {
            "description": "What went wrong and what to do",
            "content": { "application/problem+json": { "schema": reference("Problem") } },
        },
    })
}

fn schemas() -> [(&'static str, Value); 9] {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let parts = || {
        json!({
            "subject": reference("AccessSubject"),
            "action": reference("AccessAction"),
            "resource": reference("AccessResource"),
            "context": reference("AccessContext"),
        })
    };
    let mut many = parts();
    many["evaluations"] = json!({
        "type": "array", "items": reference("AccessEvaluation"), "maxItems": MOST,
        "description": "The questions; each takes what it leaves out from outside the list",
    });
    many["options"] = json!({
        "type": "object",
        "properties": { "evaluations_semantic": {
            "type": "string",
            "enum": ["execute_all", "deny_on_first_deny", "permit_on_first_permit"],
        } },
    });
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    [
        (
            "AccessSubject",
            json!({
                "type": "object", "required": ["type", "id"],
                "properties": {
                    "type": { "type": "string", "enum": ["account", "member", "service_account", "session"] },
                    "id": text("Its id; of a session, the token itself, of whatever kind"),
                },
            }),
        ),
        (
            "AccessAction",
            json!({
                "type": "object", "required": ["name"],
                "properties": { "name": text("A permission of the organization's catalogue") },
            }),
        ),
        (
            "AccessResource",
            json!({
                "type": "object", "required": ["type", "id"],
                "properties": {
                    "type": text("organization, project, or anything of the application's own"),
                    "id": text("Id or slug of an organization or a project; else whatever the application calls it"),
                    "properties": {
                        "type": "object",
                        "properties": { "project": text("The project that the application's own thing is in; \
                            without one it is in the organization itself") },
                    },
                },
            }),
        ),
        (
            "AccessContext",
            json!({
                "type": "object",
                "properties": {
                    "organization": text("Id or slug; required where neither the token nor the resource tells"),
                    "minimum_revision": {
                        "type": "integer",
                        "description": "The answer has to be computed at this revision or a later one",
                    },
                },
            }),
        ),
        ("AccessEvaluation", json!({ "type": "object", "properties": parts() })),
        ("AccessEvaluations", json!({ "type": "object", "properties": many })),
        (
            "AccessDecision",
            json!({
                "type": "object", "required": ["decision"],
                "properties": {
                    "decision": { "type": "boolean" },
                    "context": { "anyOf": [
                        {
                            "type": "object",
                            "properties": {
                                "revision": { "type": "integer", "description": "What the answer was computed at" },
                                "reason": { "type": "string", "description": "Why not", "enum": reasons },
                                "subject": {
                                    "type": "object",
                                    "description": "Whose token was presented",
                                    "properties": { "type": text("account, service_account or project"),
                                        "id": text("Its id"), "name": text("Its name") },
                                },
                            },
                        },
                        {
                            "type": "object", "required": ["reason", "error"],
                            "description": "Of a question that could not be answered, among others that could",
                            "properties": { "reason": text("The error's code"), "error": reference("Problem") },
                        },
                    ] },
                },
            }),
        ),
        (
            "AccessDecisions",
            json!({
                "anyOf": [
                    {
                        "type": "object", "required": ["evaluations"],
                        "properties": { "evaluations": { "type": "array", "items": reference("AccessDecision") } },
                    },
                    // Where no question stands in the list, the one that the defaults ask is answered.
                    reference("AccessDecision"),
                ],
            }),
        ),
        (
            "DecisionPoint",
            json!({
                "type": "object",
                "properties": {
                    "policy_decision_point": text("The instance's public address"),
                    "access_evaluation_endpoint": text("Where one question is asked"),
                    "access_evaluations_endpoint": text("Where many are"),
                },
            }),
        ),
    ]
}

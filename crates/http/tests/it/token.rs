//! What programs reach that come with a token: as much as whose token it is, less what its scopes leave out.

use http_floor::api::route::{Access, Method, Route};
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, Reply, text};
use crate::place::Place;

on_both_databases! {
    a_token_opens_what_its_holder_may_and_its_scopes_leave,
    a_service_account_does_what_its_role_allows_and_owns_nothing,
    a_projects_token_opens_nothing_of_the_organization_but_its_project,
    who_has_as_many_tokens_as_may_be_is_told_to_revoke_some,
}

/// Routes of an organization that change nothing when they are walked.
fn harmless() -> impl Iterator<Item = Route> {
    let routes = http_floor::api::routes().0.into_iter();
    routes.filter(|route| {
        matches!(route.access, Access::Permission(_)) && (route.previews || route.method == Method::Get)
    })
}

async fn personal(app: &App, person: &Person, scopes: Option<&[&str]>) -> Person {
    let person = app.sign_in(person).await;
    let token = json!({ "name": "Script", "organization": "acme", "scopes": scopes });
    let issued = person.post("/me/tokens", token).await.is(201);
    person.with_token(issued["token"].as_str().unwrap())
}

fn code(reply: &Reply) -> String {
    text(&reply.json()["code"])
}

fn is_done(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

async fn a_token_opens_what_its_holder_may_and_its_scopes_leave(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let whole = personal(&app, &app.adam, None).await;
    let scopes = ["roster.organization.view", "roster.member.view", "roster.project.view"];
    let narrowed = personal(&app, &app.adam, Some(&scopes)).await;
    let (mut alike, mut left_out) = (0, 0);
    for route in harmless() {
        let session = acme.call(&app.adam, &route).await;
        let by_token = acme.call(&whole, &route).await;
        let told = format!("{}: {} {}", route.id, by_token.status, by_token.text);
        if by_token.status == 403 && code(&by_token) == "session_required" {
            assert!(session.status != 403, "{told}");
            continue;
        }
        assert_eq!(by_token.status, session.status, "{told}");
        alike += 1;
        let Access::Permission(permission) = route.access else {
            continue;
        };
        let by_narrowed = acme.call(&narrowed, &route).await;
        let told = format!("{}: {} {}", route.id, by_narrowed.status, by_narrowed.text);
        if scopes.contains(&permission.name()) {
            // What is asked besides may be left out, too.
            let out_of_scope = by_narrowed.status == 403;
            assert!(by_narrowed.status == session.status || out_of_scope, "{told}");
        } else {
            assert!(!is_done(&by_narrowed), "{told}");
            assert!(matches!(by_narrowed.status, 403 | 404 | 409), "{told}");
            left_out += 1;
        }
    }
    assert!(alike > 40 && left_out > 30, "{alike} {left_out}");
}

async fn robot(app: &App, role: &str) -> Person {
    let accounts = format!("{ACME}/service-accounts");
    let robot = json!({ "name": format!("Robot of {role}"), "role": role });
    let robot = app.olivia.post(&accounts, robot).await.is(201);
    let path = format!("{accounts}/{}/tokens", text(&robot["id"]));
    let issued = app.olivia.post(&path, json!({})).await.is(201);
    app.olivia.with_token(issued["token"].as_str().unwrap())
}

async fn a_service_account_does_what_its_role_allows_and_owns_nothing(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let (admin, member) = (robot(&app, "admin").await, robot(&app, "member").await);
    for route in harmless() {
        for (program, person) in [(&admin, &app.adam), (&member, &app.mia)] {
            let by_person = acme.call(person, &route).await;
            let by_program = acme.call(program, &route).await;
            let told = format!("{}: {} {}", route.id, by_program.status, by_program.text);
            if is_done(&by_program) {
                assert!(is_done(&by_person), "{told}");
            } else if is_done(&by_person) {
                // Only what takes somebody who can own or who signs in.
                assert!(matches!(by_program.status, 403 | 422), "{told}");
                assert!(
                    ["member_required", "session_required", "person_required", "invalid"]
                        .contains(&code(&by_program).as_str()),
                    "{told}"
                );
            }
        }
    }
    for path in ["/me", "/me/tokens", "/me/sessions", "/me/organizations"] {
        let refused = member.get(path).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text);
    }
}

async fn a_projects_token_opens_nothing_of_the_organization_but_its_project(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let token = json!({ "name": "Nightly", "capabilities": ["roster.project.view", "roster.project.edit"] });
    let path = format!("{ACME}/projects/website/tokens");
    let issued = app.olivia.post(&path, token).await.is(201);
    let program = app.olivia.with_token(issued["token"].as_str().unwrap());
    for route in harmless() {
        let reply = acme.call(&program, &route).await;
        let told = format!("{}: {} {}", route.id, reply.status, reply.text);
        assert_eq!(
            is_done(&reply),
            ["get_project", "edit_project"].contains(&route.id),
            "{told}"
        );
        if !is_done(&reply) {
            let codes = ["out_of_scope", "not_found", "permission_required", "member_required"];
            assert!(
                matches!(reply.status, 403 | 404) && codes.contains(&code(&reply).as_str()),
                "{told}"
            );
        }
    }
    // What it is for: its application asks what it may.
    let question = json!({
        "subject": { "type": "session", "id": issued["token"] },
        "action": { "name": "roster.project.edit" },
        "resource": { "type": "project", "id": "website" },
        "context": { "organization": "acme" },
    });
    let ask = async || -> Value {
        let asked = app.olivia.ask(reqwest::Method::POST, "/access/v1/evaluation");
        asked.json(&question).await.is(200)["decision"].clone()
    };
    assert_eq!(ask().await, true);
    let owner = json!({ "member": app.gus.member });
    let path = format!("{path}/{}/owner", text(&issued["id"]));
    app.olivia.put(&path, owner).await.is(200);
    assert_eq!(ask().await, false, "its owner by now may not edit");
}

async fn who_has_as_many_tokens_as_may_be_is_told_to_revoke_some(app: App) {
    let accounts = format!("{ACME}/service-accounts");
    let robot = app.olivia.post(&accounts, json!({ "name": "Robot" })).await.is(201);
    let path = format!("{accounts}/{}/tokens", text(&robot["id"]));
    for _ in 0..100 {
        app.olivia.post(&path, json!({})).await.is(201);
    }
    app.olivia.post(&path, json!({})).await.refused(409, "too_many_tokens");
    let rotation = format!("{accounts}/{}/rotation", text(&robot["id"]));
    app.olivia.post(&rotation, json!({})).await.is(201);
    app.olivia.post(&path, json!({})).await.is(201);
}

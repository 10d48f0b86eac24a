//! Asking about programs and by programs, and on projects: what a token narrows, what it reaches, what it is not told.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, text};

on_both_databases! {
    a_program_asks_about_the_organization_it_is_of,
    a_narrowed_token_may_what_both_it_and_its_holder_may,
    a_project_token_may_its_capabilities_and_nothing_else,
    a_project_is_asked_about_by_id_or_slug,
    whoever_does_not_see_a_project_is_told_that_there_is_none,
    a_deactivated_program_may_nothing,
}

async fn asked(person: &Person, body: &Value) -> (bool, String) {
    let answer = person
        .ask(Method::POST, "/access/v1/evaluation")
        .json(body)
        .await
        .is(200);
    let reason = answer["context"]["reason"].as_str().unwrap_or_default();
    (answer["decision"].as_bool().unwrap(), reason.to_owned())
}

fn yes() -> (bool, String) {
    (true, String::new())
}

fn no(reason: &str) -> (bool, String) {
    (false, reason.to_owned())
}

fn question(subject: (&str, &str), permission: &str, resource: (&str, &str)) -> Value {
    json!({
        "subject": { "type": subject.0, "id": subject.1 },
        "action": { "name": permission },
        "resource": { "type": resource.0, "id": resource.1 },
    })
}

/// A service account and somebody who holds its token.
async fn program(app: &App, role: &str) -> (String, Person) {
    let accounts = format!("{ACME}/service-accounts");
    let made = app
        .adam
        .post(&accounts, json!({ "name": "Gateway", "role": role }))
        .await
        .is(201);
    let id = text(&made["id"]);
    let issued = app
        .adam
        .post(&format!("{accounts}/{id}/tokens"), json!({}))
        .await
        .is(201);
    let caller = app.anonymous.with_token(issued["token"].as_str().unwrap());
    (id, caller)
}

async fn project(app: &App, visibility: &str) -> Value {
    let body = json!({ "name": "Compass", "visibility": visibility });
    app.adam.post(&format!("{ACME}/projects"), body).await.is(201)
}

async fn a_program_asks_about_the_organization_it_is_of(app: App) {
    let (id, gateway) = program(&app, "admin").await;
    let mia = app.mia.token.clone().unwrap();
    // Its token tells the organization.
    let document = question(("session", &mia), "roster.member.view", ("document", "7"));
    assert_eq!(asked(&gateway, &document).await, yes());
    let own = question(("service_account", &id), "roster.member.view", ("document", "7"));
    assert_eq!(asked(&gateway, &own).await, yes());
    // It reaches no other, whatever is named.
    for resource in ["elsewhere", "nowhere"] {
        let body = question(("session", &mia), "roster.member.view", ("organization", resource));
        let reply = gateway.ask(Method::POST, "/access/v1/evaluation").json(&body).await;
        reply.refused(404, "not_found");
    }
    let eve = app.eve.token.clone().unwrap();
    let stranger = question(("session", &eve), "roster.member.view", ("document", "7"));
    assert_eq!(asked(&gateway, &stranger).await, no("unknown_subject"));
    // One without the permission asks about itself alone.
    let (id, plain) = program(&app, "member").await;
    let own = question(("service_account", &id), "roster.member.view", ("document", "7"));
    assert_eq!(asked(&plain, &own).await, yes());
    let reply = plain.ask(Method::POST, "/access/v1/evaluation").json(&document).await;
    reply.refused(403, "permission_required");
}

async fn a_narrowed_token_may_what_both_it_and_its_holder_may(app: App) {
    let body = json!({
        "name": "Reader", "organization": "acme",
        "scopes": ["roster.organization.view", "roster.member.view", "roster.access.evaluate"],
    });
    let token = text(&app.mia.post("/me/tokens", body).await.is(201)["token"]);
    let cases = [
        ("roster.member.view", yes()),
        ("roster.group.view", no("out_of_scope")),
        ("roster.access.evaluate", no("not_granted")),
    ];
    for (permission, expected) in cases {
        let body = question(("session", &token), permission, ("organization", "acme"));
        assert_eq!(asked(&app.adam, &body).await, expected, "{permission}");
        assert_eq!(
            asked(&app.mia.with_token(&token), &body).await,
            expected,
            "{permission}"
        );
    }
    // The account itself is not narrowed by it.
    let body = question(
        ("account", &app.mia.account),
        "roster.group.view",
        ("organization", "acme"),
    );
    assert_eq!(asked(&app.adam, &body).await, yes());
    // Asking about others is left out by a token that does not have it.
    let body = json!({ "name": "Narrow", "organization": "acme", "scopes": ["roster.organization.view"] });
    let token = text(&app.adam.post("/me/tokens", body).await.is(201)["token"]);
    let body = question(("member", &app.mia.member), "roster.member.view", ("document", "7"));
    let reply = app
        .adam
        .with_token(&token)
        .ask(Method::POST, "/access/v1/evaluation")
        .json(&body)
        .await;
    reply.refused(403, "out_of_scope");
}

async fn a_project_token_may_its_capabilities_and_nothing_else(app: App) {
    let made = project(&app, "everyone").await;
    let id = text(&made["id"]);
    let body = json!({ "name": "Uploads", "capabilities": ["roster.project.view"] });
    let tokens = format!("{ACME}/projects/compass/tokens");
    let token = text(&app.adam.post(&tokens, body).await.is(201)["token"]);
    let itself = app.anonymous.with_token(&token);
    for asker in [&app.adam, &itself] {
        let ask = async |permission: &str, resource: (&str, &str)| {
            asked(asker, &question(("session", &token), permission, resource)).await
        };
        assert_eq!(ask("roster.project.view", ("project", &id)).await, yes());
        assert_eq!(ask("roster.project.edit", ("project", &id)).await, no("out_of_scope"));
        assert_eq!(
            ask("roster.organization.view", ("organization", "acme")).await,
            no("not_granted")
        );
    }
    // It names its own project by slug: the token tells the organization.
    let body = question(("session", &token), "roster.project.view", ("project", "compass"));
    assert_eq!(asked(&itself, &body).await, yes());
}

async fn a_project_is_asked_about_by_id_or_slug(app: App) {
    let made = project(&app, "everyone").await;
    let id = text(&made["id"]);
    let mia = ("member", app.mia.member.as_str());
    let body = question(mia, "roster.project.view", ("project", &id));
    assert_eq!(asked(&app.adam, &body).await, yes());
    let mut body = question(mia, "roster.project.view", ("project", "compass"));
    body["context"] = json!({ "organization": "acme" });
    assert_eq!(asked(&app.adam, &body).await, yes());
    body["action"]["name"] = json!("roster.project.edit");
    assert_eq!(asked(&app.adam, &body).await, no("not_granted"));
    let access = format!("{ACME}/projects/compass/access/{}", app.mia.member);
    app.adam.put(&access, json!({ "role": "contributor" })).await;
    assert_eq!(asked(&app.adam, &body).await, yes());
    // What the application keeps in it is decided as it is.
    body["resource"] = json!({ "type": "build", "id": "7", "properties": { "project": "compass" } });
    assert_eq!(asked(&app.adam, &body).await, yes());
    // A new slug is known at once, and the old one is nobody's.
    let renamed = json!({ "slug": "bearing" });
    app.adam
        .patch(&format!("{ACME}/projects/compass"), renamed)
        .await
        .is(200);
    assert_eq!(asked(&app.adam, &body).await, no("unknown_resource"));
    body["resource"]["properties"]["project"] = json!("bearing");
    assert_eq!(asked(&app.adam, &body).await, yes());
    // From another organization it is like none.
    let eve = ("member", app.eve.member.as_str());
    let mut foreign = question(eve, "roster.project.view", ("project", &id));
    assert_eq!(asked(&app.eve, &foreign).await, no("unknown_resource"));
    foreign["context"] = json!({ "organization": "elsewhere" });
    assert_eq!(asked(&app.eve, &foreign).await, no("unknown_resource"));
}

async fn whoever_does_not_see_a_project_is_told_that_there_is_none(app: App) {
    let made = project(&app, "members_only").await;
    let id = text(&made["id"]);
    let body = question(("member", &app.mia.member), "roster.project.edit", ("project", &id));
    assert_eq!(asked(&app.mia, &body).await, no("unknown_resource"));
    assert_eq!(asked(&app.adam, &body).await, no("not_granted"));
}

async fn a_deactivated_program_may_nothing(app: App) {
    let (id, gateway) = program(&app, "member").await;
    let token = gateway.token.clone().unwrap();
    let by_id = question(("service_account", &id), "roster.member.view", ("organization", "acme"));
    let by_token = question(("session", &token), "roster.member.view", ("organization", "acme"));
    assert_eq!(asked(&app.adam, &by_id).await, yes());
    assert_eq!(asked(&app.adam, &by_token).await, yes());
    let deactivation = format!("{ACME}/service-accounts/{id}/deactivation");
    app.adam.put(&deactivation, json!({})).await;
    assert_eq!(asked(&app.adam, &by_id).await, no("subject_inactive"));
    assert_eq!(asked(&app.adam, &by_token).await, no("invalid_session"));
    let reply = gateway.ask(Method::POST, "/access/v1/evaluation").json(&by_id).await;
    reply.refused(401, "sign_in_required");
}

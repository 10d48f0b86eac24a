//! What a program does over the API with a project's token: what its capabilities say, on its own project, as long as whoever
//! owns the token may do that too.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, text};

on_both_databases! {
    a_program_works_on_its_own_project_as_far_as_its_token_goes,
    a_program_finds_no_other_project_and_nothing_else_of_the_organization,
    a_program_does_no_more_than_the_owner_of_its_token_may,
    a_program_gives_nobody_what_its_token_does_not_carry,
    a_program_may_end_its_own_project,
}

const VIEW: &str = "roster.project.view";
const EDIT: &str = "roster.project.edit";
const MANAGE: &str = "roster.project.manage";
const DELETE: &str = "roster.project.delete";
const SEE_ACCESS: &str = "roster.project.access.view";
const GIVE_ACCESS: &str = "roster.project.access.manage";
const TOKENS: &str = "roster.project.token.manage";

fn path(project: &str) -> String {
    format!("{ACME}/projects/{project}")
}

async fn make(by: &Person, name: &str) -> Value {
    by.post(&format!("{ACME}/projects"), json!({ "name": name }))
        .await
        .is(201)
}

/// A program with a token of the project, which somebody made for it.
async fn program(by: &Person, project: &str, capabilities: &[&str]) -> Person {
    let token = json!({ "name": "Deploy", "capabilities": capabilities });
    let made = by.post(&format!("{}/tokens", path(project)), token).await.is(201);
    by.with_token(&text(&made["token"]))
}

async fn a_program_works_on_its_own_project_as_far_as_its_token_goes(app: App) {
    let made = make(&app.mia, "Website").await;
    let all = [VIEW, EDIT, MANAGE, SEE_ACCESS, GIVE_ACCESS, TOKENS];
    let deploy = program(&app.mia, "website", &all).await;
    let seen = deploy.get(&path("website")).await.is(200);
    assert_eq!(seen["id"], made["id"]);
    let described = json!({ "description": "Deployed hourly.", "visibility": "members_only" });
    let edited = deploy.patch(&path("website"), described).await.is(200);
    assert_eq!(edited["description"], "Deployed hourly.");
    deploy.get(&format!("{}/access", path("website"))).await.is(200);
    let place = format!("{}/access/{}", path("website"), app.gus.member);
    deploy.put(&place, json!({ "role": "reader" })).await.is(200);
    app.gus.get(&path("website")).await.is(200);
    deploy.delete(&place).await.is(204);
    let tokens = deploy.get(&format!("{}/tokens", path("website"))).await.is(200);
    assert_eq!(tokens["items"][0]["name"], "Deploy");
    // The log says which program it was.
    let log = format!("{ACME}/audit-events?target={}", text(&made["id"]));
    let events = app.olivia.get(&log).await.is(200);
    let mut events = events["items"].as_array().unwrap().iter();
    let edited = events.find(|event| event["action"] == "project.edited").unwrap();
    assert_eq!(
        (&edited["actor"]["type"], &edited["actor"]["name"]),
        (&json!("project"), &json!("Website"))
    );

    let reader = program(&app.mia, "website", &[VIEW]).await;
    reader.get(&path("website")).await.is(200);
    let refusals = [
        (reader.patch(&path("website"), json!({ "name": "Mine" })), EDIT),
        (reader.patch(&path("website"), json!({ "slug": "mine" })), MANAGE),
        (reader.delete(&path("website")), DELETE),
        (reader.get(&format!("{}/access", path("website"))), SEE_ACCESS),
        (reader.put(&place, json!({ "role": "reader" })), GIVE_ACCESS),
        (reader.get(&format!("{}/tokens", path("website"))), TOKENS),
    ];
    for (ask, permission) in refusals {
        let refused = ask.await.refused(403, "out_of_scope");
        assert_eq!(refused["permission"], permission);
    }
    // Whoever does not even see it is told what is missing, not that there is nothing.
    let blind = program(&app.mia, "website", &[EDIT]).await;
    let refused = blind.get(&path("website")).await.refused(403, "out_of_scope");
    assert_eq!(refused["permission"], VIEW);
}

async fn a_program_finds_no_other_project_and_nothing_else_of_the_organization(app: App) {
    make(&app.mia, "Website").await;
    let other = make(&app.mia, "Shop").await;
    let deploy = program(&app.mia, "website", &[VIEW, EDIT, MANAGE, DELETE, SEE_ACCESS, TOKENS]).await;
    for project in ["shop", &text(&other["id"]), "nothing"] {
        deploy.get(&path(project)).await.refused(404, "not_found");
        let named = json!({ "name": "Mine" });
        deploy.patch(&path(project), named).await.refused(404, "not_found");
        deploy.delete(&path(project)).await.refused(404, "not_found");
        let inside = format!("{}/access", path(project));
        deploy.get(&inside).await.refused(404, "not_found");
        let inside = format!("{}/tokens", path(project));
        deploy.get(&inside).await.refused(404, "not_found");
    }
    for (inside, permission) in [
        ("", "roster.organization.view"),
        ("/members", "roster.member.view"),
        ("/groups", "roster.group.view"),
        ("/roles", "roster.role.view"),
        ("/projects", "roster.organization.view"),
    ] {
        let refused = deploy
            .get(&format!("{ACME}{inside}"))
            .await
            .refused(403, "out_of_scope");
        assert_eq!(refused["permission"], permission, "{inside}");
    }
    let new = json!({ "name": "More" });
    let made = deploy.post(&format!("{ACME}/projects"), new).await;
    made.refused(403, "out_of_scope");
    deploy.get("/me").await.refused(403, "person_required");
    // What the owner lacks as well is lacking, and what is no organization of theirs is not there.
    deploy
        .get(&format!("{ACME}/audit-events"))
        .await
        .refused(403, "permission_required");
    deploy.get("/organizations/elsewhere").await.refused(404, "not_found");
}

async fn a_program_does_no_more_than_the_owner_of_its_token_may(app: App) {
    make(&app.adam, "Website").await;
    let place = format!("{}/access/{}", path("website"), app.mia.member);
    app.adam.put(&place, json!({ "role": "contributor" })).await.is(200);
    let deploy = program(&app.mia, "website", &[VIEW, EDIT]).await;
    let described = |text: &str| json!({ "description": text });
    deploy.patch(&path("website"), described("One.")).await.is(200);
    app.adam.put(&place, json!({ "role": "reader" })).await.is(200);
    let refused = deploy.patch(&path("website"), described("Two.")).await;
    assert_eq!(refused.refused(403, "permission_required")["permission"], EDIT);
    deploy.get(&path("website")).await.is(200);
    app.adam.delete(&place).await.is(204);
    let closed = json!({ "visibility": "members_only" });
    app.adam.patch(&path("website"), closed).await.is(200);
    deploy.get(&path("website")).await.refused(404, "not_found");
    app.adam.put(&place, json!({ "role": "contributor" })).await.is(200);
    deploy.patch(&path("website"), described("Two.")).await.is(200);
    let disabled = format!("{ACME}/members/{}/disablement", app.mia.member);
    app.adam.put(&disabled, json!({})).await.is(200);
    deploy.get(&path("website")).await.refused(401, "sign_in_required");
}

async fn a_program_gives_nobody_what_its_token_does_not_carry(app: App) {
    make(&app.mia, "Website").await;
    let deploy = program(&app.mia, "website", &[VIEW, SEE_ACCESS, GIVE_ACCESS]).await;
    let place = format!("{}/access/{}", path("website"), app.gus.member);
    let refused = deploy.put(&place, json!({ "role": "admin" })).await;
    let missing = refused.refused(403, "cannot_grant")["missing"].clone();
    assert!(missing.as_array().unwrap().contains(&json!(DELETE)), "{missing}");
    deploy.put(&place, json!({ "role": "reader" })).await.is(200);
    // Nor does it make itself another token: those are somebody's.
    let keeper = program(&app.mia, "website", &[VIEW, TOKENS]).await;
    let tokens = format!("{}/tokens", path("website"));
    let more = json!({ "name": "More", "capabilities": [VIEW, EDIT] });
    keeper.post(&tokens, more).await.refused(403, "cannot_grant");
    let same = json!({ "name": "Same", "capabilities": [VIEW] });
    keeper.post(&tokens, same).await.refused(403, "member_required");
}

async fn a_program_may_end_its_own_project(app: App) {
    make(&app.mia, "Website").await;
    let deploy = program(&app.mia, "website", &[VIEW, DELETE]).await;
    let tried = deploy
        .delete(&format!("{}?dry_run=true", path("website")))
        .await
        .is(200);
    assert_eq!(tried["counts"]["deleted"], 1);
    deploy.delete(&path("website")).await.is(204);
    app.mia.get(&path("website")).await.refused(404, "not_found");
    deploy.get(&path("website")).await.refused(401, "sign_in_required");
}

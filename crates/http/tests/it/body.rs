//! What is sent, and what is not taken for something else: no value where there should be one, a wrong word for a try, a list
//! for an object.

use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App, text};

on_both_databases! {
    what_cannot_be_cleared_is_not_passed_over,
    a_try_that_is_misspelt_is_not_carried_out,
    a_list_of_values_is_no_object,
}

async fn what_cannot_be_cleared_is_not_passed_over(app: App) {
    let described = json!({ "name": "Keepers", "description": "They keep things." });
    for (kind, id) in [("groups", "slug"), ("projects", "slug"), ("roles", "slug")] {
        let made = app
            .olivia
            .post(&format!("{ACME}/{kind}"), described.clone())
            .await
            .is(201);
        let path = format!("{ACME}/{kind}/{}", text(&made[id]));
        let cleared = app.olivia.patch(&path, json!({ "description": null })).await.is(200);
        assert_eq!(cleared["description"], "", "{kind}");
        let refused = app
            .olivia
            .patch(&path, json!({ "name": null }))
            .await
            .refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/name", "{kind}");
    }
    let member = format!("{ACME}/members/{}", app.mia.member);
    for (path, field) in [
        ("/me", "name"),
        (member.as_str(), "name"),
        (ACME, "name"),
        (&format!("{ACME}/policies"), "members_may_invite"),
        (&format!("{ACME}/policies"), "security"),
    ] {
        let refused = app
            .olivia
            .patch(path, json!({ field: null }))
            .await
            .refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], format!("/{field}"), "{path}");
    }
    let sid = app
        .sid
        .patch("/instance/policies", json!({ "existing_accounts": null }));
    sid.await.refused(422, "invalid");
}

async fn a_try_that_is_misspelt_is_not_carried_out(app: App) {
    let groups = format!("{ACME}/groups");
    for query in [
        "dry_run=1",
        "dry_run=",
        "dry_run",
        "dry_run=TRUE",
        "dryrun=true",
        "Dry-Run=true",
    ] {
        let path = format!("{groups}?{query}");
        app.olivia
            .post(&path, json!({ "name": "Keepers" }))
            .await
            .refused(422, "invalid");
    }
    assert!(app.olivia.all(&groups, 50).await.is_empty());
    // What cannot be tried is not done by a misspelt try either.
    let login = json!({ "login": "mia", "password": crate::app::PASSWORD });
    app.anonymous
        .post("/sessions?dry_run=1", login)
        .await
        .refused(422, "invalid");
    let path = format!("{groups}?dry_run=false");
    app.olivia.post(&path, json!({ "name": "Keepers" })).await.is(201);
}

async fn a_list_of_values_is_no_object(app: App) {
    let values = json!(["mia", crate::app::PASSWORD]);
    let refused = app.anonymous.post("/sessions", values).await.refused(422, "invalid");
    let told = text(&refused["errors"][0]["detail"]);
    assert_eq!(told, "invalid type: sequence, expected an object");
    let body = json!({ "name": "X", "slug": "x", "owner": 7 });
    let refused = app.sid.post("/organizations", body).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["detail"], "is none of what may stand here");
}

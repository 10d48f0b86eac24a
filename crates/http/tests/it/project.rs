//! Projects over HTTP: made, found, opened to people, handed over, deleted; and what owning them means.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, text};

on_both_databases! {
    a_project_is_made_changed_and_deleted,
    what_a_project_is_made_of_is_checked_field_by_field,
    somebody_is_let_into_a_project_for_a_time_and_out_again,
    a_token_of_a_project_is_shown_once_and_never_again,
    a_person_is_removed_together_with_what_they_own,
    a_person_is_removed_and_a_colleague_goes_on_with_their_projects,
    projects_are_listed_by_name_page_by_page,
}

fn projects() -> String {
    format!("{ACME}/projects")
}

async fn make(by: &Person, name: &str) -> Value {
    by.post(&projects(), json!({ "name": name })).await.is(201)
}

async fn a_project_is_made_changed_and_deleted(app: App) {
    let body = json!({
        "name": "Web Site",
        "description": "What the world sees.",
        "visibility": "members_only",
        "repository": { "host": "GitHub.com", "name": "acme/website" },
    });
    let created = app.mia.post(&projects(), body).await;
    let project = created.is(201);
    assert_eq!(
        (
            &project["slug"],
            &project["owner"]["name"],
            &project["repository"]["host"]
        ),
        (&json!("web-site"), &json!("Mia"), &json!("github.com"))
    );
    let path = created.header("location").trim_start_matches("/api/v1").to_owned();
    let seen = app.mia.get(&path).await;
    assert_eq!(seen.is(200), project);
    app.gus.get(&path).await.refused(404, "not_found");
    app.eve.get(&path).await.refused(404, "not_found");

    let path = format!("{}/web-site", projects());
    let change = json!({ "description": "", "visibility": "everyone", "repository": null });
    let stale = app.mia.patch(&path, change.clone()).header("if-match", "\"1\"").await;
    stale.refused(412, "changed_meanwhile");
    let preview = app
        .mia
        .patch(&format!("{path}?dry_run=true"), change.clone())
        .await
        .is(200);
    assert_eq!(preview["counts"]["changed"], 3, "{preview}");
    let changed = app
        .mia
        .patch(&path, change)
        .header("if-match", &seen.header("etag"))
        .await
        .is(200);
    assert_eq!(
        (&changed["open"], &changed["repository"], &changed["slug"]),
        (&json!(true), &Value::Null, &json!("web-site"))
    );

    let given = app
        .mia
        .put(&format!("{path}/owner"), json!({ "member": app.adam.member }))
        .await
        .is(200);
    assert_eq!(given["owner"]["id"], app.adam.member);
    let refused = app.mia.delete(&path).await.refused(403, "permission_required");
    assert_eq!(refused["permission"], "roster.project.delete");
    app.adam.delete(&path).await.is(204);
    app.adam.get(&path).await.refused(404, "not_found");
    let events = app
        .adam
        .get(&format!("{ACME}/audit-events?target={}", text(&project["id"])))
        .await
        .is(200);
    // The clock stands still: the order is not told by it.
    let actions: std::collections::BTreeSet<_> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| text(&event["action"]))
        .collect();
    let expected = [
        "project.created",
        "project.deleted",
        "project.edited",
        "project.owner_changed",
    ];
    assert!(actions.iter().eq(expected.iter()), "{actions:?}");
}

async fn what_a_project_is_made_of_is_checked_field_by_field(app: App) {
    make(&app.mia, "Website").await;
    for (body, pointer) in [
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "A", "slug": "No Slug" }), "/slug"),
        (json!({ "name": "A", "visibility": "public" }), "/visibility"),
        (json!({ "name": "A", "owner": "mia" }), "/owner"),
        (
            json!({ "name": "A", "repository": { "host": "a b", "name": "x" } }),
            "/repository/host",
        ),
        (json!({ "name": "A", "colour": "red" }), "/colour"),
        (json!({}), "/name"),
    ] {
        let refused = app.adam.post(&projects(), body.clone()).await.refused(422, "invalid");
        let told = &refused["errors"][0];
        assert!(
            told["pointer"] == pointer || told["detail"].as_str().unwrap().contains(&pointer[1..]),
            "{body} {refused}"
        );
    }
    let taken = json!({ "name": "Another", "slug": "website" });
    app.adam.post(&projects(), taken).await.refused(409, "slug_taken");
    let other = json!({ "name": "Another", "owner": app.adam.member });
    let refused = app
        .mia
        .post(&projects(), other)
        .await
        .refused(403, "permission_required");
    assert_eq!(refused["permission"], "roster.project.manage");
    // The same name again is another project.
    assert_eq!(make(&app.adam, "Website").await["slug"], "website-2");
}

async fn somebody_is_let_into_a_project_for_a_time_and_out_again(app: App) {
    make(&app.adam, "Website").await;
    let path = format!("{}/website", projects());
    let access = format!("{path}/access");
    let open = app.mia.get(&access).await.is(200);
    assert_eq!(
        (&open["visibility"], &open["everyone"]["slug"], &open["owner"]["name"]),
        (&json!("everyone"), &json!("reader"), &json!("Adam"))
    );
    let gus = format!("{access}/{}", app.gus.member);
    let grant = json!({ "role": "contributor", "until": "2026-11-23T09:00:00Z" });
    let preview = app
        .adam
        .put(&format!("{gus}?dry_run=true"), grant.clone())
        .await
        .is(200);
    assert_eq!(preview["counts"]["created"], 1);
    let given = app.adam.put(&gus, grant).await.is(200);
    assert_eq!(
        (
            &given["subject"]["type"],
            &given["subject"]["name"],
            &given["until"],
            &given["granted"]["by"]["name"]
        ),
        (
            &json!("member"),
            &json!("Gus"),
            &json!("2026-11-23T09:00:00Z"),
            &json!("Adam")
        )
    );
    app.mia.get(&path).await.refused(404, "not_found");
    app.gus
        .patch(&path, json!({ "description": "Mine now." }))
        .await
        .is(200);
    let refused = app.gus.patch(&path, json!({ "visibility": "members_only" })).await;
    assert_eq!(
        refused.refused(403, "permission_required")["permission"],
        "roster.project.manage"
    );
    app.pass(24 * 60 * 60 * 1_000_000);
    app.gus.get(&path).await.refused(404, "not_found");
    app.adam.delete(&gus).await.is(204);
    app.adam.delete(&gus).await.refused(404, "not_found");
    // Nobody is mapped any more.
    app.mia.get(&path).await.is(200);
    app.adam
        .put(&format!("{access}/{}", app.eve.member), json!({ "role": "reader" }))
        .await
        .refused(404, "not_found");
}

async fn a_token_of_a_project_is_shown_once_and_never_again(app: App) {
    make(&app.mia, "Website").await;
    let path = format!("{}/website/tokens", projects());
    let body =
        json!({ "name": "Uploads", "capabilities": ["roster.project.view"], "expires_at": "2026-12-22T09:00:00Z" });
    let made = app
        .mia
        .post(&path, body.clone())
        .header("idempotency-key", "once")
        .await
        .is(201);
    let secret = text(&made["token"]);
    assert!(secret.starts_with("roster_project_"));
    let again = app.mia.post(&path, body).header("idempotency-key", "once").await;
    assert_eq!(
        (&again.is(201)["id"], &again.json()["token"]),
        (&made["id"], &Value::Null)
    );
    let listed = app.mia.get(&path).await;
    assert!(!listed.text.contains(&secret));
    let token = &listed.is(200)["items"][0];
    assert_eq!(
        (
            &token["owner"]["name"],
            &token["capabilities"],
            &token["active"],
            &token["last_used_at"]
        ),
        (
            &json!("Mia"),
            &json!(["roster.project.view"]),
            &json!(true),
            &Value::Null
        )
    );
    let too_much = json!({ "name": "More", "capabilities": ["roster.member.view"] });
    app.mia.post(&path, too_much).await.refused(422, "invalid");
    app.mia.delete(&format!("{path}/{}", text(&made["id"]))).await.is(204);
    assert_eq!(app.mia.get(&path).await.is(200)["items"], json!([]));
}

async fn a_person_is_removed_together_with_what_they_own(app: App) {
    let project = make(&app.mia, "Website").await;
    let token = json!({ "name": "Uploads", "capabilities": ["roster.project.view"] });
    app.mia
        .post(&format!("{}/website/tokens", projects()), token)
        .await
        .is(201);
    let path = format!("{ACME}/members/{}", app.mia.member);
    for blocked in [path.clone(), format!("{path}/account")] {
        let refused = app.adam.delete(&blocked).await.refused(409, "still_owns");
        let owned: Vec<_> = refused["owned"]
            .as_array()
            .unwrap()
            .iter()
            .map(|thing| &thing["name"])
            .collect();
        assert_eq!(owned, ["Website", "Uploads"]);
    }
    let both = format!("{path}?transfer_to={}&delete_owned=true", app.adam.member);
    app.adam.delete(&both).await.refused(422, "invalid");
    let preview = app
        .adam
        .delete(&format!("{path}?delete_owned=true&dry_run=true"))
        .await
        .is(200);
    assert_eq!(
        (&preview["counts"]["deleted"], &preview["counts"]["token_ended"]),
        (&json!(1), &json!(1))
    );
    app.adam.get(&format!("{}/website", projects())).await.is(200);
    app.adam
        .delete(&format!("{path}/account?delete_owned=true"))
        .await
        .is(204);
    app.adam
        .get(&format!("{}/{}", projects(), text(&project["id"])))
        .await
        .refused(404, "not_found");
}

async fn a_person_is_removed_and_a_colleague_goes_on_with_their_projects(app: App) {
    make(&app.mia, "Website").await;
    let path = format!("{ACME}/members/{}", app.mia.member);
    let to = format!("{path}?transfer_to={}", app.gus.member);
    let preview = app.adam.delete(&format!("{to}&dry_run=true")).await.is(200);
    assert_eq!(preview["counts"]["ownership_transferred"], 1);
    app.adam.delete(&to).await.is(204);
    // The account was the organization's own: its sessions ended with the membership.
    app.mia.get(&projects()).await.refused(401, "sign_in_required");
    let project = app.gus.get(&format!("{}/website", projects())).await.is(200);
    assert_eq!(project["owner"]["name"], "Gus");
    app.gus.delete(&format!("{}/website", projects())).await.is(204);
}

async fn projects_are_listed_by_name_page_by_page(app: App) {
    for name in ["Beta", "alpha", "Gamma", "alpha", "Delta"] {
        make(&app.mia, name).await;
    }
    let listed = app.mia.all(&projects(), 2).await;
    let names: Vec<_> = listed.iter().map(|project| text(&project["name"])).collect();
    assert_eq!(names, ["alpha", "alpha", "Beta", "Delta", "Gamma"]);
    let found = app.mia.get(&format!("{}?query=LPH", projects())).await.is(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    assert_eq!(app.gus.get(&projects()).await.is(200)["items"], json!([]));
    app.mia
        .get(&format!("{}?cursor=x", projects()))
        .await
        .refused(422, "invalid");
    app.eve.get(&projects()).await.refused(404, "not_found");
}

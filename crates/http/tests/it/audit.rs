//! The audit log as programs read it: by pages, filtered, and as a file that proves itself.

use domain::audit::verification::{Extent, Verification};
use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, Reply};

on_both_databases! {
    an_export_holds_all_there_is_and_verifies,
    a_filter_finds_by_each_of_its_words,
    a_table_holds_nothing_that_a_spreadsheet_would_run,
    the_instances_log_is_for_superusers,
    where_the_log_goes_is_set_seen_and_stopped,
    how_long_the_log_is_kept_is_a_policy_with_its_own_permission,
}

fn events() -> String {
    format!("{ACME}/audit-events")
}

async fn lines(person: &Person, path: &str) -> Reply {
    person.get(path).header("accept", "application/x-ndjson").await
}

fn verify(reply: &Reply, extent: Extent) -> domain::audit::verification::Verified {
    let mut verification = Verification::new(extent);
    reply.lines();
    for line in reply.text.lines() {
        verification.line(line).unwrap();
    }
    verification.finish().unwrap()
}

/// Olivia renames acme so many times.
async fn rename(app: &App, times: usize) {
    for turn in 0..times {
        let name = json!({ "name": format!("Acme {turn}") });
        app.olivia.patch(ACME, name).await.is(200);
    }
}

async fn an_export_holds_all_there_is_and_verifies(app: App) {
    // More than is read at once.
    rename(&app, 520).await;
    let exported = lines(&app.olivia, &events()).await;
    let verified = verify(&exported, Extent::Whole);
    let chain = app.olivia.get(&format!("{ACME}/audit-chain")).await.is(200);
    assert_eq!(chain["number"], verified.last.number);
    assert_eq!(chain["hash"], verified.last.hash.to_string());
    assert_eq!((verified.first.number, chain["pruned_number"].as_i64()), (1, Some(0)));
    assert_eq!(
        exported.header("content-disposition"),
        "attachment; filename=\"audit-log-acme.ndjson\""
    );
    // A page tells the same of each.
    let mut paged = app.olivia.all(&events(), 200).await;
    paged.sort_by_key(|entry| entry["number"].as_i64());
    assert_eq!(paged, exported.lines());
}

async fn a_filter_finds_by_each_of_its_words(app: App) {
    rename(&app, 2).await;
    let all = app.olivia.all(&events(), 200).await;
    let renamed: Vec<_> = all
        .iter()
        .filter(|entry| entry["action"] == "organization.edited")
        .collect();
    assert_eq!(renamed.len(), 2);
    let at = renamed[0]["at"].as_str().unwrap();
    let of_member = format!("target={}", app.mia.member);
    for (query, found) in [
        ("action=organization.edited".to_owned(), 2),
        (format!("action=organization.edited&actor={}", app.olivia.account), 2),
        (format!("action=organization.edited&actor={}", app.adam.account), 0),
        ("action=organization.edited&medium=api".to_owned(), 2),
        ("action=organization.edited&medium=web".to_owned(), 0),
        // The clock of these stories stands still.
        (format!("action=organization.edited&after={at}"), 2),
        (format!("action=organization.edited&before={at}"), 0),
        (
            "action=organization.edited&after=2026-11-22T08:59:59.999999Z&before=2026-11-22T09:00:00.000001Z"
                .to_owned(),
            2,
        ),
        (
            "action=organization.edited&after=2026-11-22T09:00:00.000001Z".to_owned(),
            0,
        ),
        ("action=organization.edited&query=acme%200".to_owned(), 1),
        (format!("query={}", renamed[1]["request_id"].as_str().unwrap()), 1),
        ("query=nobody".to_owned(), 0),
    ] {
        let items = app.olivia.all(&format!("{}?{query}", events()), 200).await;
        assert_eq!(items.len(), found, "{query}");
        let exported = lines(&app.olivia, &format!("{}?{query}", events())).await;
        assert_eq!(exported.lines().len(), found, "{query}");
        if found > 0 {
            verify(&exported, Extent::Filtered);
        }
    }
    assert!(
        !app.olivia
            .all(&format!("{}?{of_member}", events()), 200)
            .await
            .is_empty()
    );
    for nonsense in ["after=yesterday", "medium=telegraph"] {
        let asked = app.olivia.get(&format!("{}?{nonsense}", events())).await;
        asked.refused(422, "invalid");
    }
}

async fn a_table_holds_nothing_that_a_spreadsheet_would_run(app: App) {
    let role = json!({ "name": "=HYPERLINK(\"x\")", "permissions": ["roster.organization.view"] });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    let table = app
        .olivia
        .get(&format!("{}?action=role.created", events()))
        .header("accept", "text/csv")
        .await;
    assert_eq!(
        (table.status, table.header("content-type").as_str()),
        (200, "text/csv; charset=utf-8")
    );
    let mut lines = table.text.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .starts_with("number,at,actor_type,actor_id,actor_name,action,")
    );
    let line = lines.next().unwrap();
    assert!(line.contains(",\"'=HYPERLINK(\"\"x\"\")\","), "{line}");
    assert_eq!(lines.next(), None);
}

async fn the_instances_log_is_for_superusers(app: App) {
    let exported = lines(&app.sid, "/instance/audit-events").await;
    verify(&exported, Extent::Whole);
    let head = app.sid.get("/instance/audit-chain").await.is(200);
    assert_eq!(head["number"], exported.lines().len());
    for path in ["/instance/audit-events", "/instance/audit-chain"] {
        app.olivia.get(path).await.refused(403, "superuser_required");
        lines(&app.olivia, path).await.refused(403, "superuser_required");
    }
    app.mia.get(&events()).await.refused(403, "permission_required");
    lines(&app.mia, &events()).await.refused(403, "permission_required");
    lines(&app.eve, &events()).await.refused(404, "not_found");
}

async fn how_long_the_log_is_kept_is_a_policy_with_its_own_permission(app: App) {
    let role = json!({
        "name": "Recorder",
        "permissions": ["roster.organization.view", "roster.audit_log.view", "roster.audit_log.manage"],
    });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    app.olivia
        .put(
            &format!("{ACME}/members/{}/role", app.mia.member),
            json!({ "role": "recorder" }),
        )
        .await
        .is(200);
    let policies = format!("{ACME}/policies");
    let kept = app
        .mia
        .patch(&policies, json!({ "audit_retention_days": 90 }))
        .await
        .is(200);
    assert_eq!(kept["audit_retention_days"], 90);
    app.mia
        .patch(&policies, json!({ "audit_retention_days": 90, "self_sign_up": true }))
        .await
        .refused(403, "permission_required");
    app.olivia
        .patch(&policies, json!({ "audit_retention_days": null, "self_sign_up": true }))
        .await
        .is(200);
    app.sid
        .patch("/instance/policies", json!({ "audit_retention_days": 365 }))
        .await
        .is(200);
}

async fn where_the_log_goes_is_set_seen_and_stopped(app: App) {
    let path = format!("{ACME}/audit-forwarding");
    app.olivia.get(&path).await.refused(404, "not_found");
    let set = json!({
        "url": "https://log.example.com/in", "authentication": "bearer", "secret": "a-secret-of-both-of-us",
        "start": "beginning",
    });
    let tried = app
        .olivia
        .put(&format!("{path}?dry_run=true"), set.clone())
        .await
        .is(200);
    assert_eq!(tried["counts"]["changed"], 1);
    app.olivia.get(&path).await.refused(404, "not_found");
    let kept = app.olivia.put(&path, set).await.is(200);
    assert_eq!((&kept["state"], &kept["has_secret"]), (&json!("working"), &json!(true)));
    assert!(kept["behind"]["entries"].as_i64().unwrap() > 1);
    assert!(!kept.to_string().contains("a-secret"));
    for (url, code) in [
        ("https://10.0.0.1/", "invalid"),
        ("gopher://log.example.com", "invalid"),
    ] {
        app.olivia.put(&path, json!({ "url": url })).await.refused(422, code);
    }
    app.olivia
        .put(&path, json!({ "url": "https://log.example.com", "start": "soon" }))
        .await
        .refused(422, "invalid");
    app.mia.get(&path).await.refused(403, "permission_required");
    app.eve.get(&path).await.refused(404, "not_found");
    app.olivia
        .get("/instance/audit-forwarding")
        .await
        .refused(403, "superuser_required");
    app.sid
        .get("/instance/audit-forwarding")
        .await
        .refused(404, "not_found");
    assert_eq!(app.olivia.delete(&path).await.status, 204);
    app.olivia.delete(&path).await.refused(404, "not_found");
    let told = app
        .olivia
        .get(&format!("{}?action=audit_log.forwarding_changed", events()))
        .await
        .is(200);
    assert_eq!(told["items"][0]["after"]["url"], "https://log.example.com/in");
    assert!(!told.to_string().contains("a-secret"));
}

//! Watching the server: numbers for programs, plots for superusers; and a superuser who looks in is seen.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person};
use crate::instance::page;

on_both_databases! {
    numbers_are_told_to_programs_of_this_machine_and_to_superusers_alone,
    requests_are_counted_by_their_route_and_no_address_is_told,
    a_superuser_sees_how_the_server_is_doing,
    a_superuser_who_looks_in_is_told_so_and_stands_in_the_audit_log_once,
    a_superuser_who_reads_by_a_program_stands_in_the_audit_log_once_for_each_token,
    what_a_superuser_changes_inside_is_told_as_a_superusers,
}

async fn numbers_are_told_to_programs_of_this_machine_and_to_superusers_alone(app: App) {
    let near = app.anonymous.ask(Method::GET, "/metrics").await;
    assert_eq!(near.status, 200, "{}", near.text);
    assert!(near.text.contains("roster_up 1"), "{}", near.text);
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.7"),
        ("forwarded", "for=203.0.113.7"),
        ("host", "people.example.com"),
    ] {
        let passed_on = app.anonymous.ask(Method::GET, "/metrics").header(name, value);
        passed_on.await.refused(401, "sign_in_required");
    }
    let passed_on = |person: &Person| {
        person
            .ask(Method::GET, "/metrics")
            .header("x-forwarded-for", "203.0.113.7")
    };
    passed_on(&app.olivia).await.refused(403, "superuser_required");
    app.olivia
        .ask(Method::GET, "/metrics")
        .await
        .refused(403, "superuser_required");
    passed_on(&app.sid).await.is(200);
}

async fn requests_are_counted_by_their_route_and_no_address_is_told(app: App) {
    app.olivia
        .get(&format!("{ACME}/members/{}", app.mia.member))
        .await
        .is(200);
    let question = json!({
        "subject": { "type": "member", "id": app.mia.member },
        "action": { "name": "roster.member.view" },
        "resource": { "type": "organization", "id": "acme" },
    });
    app.olivia
        .ask(Method::POST, "/access/v1/evaluation")
        .json(&question)
        .await
        .is(200);
    let told = app.anonymous.ask(Method::GET, "/metrics").await.text;
    let counted = "method=\"GET\",route=\"/api/v1/organizations/{org}/members/{member}\",status=\"200\"";
    assert!(told.contains(&format!("duration_seconds_count{{{counted}}}")), "{told}");
    assert!(told.contains("roster_checks_total{decision=\"allow\"}"), "{told}");
    for mode in ["read", "write"] {
        let waits = format!("roster_database_wait_seconds_bucket{{mode=\"{mode}\",le=\"+Inf\"}}");
        let line = told.lines().find(|line| line.starts_with(&waits)).unwrap();
        assert!(!line.ends_with(" 0"), "{line}");
    }
    assert!(told.contains("roster_spans_total{outcome=\"dropped\"} 0"), "{told}");
    assert!(told.contains("roster_sign_ins_total{method=\"password\"}"), "{told}");
    for line in told.lines().filter(|line| !line.starts_with('#')) {
        let (_, number) = line.rsplit_once(' ').unwrap();
        assert!(number.parse::<f64>().is_ok(), "{line}");
    }
    for secret in [app.mia.member.as_str(), "mia@example.com", "acme"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

async fn a_superuser_sees_how_the_server_is_doing(app: App) {
    let before = page(&app.sid, "/instance/dashboard").await;
    assert_eq!(before.status, 200);
    assert!(before.text.contains("Nothing is measured yet."), "{}", before.text);
    assert!(before.text.contains("sign-ins succeeded"), "{}", before.text);
    app.roster.take_sample().await.unwrap();
    app.pass(domain::time::MINUTE);
    app.roster.take_sample().await.unwrap();
    let after = page(&app.sid, "/instance/dashboard").await;
    assert!(after.text.contains("mails wait now"), "{}", after.text);
    assert_eq!(page(&app.olivia, "/instance/dashboard").await.status, 403);
}

async fn looks(app: &App) -> Vec<Value> {
    let found = app
        .olivia
        .get(&format!("{ACME}/audit-events?action=superuser.entered"))
        .await
        .is(200);
    found["items"].as_array().unwrap().clone()
}

/// They are written beside the request.
async fn looks_of(app: &App, number: usize) -> Vec<Value> {
    let mut told = looks(app).await;
    while told.len() < number {
        tokio::task::yield_now().await;
        told = looks(app).await;
    }
    assert_eq!(told.len(), number, "{told:?}");
    told
}

async fn a_superuser_who_looks_in_is_told_so_and_stands_in_the_audit_log_once(app: App) {
    let own = page(&app.olivia, "/o/acme/people").await;
    assert!(!own.text.contains("as a superuser"), "{}", own.text);
    assert!(looks(&app).await.is_empty());
    for path in ["/o/acme/people", "/o/acme/settings", "/o/acme/people"] {
        let seen = page(&app.sid, path).await;
        assert!(seen.text.contains("You look into Acme as a superuser"), "{}", seen.text);
    }
    let told = looks_of(&app, 1).await;
    assert_eq!(told[0]["actor"]["type"], "superuser");
    assert_eq!(told[0]["actor"]["id"], app.sid.account);
}

async fn a_superuser_who_reads_by_a_program_stands_in_the_audit_log_once_for_each_token(app: App) {
    app.olivia.get(&format!("{ACME}/members")).await.is(200);
    assert!(looks(&app).await.is_empty(), "whoever belongs to it looks into nothing");
    for path in ["members", "roles", "audit-events", "members"] {
        app.sid.get(&format!("{ACME}/{path}")).await.is(200);
    }
    let by_session = looks_of(&app, 1).await;
    assert_eq!(by_session[0]["actor"]["type"], "superuser");
    assert_eq!(by_session[0]["medium"], "api");
    let issued = app.sid.post("/me/tokens", json!({ "name": "Watch" })).await.is(201);
    let token = app.sid.with_token(issued["token"].as_str().unwrap());
    for path in ["members", "members"] {
        token.get(&format!("{ACME}/{path}")).await.is(200);
    }
    looks_of(&app, 2).await;
}

async fn what_a_superuser_changes_inside_is_told_as_a_superusers(app: App) {
    app.sid.patch(ACME, json!({ "name": "Acme Limited" })).await.is(200);
    app.olivia.patch(ACME, json!({ "name": "Acme" })).await.is(200);
    let found = app
        .olivia
        .get(&format!("{ACME}/audit-events?action=organization.edited"))
        .await
        .is(200);
    let items = found["items"].as_array().unwrap();
    let kind_of = |account: &str| {
        let entry = items.iter().find(|entry| entry["actor"]["id"] == account);
        entry.unwrap()["actor"]["type"].clone()
    };
    assert_eq!(kind_of(&app.sid.account), "superuser");
    assert_eq!(kind_of(&app.olivia.account), "account");
}

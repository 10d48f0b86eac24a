//! Why somebody may, why not, who may at all; and what a change would do to that.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, text};

on_both_databases! {
    why_is_told_link_by_link_with_who_made_it,
    why_not_tells_the_smallest_changes_and_which_of_them_one_could_make,
    a_group_that_gives_more_on_projects_is_none_that_one_could_fill,
    about_others_asks_who_may_and_about_oneself_anybody,
    everyone_who_may_is_listed_with_the_way_they_have_it,
    everything_a_member_may_is_listed_with_reasons,
    an_open_project_is_told_to_close_to_everyone_with_its_first_mapping,
    a_change_to_a_group_tells_what_each_of_its_members_gains,
    a_change_to_a_role_counts_all_its_holders,
    deleting_a_group_tells_what_is_lost_on_its_projects,
}

/// Auditors may read the audit log; mia is one of them.
async fn auditors(app: &App) -> Value {
    let role = json!({ "name": "Auditor", "permissions": ["roster.organization.view", "roster.audit_log.view"] });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    let group = json!({ "name": "Auditors", "role": "auditor", "members": [app.mia.member] });
    app.olivia.post(&format!("{ACME}/groups"), group).await.is(201)
}

fn kinds(chain: &Value) -> Vec<String> {
    chain
        .as_array()
        .unwrap()
        .iter()
        .map(|link| text(&link["type"]))
        .collect()
}

async fn why_is_told_link_by_link_with_who_made_it(app: App) {
    auditors(&app).await;
    let question = json!({
        "subject": { "type": "member", "id": app.mia.member }, "permission": "roster.audit_log.view",
    });
    let told = app.adam.post(&format!("{ACME}/explanations"), question).await.is(200);
    assert_eq!(told["decision"], true);
    let chains = told["because"].as_array().unwrap();
    assert_eq!(chains.len(), 1);
    assert_eq!(kinds(&chains[0]), ["member", "group", "role", "permission"]);
    assert_eq!(chains[0][1]["name"], "Auditors");
    assert_eq!(chains[0][1]["granted_by"]["name"], chains[0][2]["granted_by"]["name"]);
    assert!(chains[0][1]["at"].is_string());
}

async fn why_not_tells_the_smallest_changes_and_which_of_them_one_could_make(app: App) {
    let group = auditors(&app).await;
    let question = json!({ "subject": app.gus.member, "permission": "roster.audit_log.view" });
    let told = app
        .olivia
        .post(&format!("{ACME}/explanations"), question.clone())
        .await
        .is(200);
    assert_eq!(told["decision"], false);
    let first = &told["would_take"][0];
    assert_eq!(
        (text(&first["type"]), &first["possible"]),
        ("role".to_owned(), &json!(true))
    );
    assert_eq!(first["name"], "Auditor");
    let by_group = told["would_take"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["id"] == group["id"]);
    assert_eq!(by_group.unwrap()["type"], "group");
    // Gus may ask about himself, and could change nothing of it.
    let told = app.gus.post(&format!("{ACME}/explanations"), question).await.is(200);
    let changes = told["would_take"].as_array().unwrap();
    assert!(!changes.is_empty() && changes.iter().all(|change| change["possible"] == false));
}

async fn a_group_that_gives_more_on_projects_is_none_that_one_could_fill(app: App) {
    let keeper = json!({ "name": "Keeper", "permissions": [
        "roster.organization.view", "roster.audit_log.view", "roster.group.view", "roster.group.manage",
        "roster.access.evaluate", "roster.member.view", "roster.role.view",
    ] });
    app.olivia.post(&format!("{ACME}/roles"), keeper).await.is(201);
    let path = format!("{ACME}/members/{}/role", app.mia.member);
    app.olivia.put(&path, json!({ "role": "keeper" })).await.is(200);
    let role = json!({ "name": "Auditor", "permissions": ["roster.organization.view", "roster.audit_log.view"] });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    let group = json!({ "name": "Auditors", "role": "auditor" });
    let group = app.olivia.post(&format!("{ACME}/groups"), group).await.is(201);
    let question = json!({ "subject": app.gus.member, "permission": "roster.audit_log.view" });
    let could = async || {
        let told = app
            .mia
            .post(&format!("{ACME}/explanations"), question.clone())
            .await
            .is(200);
        let changes = told["would_take"].as_array().unwrap().clone();
        changes.into_iter().find(|change| change["id"] == group["id"]).unwrap()["possible"].clone()
    };
    assert_eq!(could().await, true);
    let project = json!({ "name": "Ledger", "visibility": "members_only" });
    app.olivia.post(&format!("{ACME}/projects"), project).await.is(201);
    let path = format!("{ACME}/projects/ledger/access/{}", text(&group["id"]));
    app.olivia.put(&path, json!({ "role": "contributor" })).await.is(200);
    assert_eq!(could().await, false, "what is refused is not offered");
    let path = format!("{ACME}/groups/auditors/members/{}", app.gus.member);
    app.mia.put(&path, json!({})).await.is(403);
}

async fn about_others_asks_who_may_and_about_oneself_anybody(app: App) {
    let about_gus = json!({ "subject": app.gus.member, "permission": "roster.member.view" });
    let refused = app.mia.post(&format!("{ACME}/explanations"), about_gus).await.is(403);
    assert_eq!(refused["permission"], "roster.access.evaluate");
    let about_eve = json!({ "subject": app.eve.member, "permission": "roster.member.view" });
    app.olivia
        .post(&format!("{ACME}/explanations"), about_eve)
        .await
        .is(404);
    let unheard_of = json!({ "subject": app.gus.member, "permission": "tea.make" });
    app.olivia
        .post(&format!("{ACME}/explanations"), unheard_of)
        .await
        .is(422);
}

async fn everyone_who_may_is_listed_with_the_way_they_have_it(app: App) {
    auditors(&app).await;
    let path = format!("{ACME}/permissions/roster.audit_log.view/holders");
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.adam.get(&format!("{path}?limit=1{cursor}")).await.is(200);
        for item in page["items"].as_array().unwrap() {
            names.push((
                text(&item["id"]),
                text(&item["because"][0]["role"]),
                item["because"][0]["group"].clone(),
            ));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mia = (app.mia.member.clone(), "Auditor".to_owned(), json!("Auditors"));
    assert!(names.contains(&mia), "{names:?}");
    assert!(
        names
            .iter()
            .any(|(id, role, _)| *id == app.adam.member && role == "Admin")
    );
    assert!(names.iter().all(|(id, _, _)| *id != app.gus.member));
}

async fn everything_a_member_may_is_listed_with_reasons(app: App) {
    auditors(&app).await;
    let path = format!("{ACME}/members/{}/access", app.mia.member);
    let told = app.mia.get(&path).await.is(200);
    let log = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["permission"] == "roster.audit_log.view");
    assert_eq!(
        kinds(&log.unwrap()["because"][0]),
        ["member", "group", "role", "permission"]
    );
    app.gus.get(&path).await.is(403);
}

fn of_kind<'a>(preview: &'a Value, kind: &str) -> Vec<&'a Value> {
    let effects = preview["effects"].as_array().unwrap();
    effects.iter().filter(|effect| effect["kind"] == kind).collect()
}

async fn an_open_project_is_told_to_close_to_everyone_with_its_first_mapping(app: App) {
    let project = json!({ "name": "Handbook" });
    app.olivia.post(&format!("{ACME}/projects"), project).await.is(201);
    let path = format!("{ACME}/projects/handbook/access/{}?dry_run=true", app.gus.member);
    let preview = app.olivia.put(&path, json!({ "role": "contributor" })).await.is(200);
    let gained = of_kind(&preview, "permission_gained");
    assert!(
        gained
            .iter()
            .all(|effect| effect["subject"]["id"] == app.gus.member.as_str())
    );
    assert!(
        gained
            .iter()
            .any(|effect| effect["permission"] == "roster.project.edit")
    );
    let lost = of_kind(&preview, "permission_lost");
    let mia = |effect: &&&Value| effect["subject"]["id"] == app.mia.member.as_str();
    assert_eq!(lost.iter().filter(mia).count(), 2, "view and access.view: {lost:?}");
    assert!(lost.iter().all(|effect| effect["resource"] == "Handbook"));
}

async fn a_change_to_a_group_tells_what_each_of_its_members_gains(app: App) {
    auditors(&app).await;
    let path = format!("{ACME}/groups/auditors/role?dry_run=true");
    let preview = app.olivia.put(&path, json!({ "role": "admin" })).await.is(200);
    let gained = of_kind(&preview, "permission_gained");
    assert!(!gained.is_empty());
    assert!(
        gained
            .iter()
            .all(|effect| effect["subject"]["id"] == app.mia.member.as_str())
    );
    assert!(gained.iter().any(|effect| effect["resource"] == "every project"));
    assert!(
        of_kind(&preview, "permission_lost").is_empty(),
        "an Admin may read the log as well"
    );
}

async fn a_change_to_a_role_counts_all_its_holders(app: App) {
    auditors(&app).await;
    let role = json!({ "role": "auditor" });
    let path = format!("{ACME}/members/{}/role", app.gus.member);
    app.olivia.put(&path, role).await.is(200);
    let narrower = json!({ "permissions": ["roster.organization.view"] });
    let path = format!("{ACME}/roles/auditor?dry_run=true");
    let preview = app.olivia.patch(&path, narrower).await.is(200);
    assert_eq!(preview["counts"]["permission_lost"], 2);
    let lost: Vec<_> = of_kind(&preview, "permission_lost")
        .iter()
        .map(|effect| text(&effect["subject"]["id"]))
        .collect();
    assert!(lost.contains(&app.gus.member) && lost.contains(&app.mia.member));
}

async fn deleting_a_group_tells_what_is_lost_on_its_projects(app: App) {
    let group = auditors(&app).await;
    let project = json!({ "name": "Ledger", "visibility": "members_only" });
    app.olivia.post(&format!("{ACME}/projects"), project).await.is(201);
    let path = format!("{ACME}/projects/ledger/access/{}", text(&group["id"]));
    app.olivia.put(&path, json!({ "role": "reader" })).await.is(200);
    let preview = app
        .olivia
        .delete(&format!("{ACME}/groups/auditors?dry_run=true"))
        .await
        .is(200);
    let lost = of_kind(&preview, "permission_lost");
    let on = |resource: &str| lost.iter().filter(|effect| effect["resource"] == resource).count();
    assert_eq!(on("Ledger"), 2, "{lost:?}");
    assert_eq!(on("Acme"), 1, "{lost:?}");
}

//! Accounts and organizations in the hands of whoever runs the instance.

use domain::time::SECOND;
use reqwest::Method;
use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App, join};
use crate::instance::page;

on_both_databases! {
    a_superuser_suspends_an_account_everywhere_at_once,
    a_suspended_only_owner_leaves_a_flag_behind,
    a_superuser_deletes_an_account_once_what_it_owns_is_handed_over,
    a_superuser_deletes_neither_themselves_nor_the_last_owner,
    a_superuser_signs_somebody_out_and_mails_a_new_password,
    accounts_are_found_without_their_marks_and_by_standing,
    a_deleted_organization_takes_its_tokens_along_on_every_node,
    the_pages_of_an_organization_ask_before_they_delete,
}

async fn a_superuser_suspends_an_account_everywhere_at_once(app: App) {
    let (_roster, node) = app.node().await;
    let mia = app.mia.at(&node);
    let token = json!({ "name": "Laptop" });
    let token = app.mia.post("/me/tokens", token).await.is(201);
    let program = mia.with_token(token["token"].as_str().unwrap());
    mia.get("/me").await.is(200);
    program.get("/me").await.is(200);
    let path = format!("/instance/accounts/{}/suspension", app.mia.account);
    let preview = app.sid.put(&format!("{path}?dry_run=true"), json!({})).await.is(200);
    assert_eq!(preview["counts"]["token_ended"], 1, "{preview}");
    mia.get("/me").await.is(200);
    let suspended = app.sid.put(&path, json!({ "reason": "Lost laptop" })).await.is(200);
    assert_eq!(suspended["suspended"], true);
    // A node that is not told asks again within a second.
    app.pass(SECOND);
    mia.get("/me").await.refused(401, "sign_in_required");
    program.get("/me").await.refused(401, "sign_in_required");
    assert_eq!(app.member(&app.mia).await["status"], "suspended");
    app.sid.delete(&path).await.is(200);
    // What ended stays ended.
    mia.get("/me").await.refused(401, "sign_in_required");
    app.sign_in(&app.mia).await.get("/me").await.is(200);
    let own = format!("/instance/accounts/{}/suspension", app.sid.account);
    app.sid.put(&own, json!({})).await.refused(403, "not_yourself");
}

async fn a_suspended_only_owner_leaves_a_flag_behind(app: App) {
    let path = format!("/instance/accounts/{}/suspension", app.olivia.account);
    let preview = app.sid.put(&format!("{path}?dry_run=true"), json!({})).await.is(200);
    assert!(preview.to_string().contains("has no active Owner"), "{preview}");
    app.sid.put(&path, json!({})).await.is(200);
    let listed = app.sid.get("/instance/organizations?query=acme").await.is(200);
    assert_eq!(listed["items"][0]["flags"], json!(["no_active_owner"]));
    let shown = page(&app.sid, "/instance/organizations").await;
    assert!(shown.text.contains("Has no active Owner"), "{}", shown.text);
}

async fn a_superuser_deletes_an_account_once_what_it_owns_is_handed_over(app: App) {
    let project = json!({ "name": "Website" });
    app.mia.post(&format!("{ACME}/projects"), project).await.is(201);
    let path = format!("/instance/accounts/{}", app.mia.account);
    let blocked = app.sid.delete(&path).await.refused(409, "still_owns");
    assert_eq!(blocked["owned"][0]["name"], "Website");
    let to_eve = format!("{path}?transfer_to={}", app.eve.account);
    app.sid.delete(&to_eve).await.refused(409, "not_a_transfer_target");
    let to_adam = format!("{path}?transfer_to={}", app.adam.account);
    app.sid.delete(&format!("{to_adam}&dry_run=true")).await.is(200);
    app.mia.get("/me").await.is(200);
    app.sid.delete(&to_adam).await.is(204);
    app.mia.get("/me").await.refused(401, "sign_in_required");
    app.sid.get(&path).await.refused(404, "not_found");
    let project = app.adam.get(&format!("{ACME}/projects/website")).await.is(200);
    assert_eq!(project["owner"]["name"], "Adam");
}

async fn a_superuser_deletes_neither_themselves_nor_the_last_owner(app: App) {
    let own = format!("/instance/accounts/{}", app.sid.account);
    app.sid.delete(&own).await.refused(403, "not_yourself");
    let olivia = format!("/instance/accounts/{}", app.olivia.account);
    app.sid.delete(&olivia).await.refused(409, "last_owner");
    for person in [&app.olivia, &app.adam, &app.mia] {
        person.delete(&own).await.refused(403, "superuser_required");
        person.get(&own).await.refused(403, "superuser_required");
    }
}

async fn a_superuser_signs_somebody_out_and_mails_a_new_password(app: App) {
    let account = format!("/instance/accounts/{}", app.mia.account);
    let seen = app.sid.get(&account).await.is(200);
    assert_eq!(seen["memberships"][0]["organization"]["slug"], "acme");
    let sessions = app.sid.get(&format!("{account}/sessions")).await.is(200);
    assert!(!sessions["items"].as_array().unwrap().is_empty());
    let activity = app.sid.get(&format!("{account}/activity")).await.is(200);
    assert_eq!(activity["items"][0]["success"], true);
    app.sid.delete(&format!("{account}/sessions")).await.is(204);
    app.mia.get("/me").await.refused(401, "sign_in_required");
    app.sid
        .ask(Method::POST, &format!("/api/v1{account}/password-reset"))
        .await
        .is(204);
    app.deliver().await;
    let mails = app.mailbox().mails();
    assert!(
        mails
            .iter()
            .any(|mail| mail.to.iter().any(|to| to.contains("mia@example.com")))
    );
    let shown = page(&app.sid, &account).await;
    assert!(shown.text.contains("Not signed in anywhere."), "{}", shown.text);
}

async fn accounts_are_found_without_their_marks_and_by_standing(app: App) {
    let rene = join(&app.olivia, "acme", "rene", "member").await;
    rene.patch("/me", json!({ "name": "René González" })).await.is(200);
    for query in ["gonzalez", "GONZÁLEZ", "rene@ex", "on"] {
        let found = app.sid.get(&format!("/instance/accounts?query={query}")).await.is(200);
        let names: Vec<_> = found["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["username"].clone())
            .collect();
        assert!(names.contains(&json!("rene")), "{query}: {names:?}");
    }
    let all = app.sid.all("/instance/accounts", 2).await;
    let names: Vec<_> = all.iter().map(|item| item["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["adam", "eve", "gus", "mia", "olivia", "rene", "sid"]);
    let path = format!("/instance/accounts/{}/suspension", rene.account);
    app.sid.put(&path, json!({})).await.is(200);
    let suspended = app.sid.all("/instance/accounts?status=suspended", 50).await;
    assert_eq!(suspended.len(), 1);
    let superusers = app.sid.all("/instance/accounts?status=superuser", 50).await;
    assert_eq!(superusers[0]["username"], "sid");
    let listed = app.sid.get("/instance/superusers").await.is(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

async fn a_deleted_organization_takes_its_tokens_along_on_every_node(app: App) {
    let (_roster, node) = app.node().await;
    let robots = format!("{ACME}/service-accounts");
    let robot = json!({ "name": "Robot", "role": "member" });
    let robot = app.olivia.post(&robots, robot).await.is(201);
    let tokens = format!("{robots}/{}/tokens", robot["id"].as_str().unwrap());
    let token = app.olivia.post(&tokens, json!({})).await.is(201);
    let robot = app.anonymous.at(&node).with_token(token["token"].as_str().unwrap());
    robot.get(ACME).await.is(200);
    let delete = |confirm: &str| app.sid.delete(ACME).json(&json!({ "confirm": confirm }));
    delete("acme2").await.refused(422, "invalid");
    let disabled = app
        .sid
        .put(
            "/instance/organizations/acme/disablement",
            json!({ "reason": "Unpaid" }),
        )
        .await
        .is(200);
    assert_eq!(disabled["disabled"]["reason"], "Unpaid");
    app.pass(SECOND);
    robot.get(ACME).await.refused(403, "organization_not_active");
    app.sid.delete("/instance/organizations/acme/disablement").await.is(200);
    app.pass(SECOND);
    robot.get(ACME).await.is(200);

    delete("acme").await.is(204);
    app.pass(SECOND);
    robot.get(ACME).await.refused(401, "sign_in_required");
    app.olivia.at(&node).get(ACME).await.refused(404, "not_found");
    assert_eq!(app.olivia.get("/me").await.is(200)["memberships"], json!([]));
    let gone = app.sid.get("/instance/organizations/acme").await.is(200);
    assert_eq!((&gone["status"], &gone["members"]), (&json!("deleted"), &json!(4)));
    assert!(gone["restorable_until"].is_string());
    app.sid
        .post("/instance/organizations/acme/restoration", json!({}))
        .await
        .is(200);
    app.pass(SECOND);
    robot.get(ACME).await.is(200);
    app.olivia.at(&node).get(ACME).await.is(200);
}

async fn the_pages_of_an_organization_ask_before_they_delete(app: App) {
    let question = page(&app.sid, "/instance/organizations/acme/deletion").await;
    for text in [
        "4 members",
        "Type <span class=\"mono\">acme</span>",
        "Delete Acme",
        "superusers can restore it",
    ] {
        assert!(question.text.contains(text), "{text}: {}", question.text);
    }
    for person in [&app.olivia, &app.adam] {
        let refused = page(person, "/instance/organizations/acme/deletion").await;
        assert_eq!(refused.status, 403);
    }
}

//! What happens to members, and when it takes effect.

use domain::time::{DAY, SECOND};
use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App, ELSEWHERE, PASSWORD, create, join, sign_in, text};

on_both_databases! {
    whoever_is_disabled_is_out_at_the_next_request,
    whoever_is_suspended_has_no_session_left,
    a_changed_role_counts_at_the_next_request,
    a_role_for_a_time_ends_by_itself,
    whoever_owns_something_is_not_removed_until_it_is_passed_on,
    an_owner_is_out_of_reach_and_never_the_last_to_go,
    nobody_does_it_to_themselves,
    an_account_is_deleted_for_good,
    an_id_of_one_organization_means_nothing_in_another,
}

async fn whoever_is_disabled_is_out_at_the_next_request(app: App) {
    let path = format!("{ACME}/members/{}/disablement", app.mia.member);
    let elsewhere = app.sign_in(&app.mia).await;
    let disabled = app.adam.put(&path, json!({ "reason": "On leave." })).await.is(200);
    assert_eq!(
        (&disabled["status"], &disabled["disabled"]["by"]),
        (&json!("disabled"), &json!("Adam"))
    );
    assert_eq!(disabled["disabled"]["reason"], "On leave.");
    // Acme managed the account, so its sessions ended; a new one opens everything but Acme.
    elsewhere.get(ACME).await.refused(401, "sign_in_required");
    let mia = sign_in(&app.mia, PASSWORD).await;
    mia.get(ACME).await.refused(404, "not_found");
    mia.get(&format!("{ACME}/people")).await.refused(404, "not_found");
    assert_eq!(
        mia.get("/me/organizations").await.is(200)["items"][0]["status"],
        "disabled"
    );
    let shown = app.adam.get(&format!("{ACME}/people?status=disabled")).await.is(200);
    assert_eq!(shown["items"][0]["id"], app.mia.member);
    app.adam.delete(&path).await.is(200);
    mia.get(ACME).await.is(200);
}

async fn whoever_is_suspended_has_no_session_left(app: App) {
    let path = format!("{ACME}/members/{}/suspension", app.mia.member);
    let suspended = app.adam.put(&path, json!({})).await.is(200);
    assert_eq!(suspended["status"], "suspended");
    app.mia.get("/me").await.refused(401, "sign_in_required");
    app.pass(SECOND);
    let login = json!({ "login": "mia", "password": PASSWORD });
    app.anonymous
        .post("/sessions", login)
        .await
        .refused(403, "account_suspended");
    let activity = app
        .adam
        .get(&format!("{ACME}/members/{}/activity", app.mia.member))
        .await
        .is(200);
    assert_eq!(
        (&activity["items"][0]["success"], &activity["items"][0]["reason"]),
        (&json!(false), &json!("account_suspended"))
    );
    app.adam.delete(&path).await.is(200);
    sign_in(&app.mia, PASSWORD).await.get(ACME).await.is(200);
}

async fn a_changed_role_counts_at_the_next_request(app: App) {
    let path = format!("{ACME}/members/{}/role", app.mia.member);
    app.mia
        .get(&format!("{ACME}/audit-events"))
        .await
        .refused(403, "permission_required");
    let preview = app
        .adam
        .put(&format!("{path}?dry_run=true"), json!({ "role": "admin" }))
        .await
        .is(200);
    assert!(
        preview["counts"]["permission_gained"].as_u64().unwrap() > 5,
        "{preview}"
    );
    app.mia
        .get(&format!("{ACME}/audit-events"))
        .await
        .refused(403, "permission_required");
    assert_eq!(
        app.adam.put(&path, json!({ "role": "admin" })).await.is(200)["role"]["slug"],
        "admin"
    );
    app.mia.get(&format!("{ACME}/audit-events")).await.is(200);
    app.adam.put(&path, json!({ "role": "guest" })).await.is(200);
    app.mia
        .get(&format!("{ACME}/people"))
        .await
        .refused(403, "permission_required");
    let wrong = app
        .adam
        .put(&path, json!({ "role": "wizard" }))
        .await
        .refused(422, "invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/role");
    app.adam
        .put(&path, json!({ "role": "owner" }))
        .await
        .refused(422, "owner_never_offered");
}

async fn a_role_for_a_time_ends_by_itself(app: App) {
    let path = format!("{ACME}/members/{}/role", app.mia.member);
    let past = app
        .adam
        .put(&path, json!({ "role": "admin", "until": "2026-11-21T09:00:00Z" }))
        .await
        .refused(422, "invalid");
    assert_eq!(past["errors"][0]["pointer"], "/until");
    let given = app
        .adam
        .put(&path, json!({ "role": "admin", "until": "2026-11-23T09:00:00Z" }))
        .await
        .is(200);
    assert_eq!(given["role"]["until"], "2026-11-23T09:00:00Z");
    app.mia.get(&format!("{ACME}/audit-events")).await.is(200);
    app.pass(DAY);
    app.mia
        .get(&format!("{ACME}/audit-events"))
        .await
        .refused(404, "not_found");
}

async fn whoever_owns_something_is_not_removed_until_it_is_passed_on(app: App) {
    let made = app
        .mia
        .post(&format!("{ACME}/projects"), json!({ "name": "Website" }))
        .await
        .is(201);
    let project = made["id"].as_str().unwrap();
    let path = format!("{ACME}/members/{}", app.mia.member);
    let owned = app.adam.get(&format!("{path}/owned")).await.is(200);
    assert_eq!(owned["items"][0]["name"], "Website");
    for refusing in [path.clone(), format!("{path}?dry_run=true"), format!("{path}/account")] {
        let refused = app.adam.delete(&refusing).await.refused(409, "still_owns");
        assert_eq!(
            (&refused["owned"][0]["type"], &refused["owned"][0]["name"]),
            (&json!("project"), &json!("Website")),
            "{refused}"
        );
        assert_eq!(refused["owned"][0]["id"], project);
    }
    app.mia
        .delete("/me/organizations/acme")
        .await
        .refused(409, "still_owns");
    // Disabling works at once, whatever is owned.
    app.adam.put(&format!("{path}/disablement"), json!({})).await.is(200);
    app.adam
        .delete(&format!("{path}?transfer_to={}", app.mia.member))
        .await
        .refused(409, "not_a_transfer_target");
    app.adam
        .delete(&format!("{path}?transfer_to={}", app.gus.member))
        .await
        .is(204);
    app.adam.get(&path).await.refused(404, "not_found");
    let received = app
        .adam
        .get(&format!("{ACME}/members/{}/owned", app.gus.member))
        .await
        .is(200);
    assert_eq!(received["items"][0]["name"], "Website");
    // Removed from the organization, not from the instance.
    assert_eq!(
        sign_in(&app.mia, PASSWORD).await.get("/me").await.is(200)["memberships"],
        json!([])
    );
}

async fn an_owner_is_out_of_reach_and_never_the_last_to_go(app: App) {
    let olivia = format!("{ACME}/members/{}", app.olivia.member);
    app.adam
        .put(&format!("{olivia}/role"), json!({ "role": "member" }))
        .await
        .refused(403, "owner_protected");
    app.adam
        .put(&format!("{olivia}/disablement"), json!({}))
        .await
        .refused(403, "owner_protected");
    app.adam
        .put(&format!("{olivia}/suspension"), json!({}))
        .await
        .refused(403, "owner_protected");
    app.adam
        .post(&format!("{olivia}/password-reset"), json!({}))
        .await
        .refused(403, "owner_protected");
    app.adam
        .patch(&olivia, json!({ "name": "Olaf" }))
        .await
        .refused(403, "owner_protected");
    app.adam.delete(&olivia).await.refused(403, "owner_protected");
    app.adam
        .delete(&format!("{olivia}/account"))
        .await
        .refused(403, "owner_protected");
    app.olivia
        .delete("/me/organizations/acme")
        .await
        .refused(409, "last_owner");
    let own = format!("{ACME}/owners/{}", app.olivia.member);
    app.olivia.delete(&own).await.refused(409, "last_owner");
    // Ownership is granted by an Owner; nobody takes another's.
    let adams = format!("{ACME}/owners/{}", app.adam.member);
    app.adam
        .put(&adams, json!({}))
        .await
        .refused(403, "permission_required");
    assert_eq!(app.olivia.put(&adams, json!({})).await.is(200)["role"]["slug"], "owner");
    app.adam.delete(&own).await.refused(403, "owner_protected");
    assert_eq!(app.olivia.delete(&own).await.is(200)["role"]["slug"], "admin");
    app.adam.delete(&adams).await.refused(409, "last_owner");
    app.olivia.delete("/me/organizations/acme").await.is(204);
}

async fn nobody_does_it_to_themselves(app: App) {
    let own = format!("{ACME}/members/{}", app.adam.member);
    app.adam
        .put(&format!("{own}/disablement"), json!({}))
        .await
        .refused(403, "not_yourself");
    app.adam
        .put(&format!("{own}/suspension"), json!({}))
        .await
        .refused(403, "not_yourself");
    app.adam
        .post(&format!("{own}/password-reset"), json!({}))
        .await
        .refused(403, "not_yourself");
    app.adam.delete(&own).await.refused(403, "not_yourself");
    app.adam
        .delete(&format!("{own}/account"))
        .await
        .refused(403, "not_yourself");
    app.adam.get(ACME).await.is(200);
}

async fn an_account_is_deleted_for_good(app: App) {
    let path = format!("{ACME}/members/{}/account", app.mia.member);
    let preview = app.adam.delete(&format!("{path}?dry_run=true")).await.is(200);
    assert_eq!(
        (
            &preview["counts"]["account_deleted"],
            &preview["counts"]["session_ended"]
        ),
        (&json!(1), &json!(1))
    );
    app.adam.delete(&path).await.is(204);
    app.mia.get("/me").await.refused(401, "sign_in_required");
    let login = json!({ "login": "mia", "password": PASSWORD });
    app.anonymous
        .post("/sessions", login)
        .await
        .refused(401, "wrong_credentials");
    // Whoever takes the name and the address inherits nothing.
    let (again, _) = create(&app.adam, "acme", "mia", "guest").await;
    assert_ne!(again.account, app.mia.account);
    assert_eq!(
        app.adam
            .get(&format!("{ACME}/members/{}/activity", again.member))
            .await
            .is(200)["items"],
        json!([])
    );
}

async fn an_id_of_one_organization_means_nothing_in_another(app: App) {
    let tea = join(&app.eve, "elsewhere", "tea", "member").await;
    for path in ["", "/sessions", "/activity", "/owned"] {
        app.eve
            .get(&format!("{ELSEWHERE}/members/{}{path}", app.mia.member))
            .await
            .refused(404, "not_found");
    }
    app.eve
        .delete(&format!("{ELSEWHERE}/members/{}", app.mia.member))
        .await
        .refused(404, "not_found");
    app.adam
        .delete(&format!("{ACME}/members/{}?transfer_to={}", app.mia.member, tea.member))
        .await
        .refused(404, "not_found");
    app.eve
        .put(&format!("{ELSEWHERE}/owners/{}", app.mia.member), json!({}))
        .await
        .refused(404, "not_found");
    app.adam
        .get(&format!("{ACME}/members/not-an-id"))
        .await
        .refused(404, "not_found");
    assert_eq!(text(&app.member(&app.mia).await["status"]), "active");
}

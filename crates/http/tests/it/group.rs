//! Groups as callers meet them.

use domain::time::{DAY, HOUR};
use serde_json::json;
use testkit::app::MORNING;
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, email, token_of};

on_both_databases! {
    auditors_come_and_go,
    a_place_in_a_group_shows_its_end,
    an_invitation_names_its_groups,
    people_are_found_by_their_group,
    no_group_stands_below_itself,
}

async fn auditors_come_and_go(app: App) {
    let role = json!({ "name": "Auditor", "permissions": ["roster.organization.view", "roster.audit_log.view"] });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    let made = app
        .olivia
        .post(
            &format!("{ACME}/groups"),
            json!({ "name": "Auditors", "description": "Read the log." }),
        )
        .await
        .is(201);
    assert_eq!(
        (&made["slug"], &made["role"]["slug"], &made["members"], &made["parent"]),
        (&json!("auditors"), &json!("member"), &json!(0), &json!(null))
    );
    let path = format!("{ACME}/groups/auditors");
    let log = format!("{ACME}/audit-events");
    app.olivia
        .put(&format!("{path}/role"), json!({ "role": "auditor" }))
        .await
        .is(200);
    app.mia.get(&log).await.refused(403, "permission_required");
    let place = format!("{path}/members/{}", app.mia.member);
    let tried = app
        .olivia
        .put(&format!("{place}?dry_run=true"), json!({}))
        .await
        .is(200);
    assert_eq!(tried["counts"]["permission_gained"], 1);
    app.olivia.put(&place, json!({})).await.is(200);
    app.mia.get(&log).await.is(200);
    let members = app.mia.get(&format!("{path}/members")).await.is(200);
    let mia = &members["items"][0];
    assert_eq!(
        (&mia["id"], &mia["type"], &mia["origin"], &mia["granted"]["by"]["name"]),
        (
            &json!(app.mia.member),
            &json!("member"),
            &json!("hand"),
            &json!("Olivia")
        )
    );
    let shown = app
        .olivia
        .get(&format!("{ACME}/members/{}", app.mia.member))
        .await
        .is(200);
    assert_eq!(shown["groups"][0]["slug"], "auditors");
    let role = app.olivia.get(&format!("{ACME}/roles/auditor")).await.is(200);
    assert_eq!((&role["members"], &role["groups"]), (&json!(0), &json!(1)));
    app.olivia.delete(&place).await.is(204);
    app.mia.get(&log).await.refused(403, "permission_required");
    app.olivia.delete(&place).await.refused(404, "not_found");
    app.olivia.delete(&path).await.is(204);
    app.olivia.get(&path).await.refused(404, "not_found");
}

async fn a_place_in_a_group_shows_its_end(app: App) {
    let group = json!({ "name": "Passing", "role": "guest" });
    app.olivia.post(&format!("{ACME}/groups"), group).await.is(201);
    let until = MORNING.plus(DAY + HOUR).to_string();
    let place = format!("{ACME}/groups/passing/members/{}", app.mia.member);
    let placed = app.olivia.put(&place, json!({ "until": until })).await.is(200);
    assert_eq!((&placed["until"], &placed["ended"]), (&json!(until), &json!(false)));
    app.pass(2 * DAY);
    let members = app.olivia.get(&format!("{ACME}/groups/passing/members")).await.is(200);
    assert_eq!(members["items"][0]["ended"], true);
    let known = app.olivia.get(&format!("{ACME}/groups/passing")).await.is(200);
    assert_eq!(known["members"], 0);
    app.olivia
        .put(&place, json!({ "until": until }))
        .await
        .refused(422, "invalid");
}

async fn an_invitation_names_its_groups(app: App) {
    app.olivia
        .post(&format!("{ACME}/groups"), json!({ "name": "Crew", "role": "guest" }))
        .await
        .is(201);
    let new = json!({ "email": email("ida"), "role": "guest", "groups": ["crew"], "send": false });
    let sent = app.olivia.post(&format!("{ACME}/invitations"), new).await.is(201);
    assert_eq!(sent["invitation"]["groups"][0]["name"], "Crew");
    let token = token_of(sent["link"].as_str().unwrap());
    let accepted = app
        .anonymous
        .post(
            "/invitation-acceptances",
            json!({ "token": token, "name": "Ida", "username": "ida", "password": PASSWORD }),
        )
        .await
        .is(201);
    assert_eq!(accepted["member"]["groups"][0]["slug"], "crew");
    assert_eq!(accepted["member"]["groups"][0]["origin"], "invitation");
}

async fn people_are_found_by_their_group(app: App) {
    let group = json!({ "name": "Night watch", "role": "guest", "members": [app.mia.member, app.gus.member] });
    let group = app.olivia.post(&format!("{ACME}/groups"), group).await.is(201);
    let invited = json!({ "email": email("ida"), "role": "member", "groups": ["night-watch"], "send": false });
    app.olivia.post(&format!("{ACME}/invitations"), invited).await.is(201);
    let place = format!("{ACME}/groups/night-watch/members/{}", app.gus.member);
    let until = MORNING.plus(HOUR).to_string();
    app.olivia.put(&place, json!({ "until": until })).await.is(200);
    let found = async |path: &str| {
        let items = app.olivia.get(&format!("{ACME}/{path}")).await.is(200)["items"].clone();
        let named = |item: &serde_json::Value| {
            let name = if item["name"].is_string() {
                &item["name"]
            } else {
                &item["email"]
            };
            name.as_str().unwrap().to_owned()
        };
        items.as_array().unwrap().iter().map(named).collect::<Vec<_>>()
    };
    let (gus, mia) = (app.gus.name.as_str(), app.mia.name.as_str());
    let names = found("people?group=night-watch").await;
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(
        found(&format!("members?group={}", group["id"].as_str().unwrap()))
            .await
            .len(),
        2
    );
    assert_eq!(found("members?group=night-watch&query=mia").await.len(), 1);
    assert_eq!(found("members?group=night-watch&role=guest").await.len(), 1);
    app.pass(DAY);
    let names = found("members?group=night-watch").await;
    assert_eq!(names.len(), 1, "the time of {gus} is over, {mia} stays: {names:?}");
    app.olivia
        .get(&format!("{ACME}/people?group=nowhere"))
        .await
        .refused(404, "not_found");
    // A place that has ended says so.
    let told = app
        .olivia
        .get(&format!("{ACME}/members/{}", app.gus.member))
        .await
        .is(200);
    assert_eq!(
        (&told["groups"][0]["ended"], &told["role"]["ended"]),
        (&json!(true), &json!(false))
    );
}

async fn no_group_stands_below_itself(app: App) {
    let groups = format!("{ACME}/groups");
    for (name, parent) in [("Ground", None), ("Middle", Some("ground")), ("Top", Some("middle"))] {
        let new = json!({ "name": name, "role": "guest", "parent": parent });
        app.olivia.post(&groups, new).await.is(201);
    }
    let ground = format!("{groups}/ground");
    for (parent, way) in [
        ("ground", "Ground → Ground"),
        ("middle", "Ground → Middle → Ground"),
        ("top", "Ground → Top → Middle → Ground"),
    ] {
        for path in [ground.clone(), format!("{ground}?dry_run=true")] {
            let tried = app.olivia.patch(&path, json!({ "parent": parent })).await;
            let refused = tried.refused(422, "invalid");
            assert_eq!(
                refused["errors"],
                json!([{ "pointer": "/parent", "detail": format!("must not be below the group itself: {way}") }])
            );
        }
    }
    assert_eq!(app.olivia.get(&ground).await.is(200)["parent"], json!(null));
    // Nor is a new one below itself: what it names is there already.
    let own = json!({ "name": "Own", "slug": "own", "role": "guest", "parent": "own" });
    let refused = app.olivia.post(&groups, own).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/parent");
    // Once the way is open it may be gone.
    let alone = json!({ "parent": null });
    app.olivia.patch(&format!("{groups}/middle"), alone).await.is(200);
    let below = app.olivia.patch(&ground, json!({ "parent": "top" })).await.is(200);
    assert_eq!(below["parent"]["slug"], "top");
}

//! What holds for every call: bodies, errors, tags, keys, pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, create, email, invite, text};

on_both_databases! {
    absent_leaves_and_null_clears,
    what_cannot_be_taken_says_where,
    a_change_of_what_was_changed_meanwhile_is_refused,
    a_repeated_post_gets_its_first_answer_without_its_secrets,
    lists_hold_everybody_once,
    the_people_list_is_searched_and_filtered,
}

async fn absent_leaves_and_null_clears(app: App) {
    let zoned = json!({ "phone": "+31 20 1234567", "time_zone": "Europe/Amsterdam", "locale": "nl" });
    let edited = app.mia.patch("/me", zoned).await.is(200);
    assert_eq!(
        (&edited["phone"], &edited["time_zone"]),
        (&json!("+31 20 1234567"), &json!("Europe/Amsterdam"))
    );
    let edited = app.mia.patch("/me", json!({ "name": "Mia Zhou" })).await.is(200);
    assert_eq!(
        (&edited["name"], &edited["phone"], &edited["locale"]),
        (&json!("Mia Zhou"), &json!("+31 20 1234567"), &json!("nl"))
    );
    let edited = app.mia.patch("/me", json!({ "phone": null })).await.is(200);
    assert_eq!((&edited["phone"], &edited["locale"]), (&Value::Null, &json!("nl")));
    let member = format!("{ACME}/members/{}", app.mia.member);
    assert_eq!(
        app.adam.patch(&member, json!({ "phone": "+31 6 1" })).await.is(200)["phone"],
        "+31 6 1"
    );
    assert_eq!(
        app.adam.patch(&member, json!({ "name": "Mia" })).await.is(200)["phone"],
        "+31 6 1"
    );
    assert_eq!(
        app.adam.patch(&member, json!({ "phone": null })).await.is(200)["phone"],
        Value::Null
    );
    let policies = format!("{ACME}/policies");
    assert_eq!(
        app.olivia
            .patch(&policies, json!({ "invitation_lifetime_days": null }))
            .await
            .is(200)["invitation_lifetime_days"],
        Value::Null
    );
    let kept = app
        .olivia
        .patch(&policies, json!({ "members_may_invite": true }))
        .await
        .is(200);
    assert_eq!(
        (&kept["invitation_lifetime_days"], &kept["members_may_invite"]),
        (&Value::Null, &json!(true))
    );
    let (_, link) = invite(&app.adam, "acme", "ines", false).await;
    let seen = app
        .anonymous
        .post("/invitation-lookups", json!({ "token": crate::app::token_of(&link) }))
        .await
        .is(200);
    assert_eq!(seen["expires_at"], Value::Null);
}

async fn what_cannot_be_taken_says_where(app: App) {
    let members = format!("{ACME}/members");
    app.adam
        .post(&members, json!({ "email": email("new"), "rôle": "member" }))
        .await
        .refused(422, "invalid");
    app.adam
        .patch("/me", json!({ "superuser": true }))
        .await
        .refused(422, "invalid");
    app.adam
        .patch(&format!("{ACME}/policies"), json!({ "member_limits": 3 }))
        .await
        .refused(422, "invalid");
    let both = app
        .adam
        .post(
            &members,
            json!({ "email": "no address", "username": "a b", "role": "member" }),
        )
        .await
        .refused(422, "invalid");
    let pointers: BTreeSet<String> = both["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| text(&error["pointer"]))
        .collect();
    assert_eq!(pointers, BTreeSet::from(["/email".to_owned(), "/username".to_owned()]));
    for (kind, body, status, code) in [
        ("application/json", "{\"name\": ", 400, "malformed"),
        ("application/json", "", 400, "malformed"),
        ("application/json", "[1, 2]", 422, "invalid"),
        ("text/plain", "{}", 415, "not_json"),
        ("application/x-www-form-urlencoded", "name=Mia", 415, "not_json"),
    ] {
        app.mia
            .ask(reqwest::Method::PATCH, "/api/v1/me")
            .body(kind, body)
            .await
            .refused(status, code);
    }
    app.mia.get("/nowhere").await.refused(404, "not_found");
    for query in [
        "limit=0",
        "limit=-1",
        "limit=many",
        "cursor=!",
        "cursor=e30",
        "status=gone",
        "availability=asleep",
    ] {
        let refused = app
            .mia
            .get(&format!("{ACME}/people?{query}"))
            .await
            .refused(422, "invalid");
        let pointer = format!("/{}", query.split('=').next().unwrap());
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{query}");
    }
    let new = |slug: &str| json!({ "name": "Another", "slug": slug, "owner": "me" });
    for slug in ["a", "Caps", "under_score", "-edge", "acme acme"] {
        let refused = app.sid.post("/organizations", new(slug)).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/slug", "{slug}");
    }
    app.sid
        .post("/organizations", new("acme"))
        .await
        .refused(409, "slug_taken");
    app.sid
        .patch("/me", json!({ "username": "MIA" }))
        .await
        .refused(409, "username_taken");
    app.sid
        .patch("/me", json!({ "username": email("mia") }))
        .await
        .refused(422, "invalid");
}

async fn a_change_of_what_was_changed_meanwhile_is_refused(app: App) {
    let (invitation, _) = invite(&app.adam, "acme", "ines", false).await;
    let invitation = format!("{ACME}/invitations/{invitation}");
    let mia = format!("{ACME}/members/{}", app.mia.member);
    let tag = |reply: crate::app::Reply| {
        let tag = reply.header("etag");
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "{tag}");
        tag
    };
    let (org_tag, mia_tag) = (tag(app.adam.get(ACME).await), tag(app.adam.get(&mia).await));
    let (me_tag, invitation_tag) = (tag(app.adam.get("/me").await), tag(app.adam.get(&invitation).await));
    // What changes elsewhere changes no tag here.
    app.adam
        .put(
            &format!("{ACME}/members/{}/role", app.gus.member),
            json!({ "role": "member" }),
        )
        .await
        .is(200);
    assert_eq!(tag(app.adam.get(&mia).await), mia_tag);
    assert_eq!(tag(app.adam.get(&invitation).await), invitation_tag);
    let changed = app
        .adam
        .put(&format!("{mia}/role"), json!({ "role": "guest" }))
        .header("if-match", &mia_tag)
        .await;
    changed.is(200);
    let new_tag = tag(changed);
    assert_ne!(new_tag, mia_tag);
    assert_eq!(tag(app.adam.get(&mia).await), new_tag);
    let late = |ask: crate::app::Ask, tag: &str| ask.header("if-match", tag);
    late(
        app.adam.put(&format!("{mia}/role"), json!({ "role": "admin" })),
        &mia_tag,
    )
    .await
    .refused(412, "changed_meanwhile");
    late(app.adam.put(&format!("{mia}/disablement"), json!({})), &mia_tag)
        .await
        .refused(412, "changed_meanwhile");
    late(app.adam.delete(&format!("{mia}?dry_run=true")), &mia_tag)
        .await
        .refused(412, "changed_meanwhile");
    late(app.adam.delete(&mia), &mia_tag)
        .await
        .refused(412, "changed_meanwhile");
    // Also when she changed her own profile.
    app.mia.patch("/me", json!({ "name": "Mia Zhou" })).await.is(200);
    late(app.adam.delete(&mia), &new_tag)
        .await
        .refused(412, "changed_meanwhile");
    late(app.adam.patch(&mia, json!({ "name": "M" })), "*").await.is(200);

    app.adam
        .patch(ACME, json!({ "name": "Acme Works" }))
        .header("if-match", &org_tag)
        .await
        .is(200);
    late(app.adam.patch(ACME, json!({ "name": "Acme Ltd" })), &org_tag)
        .await
        .refused(412, "changed_meanwhile");
    app.adam
        .patch("/me", json!({ "name": "Adam B" }))
        .header("if-match", &me_tag)
        .await
        .is(200);
    late(app.adam.patch("/me", json!({ "name": "Adam C" })), &me_tag)
        .await
        .refused(412, "changed_meanwhile");
    app.adam
        .post(&format!("{invitation}/delivery"), json!({}))
        .header("if-match", &invitation_tag)
        .await
        .is(200);
    late(
        app.adam.post(&format!("{invitation}/revocation"), json!({})),
        &invitation_tag,
    )
    .await
    .refused(412, "changed_meanwhile");
}

async fn a_repeated_post_gets_its_first_answer_without_its_secrets(app: App) {
    let members = format!("{ACME}/members");
    let new = json!({ "email": email("new"), "role": "member" });
    let key = ("idempotency-key", "a1b2");
    let first = app.adam.post(&members, new.clone()).header(key.0, key.1).await;
    let made = first.is(201);
    assert!(made["temporary_password"].is_string());
    let again = app.adam.post(&members, new.clone()).header(key.0, key.1).await;
    let repeated = again.is(201);
    assert_eq!(
        (&repeated["member"], again.header("location")),
        (&made["member"], first.header("location"))
    );
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert!(repeated.get("temporary_password").is_none());
    let other = json!({ "email": email("other"), "role": "member" });
    app.adam
        .post(&members, other.clone())
        .header(key.0, key.1)
        .await
        .refused(422, "idempotency_key_reused");
    app.adam
        .post(&format!("{members}?dry_run=true"), new.clone())
        .header(key.0, key.1)
        .await
        .refused(422, "idempotency_key_reused");
    // The key is its sender's, and only a success is kept.
    app.olivia
        .post(&members, new)
        .header(key.0, key.1)
        .await
        .refused(409, "already_member");
    app.olivia.post(&members, other).header(key.0, key.1).await.is(201);

    let invitations = format!("{ACME}/invitations");
    let send = json!({ "email": email("ines"), "role": "member", "send": false });
    let sent = app
        .adam
        .post(&invitations, send.clone())
        .header(key.0, "other")
        .await
        .is(201);
    let repeated = app.adam.post(&invitations, send).header(key.0, "other").await.is(201);
    assert_eq!(repeated["invitation"]["id"], sent["invitation"]["id"]);
    assert!(sent["link"].is_string() && repeated.get("link").is_none());
    app.adam
        .post(&invitations, json!({}))
        .header(key.0, &"k".repeat(256))
        .await
        .refused(400, "malformed");
    // A preview is no first answer.
    let preview = json!({ "email": email("iris"), "role": "member" });
    app.adam
        .post(&format!("{members}?dry_run=true"), preview.clone())
        .header(key.0, "preview")
        .await
        .is(200);
    app.adam
        .post(&format!("{members}?dry_run=true"), preview)
        .header(key.0, "preview")
        .await
        .is(200);
    // Nobody was made twice.
    assert_eq!(app.adam.all(&members, 200).await.len(), 6);
}

async fn lists_hold_everybody_once(app: App) {
    for number in 0..7 {
        // Names that differ in case alone, and the same name twice, stand next to each other.
        let name = ["Bo", "bo", "BO", "Ånn", "Zed", "bo", "Éva"][number];
        let body = json!({ "name": name, "username": format!("person{number}"), "role": "member" });
        app.adam.post(&format!("{ACME}/members"), body).await.is(201);
        invite(&app.adam, "acme", &format!("guest{number}"), false).await;
    }
    for (path, count) in [
        ("people", 18),
        ("members", 11),
        ("invitations", 7),
        ("audit-events", 17),
    ] {
        let path = format!("{ACME}/{path}");
        let whole: Vec<String> = app
            .adam
            .all(&path, 200)
            .await
            .iter()
            .map(|item| text(&item["id"]))
            .collect();
        assert!(whole.len() >= count, "{path}: {whole:?}");
        assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len(), "{path}");
        for limit in [1, 3, 7] {
            let paged: Vec<String> = app
                .adam
                .all(&path, limit)
                .await
                .iter()
                .map(|item| text(&item["id"]))
                .collect();
            assert_eq!(paged, whole, "{path} by {limit}");
        }
    }
    let people = app.adam.all(&format!("{ACME}/people"), 5).await;
    assert_eq!(people.len(), 18);
    assert_eq!(people.iter().filter(|person| person["type"] == "invitation").count(), 7);
    let names = |kind: &str| -> Vec<String> {
        people
            .iter()
            .filter(|person| person["type"] == kind && person["name"].is_string())
            .map(|person| text(&person["name"]).to_lowercase())
            .collect()
    };
    let mut sorted = names("member");
    sorted.sort();
    assert_eq!(names("member"), sorted);
    let accounts = app.sid.all("/instance/accounts", 4).await;
    assert_eq!(accounts.len(), 13);
    assert_eq!(app.sid.all("/organizations", 1).await.len(), 2);
    assert_eq!(
        app.adam.get(&format!("{ACME}/people?limit=100000")).await.is(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        18
    );
    assert_eq!(
        app.adam
            .all(&format!("{ACME}/members/{}/activity", app.mia.member), 1)
            .await
            .len(),
        2
    );
}

async fn the_people_list_is_searched_and_filtered(app: App) {
    create(&app.adam, "acme", "zara", "member").await;
    invite(&app.adam, "acme", "zoltan", false).await;
    let names = async |query: &str| -> Vec<String> {
        let found = app.adam.get(&format!("{ACME}/people?{query}")).await.is(200);
        let name = |item: &Value| item["username"].as_str().or(item["email"].as_str()).unwrap().to_owned();
        found["items"].as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!(names("query=ZAR").await, ["zara"]);
    assert_eq!(names("query=z").await.len(), 2);
    assert_eq!(names("query=%25").await, Vec::<String>::new());
    assert_eq!(names("status=invited").await, ["zoltan@example.com"]);
    assert_eq!(names("status=active").await.len(), 5);
    assert_eq!(names("role=guest").await, ["gus"]);
    assert_eq!(names("availability=unavailable").await, Vec::<String>::new());
    assert_eq!(names("availability=available").await.len(), 6);
}

//! Hundreds at once: a line for each row, whatever becomes of it.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, create, email, sign_in};

on_both_databases! {
    each_row_of_new_members_has_its_own_end,
    each_row_of_invitations_has_its_own_end,
    a_list_may_be_longer_than_other_bodies,
}

async fn each_row_of_new_members_has_its_own_end(app: App) {
    let path = format!("{ACME}/members/bulk");
    let rows = json!({ "rows": [
        { "email": email("one"), "role": "member" },
        { "email": "no address", "role": "member" },
        { "email": email("mia"), "role": "member" },
        { "email": email("two"), "role": "owner" },
        { "email": email("eve"), "role": "member" },
        { "name": "Three", "username": "three", "role": "guest", "temporary_password": "eleven brave turnips hum" },
        { "email": email("one"), "role": "member" },
    ] });
    let ends = |lines: &[Value]| -> Vec<(u64, String)> {
        lines
            .iter()
            .map(|line| {
                (
                    line["status"].as_u64().unwrap(),
                    line["problem"]["code"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect()
    };
    let before = app.adam.all(&format!("{ACME}/people"), 200).await;
    let tried = app
        .adam
        .post(&format!("{path}?dry_run=true"), rows.clone())
        .await
        .lines();
    let end = |status: u64, code: &str| (status, code.to_owned());
    let expected = |good: u64, twice: (u64, String)| {
        vec![
            end(good, ""),
            end(422, "invalid"),
            end(409, "already_member"),
            end(422, "owner_never_offered"),
            end(good, ""),
            end(good, ""),
            twice,
        ]
    };
    assert_eq!(ends(&tried), expected(200, end(409, "already_member")));
    assert_eq!(app.adam.all(&format!("{ACME}/people"), 200).await, before);
    let lines = app.adam.post(&path, rows).await.lines();
    assert_eq!(
        lines
            .iter()
            .map(|line| line["row"].as_u64().unwrap())
            .collect::<Vec<_>>(),
        (1..=7).collect::<Vec<_>>()
    );
    assert_eq!(ends(&lines), expected(201, end(409, "already_member")));
    assert_eq!(lines[1]["problem"]["errors"][0]["pointer"], "/email");
    assert_eq!(lines[4]["member"]["status"], "awaiting_consent");
    assert!(lines[4].get("temporary_password").is_none());
    assert_eq!(lines[5]["temporary_password"], "eleven brave turnips hum");
    let (one, _) = create(&app.adam, "acme", "four", "member").await;
    let one = crate::app::Person {
        name: "one".to_owned(),
        ..one
    };
    let one = sign_in(&one, lines[0]["temporary_password"].as_str().unwrap()).await;
    one.get(ACME).await.refused(403, "password_change_required");
    app.mia
        .post(&path, json!({ "rows": [] }))
        .await
        .refused(403, "permission_required");
    app.eve
        .post(&path, json!({ "rows": [] }))
        .await
        .refused(404, "not_found");
    // The limit is told row by row, also of what is only tried.
    app.sid
        .patch(&format!("{ACME}/policies"), json!({ "member_limit": 9 }))
        .await
        .is(200);
    let more =
        json!({ "rows": (0..4).map(|number| json!({ "email": email(&format!("more{number}")) })).collect::<Vec<_>>() });
    let taken = app.adam.get(&format!("{ACME}/limits")).await.is(200)["members"]["used"]
        .as_u64()
        .unwrap();
    for (query, good) in [("?dry_run=true", 200), ("", 201)] {
        let lines = app.adam.post(&format!("{path}{query}"), more.clone()).await.lines();
        let fitting = lines.iter().filter(|line| line["status"] == good).count();
        assert_eq!(fitting as u64, 9 - taken, "{lines:?}");
        assert!(
            lines
                .iter()
                .all(|line| line["status"] == good || line["problem"]["code"] == "member_limit_reached")
        );
    }
}

async fn each_row_of_invitations_has_its_own_end(app: App) {
    let path = format!("{ACME}/invitations/bulk");
    let rows = json!({ "rows": [
        { "email": email("one"), "role": "member", "send": false },
        { "email": email("gus"), "role": "member" },
        { "email": email("two"), "role": "admin" },
        { "username": "three", "role": "member" },
        { "role": "member" },
        { "email": email("five"), "identity": { "provider": "google" } },
        { "email": email("one"), "role": "member" },
    ] });
    let codes = |lines: &[Value]| -> Vec<String> {
        lines
            .iter()
            .map(|line| line["problem"]["code"].as_str().unwrap_or("-").to_owned())
            .collect()
    };
    let expected = [
        "-",
        "already_member",
        "-",
        "-",
        "invalid",
        "provider_unavailable",
        "already_invited",
    ];
    let tried = app
        .adam
        .post(&format!("{path}?dry_run=true"), rows.clone())
        .await
        .lines();
    assert_eq!(codes(&tried), expected);
    assert!(app.adam.all(&format!("{ACME}/invitations"), 200).await.is_empty());
    let lines = app.adam.post(&path, rows).await.lines();
    assert_eq!(codes(&lines), expected);
    // Not a pending invitation is to blame, but the list.
    for last in [tried.last().unwrap(), lines.last().unwrap()] {
        let detail = last["problem"]["detail"].as_str().unwrap();
        assert!(detail.contains("on an earlier line"), "{detail}");
    }
    assert!(lines[0]["link"].as_str().unwrap().starts_with(crate::app::PUBLIC_URL));
    assert_eq!(lines[2]["invitation"]["role"]["slug"], "admin");
    assert_eq!(app.adam.all(&format!("{ACME}/invitations"), 200).await.len(), 3);
    app.deliver().await;
    assert_eq!(app.mailbox().mails().len(), 1);
    let groups =
        json!({ "rows": [{ "email": email("six"), "groups": ["staff"] }, { "email": email("seven"), "send": false }] });
    let lines = app.adam.post(&path, groups).await.lines();
    assert_eq!(codes(&lines), ["invalid", "-"]);
}

async fn a_list_may_be_longer_than_other_bodies(app: App) {
    let bad = format!("{} no address", "x".repeat(400));
    let rows: Vec<Value> = (0..3_000).map(|_| json!({ "email": bad })).collect();
    let lines = app
        .adam
        .post(&format!("{ACME}/members/bulk"), json!({ "rows": rows }))
        .await
        .lines();
    assert_eq!(lines.len(), 3_000);
    assert!(lines.iter().all(|line| line["status"] == 422));
    let rows: Vec<Value> = (0..10_001).map(|_| json!({})).collect();
    app.adam
        .post(&format!("{ACME}/members/bulk"), json!({ "rows": rows }))
        .await
        .refused(422, "invalid");
}

//! Many at once, over HTTP: a limit holds, an Owner stays.

use std::collections::BTreeSet;
use std::future::IntoFuture;

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, acceptance, invite};

on_both_databases! {
    of_forty_invitations_accepted_by_eight_at_once_ten_find_a_slot,
    of_two_owners_who_give_up_at_once_one_stays,
    one_request_repeated_at_once_is_carried_out_once_and_answered_to_all,
}

async fn of_forty_invitations_accepted_by_eight_at_once_ten_find_a_slot(app: App) {
    let mut links = Vec::new();
    for number in 0..40 {
        let name = format!("guest{number}");
        let (_, link) = invite(&app.adam, "acme", &name, false).await;
        links.push(acceptance(&name, &link));
    }
    app.sid
        .patch(&format!("{ACME}/policies"), json!({ "member_limit": 14 }))
        .await
        .is(200);
    let clients: Vec<_> = links
        .chunks(5)
        .map(|links| {
            let (links, anyone) = (links.to_vec(), app.anonymous.clone());
            tokio::spawn(async move {
                let mut ends = Vec::new();
                for link in links {
                    let reply = anyone.post("/invitation-acceptances", link).await;
                    ends.push((reply.status, reply.json()["code"].clone()));
                }
                ends
            })
        })
        .collect();
    let mut ends = Vec::new();
    for client in clients {
        ends.extend(client.await.unwrap());
    }
    assert_eq!(ends.iter().filter(|end| end.0 == 201).count(), 10, "{ends:?}");
    assert_eq!(
        ends.iter()
            .filter(|end| **end == (409, json!("member_limit_reached")))
            .count(),
        30,
        "{ends:?}"
    );
    assert_eq!(
        app.adam.get(&format!("{ACME}/limits")).await.is(200)["members"]["used"],
        14
    );
    assert_eq!(app.adam.all(&format!("{ACME}/members"), 200).await.len(), 14);
    assert_eq!(
        app.adam
            .all(&format!("{ACME}/invitations?status=accepted"), 200)
            .await
            .len(),
        10
    );
    // Who found no slot has no account either: they may try again.
    assert_eq!(app.sid.all("/instance/accounts", 200).await.len(), 16);
}

async fn of_two_owners_who_give_up_at_once_one_stays(app: App) {
    let owner = |member: &str| format!("{ACME}/owners/{member}");
    for _ in 0..5 {
        app.sid.put(&owner(&app.olivia.member), Value::Null).await.is(200);
        app.sid.put(&owner(&app.adam.member), Value::Null).await.is(200);
        let (olivias, adams) = (owner(&app.olivia.member), owner(&app.adam.member));
        let (one, other) = tokio::join!(
            app.olivia.delete(&olivias).into_future(),
            app.adam.delete(&adams).into_future()
        );
        let mut ends = [one.status, other.status];
        ends.sort_unstable();
        assert_eq!(ends, [200, 409], "{} {}", one.text, other.text);
        let members = app.sid.all(&format!("{ACME}/members?role=owner"), 50).await;
        assert_eq!(members.len(), 1);
    }
}

async fn one_request_repeated_at_once_is_carried_out_once_and_answered_to_all(app: App) {
    let (path, new) = (
        format!("{ACME}/members"),
        json!({ "email": "new@example.com", "role": "member" }),
    );
    let ask = || {
        app.adam
            .post(&path, new.clone())
            .header("idempotency-key", "once")
            .into_future()
    };
    let (one, two, three, four) = tokio::join!(ask(), ask(), ask(), ask());
    let replies = [one, two, three, four];
    let made = replies
        .iter()
        .filter(|reply| reply.header("idempotency-replayed").is_empty())
        .count();
    assert_eq!(made, 1, "{replies:?}");
    let ids: BTreeSet<String> = replies
        .iter()
        .map(|reply| {
            assert_eq!(reply.status, 201, "{}", reply.text);
            reply.json()["member"]["id"].to_string()
        })
        .collect();
    assert_eq!(ids.len(), 1, "{replies:?}");
    assert_eq!(app.adam.all(&path, 50).await.len(), 5);
}

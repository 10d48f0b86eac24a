//! A node that dies in the middle of a list: what it acknowledged is there, and nothing is there by half.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use testkit::on_both_databases;

use crate::house::{Caller, House, Node};

const ROWS: usize = 1_000;

on_both_databases! { what_was_acknowledged_survives_a_kill, }

/// What must be counted nought times, whenever the program died.
const HALVES: &[(&str, &str)] = &[
    (
        "accounts without a membership",
        "SELECT count(*) FROM account a WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.account_id = a.id)",
    ),
    (
        "memberships without a password",
        "SELECT count(*) FROM membership m WHERE NOT EXISTS (SELECT 1 FROM password p WHERE p.account_id = m.account_id)",
    ),
    (
        "invitations without a link",
        "SELECT count(*) FROM invitation i WHERE NOT EXISTS (SELECT 1 FROM invitation_link l WHERE l.invitation_id = i.id)",
    ),
    (
        "invitations too many for their audit entries",
        "SELECT (SELECT count(*) FROM invitation) - (SELECT count(*) FROM audit_event WHERE action = 'invitation.sent')",
    ),
];

async fn what_was_acknowledged_survives_a_kill(house: House) {
    let (mut node, mut olivia) = house.settled().await;
    let (mut invited, mut created) = (BTreeSet::new(), BTreeSet::new());
    for (round, cut) in [3_usize, 90, 240].into_iter().enumerate() {
        let rows = |kind: &str| -> Vec<Value> {
            (0..ROWS)
                .map(|row| json!({ "email": format!("{kind}-{round}-{row}@example.net") }))
                .collect()
        };
        let acknowledged = struck_down(&mut node, &olivia, "invitations", &rows("invited"), cut).await;
        invited.extend(acknowledged);
        (node, olivia) = back_again(&house, node, &olivia).await;
        let acknowledged = struck_down(&mut node, &olivia, "members", &rows("created"), cut / 3 + 1).await;
        created.extend(acknowledged);
        (node, olivia) = back_again(&house, node, &olivia).await;
        nothing_is_there_by_half(&house).await;
        everything_acknowledged_is_there(&olivia, &invited, &created).await;
    }
    node.stop().await;
}

/// Sends the rows and kills the node once so many were answered. Returns the ids in every line that arrived.
async fn struck_down(node: &mut Node, olivia: &Caller, kind: &str, rows: &[Value], cut: usize) -> Vec<String> {
    let path = format!("/api/v1/organizations/acme/{kind}/bulk");
    let response = olivia
        .request("POST", &path)
        .json(&json!({ "rows": rows }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let mut bytes = response.bytes_stream();
    let (mut text, mut is_dead) = (Vec::new(), false);
    while let Some(Ok(chunk)) = bytes.next().await {
        text.extend_from_slice(&chunk);
        if !is_dead && text.iter().filter(|byte| **byte == b'\n').count() >= cut {
            node.kill().await;
            is_dead = true;
        }
    }
    assert!(is_dead, "{}", String::from_utf8_lossy(&text));
    let text = String::from_utf8(text).unwrap();
    // What follows the last end of a line did not arrive whole.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let ids: Vec<String> = whole.lines().map(|line| id_of(line, kind)).collect();
    assert!(
        ids.len() >= cut && ids.len() < rows.len(),
        "{} of {}",
        ids.len(),
        rows.len()
    );
    ids
}

fn id_of(line: &str, kind: &str) -> String {
    let row: Value = serde_json::from_str(line).unwrap();
    assert_eq!(row["status"], json!(201), "{row}");
    let what = if kind == "members" { "member" } else { "invitation" };
    row[what]["id"].as_str().unwrap().to_owned()
}

async fn back_again(house: &House, dead: Node, olivia: &Caller) -> (Node, Caller) {
    drop(dead);
    let node = house.serve(&[]).await;
    assert_eq!(node.link(), None);
    let olivia = Caller::new(&node.url, &olivia.token);
    (node, olivia)
}

async fn everything_acknowledged_is_there(olivia: &Caller, invited: &BTreeSet<String>, created: &BTreeSet<String>) {
    let ids = |items: Vec<Value>| -> BTreeSet<String> {
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let acme = "/api/v1/organizations/acme";
    let invitations = ids(olivia.all(&format!("{acme}/invitations")).await);
    let members = ids(olivia.all(&format!("{acme}/members")).await);
    assert!(
        invited.is_subset(&invitations),
        "{} acknowledged, {} there",
        invited.len(),
        invitations.len()
    );
    assert!(
        created.is_subset(&members),
        "{} acknowledged, {} there",
        created.len(),
        members.len()
    );
    let events = olivia.all(&format!("{acme}/audit-events")).await;
    let targets = |action: &str| -> BTreeSet<String> {
        let of_it = events.iter().filter(|event| event["action"] == json!(action));
        of_it
            .map(|event| event["target"]["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(targets("invitation.sent"), invitations);
    let entered = targets("member.created");
    assert!(
        entered.is_subset(&members),
        "an entry tells of a member who is not there"
    );
    // The first Owner came by the set-up.
    assert_eq!(entered.len() + 1, members.len());
}

async fn nothing_is_there_by_half(house: &House) {
    match house.database() {
        Some(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            for (what, sql) in HALVES {
                let count: i64 = sqlx::query_scalar(AssertSqlSafe(*sql))
                    .fetch_one(&mut connection)
                    .await
                    .unwrap();
                assert_eq!(count, 0, "{what}");
            }
            connection.close().await.unwrap();
        }
        None => {
            let mut connection = SqliteConnection::connect(house.file().to_str().unwrap()).await.unwrap();
            let whole: String = sqlx::query_scalar("PRAGMA integrity_check")
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(whole, "ok");
            for (what, sql) in HALVES {
                let count: i64 = sqlx::query_scalar(AssertSqlSafe(*sql))
                    .fetch_one(&mut connection)
                    .await
                    .unwrap();
                assert_eq!(count, 0, "{what}");
            }
            connection.close().await.unwrap();
        }
    }
}

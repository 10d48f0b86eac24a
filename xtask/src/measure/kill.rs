//! Kill -9 in the middle of a bulk, again and again: every acknowledged row has to be there afterwards, and none by half.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::node::{House, Node, Owner, send};
use super::{fill, while_doing};

const ROWS: usize = 1_000;

/// What must be counted as often as before, whenever the program died.
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
        "members too many for their audit entries",
        "SELECT count(*) - (SELECT count(*) FROM audit_event WHERE action = 'member.created') FROM membership",
    ),
    (
        "invitations without a link",
        "SELECT count(*) FROM invitation i WHERE NOT EXISTS (SELECT 1 FROM invitation_link l WHERE l.invitation_id = i.id)",
    ),
    (
        "invitations too many for their audit entries",
        "SELECT count(*) - (SELECT count(*) FROM audit_event WHERE action = 'invitation.sent') FROM invitation",
    ),
];

pub async fn run(house: &House, owner: &Owner, rounds: u32) -> Result<(), String> {
    open(house, owner).await?;
    let mut before = Vec::new();
    for (_, sql) in HALVES {
        before.push(fill::count(house, sql).await?);
    }
    let (mut acknowledged, mut missing, mut halves) = (BTreeSet::new(), 0, Vec::new());
    for round in 0..rounds {
        let kind = if round % 2 == 0 { "invitations" } else { "members" };
        // From the first row to the last but some, spread over the rounds.
        let cut = 1 + (ROWS - 100) * round as usize / rounds as usize;
        let mut node = house.serve().await?;
        if node.said.contains("/set-up/") {
            return Err("the instance offers to be set up again".to_owned());
        }
        acknowledged.extend(struck_down(&mut node, owner, kind, round, cut).await?);
        drop(node);
        let node = house.serve().await?;
        let mut there = ids(&node, owner, "invitations").await?;
        there.extend(ids(&node, owner, "members").await?);
        missing += acknowledged.difference(&there).count();
        node.stop().await?;
        for ((what, sql), before) in HALVES.iter().zip(&before) {
            let count = fill::count(house, sql).await? - before;
            if count != 0 {
                halves.push(format!("round {round}: {count} {what}"));
            }
        }
        let integrity = fill::integrity(house).await?;
        if integrity != json!("ok") {
            halves.push(format!("round {round}: {integrity}"));
        }
    }
    println!(
        "{rounds} kills: {} rows acknowledged, {missing} missing, {} by half",
        acknowledged.len(),
        halves.len()
    );
    if missing == 0 && halves.is_empty() {
        Ok(())
    } else {
        Err(format!("rows were lost: {}", halves.join("; ")))
    }
}

async fn open(house: &House, owner: &Owner) -> Result<(), String> {
    let node = house.serve().await?;
    let body = json!({ "name": "Fragile", "slug": "fragile", "owner": "me" });
    send(
        node.client()?
            .post(node.at("/api/v1/organizations"))
            .bearer_auth(&owner.0)
            .json(&body),
    )
    .await?;
    node.stop().await
}

/// Kills the node once so many rows are answered. Returns the ids in every line that arrived whole.
async fn struck_down(
    node: &mut Node,
    owner: &Owner,
    kind: &str,
    round: u32,
    cut: usize,
) -> Result<Vec<String>, String> {
    let rows: Vec<Value> = (0..ROWS)
        .map(|row| json!({ "email": format!("{kind}-{round}-{row}@example.net") }))
        .collect();
    let request = node
        .client()?
        .post(node.at(&format!("/api/v1/organizations/fragile/{kind}/bulk")));
    let request = request.bearer_auth(&owner.0).json(&json!({ "rows": rows }));
    let mut response = request.send().await.map_err(while_doing("asking"))?;
    let (mut text, mut is_dead) = (Vec::new(), false);
    while let Ok(Some(chunk)) = response.chunk().await {
        text.extend_from_slice(&chunk);
        if !is_dead && text.iter().filter(|byte| **byte == b'\n').count() >= cut {
            node.kill().await?;
            is_dead = true;
        }
    }
    let text = String::from_utf8_lossy(&text);
    if !is_dead {
        return Err(format!(
            "the bulk ended before it was killed: {}",
            text.chars().take(300).collect::<String>()
        ));
    }
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| acknowledged(line, kind)).collect()
}

fn acknowledged(line: &str, kind: &str) -> Result<String, String> {
    let row: Value = serde_json::from_str(line).map_err(while_doing("reading a row"))?;
    let what = if kind == "members" { "member" } else { "invitation" };
    row[what]["id"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("a row was refused: {row}"))
}

async fn ids(node: &Node, owner: &Owner, kind: &str) -> Result<BTreeSet<String>, String> {
    let client = node.client()?;
    let (mut ids, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let path = format!("/api/v1/organizations/fragile/{kind}?limit=200&cursor={cursor}");
        let page = send(client.get(node.at(&path)).bearer_auth(&owner.0)).await?;
        let items = page["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        ids.extend(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return Ok(ids),
        }
    }
}

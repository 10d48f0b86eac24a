//! How long a token that was revoked on one node is still believed on another: from the acknowledgement on the one to the
//! first refusal on the other, while the other is asked without a pause.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::node::{House, Node, Owner, send};
use super::page::percentiles;
use super::{started, while_doing};

/// As SECURITY has it.
const AIM: f64 = 1_000.0;
/// Nothing is believed for this long.
const PATIENCE: Duration = Duration::from_secs(30);
const TOLD: &str = "roster_changes_told 1";

pub async fn run(house: &House, owner: &Owner, tries: u32) -> Result<(), String> {
    if house.database.is_none() {
        return Err("revocation is measured between two nodes, which need --database".to_owned());
    }
    let (there, here) = (house.serve().await?, house.serve().await?);
    timeout(PATIENCE, listening(&here))
        .await
        .map_err(while_doing("waiting until changes are told"))??;
    let mut times = Vec::new();
    for _ in 0..tries {
        times.push(revoked(&there, &here, owner).await?);
    }
    let most = times.iter().copied().fold(0.0, f64::max);
    let (p50, p99) = percentiles(times);
    println!(
        "{tries} tokens revoked on one node; until the other refuses: p50 {p50:.1} ms, p99 {p99:.1} ms, at most {most:.1} ms \
         (aim {AIM:.0} ms)"
    );
    there.stop().await?;
    here.stop().await
}

async fn listening(node: &Node) -> Result<(), String> {
    let client = node.client()?;
    loop {
        let answer = client.get(node.at("/metrics")).send().await;
        let text = answer.map_err(while_doing("asking"))?.text().await;
        if text.map_err(while_doing("reading"))?.contains(TOLD) {
            return Ok(());
        }
    }
}

/// Milliseconds.
async fn revoked(there: &Node, here: &Node, owner: &Owner) -> Result<f64, String> {
    let (at_there, at_here) = (there.client()?, here.client()?);
    let new = at_there.post(there.at("/api/v1/me/tokens")).bearer_auth(&owner.0);
    let token = send(new.json(&json!({ "name": "Measured" }))).await?;
    let (id, secret) = (
        token["id"].as_str().unwrap_or_default(),
        token["token"].as_str().unwrap_or_default(),
    );
    // Twice, so that it is remembered there.
    for _ in 0..2 {
        if !admitted(&at_here, here, secret).await? {
            return Err("a new token was refused".to_owned());
        }
    }
    let revoke = at_there.delete(there.at(&format!("/api/v1/me/tokens/{id}")));
    send(revoke.bearer_auth(&owner.0)).await?;
    let acknowledged = started();
    while admitted(&at_here, here, secret).await? {
        if acknowledged.elapsed() > PATIENCE {
            return Err(format!("a revoked token was good for more than {PATIENCE:?}"));
        }
    }
    Ok(acknowledged.elapsed().as_secs_f64() * 1_000.0)
}

async fn admitted(client: &reqwest::Client, node: &Node, token: &str) -> Result<bool, String> {
    let answer = client.get(node.at("/api/v1/organizations/small")).bearer_auth(token);
    let answer = answer.send().await.map_err(while_doing("asking"))?;
    let status = answer.status().as_u16();
    answer.bytes().await.map_err(while_doing("reading"))?;
    match status {
        200 => Ok(true),
        401 => Ok(false),
        other => Err(format!("a token was answered {other}")),
    }
}

//! Invitations of many at once, each on disk and in the audit log before it is acknowledged, next to one after the other in the
//! same run: what sharing commits gains.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::json;
use tokio::task::JoinSet;

use super::audit::{median, rate};
use super::disk::Waits;
use super::node::{House, Node, Owner, send};
use super::{started, while_doing};

const CLIENTS: u64 = 64;
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: usize = 5;

pub async fn run(house: &House, owner: &Owner) -> Result<(), String> {
    let node = house.serve().await?;
    let client = node.client()?;
    let people = Arc::new(AtomicU64::new(0));
    let round = async |clients| invited(&node, &client, owner, &people, clients).await;
    round(CLIENTS).await?;
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    // In turn, so that whatever else the machine does is in both.
    for _ in 0..ROUNDS {
        together.push(round(CLIENTS).await?.0);
        alone.push(round(1).await?.0);
    }
    let (together, alone) = (median(&mut together), median(&mut alone));
    println!(
        "invitations: {together:.0}/s of {CLIENTS} clients, {alone:.0}/s one after the other: {:.1} times",
        together / alone
    );
    if house.database.is_none() {
        let counted = Waits::of(node.process()?).await?;
        let (_, sent) = round(CLIENTS).await?;
        if let Some(waits) = counted.count().await? {
            println!("waits for the disk in {sent} invitations of {CLIENTS} clients: {waits}");
        }
    }
    node.stop().await
}

/// How many a second, and how many.
async fn invited(
    node: &Node,
    client: &Client,
    owner: &Owner,
    people: &Arc<AtomicU64>,
    clients: u64,
) -> Result<(f64, u64), String> {
    let mut at_work = JoinSet::new();
    let before = people.load(Ordering::Relaxed);
    let begun = started();
    for _ in 0..clients {
        let (client, token, people) = (client.clone(), owner.0.clone(), Arc::clone(people));
        let address = node.at("/api/v1/organizations/small/invitations");
        at_work.spawn(async move {
            while begun.elapsed() < ROUND {
                let number = people.fetch_add(1, Ordering::Relaxed);
                let body = json!({ "email": format!("person-{number}@example.com"), "role": "member" });
                send(client.post(&address).bearer_auth(&token).json(&body)).await?;
            }
            Ok::<_, String>(())
        });
    }
    while let Some(done) = at_work.join_next().await {
        done.map_err(while_doing("inviting"))??;
    }
    let sent = people.load(Ordering::Relaxed) - before;
    Ok((rate(sent, begun.elapsed()), sent))
}

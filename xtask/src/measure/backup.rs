//! What a backup of a large instance takes while people go on changing things, and what it does to their changes.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;
use tokio::task::JoinSet;

use super::node::{House, Node, Owner, open, send};
use super::page::percentiles;
use super::{fill, started, while_doing};

const SLUG: &str = "kept";
/// Who change something at the same time, each again as soon as it is done.
const WRITERS: u32 = 8;
const ROUNDS: usize = 3;
/// How long is measured without a backup, before and after each.
const CALM: Duration = Duration::from_secs(10);

pub async fn run(house: &House, owner: &Owner, members: u32) -> Result<(), String> {
    open(house, owner, SLUG).await?;
    let begun = started();
    fill::organization(house, SLUG, 5, members - 1).await?;
    println!("{members} members in {:.0} s", begun.elapsed().as_secs_f64());
    let node = Arc::new(house.serve().await?);
    let (mut calm, mut busy) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        calm.extend(while_waiting(&node, owner, tokio::time::sleep(CALM)).await?.0);
        let file = house.data().with_file_name(format!("backup-{round}.tar"));
        let begun = started();
        let (times, made) = while_waiting(&node, owner, backup(house, &file)).await?;
        made?;
        let bytes = std::fs::metadata(&file)
            .map_err(while_doing("looking at the backup"))?
            .len();
        println!(
            "backup of {} MiB in {:.1} s, {} changes meanwhile",
            bytes >> 20,
            begun.elapsed().as_secs_f64(),
            times.len()
        );
        busy.extend(times);
        std::fs::remove_file(&file).map_err(while_doing("removing the backup"))?;
    }
    println!(
        "{:<22} {:>8} {:>8} {:>8} {:>8}",
        "milliseconds", "changes", "p50", "p99", "most"
    );
    let (without, with) = (told("without a backup", calm), told("while one is made", busy));
    println!("  p99 {:.2} ×", with / without);
    match Arc::into_inner(node) {
        Some(node) => node.stop().await,
        None => Err("somebody still writes".to_owned()),
    }
}

fn told(name: &str, times: Vec<f64>) -> f64 {
    let (count, most) = (times.len(), times.iter().copied().fold(0.0, f64::max));
    let (p50, p99) = percentiles(times);
    println!("{name:<22} {count:>8} {p50:>8.1} {p99:>8.1} {most:>8.1}");
    p99
}

/// How long each change took that was begun while something else was awaited, in milliseconds.
async fn while_waiting<T>(
    node: &Arc<Node>,
    owner: &Owner,
    awaited: impl Future<Output = T>,
) -> Result<(Vec<f64>, T), String> {
    let over = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (node, token, over) = (Arc::clone(node), owner.0.clone(), Arc::clone(&over));
        writers.spawn(async move { write(&node, &token, number, &over).await });
    }
    let value = awaited.await;
    over.store(true, Ordering::SeqCst);
    let mut times = Vec::new();
    while let Some(written) = writers.join_next().await {
        times.extend(written.map_err(while_doing("writing"))??);
    }
    Ok((times, value))
}

async fn write(node: &Node, token: &str, number: u32, over: &AtomicBool) -> Result<Vec<f64>, String> {
    let client = node.client()?;
    let mut times = Vec::new();
    let mut days = number;
    while !over.load(Ordering::SeqCst) {
        days = days % 3_000 + WRITERS;
        let request = client
            .patch(node.at("/api/v1/organizations/small/policies"))
            .bearer_auth(token);
        let begun = started();
        send(request.json(&json!({ "invitation_lifetime_days": days }))).await?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(times)
}

async fn backup(house: &House, file: &Path) -> Result<(), String> {
    let mut command = Command::new(house.binary());
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.arg("backup").arg(file).arg("--data").arg(house.data());
    if let Some(database) = &house.database {
        command.env("ROSTER_DATABASE", database);
    }
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().await;
    let status = status.map_err(while_doing("making a backup"))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("the backup ended with {status}"))
}

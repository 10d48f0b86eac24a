//! What the audit log costs: writes with it and without, how often the disk is waited for, and the export of a long one, with
//! the memory that the program takes for it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::task::JoinSet;

use super::disk::Waits;
use super::node::{House, Node, Owner, send};
use super::{started, while_doing};

const WRITERS: u64 = 16;
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: usize = 5;
/// Writes one after the other, of which the waits for the disk are counted.
const COUNTED: u64 = 200;
const FILLED: u64 = 5_000;

pub async fn run(house: &House, owner: &Owner, entries: u64) -> Result<(), String> {
    let node = house.serve().await?;
    let client = node.client()?;
    let own = send(client.get(node.at("/api/v1/organizations/small")).bearer_auth(&owner.0)).await?;
    let organization = own["id"].as_str().unwrap_or_default().to_owned();
    writes(&node, &client, owner, &["small".to_owned()]).await?;
    writes(&node, &client, owner, &own_ones(&node, &client, owner).await?).await?;
    if house.database.is_none() {
        waits(&node, &client, owner).await?;
    }
    export(house, &node, &client, (owner, &organization), entries).await?;
    node.stop().await
}

async fn switch(node: &Node, client: &Client, word: &str) -> Result<(), String> {
    send(client.put(node.at(&format!("/yardstick/audit/{word}")))).await?;
    Ok(())
}

/// An organization for each writer, so that nobody stands in line for another's.
async fn own_ones(node: &Node, client: &Client, owner: &Owner) -> Result<Vec<String>, String> {
    let mut slugs = Vec::new();
    for writer in 0..WRITERS {
        let slug = format!("own-{writer}");
        let body = json!({ "name": format!("Own {writer}"), "slug": slug, "owner": "me" });
        send(
            client
                .post(node.at("/api/v1/organizations"))
                .bearer_auth(&owner.0)
                .json(&body),
        )
        .await?;
        slugs.push(slug);
    }
    Ok(slugs)
}

/// On and off in turn, so that whatever else the machine does is in both. The writers share the organizations evenly.
async fn writes(node: &Node, client: &Client, owner: &Owner, slugs: &[String]) -> Result<(), String> {
    let (mut on, mut off) = (Vec::new(), Vec::new());
    round(node, client, owner, slugs).await?;
    for _ in 0..ROUNDS {
        switch(node, client, "on").await?;
        on.push(round(node, client, owner, slugs).await?);
        switch(node, client, "off").await?;
        off.push(round(node, client, owner, slugs).await?);
    }
    switch(node, client, "on").await?;
    let (on, off) = (median(&mut on), median(&mut off));
    println!(
        "writes, {WRITERS} at once into {}: {on:.0}/s with the audit log, {off:.0}/s without: {:.1} % less",
        if slugs.len() == 1 {
            "one organization"
        } else {
            "one each"
        },
        (1.0 - on / off) * 100.0
    );
    Ok(())
}

pub(super) fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn round(node: &Node, client: &Client, owner: &Owner, slugs: &[String]) -> Result<f64, String> {
    let done = Arc::new(AtomicU64::new(0));
    let mut writers = JoinSet::new();
    let begun = started();
    for (writer, slug) in (0..WRITERS).zip(slugs.iter().cycle()) {
        let (client, token, done) = (client.clone(), owner.0.clone(), Arc::clone(&done));
        let address = node.at(&format!("/api/v1/organizations/{slug}"));
        writers.spawn(async move {
            let mut turn = 0;
            while begun.elapsed() < ROUND {
                let name = json!({ "name": format!("Small {writer} {turn}") });
                send(client.patch(&address).bearer_auth(&token).json(&name)).await?;
                done.fetch_add(1, Ordering::Relaxed);
                turn += 1;
            }
            Ok::<_, String>(())
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.map_err(while_doing("writing"))??;
    }
    Ok(rate(done.load(Ordering::Relaxed), begun.elapsed()))
}

#[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
pub(super) fn rate(number: u64, time: Duration) -> f64 {
    number as f64 / time.as_secs_f64()
}

async fn waits(node: &Node, client: &Client, owner: &Owner) -> Result<(), String> {
    let mut told = Vec::new();
    for word in ["on", "off"] {
        switch(node, client, word).await?;
        let counted = Waits::of(node.process()?).await?;
        for turn in 0..COUNTED {
            let name = json!({ "name": format!("Small {turn}") });
            let address = node.at("/api/v1/organizations/small");
            send(client.patch(address).bearer_auth(&owner.0).json(&name)).await?;
        }
        if let Some(calls) = counted.count().await? {
            told.push(format!("{calls} {word}"));
        }
    }
    switch(node, client, "on").await?;
    println!(
        "waits for the disk in {COUNTED} writes, one after the other: {}",
        told.join(", ")
    );
    Ok(())
}

async fn export(
    house: &House,
    node: &Node,
    client: &Client,
    (owner, organization): (&Owner, &str),
    entries: u64,
) -> Result<(), String> {
    let begun = started();
    let mut filled = 0;
    while filled < entries {
        let some = FILLED.min(entries - filled);
        send(client.post(node.at(&format!("/yardstick/audit-events/{organization}/{some}")))).await?;
        filled += some;
    }
    println!("{entries} entries written: {:.0}/s", rate(entries, begun.elapsed()));
    let process = node.process()?;
    // What it took at most is counted anew from here.
    fs::write(format!("/proc/{process}/clear_refs"), "5").map_err(while_doing("counting memory anew"))?;
    let before = peak(process)?;
    let file = house.data().with_file_name("log.ndjson");
    let begun = started();
    // It may take longer than the usual patience.
    let long = Client::builder()
        .no_proxy()
        .build()
        .map_err(while_doing("making a client"))?;
    let asked = long
        .get(node.at("/api/v1/organizations/small/audit-events"))
        .header("accept", "application/x-ndjson")
        .bearer_auth(&owner.0);
    let mut answer = asked.send().await.map_err(while_doing("exporting"))?;
    let mut saved = tokio::fs::File::create(&file).await.map_err(while_doing("saving"))?;
    let mut bytes = 0;
    while let Some(chunk) = answer.chunk().await.map_err(while_doing("exporting"))? {
        bytes += chunk.len() as u64;
        saved.write_all(&chunk).await.map_err(while_doing("saving"))?;
    }
    saved.flush().await.map_err(while_doing("saving"))?;
    let took = begun.elapsed();
    println!(
        "export: {:.0} entries/s, {} MB in {:.1} s; memory at most {:.1} MB, {before:.1} MB before",
        rate(entries, took),
        bytes / 1_000_000,
        took.as_secs_f64(),
        peak(process)?,
    );
    let begun = started();
    let checked = Command::new(house.binary())
        .args(["audit", "verify"])
        .arg(&file)
        .output()
        .await
        .map_err(while_doing("verifying"))?;
    if !checked.status.success() {
        return Err(String::from_utf8_lossy(&checked.stderr).into_owned());
    }
    println!("verified: {:.0} entries/s", rate(entries, begun.elapsed()));
    Ok(())
}

/// In megabytes.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn peak(process: u32) -> Result<f64, String> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).map_err(while_doing("reading its memory"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap_or_default();
    let kilobytes: u64 = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .map_err(while_doing("reading its memory"))?;
    Ok(kilobytes as f64 / 1_000.0)
}

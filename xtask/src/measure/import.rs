//! A file of very many people taken in and written out again: how fast, and what memory it takes of the server.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::json;

use super::idle::resident;
use super::node::{House, Node, Owner};
use super::{started, while_doing};

const SLUG: &str = "arrivals";
/// Between one look at the server's memory and the next.
const GLANCE: Duration = Duration::from_millis(100);

pub async fn run(house: &House, owner: &Owner, members: u32) -> Result<(), String> {
    let file = house.data().with_file_name("people.jsonl");
    write(&file, members).map_err(while_doing("writing the file"))?;
    let size = std::fs::metadata(&file)
        .map_err(while_doing("looking at the file"))?
        .len();
    println!("{members} people in {} MiB", size >> 20);
    let node = house.serve().await?;
    // Takes as long as it takes.
    let client = Client::builder()
        .no_proxy()
        .build()
        .map_err(while_doing("making a client"))?;
    for (name, query) in [
        ("a dry run", "?dry_run=true"),
        ("an import", ""),
        ("the same again", ""),
    ] {
        let source = tokio::fs::File::open(&file)
            .await
            .map_err(while_doing("opening the file"))?;
        let request = client.post(node.at(&format!("/api/v1/organizations/import{query}")));
        measured(&node, name, members, async {
            let answer = request.bearer_auth(&owner.0).body(source).send().await;
            drained(answer.map_err(while_doing("importing"))?).await
        })
        .await?;
    }
    let request = client.get(node.at(&format!("/api/v1/organizations/{SLUG}/export")));
    measured(&node, "an export", members, async {
        drained(
            request
                .bearer_auth(&owner.0)
                .send()
                .await
                .map_err(while_doing("exporting"))?,
        )
        .await
    })
    .await?;
    node.stop().await
}

/// Reads an answer to its end, and keeps what came last.
async fn drained(mut answer: Response) -> Result<String, String> {
    let status = answer.status();
    let mut last = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(while_doing("reading an answer"))? {
        last.extend_from_slice(&chunk);
        let surplus = last.len().saturating_sub(2_000);
        last.drain(..surplus);
    }
    let last = String::from_utf8_lossy(&last);
    let last = last.trim_end().rsplit('\n').next().unwrap_or_default().to_owned();
    if status.is_success() {
        Ok(last)
    } else {
        Err(format!("{status}: {last}"))
    }
}

async fn measured(
    node: &Node,
    name: &str,
    members: u32,
    work: impl Future<Output = Result<String, String>>,
) -> Result<(), String> {
    let process = node.process()?;
    let before = resident(process)?;
    let begun = started();
    let mut most = before;
    tokio::pin!(work);
    let last = loop {
        tokio::select! {
            done = &mut work => break done?,
            () = tokio::time::sleep(GLANCE) => most = most.max(resident(process)?),
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{name:<16} {seconds:>7.1} s {:>9.0} people/s, memory {before:.0} MB before, at most {most:.0} MB",
        f64::from(members) / seconds,
    );
    println!("  {last}");
    Ok(())
}

fn write(file: &Path, members: u32) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    let header = json!({
        "type": "roster", "format": "roster.organization", "version": 1,
        "organization": { "slug": SLUG, "name": "Arrivals" }, "exported_at": "2026-11-22T09:00:00Z",
    });
    let organization = json!({ "type": "organization", "slug": SLUG, "name": "Arrivals", "preset": "standard" });
    writeln!(out, "{header}\n{organization}")?;
    for number in 0..members {
        let (first, last) = super::fill::name(number);
        let role = if number == 0 { "owner" } else { "member" };
        let person = json!({
            "type": "member", "username": format!("{}{number}", first.to_lowercase()),
            "email": format!("{}.{}.{number}@example.net", first.to_lowercase(), last.to_lowercase()),
            "email_verified": true, "name": format!("{first} {last}"), "role": role, "state": "active",
            "joined_at": "2026-01-05T08:00:00Z",
        });
        writeln!(out, "{person}")?;
    }
    writeln!(out, "{}", json!({ "type": "end" }))?;
    out.flush()
}

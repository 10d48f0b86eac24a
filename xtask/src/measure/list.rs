//! What a page of members costs: next to a bare handler in the same program that runs the same statement and writes the same
//! bytes, and far down the list next to its beginning.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{Id, MemberId};
use serde_json::{Value, json};

use super::access::drive::{Load, Request, drive};
use super::access::{CONNECTIONS, ROUNDS, part};
use super::node::{House, Node, Owner, open, send};
use super::{fill, started, while_doing};

const SLUG: &str = "long";
const API: &str = "/api/v1/organizations/long";

pub async fn run(house: &mut House, owner: &Owner, members: u32) -> Result<(), String> {
    open(house, owner, SLUG).await?;
    let begun = started();
    fill::organization(house, SLUG, 3, members - 1).await?;
    println!(
        "filled with {members} members in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    let mut pages = Vec::new();
    for (name, after) in [
        ("a quarter down", members / 4),
        ("half-way", members / 2),
        ("fifty before the end", members - 51),
    ] {
        let (name_key, id) = fill::place(house, SLUG, after).await?;
        let cursor = json!([name_key, id.to_string()]).to_string();
        pages.push((name, URL_SAFE_NO_PAD.encode(cursor), id));
    }
    part(house).await?;
    let node = house.serve().await?;
    println!("{:<34} {:>12} {:>10} {:>10}", "", "per CPU s", "p50 µs", "p99 µs");
    beside_the_yardstick(&node, owner).await?;
    for list in ["members", "people"] {
        for (name, cursor, id) in &pages {
            let path = format!("{API}/{list}?limit=50&cursor={cursor}");
            must_begin_after(&node, owner, &path, MemberId::from_uuid(*id)).await?;
            beside_the_first(&node, owner, (list, name), &path).await?;
        }
    }
    node.stop().await
}

async fn beside_the_yardstick(node: &Node, owner: &Owner) -> Result<(), String> {
    let organization = ask(node, owner, API).await?;
    let real = format!("{API}/members?limit=50");
    let bare = format!("/yardstick/members/{}", organization["id"].as_str().unwrap_or_default());
    let page = ask(node, owner, &real).await?;
    let told = ask(node, owner, &bare)
        .await
        .map_err(|error| format!("the program has no yardstick ({error}): build it with --features yardstick"))?;
    println!(
        "a page has {} bytes, the yardstick's {}",
        page.to_string().len(),
        told.to_string().len()
    );
    let get = |path: &str| Request::get(node, path, &owner.0);
    let (mut lists, mut yardstick) = (Load::default(), Load::default());
    for _ in 0..ROUNDS {
        yardstick.add(drive(node, CONNECTIONS, &[get(&bare)]).await?);
        lists.add(drive(node, CONNECTIONS, &[get(&real)]).await?);
    }
    yardstick.print("yardstick, 50 members");
    lists.print("members, 50 of them");
    println!(
        "  {:.0} % of the yardstick (aim 50 %)",
        lists.rate() / yardstick.rate() * 100.0
    );
    Ok(())
}

/// In turn, so that whatever else the machine does slows both.
async fn beside_the_first(node: &Node, owner: &Owner, (list, name): (&str, &str), path: &str) -> Result<(), String> {
    let first = format!("{API}/{list}?limit=50");
    let get = |path: &str| Request::get(node, path, &owner.0);
    let (mut beginning, mut deep) = (Load::default(), Load::default());
    for _ in 0..ROUNDS {
        beginning.add(drive(node, 1, &[get(&first)]).await?);
        deep.add(drive(node, 1, &[get(path)]).await?);
    }
    deep.print(&format!("{list}, {name}"));
    println!(
        "  {:.2} × the CPU time of the first page (aim 1.20 ×), p50 {:.2} ×",
        beginning.rate() / deep.rate(),
        deep.median() / beginning.median()
    );
    Ok(())
}

/// A page that was not where it is thought to be would measure nothing.
async fn must_begin_after(node: &Node, owner: &Owner, path: &str, member: MemberId) -> Result<(), String> {
    let page = ask(node, owner, path).await?;
    let items = page["items"].as_array().map_or(0, Vec::len);
    if items == 0 || page["items"][0]["id"] == member.to_string() {
        return Err(format!("{path} does not go on after {member}"));
    }
    Ok(())
}

async fn ask(node: &Node, owner: &Owner, path: &str) -> Result<Value, String> {
    let request = node.client()?.get(node.at(path)).bearer_auth(&owner.0);
    send(request).await.map_err(while_doing("asking"))
}

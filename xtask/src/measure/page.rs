//! The people page of a small and of a large organization, through the API and as the console's HTML, request by request in
//! turn, so that whatever else the machine does slows both.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::{Id, MemberId};
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use uuid::Uuid;

use super::node::{House, Node, Owner, open};
use super::{fill, started, while_doing};

const SMALL: u32 = 100;
const ALLOWED: f64 = 2.0;

struct Organization {
    slug: &'static str,
    deep: (String, Uuid),
}

/// A page in both its forms, as the end of its address.
struct Page {
    name: String,
    api: [String; 2],
    console: [String; 2],
}

pub async fn run(house: &House, owner: &Owner, members: u32, requests: u32) -> Result<(), String> {
    open(house, owner, "large").await?;
    let begun = started();
    fill::organization(house, "small", 1, SMALL - 1).await?;
    fill::organization(house, "large", 2, members - 1).await?;
    let small = Organization {
        slug: "small",
        deep: fill::place(house, "small", SMALL / 2).await?,
    };
    // The place from which on five hundred are left.
    let large = Organization {
        slug: "large",
        deep: fill::place(house, "large", members - 501).await?,
    };
    println!(
        "filled with {SMALL} and {members} members in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    let node = house.serve().await?;
    weigh(&node, owner).await?;
    println!(
        "{:<34} {:>21} {:>21} {:>7}",
        "milliseconds",
        "100: p50 p99",
        format!("{members}: p50 p99"),
        "p99 ratio"
    );
    let mut worst: f64 = 0.0;
    for page in pages(&small, &large) {
        for is_console in [false, true] {
            let paths = if is_console { &page.console } else { &page.api };
            let name = format!("{} {}", if is_console { "console" } else { "api" }, page.name);
            worst = worst.max(compare(&node, owner, &name, paths, is_console, requests).await?);
        }
    }
    println!("worst ratio {worst:.2}, allowed {ALLOWED:.2}");
    node.stop().await
}

fn pages(small: &Organization, large: &Organization) -> Vec<Page> {
    let both = |make: &dyn Fn(&Organization) -> String| [make(small), make(large)];
    let api = |query: String| move |of: &Organization| format!("/api/v1/organizations/{}/people?{query}", of.slug);
    let console = |query: String| move |of: &Organization| format!("/o/{}/people?{query}", of.slug);
    let mut pages = vec![
        Page {
            name: "first page".to_owned(),
            api: both(&api(String::new())),
            console: both(&console(String::new())),
        },
        Page {
            name: "deep page".to_owned(),
            api: both(&|of| {
                let cursor = json!([of.deep.0, of.deep.1.to_string()]).to_string();
                format!(
                    "/api/v1/organizations/{}/people?cursor={}",
                    of.slug,
                    URL_SAFE_NO_PAD.encode(cursor)
                )
            }),
            console: both(&|of| {
                let cursor = format!("{} {}", MemberId::from_uuid(of.deep.1), of.deep.0);
                format!("/o/{}/people?cursor={}", of.slug, URL_SAFE_NO_PAD.encode(cursor))
            }),
        },
    ];
    for (what, letters) in [("common", fill::COMMON), ("rare", fill::RARE), ("absent", "qqz")] {
        let query = format!("query={letters}");
        pages.push(Page {
            name: format!("search, {what} letters ({letters})"),
            api: both(&api(query.clone())),
            console: both(&console(query)),
        });
    }
    pages
}

fn ask(client: &Client, node: &Node, owner: &Owner, path: &str, is_console: bool) -> RequestBuilder {
    let request = client.get(node.at(path));
    if is_console {
        request.header("cookie", format!("roster={}", owner.0))
    } else {
        request.bearer_auth(&owner.0)
    }
}

/// The ratio of the slowest hundredth of both.
async fn compare(
    node: &Node,
    owner: &Owner,
    name: &str,
    paths: &[String; 2],
    is_console: bool,
    requests: u32,
) -> Result<f64, String> {
    let client = node.client()?;
    let mut times = [Vec::new(), Vec::new()];
    let warm_up = 10;
    for number in 0..requests + warm_up {
        for (path, times) in paths.iter().zip(&mut times) {
            let begun = started();
            let response = ask(&client, node, owner, path, is_console)
                .send()
                .await
                .map_err(while_doing("asking"))?;
            let status = response.status();
            response.bytes().await.map_err(while_doing("reading"))?;
            if status != 200 {
                return Err(format!("{path}: {status}"));
            }
            if number >= warm_up {
                times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
        }
    }
    let [small, large] = times.map(percentiles);
    let ratio = large.1 / small.1;
    let show = |(half, most): (f64, f64)| format!("{half:.2} {most:.2}");
    println!("{name:<34} {:>21} {:>21} {ratio:>7.2}", show(small), show(large));
    Ok(ratio)
}

/// The 50th and the 99th.
pub(super) fn percentiles(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        times
            .get((times.len() * percent / 100).min(times.len() - 1))
            .copied()
            .unwrap_or_default()
    };
    (at(50), at(99))
}

/// How many bytes and requests a browser needs for the page, with nothing in its cache.
async fn weigh(node: &Node, owner: &Owner) -> Result<(), String> {
    let client = node.client()?;
    let plain = ask(&client, node, owner, "/o/large/people", true)
        .send()
        .await
        .map_err(while_doing("asking"))?;
    let html = plain.text().await.map_err(while_doing("reading"))?;
    let mut addresses = BTreeSet::from(["/o/large/people"]);
    for part in html.split(['"', '\'']) {
        if part.starts_with("/assets/") {
            addresses.insert(part.split('#').next().unwrap_or(part));
        }
    }
    let (mut sent, mut unpacked) = (0, 0);
    for address in &addresses {
        for (packing, total) in [("br", &mut sent), ("identity", &mut unpacked)] {
            let request = ask(&client, node, owner, address, true).header("accept-encoding", packing);
            let body = request
                .send()
                .await
                .map_err(while_doing("asking"))?
                .bytes()
                .await
                .map_err(while_doing("reading"))?;
            *total += body.len();
        }
    }
    let count = addresses.len();
    println!(
        "people page: {sent} bytes in {count} requests as sent with brotli, {unpacked} bytes unpacked, of which {} HTML",
        html.len()
    );
    Ok(())
}

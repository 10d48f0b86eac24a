//! Requests that fail while two nodes behind a proxy are replaced one after the other: each is ended by SIGTERM under load
//! and started anew. The proxy does what the usual ones do by themselves: each request goes to a node over a connection of
//! its own, and to the other node where the first one takes none.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::node::{House, Node, Owner};
use super::page::percentiles;
use super::{started, while_doing};

/// How many ask at the same time.
const CALLERS: usize = 8;
/// How often each node is replaced.
const ROUNDS: usize = 5;
/// Between one replacement and the next.
const CALM: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the nodes are at this moment.
type Nodes = Arc<Mutex<[SocketAddr; 2]>>;

/// What became of the requests of one caller.
#[derive(Default)]
struct Seen {
    times: Vec<f64>,
    failed: BTreeMap<String, usize>,
}

pub async fn run(house: &House, owner: &Owner) -> Result<(), String> {
    if house.database.is_none() {
        return Err("a rolling restart takes two nodes, which need --database".to_owned());
    }
    let (mut first, mut second) = (house.serve().await?, house.serve().await?);
    let nodes: Nodes = Arc::new(Mutex::new([address(&first)?, address(&second)?]));
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .map_err(while_doing("listening"))?;
    let url = format!("http://{}", listener.local_addr().map_err(while_doing("listening"))?);
    let proxy = tokio::spawn(pass_on(listener, Arc::clone(&nodes)));

    let over = Arc::new(AtomicBool::new(false));
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        callers.spawn(call(url.clone(), owner.0.clone(), number, Arc::clone(&over)));
    }
    for _ in 0..ROUNDS {
        first = replaced(house, first, &nodes, 0).await?;
        second = replaced(house, second, &nodes, 1).await?;
    }
    over.store(true, Ordering::SeqCst);
    let mut all = Seen::default();
    while let Some(seen) = callers.join_next().await {
        let seen = seen.map_err(while_doing("calling"))??;
        all.times.extend(seen.times);
        for (why, count) in seen.failed {
            *all.failed.entry(why).or_default() += count;
        }
    }
    proxy.abort();
    tell(all);
    first.stop().await?;
    second.stop().await
}

fn address(node: &Node) -> Result<SocketAddr, String> {
    let address = node.url.trim_start_matches("http://");
    address.parse().map_err(while_doing("finding a node"))
}

/// Ended, and started anew where the proxy finds it.
async fn replaced(house: &House, node: Node, nodes: &Nodes, at: usize) -> Result<Node, String> {
    sleep(CALM).await;
    node.stop().await?;
    sleep(CALM).await;
    let node = house.serve().await?;
    let address = address(&node)?;
    nodes.lock().unwrap_or_else(PoisonError::into_inner)[at] = address;
    Ok(node)
}

async fn pass_on(listener: TcpListener, nodes: Nodes) {
    let turn = AtomicUsize::new(0);
    let mut connections = JoinSet::new();
    while let Ok((mut near, _)) = listener.accept().await {
        let [one, other] = *nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let order = if turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            [one, other]
        } else {
            [other, one]
        };
        connections.spawn(async move {
            for node in order {
                if let Ok(mut far) = TcpStream::connect(node).await {
                    let _ends_with_either = copy_bidirectional(&mut near, &mut far).await;
                    break;
                }
            }
            let _nobody_reads = near.shutdown().await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Checks, pages and changes in turn, until it is over.
async fn call(url: String, token: String, number: usize, over: Arc<AtomicBool>) -> Result<Seen, String> {
    let client = Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        // Each request over a connection of its own.
        .pool_max_idle_per_host(0)
        .build()
        .map_err(while_doing("making a client"))?;
    let question = json!({
        "subject": { "type": "session", "id": token },
        "action": { "name": "roster.member.view" },
        "resource": { "type": "organization", "id": "small" },
    });
    let mut seen = Seen::default();
    let mut turn = number;
    while !over.load(Ordering::SeqCst) {
        turn += 1;
        let days = 1 + turn % 3_000;
        let request = match turn % 4 {
            0 => client
                .patch(format!("{url}/api/v1/organizations/small/policies"))
                .json(&json!({ "invitation_lifetime_days": days })),
            1 => client.get(format!("{url}/api/v1/organizations/small/members")),
            _ => client.post(format!("{url}/access/v1/evaluation")).json(&question),
        };
        let begun = started();
        match answered(request.bearer_auth(&token)).await {
            Ok(()) => seen.times.push(begun.elapsed().as_secs_f64() * 1_000.0),
            Err(why) => *seen.failed.entry(why).or_default() += 1,
        }
    }
    Ok(seen)
}

async fn answered(request: RequestBuilder) -> Result<(), String> {
    let answer = request.send().await.map_err(|error| innermost(&error))?;
    let status = answer.status();
    answer.bytes().await.map_err(|error| innermost(&error))?;
    if status.is_success() {
        Ok(())
    } else {
        Err(format!("answered {status}"))
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn tell(seen: Seen) {
    let failed: usize = seen.failed.values().sum();
    let count = seen.times.len() + failed;
    let most = seen.times.iter().copied().fold(0.0, f64::max);
    let (p50, p99) = percentiles(seen.times);
    println!(
        "{count} requests while two nodes were replaced {ROUNDS} times each: {failed} failed (aim 0); p50 {p50:.1} ms, p99 \
         {p99:.1} ms, at most {most:.1} ms"
    );
    for (why, count) in seen.failed {
        println!("  {count} × {why}");
    }
}

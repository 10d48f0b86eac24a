//! Listeners of a server that runs: each answers what it serves, with the certificate of the moment, and what nobody confirmed
//! is not there after a start.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::tls::TlsInfo;
use serde_json::{Value, json};
use testkit::certificate::Authority;
use testkit::{on_both_databases, tls};

use crate::house::{Caller, House, Node};

on_both_databases! {
    a_listener_serves_what_it_is_for_and_is_confirmed_by_itself,
    a_certificate_is_replaced_under_load_and_no_request_fails,
}

const HOST: &str = "127.0.0.1";
const SET: &str = "/api/v1/instance/listeners";

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn listeners(port: u16, tls: bool, serves: &[&str]) -> Value {
    json!({ "listeners": [{ "name": "public", "address": HOST, "port": port, "tls": tls, "serves": serves }] })
}

async fn put(by: &Caller, path: &str, body: &Value) -> (u16, Value) {
    crate::house::answer(by.request("PUT", path).json(body)).await
}

/// The same caller by way of another address.
fn at(url: String, by: &Caller) -> Caller {
    Caller::new(&url, &by.token)
}

async fn a_listener_serves_what_it_is_for_and_is_confirmed_by_itself(house: House) {
    let (mut node, sid) = house.settled().await;
    let port = free_port();
    let (status, tried) = put(&sid, SET, &listeners(port, false, &["api"])).await;
    assert_eq!(
        (status, &tried["listeners"][1]["state"]),
        (200, &json!("tried")),
        "{tried}"
    );
    let new = at(format!("http://{HOST}:{port}"), &sid);
    assert_eq!(new.get("/api/v1/me").await.0, 200);
    assert_eq!(new.get("/healthz").await.0, 200);
    for elsewhere in ["/sign-in", "/metrics", "/access/v1/evaluation"] {
        assert_eq!(new.get(elsewhere).await.0, 404, "{elsewhere}");
    }
    // A crash before it is confirmed.
    node.kill().await;
    let node = house.serve(&[]).await;
    let sid = at(node.url.clone(), &sid);
    let (_, seen) = sid.get(SET).await;
    assert_eq!(
        (seen["listeners"].as_array().unwrap().len(), &seen["trial"]),
        (1, &Value::Null)
    );
    let taken = TcpListener::bind((HOST, port)).unwrap();
    let (status, refused) = put(&sid, SET, &listeners(port, false, &["api"])).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("listener_unavailable")),
        "{refused}"
    );
    drop(taken);
    assert_eq!(put(&sid, SET, &listeners(port, false, &["api"])).await.0, 200);
    let confirmation = format!("{SET}/confirmation");
    let (status, refused) = sid.post(&confirmation, &json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("confirm_elsewhere")),
        "{refused}"
    );
    assert_eq!(refused["confirm_at"][0], format!("http://{HOST}:{port}"));
    let (status, confirmed) = at(format!("http://{HOST}:{port}"), &sid)
        .post(&confirmation, &json!({}))
        .await;
    assert_eq!(
        (status, &confirmed["listeners"][1]["state"]),
        (200, &json!("serving")),
        "{confirmed}"
    );
    node.stop().await;
    let node = house.serve(&[]).await;
    assert_eq!(at(format!("http://{HOST}:{port}"), &sid).get("/api/v1/me").await.0, 200);
    node.stop().await;
}

/// Somebody who believes one authority.
fn believing(root: &Authority) -> reqwest::Client {
    tls::ready();
    let root = reqwest::Certificate::from_pem(root.pem().as_bytes()).unwrap();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .tls_info(true)
        .build()
        .unwrap()
}

/// A server whose one TLS listener is confirmed.
async fn with_tls(house: &House, root: &Authority) -> (Node, Caller, String) {
    let (node, sid) = house.settled().await;
    replace(&sid, root).await;
    let port = free_port();
    let (status, tried) = put(&sid, SET, &listeners(port, true, &["console", "api"])).await;
    assert_eq!(status, 200, "{tried}");
    let url = format!("https://{HOST}:{port}");
    let confirmed = believing(root)
        .post(format!("{url}{SET}/confirmation"))
        .bearer_auth(&sid.token)
        .send()
        .await
        .unwrap();
    assert_eq!(confirmed.status(), 200);
    (node, sid, url)
}

/// Has another certificate served.
async fn replace(by: &Caller, root: &Authority) {
    let issued = root.issue(HOST);
    let body = json!({ "certificate": issued.certificate, "key": issued.key, "chain": root.pem() });
    let (status, answer) = put(by, "/api/v1/instance/tls", &body).await;
    assert_eq!(status, 200, "{answer}");
}

#[derive(Default)]
struct Load {
    over: AtomicBool,
    done: AtomicUsize,
    failed: AtomicUsize,
}

/// Asks on until it is over, by one connection or by a new one each time; tells which certificates were met.
async fn ask(load: Arc<Load>, root: Arc<Authority>, url: String, keeps_alive: bool) -> BTreeSet<Vec<u8>> {
    let mut met = BTreeSet::new();
    let mut client = believing(&root);
    while !load.over.load(Ordering::SeqCst) {
        if !keeps_alive {
            // Somebody new, who resumes no session of before.
            client = believing(&root);
        }
        match client.get(format!("{url}/readyz")).send().await {
            Ok(response) if response.status() == 200 => {
                met.insert(certificate(&response));
                load.done.fetch_add(1, Ordering::SeqCst);
            }
            other => {
                eprintln!("{other:?}");
                load.failed.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
    met
}

fn certificate(response: &reqwest::Response) -> Vec<u8> {
    let info = response.extensions().get::<TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

async fn a_certificate_is_replaced_under_load_and_no_request_fails(house: House) {
    const TIMES: usize = 10;
    let root = Arc::new(Authority::new("Root"));
    let (node, sid, url) = with_tls(&house, &root).await;
    let load = Arc::new(Load::default());
    let clients: Vec<_> = [true, true, true, false, false, false]
        .map(|keeps_alive| {
            let asking = ask(Arc::clone(&load), Arc::clone(&root), url.clone(), keeps_alive);
            (keeps_alive, tokio::spawn(asking))
        })
        .into_iter()
        .collect();
    let seen = async || certificate(&believing(&root).get(format!("{url}/readyz")).send().await.unwrap());
    let mut fresh = BTreeSet::from([seen().await]);
    for _ in 0..TIMES {
        let before = load.done.load(Ordering::SeqCst);
        // Some requests between two changes, whatever the machine does.
        while load.done.load(Ordering::SeqCst) < before + 30 && load.failed.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        replace(&sid, &root).await;
        // Whoever comes after the change is acknowledged meets the new one.
        assert!(fresh.insert(seen().await), "a new connection met an old certificate");
    }
    let last = seen().await;
    load.over.store(true, Ordering::SeqCst);
    let mut met = BTreeSet::new();
    for (keeps_alive, client) in clients {
        let certificates = client.await.unwrap();
        if keeps_alive {
            assert_eq!(certificates.len(), 1, "a connection that is kept open goes on");
        }
        met.extend(certificates);
    }
    let (done, failed) = (load.done.load(Ordering::SeqCst), load.failed.load(Ordering::SeqCst));
    println!(
        "{done} requests during {TIMES} changes of the certificate, {failed} failed, {} certificates met",
        met.len()
    );
    assert_eq!(failed, 0);
    assert!(done >= 30 * TIMES && met.is_subset(&fresh), "{done} {}", met.len());
    assert_eq!(seen().await, last);
    node.stop().await;
}

//! The end: running requests finish, nothing new is taken, and the exit is clean. And what `/readyz` says of a lost database.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream;
use reqwest::Body;
use testkit::On;
use testkit::app::Start;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::house::{Caller, House, PASSWORD, answer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_request_is_finished_and_no_other_is_begun() {
    let house = House::new();
    let (mut node, _) = house.settled().await;
    let body = format!("{{\"login\": \"olivia\", \"password\": \"{PASSWORD}\"}}");
    let (begin, rest) = (body[..10].to_owned(), body[10..].to_owned());
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let parts = stream::unfold(0, {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        move |part| {
            let (begun, go_on, begin, rest) = (Arc::clone(&begun), Arc::clone(&go_on), begin.clone(), rest.clone());
            async move {
                match part {
                    0 => Some((Ok::<_, std::io::Error>(begin), 1)),
                    1 => {
                        begun.notify_one();
                        go_on.notified().await;
                        Some((Ok(rest), 2))
                    }
                    _ => None,
                }
            }
        }
    });
    let slow = node.anyone().request("POST", "/api/v1/sessions");
    let slow = slow
        .header("content-type", "application/json")
        .body(Body::wrap_stream(parts));
    let slow = tokio::spawn(answer(slow));
    begun.notified().await;
    tokio::time::sleep(Duration::from_millis(300)).await;

    node.terminate();
    let told = Instant::now();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let late = Caller::new(&node.url, "")
        .request("GET", "/healthz")
        .timeout(Duration::from_secs(1))
        .send()
        .await;
    assert!(late.is_err(), "{late:?}");
    go_on.notify_one();
    let (status, signed_in) = slow.await.unwrap();
    assert_eq!(status, 201, "{signed_in}");
    assert_eq!(node.ended().await, Some(0), "{}", node.log());
    assert!(told.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_never_ends_does_not_keep_the_program_alive() {
    let house = House::new();
    let (mut node, _) = house.settled().await;
    let endless = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Some((Ok::<_, std::io::Error>(" "), ()))
    });
    let slow = node.anyone().request("POST", "/api/v1/sessions");
    let slow = slow
        .header("content-type", "application/json")
        .body(Body::wrap_stream(endless))
        .send();
    let slow = tokio::spawn(slow);
    tokio::time::sleep(Duration::from_millis(500)).await;
    node.terminate();
    let told = Instant::now();
    assert_eq!(node.ended().await, Some(0), "{}", node.log());
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    slow.abort();
}

/// Passes connections on until it is dropped; what stands between a node and a database that goes away.
struct Cable {
    port: u16,
    passing: JoinSet<()>,
}

impl Cable {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut passing = JoinSet::new();
        passing.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let target = target.clone();
                connections.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(target).await {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Self { port, passing }
    }

    async fn cut(mut self) {
        self.passing.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_database_is_gone_is_alive_but_not_ready() {
    let Some(house) = House::start(On::Postgres).await else {
        return;
    };
    let mut url: reqwest::Url = house.database().unwrap().parse().unwrap();
    let target = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let cable = Cable::to(target).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(cable.port)).unwrap();
    let node = house.serve(&["--database", url.as_str()]).await;
    let olivia = node.set_up().await;
    assert_eq!(node.anyone().get("/readyz").await.0, 200);
    cable.cut().await;
    assert_eq!(node.anyone().get("/healthz").await.0, 200);
    assert_eq!(node.anyone().get("/readyz").await.0, 503);
    assert_eq!(olivia.get("/api/v1/me").await.0, 503);
    node.stop().await;
}

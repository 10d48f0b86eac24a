//! The end: running requests finish, whoever was let in is answered once more, nobody else comes in, and the exit is clean.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream;
use reqwest::Body;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

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

/// Whoever is let in has a moment for the next word. A machine on which this test itself got less than most of it has shown
/// nothing, and is asked again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_just_come_and_whoever_asks_again_get_one_more_answer() {
    for _ in 0..20 {
        if one_more_answer().await {
            return;
        }
    }
    panic!("this machine is too busy to ask within a moment");
}

/// Whether both asked in time, and then were answered.
async fn one_more_answer() -> bool {
    let house = House::new();
    let (mut node, _) = house.settled().await;
    let address = node.url.trim_start_matches("http://").to_owned();
    let mut silent = TcpStream::connect(&address).await.unwrap();
    let mut kept = TcpStream::connect(&address).await.unwrap();
    let question = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n");
    kept.write_all(question.as_bytes()).await.unwrap();
    let mut first = [0; 1024];
    let length = kept.read(&mut first).await.unwrap();
    let first = String::from_utf8_lossy(&first[..length]).to_lowercase();
    assert!(
        first.starts_with("http/1.1 200") && !first.contains("connection: close"),
        "{first}"
    );

    node.terminate();
    // Nobody is let in any more: then both were told to end, or are about to be.
    let mut open = Instant::now();
    while TcpStream::connect(&address).await.is_ok() {
        open = Instant::now();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut asked = Ok(());
    for connection in [&mut silent, &mut kept] {
        asked = asked.and(connection.write_all(question.as_bytes()).await);
    }
    if open.elapsed() > Duration::from_millis(200) {
        node.ended().await;
        return false;
    }
    asked.unwrap();
    for connection in [&mut silent, &mut kept] {
        let mut last = String::new();
        connection.read_to_string(&mut last).await.unwrap();
        let last = last.to_lowercase();
        assert!(
            last.starts_with("http/1.1 200") && last.contains("connection: close"),
            "{last}"
        );
    }
    assert_eq!(node.ended().await, Some(0), "{}", node.log());
    true
}

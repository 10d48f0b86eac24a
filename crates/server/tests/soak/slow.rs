//! Two thousand sockets of clients that are slow at everything: others are served meanwhile, memory is bounded, and when their
//! time is over they are closed. As many who come at once, while the server has no time for them, are let in and served.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::house::{House, Node};
use crate::rules;

const SOCKETS: usize = 2_000;
/// Of them, who ask for much and do not take it.
const READERS: usize = 16;
const LIMITS: &str = "[connections]\nhead_seconds = 3\nbody_seconds = 3\nreader_seconds = 3\n";
/// Longer than anybody is waited for.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Clone, Copy, Debug)]
enum Slow {
    /// Says nothing at all.
    Silent,
    /// A byte of the head now and then.
    Head,
    /// A byte of the body now and then.
    Body,
    Reader,
}

async fn connect(address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(address.parse().unwrap()).await.unwrap()
}

/// Returns when the server has closed the connection.
async fn torment(mut stream: TcpStream, how: Slow) {
    let begin = match how {
        Slow::Silent => String::new(),
        Slow::Head => "GET /healthz HTTP/1.1\r\nhost: ".to_owned(),
        Slow::Body => "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                       content-length: 900000\r\n\r\n{"
            .to_owned(),
        Slow::Reader => "GET /api/v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(40),
    };
    if stream.write_all(begin.as_bytes()).await.is_err() {
        return;
    }
    let mut byte = [0; 1];
    loop {
        if matches!(how, Slow::Reader) {
            // Takes nothing; whether the other side is gone is told by an error of the socket.
            sleep(Duration::from_millis(200)).await;
            if stream.write_all(b"\r\n").await.is_err() {
                return;
            }
            continue;
        }
        match timeout(Duration::from_millis(400), stream.read(&mut byte)).await {
            // An answer that says it was too slow is read to its end.
            Ok(Ok(1..)) => continue,
            Ok(_) => return,
            Err(_) => {}
        }
        if !matches!(how, Slow::Silent) && stream.write_all(b"x").await.is_err() {
            return;
        }
    }
}

fn memory(node: &Node) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", node.process())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}

fn open_files(node: &Node) -> usize {
    fs::read_dir(format!("/proc/{}/fd", node.process())).unwrap().count()
}

fn raise_limit_of_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
}

/// How many the system lets wait at a socket.
fn most_who_wait() -> usize {
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    most.trim().parse().unwrap()
}

fn signal(node: &Node, what: &str) {
    let sent = Command::new("kill").args([what, &node.process().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// The first line of the answer.
async fn health(mut stream: TcpStream) -> String {
    let asked = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(asked).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_who_come_at_once_are_all_served() {
    raise_limit_of_files();
    let house = House::new();
    let (node, _) = house.settled().await;
    let address = node.url.strip_prefix("http://").unwrap().to_owned();
    let many = SOCKETS.min(most_who_wait());
    // It lets nobody in: all of them wait at the socket, and whoever finds no place there is not connected.
    signal(&node, "-STOP");
    let coming = (0..many).map(|_| {
        let address = address.clone();
        tokio::spawn(async move { connect(&address).await })
    });
    let coming: Vec<_> = coming.collect();
    let mut crowd = JoinSet::new();
    for one in coming {
        let stream = timeout(PATIENCE, one).await.expect("there is a place").unwrap();
        crowd.spawn(health(stream));
    }
    signal(&node, "-CONT");
    let answers = timeout(PATIENCE, crowd.join_all()).await.expect("all are served");
    assert_eq!(answers.len(), many);
    for answer in answers {
        assert_eq!(answer, "HTTP/1.1 200 OK");
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_slow_sockets_keep_nobody_else_waiting() {
    raise_limit_of_files();
    let house = House::new();
    fs::create_dir(house.data()).unwrap();
    fs::write(house.data().join("roster.toml"), LIMITS).unwrap();
    let (node, olivia) = house.settled().await;
    let (memory_before, files_before) = (memory(&node), open_files(&node));
    let address = node.url.strip_prefix("http://").unwrap().to_owned();
    let mut crowd = JoinSet::new();
    for number in 0..SOCKETS {
        let how = match number {
            0..READERS => Slow::Reader,
            _ if number % 3 == 0 => Slow::Silent,
            _ if number % 3 == 1 => Slow::Head,
            _ => Slow::Body,
        };
        crowd.spawn(torment(connect(&address).await, how));
    }
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let asked = Instant::now();
        assert_eq!(olivia.get("/api/v1/organizations/acme/members").await.0, 200);
        longest = longest.max(asked.elapsed());

        sleep(Duration::from_millis(50)).await;
    }
    assert!(longest < Duration::from_secs(5), "{longest:?}");
    let grown = memory(&node).saturating_sub(memory_before);
    println!("slow: others waited {longest:?} at most, {grown} MiB more were used");
    assert!(grown < 256, "{grown} MiB");
    let closed = timeout(PATIENCE, crowd.join_all()).await;
    assert!(
        closed.is_ok(),
        "{} sockets are still open",
        open_files(&node) - files_before
    );
    assert_eq!(olivia.get("/api/v1/me").await.0, 200);
    rules::hold(&house, &olivia).await;
    node.stop().await;
}

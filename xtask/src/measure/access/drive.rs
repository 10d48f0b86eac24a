//! Requests over connections that are kept, one after another on each, and what they took.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::measure::node::Node;
use crate::measure::{started, while_doing};

const ROUND: Duration = Duration::from_secs(4);
/// Linux tells times in hundredths of a second.
const TICKS: f64 = 100.0;

/// A request as its bytes; the path can be exchanged.
#[derive(Clone)]
pub struct Request {
    path: String,
    rest: Arc<str>,
    bytes: Arc<[u8]>,
}

impl Request {
    pub fn post(node: &Node, path: &str, token: &str, body: &str) -> Self {
        let host = node.host();
        let rest = format!(
            "HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self::new("POST", path, rest.into())
    }

    pub fn get(node: &Node, path: &str, token: &str) -> Self {
        let host = node.host();
        let rest = format!("HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n");
        Self::new("GET", path, rest.into())
    }

    fn new(method: &str, path: &str, rest: Arc<str>) -> Self {
        Self {
            path: format!("{method} {path}"),
            bytes: format!("{method} {path} {rest}").into_bytes().into(),
            rest,
        }
    }

    pub fn to(&self, path: &str) -> Self {
        let method = self.path.split(' ').next().unwrap_or_default();
        Self::new(method, path, Arc::clone(&self.rest))
    }
}

#[derive(Default)]
pub struct Load {
    requests: f64,
    cpu: f64,
    elapsed: f64,
    /// Microseconds.
    times: Vec<f64>,
}

impl Load {
    pub fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.cpu += other.cpu;
        self.elapsed += other.elapsed;
        self.times.extend(other.times);
    }

    /// Requests for each second of the server's CPU time.
    pub fn rate(&self) -> f64 {
        self.requests / self.cpu
    }

    /// Requests for each second that passed.
    pub fn each_second(&self) -> f64 {
        self.requests / self.elapsed
    }

    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    fn percentile(&self, percent: usize) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(at).copied().unwrap_or_default()
    }

    pub fn print(&self, what: &str) {
        let (median, most) = (self.median(), self.percentile(99));
        println!("{what:<34} {:>12.0} {median:>10.0} {most:>10.0}", self.rate());
    }
}

/// Sends requests for some seconds, each connection beginning elsewhere in the list and jumping through it.
pub async fn drive(node: &Node, connections: usize, requests: &[Request]) -> Result<Load, String> {
    let requests: Arc<[Request]> = requests.into();
    let before = node.cpu()?;
    let begun = started();
    let tasks: Vec<_> = (0..connections)
        .map(|number| {
            let (requests, address) = (Arc::clone(&requests), node.host());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await?;
                // A walk that meets all of them and in no order that a cache would like.
                let mut at = number * requests.len() / 16;
                let mut times = Vec::new();
                while begun.elapsed() < ROUND {
                    at = (at + 7_919) % requests.len();
                    let sent = started();
                    connection.ask(&requests[at].bytes).await?;
                    times.push(sent.elapsed().as_secs_f64() * 1_000_000.0);
                }
                Ok::<_, String>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.map_err(while_doing("asking"))??);
    }
    let cpu = node.cpu()? - before;
    Ok(Load {
        requests: f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX)),
        cpu,
        elapsed: begun.elapsed().as_secs_f64(),
        times,
    })
}

/// Sends each request once.
pub async fn once(node: &Node, connections: usize, requests: &[Request]) -> Result<(), String> {
    let requests: Arc<[Request]> = requests.into();
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (requests, next, address) = (Arc::clone(&requests), Arc::clone(&next), node.host());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address).await?;
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    connection.ask(&request.bytes).await?;
                }
                Ok::<_, String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.map_err(while_doing("asking"))??;
    }
    Ok(())
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(while_doing("connecting"))?;
        stream.set_nodelay(true).map_err(while_doing("connecting"))?;
        Ok(Self {
            stream,
            buffer: vec![0; 256 * 1024],
        })
    }

    async fn ask(&mut self, request: &[u8]) -> Result<(), String> {
        self.stream.write_all(request).await.map_err(while_doing("asking"))?;
        let mut filled = 0;
        loop {
            let more = self.stream.read(&mut self.buffer[filled..]).await;
            let more = more.map_err(while_doing("reading"))?;
            if more == 0 {
                return Err("the server closed the connection".to_owned());
            }
            filled += more;
            if whole(&self.buffer[..filled])? {
                return Ok(());
            }
        }
    }
}

/// Whether the answer is there to its end.
fn whole(bytes: &[u8]) -> Result<bool, String> {
    let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let text = std::str::from_utf8(&bytes[..head]).map_err(while_doing("reading"))?;
    if !text.starts_with("HTTP/1.1 20") {
        return Err(format!("answered {}", text.lines().next().unwrap_or_default()));
    }
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap_or("0").parse().map_err(while_doing("reading"))?;
    Ok(bytes.len() >= head + 4 + length)
}

impl Node {
    fn host(&self) -> String {
        self.url.trim_start_matches("http://").replace("localhost", "127.0.0.1")
    }

    /// Seconds of CPU time that the program has had, threads that have ended included.
    fn cpu(&self) -> Result<f64, String> {
        let path = format!("/proc/{}/stat", self.process()?);
        let text = fs::read_to_string(path).map_err(while_doing("reading its CPU time"))?;
        // What stands before the last parenthesis is its name; user and system time are the 12th and 13th after it.
        let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let times = after_name.split_whitespace().skip(11).take(2);
        let ticks: f64 = times.filter_map(|time| time.parse::<f64>().ok()).sum();
        Ok(ticks / TICKS)
    }

    /// Bytes of memory that it holds.
    pub fn resident(&self) -> Result<f64, String> {
        let path = format!("/proc/{}/status", self.process()?);
        let text = fs::read_to_string(path).map_err(while_doing("reading its memory"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.unwrap_or_default().trim().trim_end_matches(" kB");
        Ok(kilobytes.parse::<f64>().map_err(while_doing("reading its memory"))? * 1024.0)
    }
}

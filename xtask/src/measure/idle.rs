//! What the program costs while it does nothing, how soon it answers, and how large it is.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::node::{House, PASSWORD, free_port};
use super::{started, while_doing};

const SIGN_INS: u32 = 20;
/// Hashing's memory is given back after ten idle seconds.
const REST: Duration = Duration::from_secs(15);
const STARTS: usize = 10;

pub async fn run(house: &House) -> Result<(), String> {
    let size = fs::metadata(house.binary())
        .map_err(while_doing("the program's size"))?
        .len();
    println!("binary: {:.1} MB", mega(size));
    memory(house).await?;
    let empty = house.data().with_file_name("empty");
    println!("start, existing data: {}", start(house, &house.data(), false).await?);
    if house.database.is_none() {
        println!("start, empty folder:  {}", start(house, &empty, true).await?);
    }
    Ok(())
}

async fn memory(house: &House) -> Result<(), String> {
    let node = house.serve().await?;
    let client = node.client()?;
    let fresh = resident(node.process()?)?;
    let mut burst = JoinSet::new();
    for _ in 0..SIGN_INS {
        let body = json!({ "login": "olivia", "password": PASSWORD });
        burst.spawn(client.post(node.at("/api/v1/sessions")).json(&body).send());
    }
    while let Some(answer) = burst.join_next().await {
        let answer = answer
            .map_err(while_doing("signing in"))?
            .map_err(while_doing("signing in"))?;
        if answer.status() != 201 {
            return Err(format!("signing in: {}", answer.status()));
        }
    }
    let busy = resident(node.process()?)?;
    sleep(REST).await;
    let idle = resident(node.process()?)?;
    println!(
        "memory: {fresh:.1} MB started, {busy:.1} MB after {SIGN_INS} sign-ins, {idle:.1} MB {} s later",
        REST.as_secs()
    );
    node.stop().await
}

/// Megabytes of memory that the process holds.
pub fn resident(process: u32) -> Result<f64, String> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).map_err(while_doing("reading its memory"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    let kilobytes: u64 = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .map_err(while_doing("reading its memory"))?;
    Ok(mega(kilobytes * 1024))
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// Milliseconds from the start of the process to its first answer.
async fn start(house: &House, data: &Path, begin_anew: bool) -> Result<String, String> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        if begin_anew {
            let _ = fs::remove_dir_all(data);
        }
        let address = format!("127.0.0.1:{}", free_port()?);
        let database = house.database.as_deref();
        let mut command = house.command(data, &address, database);
        let begun = started();
        let mut child = command.spawn().map_err(while_doing("starting the program"))?;
        let answered = tokio::task::spawn_blocking(move || first_answer(&address));
        answered.await.map_err(while_doing("waiting"))??;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        child.kill().await.map_err(while_doing("ending the program"))?;
    }
    let _ = begin_anew.then(|| fs::remove_dir_all(data));
    times.sort_by(f64::total_cmp);
    Ok(format!(
        "{:.1} ms median of {STARTS} ({:.1} to {:.1})",
        times[STARTS / 2],
        times[0],
        times[STARTS - 1]
    ))
}

fn first_answer(address: &str) -> Result<(), String> {
    let begun = started();
    while begun.elapsed() < Duration::from_secs(30) {
        if asked(address).is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200")) {
            return Ok(());
        }
        std::thread::park_timeout(Duration::from_micros(300));
    }
    Err("the program did not answer".to_owned())
}

fn asked(address: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

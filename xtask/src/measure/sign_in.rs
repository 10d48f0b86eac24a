//! What signing in costs: next to the hashing alone that each one takes, with the same parameters on the same cores in the
//! same run; what it leaves to checks meanwhile; and whether the time of an answer tells who has an account.

use std::thread;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde_json::json;

use super::access::drive::{Load, Request, drive};
use super::access::{CONNECTIONS, ROUNDS, part};
use super::node::{House, Node, Owner, PASSWORD};
use super::{started, while_doing};

const ROUND: Duration = Duration::from_secs(4);
const CHECK: &str = "/access/v1/evaluation";
const SESSIONS: &str = "/api/v1/sessions";
/// Failed tries are many here, and none of them is an attack.
const PATIENT: &str = "[sign_in]\ntries = 1000000\naccount_tries = 1000000\naddress_tries = 1000000\n";

pub async fn run(house: &mut House, owner: &Owner, tries: u32) -> Result<(), String> {
    house.configure(PATIENT)?;
    let node = house.serve().await?;
    rate(&node).await?;
    times(&node, tries).await?;
    node.stop().await?;
    part(house).await?;
    let node = house.serve().await?;
    checks_meanwhile(&node, owner).await?;
    node.stop().await
}

async fn rate(node: &Node) -> Result<(), String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut raw, mut real) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        raw += tokio::task::spawn_blocking(move || hashes(threads))
            .await
            .map_err(while_doing("hashing"))??;
        real += drive(node, 2 * threads, &[sign_in(node, "olivia", PASSWORD)])
            .await?
            .each_second();
    }
    let rounds = f64::from(u32::try_from(ROUNDS).unwrap_or(1));
    println!(
        "{:.1} sign-ins a second, {:.1} hashes alone with {threads} threads: {:.0} % (aim 90 %)",
        real / rounds,
        raw / rounds,
        real / raw * 100.0
    );
    println!("memory after them: {:.1} MB", node.resident()? / 1_000_000.0);
    Ok(())
}

fn sign_in(node: &Node, login: &str, password: &str) -> Request {
    let body = json!({ "login": login, "password": password });
    Request::post(node, SESSIONS, "", &body.to_string())
}

/// Hashes per second of so many threads, each with memory of its own.
fn hashes(threads: usize) -> Result<f64, String> {
    let begun = started();
    let hashing = move || -> Result<u32, String> {
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let mut memory = vec![Block::new(); Params::DEFAULT.block_count()];
        let (mut output, mut count) = ([0; 32], 0);
        while begun.elapsed() < ROUND {
            argon
                .hash_password_into_with_memory(PASSWORD.as_bytes(), &[7; 16], &mut output, memory.as_mut_slice())
                .map_err(while_doing("hashing"))?;
            count += 1;
        }
        Ok(count)
    };
    let working: Vec<_> = (0..threads).map(|_| thread::spawn(hashing)).collect();
    let mut count = 0;
    for thread in working {
        count += thread.join().map_err(|_| "a thread of hashing panicked".to_owned())??;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}

async fn times(node: &Node, tries: u32) -> Result<(), String> {
    let client = node.client()?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..tries {
        for (login, times) in [
            ("olivia".to_owned(), &mut known),
            (format!("nobody{number}"), &mut unknown),
        ] {
            let sent = started();
            let body = json!({ "login": login, "password": "what it is not, at length" });
            let answer = client.post(node.at(SESSIONS)).json(&body).send().await;
            let answer = answer.map_err(while_doing("signing in"))?;
            if answer.status() != 401 {
                return Err(format!("a wrong password was answered {}", answer.status()));
            }
            answer.bytes().await.map_err(while_doing("reading"))?;
            times.push(sent.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    let middle = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    let (known, unknown) = (middle(&mut known), middle(&mut unknown));
    println!(
        "refused in {known:.2} ms where there is an account and {unknown:.2} ms where there is none, medians of {tries}: \
         {:.2} ms apart (aim 2 ms)",
        (known - unknown).abs()
    );
    Ok(())
}

async fn checks_meanwhile(node: &Node, owner: &Owner) -> Result<(), String> {
    let body = json!({
        "subject": { "type": "session", "id": owner.0 },
        "action": { "name": "roster.member.view" },
        "resource": { "type": "organization", "id": "small" },
    });
    let check = [Request::post(node, CHECK, &owner.0, &body.to_string())];
    let (mut alone, mut meanwhile) = (Load::default(), Load::default());
    for _ in 0..ROUNDS {
        alone.add(drive(node, CONNECTIONS, &check).await?);
        let signing_in = [sign_in(node, "olivia", PASSWORD)];
        let (checked, signed_in) =
            tokio::join!(drive(node, CONNECTIONS, &check), drive(node, CONNECTIONS, &signing_in));
        signed_in?;
        meanwhile.add(checked?);
    }
    println!(
        "{:.0} checks a second alone, {:.0} while {CONNECTIONS} others sign in one after another, on one core: {:.0} % (aim 70 %)",
        alone.each_second(),
        meanwhile.each_second(),
        meanwhile.each_second() / alone.each_second() * 100.0
    );
    println!("memory after them: {:.1} MB", node.resident()? / 1_000_000.0);
    Ok(())
}

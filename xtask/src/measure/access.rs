//! What asking costs: the server on one core, this program on another, requests per second of the server's CPU time. Next
//! to each number stands the yardstick, a bare handler in the same program that parses the same body, hashes the token
//! and answers the same bytes without deciding anything.

mod crowd;
pub(super) mod drive;

use serde_json::{Value, json};

use super::node::{House, Node, Owner, send};
use super::while_doing;
use drive::{Load, Request, drive};

pub(super) const CONNECTIONS: usize = 16;
pub(super) const ROUNDS: usize = 3;
const QUESTIONS: usize = 1_000;
const ONE: &str = "/access/v1/evaluation";
const MANY: &str = "/access/v1/evaluations";
const YARDSTICK: &str = "/yardstick/evaluation";

pub async fn run(house: &mut House, owner: &Owner, organizations: u32, each: u32) -> Result<(), String> {
    part(house).await?;
    let crowd = crowd::fill(house, organizations, each).await?;
    let node = house.serve().await?;
    let body = question(&owner.0, "small");
    let answer = learn(&node, owner, &body).await?;
    println!(
        "asked with {} bytes, answered with {}",
        body.to_string().len(),
        answer.len()
    );
    one_caller(&node, owner, &body).await?;
    batch(&node, owner).await?;
    at_random(&node, &crowd).await?;
    node.stop().await
}

/// From here on the server has a core for itself, and this program the other.
pub(super) async fn part(house: &mut House) -> Result<(), String> {
    pin(std::process::id(), "1").await?;
    house.core = Some("0");
    Ok(())
}

async fn pin(process: u32, core: &str) -> Result<(), String> {
    let told = tokio::process::Command::new("taskset")
        .args(["-a", "-p", "-c", core, &process.to_string()])
        .stdout(std::process::Stdio::null())
        .status()
        .await
        .map_err(while_doing("taskset"))?;
    told.success().then_some(()).ok_or_else(|| "taskset failed".to_owned())
}

/// Who is this, and may they see the members?
fn question(token: &str, organization: &str) -> Value {
    json!({
        "subject": { "type": "session", "id": token },
        "action": { "name": "roster.member.view" },
        "resource": { "type": "organization", "id": organization },
    })
}

/// The answer to the question, which the yardstick is told to give too.
async fn learn(node: &Node, owner: &Owner, body: &Value) -> Result<String, String> {
    let client = node.client()?;
    let asked = client.post(node.at(ONE)).bearer_auth(&owner.0).json(body);
    let answer = asked.send().await.map_err(while_doing("asking"))?;
    let answer = answer.text().await.map_err(while_doing("reading"))?;
    if !answer.starts_with("{\"decision\":true") {
        return Err(format!("the question was answered {answer}"));
    }
    let told = client.put(node.at(YARDSTICK)).body(answer.clone());
    send(told)
        .await
        .map_err(|error| format!("the program has no yardstick ({error}): build it with --features yardstick"))?;
    Ok(answer)
}

async fn one_caller(node: &Node, owner: &Owner, body: &Value) -> Result<(), String> {
    let asks = |path: &str| Request::post(node, path, &owner.0, &body.to_string());
    let (mut real, mut bare) = (Load::default(), Load::default());
    for _ in 0..ROUNDS {
        bare.add(drive(node, CONNECTIONS, &[asks(YARDSTICK)]).await?);
        real.add(drive(node, CONNECTIONS, &[asks(ONE)]).await?);
    }
    println!("{:<34} {:>12} {:>10} {:>10}", "", "per CPU s", "p50 µs", "p99 µs");
    bare.print("yardstick");
    real.print("evaluation, one session");
    println!(
        "  {:.0} % of the yardstick (aim 80 %), p50 {:.2} × (aim 1.50 ×)",
        real.rate() / bare.rate() * 100.0,
        real.median() / bare.median()
    );
    Ok(())
}

async fn batch(node: &Node, owner: &Owner) -> Result<(), String> {
    let names = [
        "roster.member.view",
        "roster.group.view",
        "roster.role.manage",
        "roster.audit_log.view",
    ];
    let evaluations: Vec<Value> = (0..QUESTIONS)
        .map(|number| {
            json!({
                "action": { "name": names[number % names.len()] },
                "resource": { "type": "organization", "id": "small" },
            })
        })
        .collect();
    let body = json!({ "subject": { "type": "session", "id": owner.0 }, "evaluations": evaluations });
    let load = drive(node, 1, &[Request::post(node, MANY, &owner.0, &body.to_string())]).await?;
    load.print("evaluations, 1,000 in one");
    println!(
        "  {:.0} decisions per CPU second (aim 500,000)",
        load.rate() * f64::from(u32::try_from(QUESTIONS).unwrap_or(0))
    );
    Ok(())
}

async fn at_random(node: &Node, crowd: &crowd::Crowd) -> Result<(), String> {
    let before = node.resident()?;
    let requests: Vec<Request> = crowd
        .callers
        .iter()
        .map(|caller| {
            let body = question(&caller.token, &caller.organization).to_string();
            Request::post(node, ONE, &caller.token, &body)
        })
        .collect();
    drive::once(node, CONNECTIONS, &requests).await?;
    let after = node.resident()?;
    let grown = (after - before) / f64::from(u32::try_from(requests.len()).unwrap_or(1));
    println!(
        "memory of {} sessions and as many members: {grown:.0} bytes for both (aim 200 and 1,024)",
        requests.len()
    );
    let (mut real, mut bare) = (Load::default(), Load::default());
    let yardstick: Vec<Request> = requests.iter().map(|request| request.to(YARDSTICK)).collect();
    for _ in 0..ROUNDS {
        bare.add(drive(node, CONNECTIONS, &yardstick).await?);
        real.add(drive(node, CONNECTIONS, &requests).await?);
    }
    bare.print("yardstick, at random");
    real.print("evaluation, at random");
    println!(
        "  {:.0} % of the yardstick (aim 60 %)",
        real.rate() / bare.rate() * 100.0
    );
    Ok(())
}

//! Kill -9 at random moments while people are invited, accept, change and leave: what was acknowledged is there, nothing is
//! half done, and every rule holds.

mod people;

use std::time::Duration;

use serde_json::json;
use testkit::{Mailbox, on_both_databases};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::chance::Chance;
use crate::house::{Caller, House, Node, PASSWORD};
use crate::{extent, rules};
use people::{Client, Seen};

on_both_databases! { what_was_acknowledged_survives_a_kill_at_any_moment, }

const CLIENTS: usize = 4;
/// Of an organization that is always about to be full.
const SLOTS: u32 = 6;
pub const ORGANIZATIONS: [&str; 2] = ["acme", "tight"];
/// Milliseconds.
const SOONEST: usize = 50;
const LATEST: usize = 1_200;

async fn what_was_acknowledged_survives_a_kill_at_any_moment(house: House) {
    let chance = extent::chance("kill");
    let mailbox = Mailbox::start().await;
    let mut node = serve(&house, &mailbox).await;
    found(&node.set_up().await).await;
    let mut clients: Vec<Client> = (0..CLIENTS).map(|number| Client::new(number, chance.split())).collect();
    let rounds = extent::of(6, 500);
    for round in 1..=rounds {
        clients = disturbed(&mut node, clients, &chance).await;
        node = serve(&house, &mailbox).await;
        let olivia = olivia(&node).await;
        rules::hold(&house, &olivia).await;
        let seen = Seen::look(&olivia, &mailbox).await;
        for client in &mut clients {
            client.settle(&olivia, &seen, round == rounds).await;
        }
        extent::tell(&format!("kill: {round} of {rounds}, {} people", seen.people()));
    }
    rules::exports_verify(&house, &olivia(&node).await).await;
    let acknowledged: usize = clients.iter().map(|client| client.acknowledged).sum();
    println!("kill: {acknowledged} changes were acknowledged in {rounds} rounds");
    assert!(
        acknowledged > rounds * 5,
        "{acknowledged}: too little went on to show anything"
    );
    node.stop().await;
}

async fn serve(house: &House, mailbox: &Mailbox) -> Node {
    let from = "Roster <roster@example.com>";
    house.serve(&["--smtp", &mailbox.url(), "--smtp-from", from]).await
}

async fn olivia(node: &Node) -> Caller {
    let anyone = node.anyone();
    let (status, answer) = anyone.sign_in("olivia", PASSWORD).await;
    assert_eq!(status, 201, "{answer}");
    anyone.with(answer["token"].as_str().unwrap())
}

/// Beside acme an organization with few slots.
async fn found(olivia: &Caller) {
    let body = json!({ "name": "Tight", "slug": "tight", "owner": "me" });
    let (status, answer) = olivia.post("/api/v1/organizations", &body).await;
    assert_eq!(status, 201, "{answer}");
    let policies = olivia.request("PATCH", "/api/v1/organizations/tight/policies");
    let (status, answer) = crate::house::answer(policies.json(&json!({ "member_limit": SLOTS }))).await;
    assert_eq!(status, 200, "{answer}");
}

/// Everybody works until the server is killed.
async fn disturbed(node: &mut Node, clients: Vec<Client>, chance: &Chance) -> Vec<Client> {
    let mut working = JoinSet::new();
    for mut client in clients {
        let olivia = olivia(node).await;
        working.spawn(async move {
            while client.step(&olivia).await {}
            client
        });
    }
    let moment = SOONEST + chance.below(LATEST - SOONEST);
    sleep(Duration::from_millis(u64::try_from(moment).unwrap())).await;
    node.kill().await;
    working.join_all().await
}

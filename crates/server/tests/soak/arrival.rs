//! Kill -9 in the middle of an import: what the report has told is there, nobody is half there, and the same file imported again
//! brings the rest.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::on_both_databases;
use tokio::time::{Instant, sleep};

use crate::chance::Chance;
use crate::house::{Caller, House, Node, PASSWORD};
use crate::{extent, rules};

on_both_databases! { an_import_that_is_killed_is_finished_by_the_next_and_has_told_the_truth, }

const ACME: &str = "/api/v1/organizations/acme";
/// Milliseconds.
const LATEST: usize = 2_500;
const GROUPS: usize = 20;

/// What breaks where somebody is half there. Everybody of the file has this kind of address, and nobody else.
const HALVES: [(&str, &str); 4] = [
    (
        "an account without its membership",
        "SELECT COUNT(*) FROM account a WHERE a.email LIKE '%@example.net'
         AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.account_id = a.id)",
    ),
    (
        "a member who is in no group",
        "SELECT COUNT(*) FROM account a JOIN membership m ON m.account_id = a.id WHERE a.email LIKE '%@example.net'
         AND NOT EXISTS (SELECT 1 FROM group_member g
             WHERE g.organization_id = m.organization_id AND g.principal_id = m.id)",
    ),
    (
        "memberships more or fewer than are told of in the audit log",
        "SELECT COUNT(*) - (SELECT COUNT(*) FROM audit_event WHERE action = 'member.created')
         FROM account a JOIN membership m ON m.account_id = a.id WHERE a.email LIKE '%@example.net'",
    ),
    (
        "groups more or fewer than are told of in the audit log",
        "SELECT COUNT(*) - (SELECT COUNT(*) FROM audit_event WHERE action = 'group.created') FROM \"group\"",
    ),
];

/// A line of the report, by what it names.
type Told = BTreeSet<(String, String)>;

async fn an_import_that_is_killed_is_finished_by_the_next_and_has_told_the_truth(house: House) {
    let chance = extent::chance("arrival");
    let people = extent::of(1_500, 20_000);
    let lines = people + GROUPS + people / 500;
    let file = file(people);
    let (mut node, _) = house.settled().await;
    let (mut told, mut cut) = (Told::new(), 0);
    // After some fifteen everything of the file is there, and nothing is left to cut.
    let rounds = extent::of(3, 20);
    for round in 1..=rounds {
        let rows = killed_in_the_middle(&mut node, &file, &chance, round % 2 == 1).await;
        cut += usize::from(!has_ended(&rows));
        told.extend(done(&rows));
        node = house.serve(&[]).await;
        let olivia = olivia(&node).await;
        is_there(&olivia, &told).await;
        for (what, sql) in HALVES {
            assert_eq!(rules::count(&house, sql).await, 0, "{what}");
        }
        rules::in_the_database(&house).await;
        rules::by_the_doctor(&house).await;
        extent::tell(&format!(
            "arrival: {round} of {rounds}, {} of {lines} were told, {cut} cut",
            told.len()
        ));
    }
    println!(
        "arrival: {cut} of {rounds} imports were cut, {} of {lines} lines were told",
        told.len()
    );
    assert!(cut > 0, "none was killed in the middle");

    let olivia = olivia(&node).await;
    let rest = import(olivia.with(&olivia.token), file.clone(), Arc::default()).await;
    assert!(has_ended(&rest), "{:?}", rest.last());
    let summary = rest.last().unwrap();
    assert_eq!(summary["refused"], 0, "{summary}");
    let skipped: Told = rest
        .iter()
        .filter(|row| row["outcome"] == "skipped")
        .map(named)
        .collect();
    assert!(told.is_subset(&skipped), "what was told is taken again");
    is_there(&olivia, &done(&rest)).await;
    assert_eq!(done(&rest).len(), lines);
    let again = import(olivia.with(&olivia.token), file, Arc::default()).await;
    assert!(
        again[..again.len() - 1].iter().all(|row| row["outcome"] == "skipped"),
        "{:?}",
        again.last()
    );
    rules::hold(&house, &olivia).await;
    rules::exports_verify(&house, &olivia).await;
    node.stop().await;
}

fn file(people: usize) -> String {
    let header = json!({
        "type": "roster", "format": "roster.organization", "version": 1,
        "organization": { "slug": "acme", "name": "Acme" }, "exported_at": "2026-11-22T09:00:00Z",
    });
    let mut file = format!("{header}\n");
    let mut put = |line: Value| writeln!(file, "{line}").unwrap();
    for number in 0..GROUPS {
        put(
            json!({ "type": "group", "slug": format!("group-{number}"), "name": format!("Group {number}"), "role": "guest" }),
        );
    }
    for number in 0..people {
        let group = json!({ "group": format!("group-{}", number % GROUPS) });
        put(json!({ "type": "member", "email": format!("p{number}@example.net"), "groups": [group] }));
    }
    for number in 0..people / 500 {
        let owner = format!("p{}@example.net", number * 500);
        let (slug, name) = (format!("project-{number}"), format!("Project {number}"));
        put(json!({ "type": "project", "slug": slug, "name": name, "visibility": "everyone", "owner": owner }));
    }
    put(json!({ "type": "end" }));
    file
}

/// Every whole line that was told before the server was gone.
async fn import(olivia: Caller, file: String, told: Arc<AtomicUsize>) -> Vec<Value> {
    let request = olivia.request("POST", "/api/v1/organizations/import?organization=acme");
    let request = request.header("content-type", "application/x-ndjson").body(file);
    let Ok(mut answer) = request.send().await else {
        return Vec::new();
    };
    assert_eq!(answer.status(), 200);
    let (mut rows, mut rest) = (Vec::new(), Vec::new());
    while let Ok(Some(bytes)) = answer.chunk().await {
        rest.extend_from_slice(&bytes);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            rows.push(serde_json::from_slice(&line).unwrap());
        }
        told.store(rows.len(), Ordering::Relaxed);
    }
    rows
}

/// At a random moment, or when a random number of lines was told where that comes first.
async fn killed_in_the_middle(node: &mut Node, file: &str, chance: &Chance, by_lines: bool) -> Vec<Value> {
    let olivia = olivia(node).await;
    let told: Arc<AtomicUsize> = Arc::default();
    let importing = tokio::spawn(import(olivia, file.to_owned(), Arc::clone(&told)));
    let latest = Duration::from_millis(u64::try_from(chance.below(LATEST)).unwrap());
    let enough = if by_lines {
        1 + chance.below(GROUPS + 1)
    } else {
        usize::MAX
    };
    let begun = Instant::now();
    while begun.elapsed() < latest && told.load(Ordering::Relaxed) < enough && !importing.is_finished() {
        sleep(Duration::from_millis(1)).await;
    }
    node.kill().await;
    importing.await.unwrap()
}

fn has_ended(rows: &[Value]) -> bool {
    rows.last().is_some_and(|row| row["type"] == "summary")
}

fn named(row: &Value) -> (String, String) {
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    (text("type"), text("who"))
}

/// What is there by the report: it was made, or it was there before.
fn done(rows: &[Value]) -> Told {
    for row in rows {
        assert_ne!(row["outcome"], "refused", "{row}");
        assert_ne!(row["type"], "problem", "{row}");
    }
    rows.iter().filter(|row| row["type"] != "summary").map(named).collect()
}

async fn is_there(olivia: &Caller, told: &Told) {
    let mut there = Told::new();
    for (kind, list, by) in [
        ("group", "groups", "slug"),
        ("member", "members", "email"),
        ("project", "projects", "slug"),
    ] {
        for item in olivia.all(&format!("{ACME}/{list}")).await {
            there.insert((kind.to_owned(), item[by].as_str().unwrap_or_default().to_owned()));
        }
    }
    let lost: Vec<_> = told.difference(&there).take(5).collect();
    assert!(lost.is_empty(), "were told as taken and are not there: {lost:?}");
}

async fn olivia(node: &Node) -> Caller {
    let anyone = node.anyone();
    let (status, answer) = anyone.sign_in("olivia", PASSWORD).await;
    assert_eq!(status, 201, "{answer}");
    anyone.with(answer["token"].as_str().unwrap())
}

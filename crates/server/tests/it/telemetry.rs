//! Traces: what a collector gets of each request, and that one who is away or slow holds up nobody.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use testkit::Collector;
use testkit::collector::Collected;
use tokio::time::timeout;

use crate::house::{House, Node, PASSWORD};
use crate::node::until;

const PATIENCE: Duration = Duration::from_secs(30);
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

async fn sending(house: &House, collector: &Collector) -> Node {
    let mut command = house.command(&["serve", "--listen", "127.0.0.1:0", "--otlp-endpoint", &collector.url()]);
    command
        .env("OTEL_SERVICE_NAME", "people")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20let-me-in");
    house.spawn(command).await
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn metric(node: &Node, line: &str) -> u64 {
    let told = node.anyone().get("/metrics").await.1;
    let told = told.as_str().unwrap().to_owned();
    let found = told.lines().find_map(|found| found.strip_prefix(line));
    found
        .unwrap_or_else(|| panic!("{line}: {told}"))
        .trim()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn a_collector_is_told_of_each_request_and_of_nobodys_data() {
    let house = House::new();
    let collector = Collector::start().await;
    let node = sending(&house, &collector).await;
    let olivia = node.set_up().await;
    let asked = olivia
        .request("GET", "/api/v1/organizations/acme/members?query=olivia@example.com")
        .header("traceparent", format!("00-{TRACE}-b7ad6b7169203331-01"));
    let answer = asked.send().await.unwrap();
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let (status, acme) = olivia.get("/api/v1/organizations/acme").await;
    assert_eq!(status, 200);

    let is_root = |one: &Collected| one.attribute("roster.request.id").as_deref() == Some(&request_id);
    let collected = timeout(PATIENCE, collector.until(is_root)).await.unwrap();
    let root = collected.iter().find(|one| is_root(one)).unwrap();
    assert_eq!(root.span.name, "GET /api/v1/organizations/{org}/members");
    assert_eq!(root.span.kind, 2, "a server's");
    assert_eq!(hex(&root.span.trace_id), TRACE);
    assert_eq!(hex(&root.span.parent_span_id), "b7ad6b7169203331");
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/api/v1/organizations/{org}/members"),
        ("http.response.status_code", "200"),
        ("roster.organization.id", acme["id"].as_str().unwrap()),
    ] {
        assert_eq!(root.attribute(name).as_deref(), Some(value), "{name}");
    }
    let children: Vec<&Collected> = collected
        .iter()
        .filter(|one| one.span.parent_span_id == root.span.span_id)
        .collect();
    assert!(!children.is_empty(), "the database was asked");
    for child in children {
        assert_eq!(child.span.name, "database read");
        assert_eq!(child.span.trace_id, root.span.trace_id);
        assert_eq!(child.attribute("db.system.name").as_deref(), Some("sqlite"));
        assert!(child.span.start_time_unix_nano >= root.span.start_time_unix_nano);
        assert!(child.span.end_time_unix_nano <= root.span.end_time_unix_nano);
    }
    assert_eq!(root.resource["service.name"], "people");
    assert_eq!(root.headers["authorization"], "Bearer let-me-in");
    assert_eq!(root.headers["content-type"], "application/x-protobuf");
    // What was begun beside requests belongs to no trace and is not sent; nor is anything that a person gave.
    assert!(collected.iter().any(|one| one.span.name == "POST /api/v1/set-up"));
    let told = format!("{:?}", collected.iter().map(|one| &one.span).collect::<Vec<_>>());
    for secret in ["olivia", "Olivia", "example.com", "127.0.0.1", PASSWORD, &olivia.token] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    // Counted once the collector has answered.
    let sent = async || metric(&node, "roster_spans_total{outcome=\"sent\"}").await > 0;
    until("what was sent is counted", sent).await;
    assert_eq!(metric(&node, "roster_spans_total{outcome=\"dropped\"}").await, 0);
    node.stop().await;
}

#[tokio::test]
async fn the_last_requests_before_the_end_are_told_too() {
    let house = House::new();
    let collector = Collector::start().await;
    let node = sending(&house, &collector).await;
    let caller = node.anyone();
    let (status, _) = caller.sign_in("nobody", PASSWORD).await;
    assert_eq!(status, 401);
    node.stop().await;
    let told = collector.spans();
    assert!(
        told.iter().any(|one| one.span.name == "POST /api/v1/sessions"),
        "{told:?}"
    );
}

#[tokio::test]
async fn checks_are_told_where_somebody_wants_traces() {
    let house = House::new();
    let collector = Collector::start().await;
    let node = sending(&house, &collector).await;
    let question = json!({
        "subject": { "type": "member", "id": "mem_1" },
        "action": { "name": "roster.member.view" },
        "resource": { "type": "organization", "id": "acme" },
    });
    let asked = node.anyone().request(Method::POST.as_str(), "/access/v1/evaluation");
    assert_eq!(asked.json(&question).send().await.unwrap().status(), 401);
    let is_check = |one: &Collected| one.span.name == "POST /access/v1/evaluation";
    timeout(PATIENCE, collector.until(is_check)).await.unwrap();
    node.stop().await;
}

#[tokio::test]
async fn a_collector_that_refuses_or_never_answers_holds_up_nobody() {
    for answers in [400, 0] {
        let house = House::new();
        let collector = Collector::start().await;
        collector.answer(answers);
        let node = sending(&house, &collector).await;
        let olivia = node.set_up().await;
        while collector.asked() == 0 {
            tokio::task::yield_now().await;
        }
        // Until the queue has no more room, where the collector has the first batch and says nothing.
        while metric(&node, "roster_spans_total{outcome=\"dropped\"}").await == 0 {
            let many = (0..64).map(|_| olivia.get("/api/v1/organizations/acme"));
            let answers = timeout(PATIENCE, futures_util::future::join_all(many)).await.unwrap();
            assert!(answers.iter().all(|(status, _)| *status == 200));
        }
        if answers == 400 {
            assert!(node.log().contains("the collector takes no traces"), "{}", node.log());
        }
        // It ends as fast as ever.
        node.stop().await;
    }
}

#[tokio::test]
async fn a_collector_that_was_away_gets_what_waited() {
    let house = House::new();
    let collector = Collector::start().await;
    collector.answer(503);
    let node = sending(&house, &collector).await;
    node.anyone().sign_in("nobody", PASSWORD).await;
    while collector.asked() == 0 {
        tokio::task::yield_now().await;
    }
    collector.answer(200);
    let is_sign_in = |one: &Collected| one.span.name == "POST /api/v1/sessions";
    timeout(PATIENCE, collector.until(is_sign_in)).await.unwrap();
    while !node.log().contains("takes traces again") {
        tokio::task::yield_now().await;
    }
    node.stop().await;
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_at_the_start() {
    let house = House::new();
    house
        .run(&["serve", "--otlp-endpoint", "collector:4317"], "")
        .await
        .is_refused(&["--otlp-endpoint", "http://localhost:4318"]);
}

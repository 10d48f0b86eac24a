//! What the doctor finds: nothing in a healthy place, whether its server runs or not, and each kind of trouble by its name.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};
use testkit::certificate::Authority;
use testkit::{Collector, Mailbox, on_both_databases};

use crate::house::{Caller, Ended, House, answer};

on_both_databases! { a_healthy_instance_is_told_so_whether_its_server_runs_or_not, }

async fn examine(house: &House, more: &[&str]) -> (Ended, Value) {
    let mut arguments = vec!["doctor", "--output", "json"];
    arguments.extend(more);
    let ended = house.run(&arguments, "").await;
    let told = serde_json::from_str(&ended.out).unwrap_or_else(|_| panic!("{}{}", ended.out, ended.err));
    (ended, told)
}

/// The levels of all findings of that check.
fn levels(told: &Value, check: &str) -> Vec<String> {
    let findings = told["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["check"] == check)
        .map(|finding| finding["level"].as_str().unwrap().to_owned())
        .collect()
}

fn is_wrong(ended: &Ended, told: &Value, check: &str) {
    assert_eq!(ended.code, Some(1), "{told:#}");
    assert!(
        levels(told, check).iter().any(|level| level == "wrong"),
        "{check}: {told:#}"
    );
    for finding in told["findings"].as_array().unwrap() {
        assert_eq!(
            finding["level"] == "ok",
            finding["mend"].is_null(),
            "what is amiss says how to mend it"
        );
    }
}

async fn a_healthy_instance_is_told_so_whether_its_server_runs_or_not(house: House) {
    let (node, _) = house.settled().await;
    let address = node.url.strip_prefix("http://").unwrap().to_owned();
    let mailbox = Mailbox::start().await;
    let more = [
        "--listen",
        &address,
        "--public-url",
        &node.url,
        "--smtp",
        &mailbox.url(),
    ];
    let (ended, told) = examine(&house, &more).await;
    assert_eq!(ended.code, Some(0), "{told:#}");
    for check in [
        "configuration",
        "database",
        "migrations",
        "clock",
        "key",
        "people",
        "audit chain",
        "mail",
        "listener",
        "public URL",
        "clock elsewhere",
    ] {
        assert_eq!(levels(&told, check), ["ok"], "{check}: {told:#}");
    }
    node.stop().await;

    let (ended, told) = examine(&house, &["--listen", &address]).await;
    assert_eq!(ended.code, Some(0), "{told:#}");
    let for_people = house.run(&["doctor", "--listen", &address], "").await;
    assert!(for_people.out.contains("is free"), "{}", for_people.out);
}

#[tokio::test]
async fn the_doctor_changes_nothing() {
    let house = House::new();
    let (node, _) = house.settled().await;
    node.stop().await;
    let contents = || {
        let mut names: Vec<_> = fs::read_dir(house.data())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            // SQLite's working memory, which a server that was just ended may leave: nothing of it is kept.
            .filter(|path| path.extension().is_none_or(|ending| ending != "db-shm"))
            .collect();
        names.sort();
        names
            .into_iter()
            .map(|path| (fs::read(&path).unwrap(), path))
            .collect::<Vec<_>>()
    };
    let before = contents();
    examine(&house, &["--listen", "127.0.0.1:0"]).await;
    assert!(before == contents());
    let (ended, told) = examine(
        &house,
        &[
            "--data",
            house.path("nowhere").to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
        ],
    )
    .await;
    assert_eq!(
        (ended.code, levels(&told, "database")),
        (Some(0), vec!["warning".to_owned()])
    );
    assert!(!crate::house::exists(&house.path("nowhere")));
}

/// A house whose server has ended.
async fn lived_in() -> House {
    let house = House::new();
    let (node, _) = house.settled().await;
    node.stop().await;
    house
}

async fn told_of(house: &House) -> (Ended, Value) {
    examine(house, &["--listen", "127.0.0.1:0"]).await
}

async fn change(house: &House, sql: &'static str) {
    let mut connection = SqliteConnection::connect(house.file().to_str().unwrap()).await.unwrap();
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_files_is_named() {
    let house = lived_in().await;
    let configuration = house.data().join("roster.toml");
    fs::write(&configuration, "listen_on = 1\n").unwrap();
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "configuration");
    fs::write(&configuration, "instance_name = \"People\"\n").unwrap();
    fs::set_permissions(&configuration, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(house.data(), fs::Permissions::from_mode(0o755)).unwrap();
    let (_, told) = told_of(&house).await;
    assert_eq!(levels(&told, "configuration"), ["ok", "warning"], "{told:#}");
    assert!(told.to_string().contains("chmod 600"), "{told:#}");

    let key = house.data().join("roster.key");
    fs::write(&key, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n").unwrap();
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "key");
    fs::remove_file(&key).unwrap();
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "key");
    fs::remove_file(house.file()).unwrap();
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "database");
}

#[tokio::test]
async fn what_is_wrong_in_the_database_is_named() {
    let house = lived_in().await;
    change(&house, "UPDATE account SET suspended_at = 1").await;
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "people");
    assert!(told.to_string().contains("superuser create"), "{told:#}");
    assert!(told.to_string().contains("Without an active Owner: Acme"), "{told:#}");
    change(&house, "UPDATE account SET suspended_at = NULL").await;
    change(
        &house,
        "UPDATE audit_event SET target_name = 'Somebody else' WHERE number = 1",
    )
    .await;
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "audit chain");
    change(
        &house,
        "INSERT INTO audit_event (organization_id, id, at, actor_type, actor_id, actor_name, action, target_type,
        target_id, target_name, before_state, after_state, address, medium, request_id, number, hash)
        SELECT organization_id, zeroblob(16), at + 86400000000, actor_type, actor_id, actor_name, action, target_type,
        target_id, target_name, before_state, after_state, address, medium, request_id, number + 1000, hash FROM audit_event LIMIT 1",
    )
    .await;
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "clock");
    change(&house, "INSERT INTO migration (number, name) VALUES (9999, 'later')").await;
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "migrations");
    let mut bytes = fs::read(house.file()).unwrap();
    bytes[..100].fill(0);
    fs::write(house.file(), bytes).unwrap();
    let (ended, told) = told_of(&house).await;
    is_wrong(&ended, &told, "database");
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let house = lived_in().await;
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();
    let (ended, told) = examine(
        &house,
        &[
            "--listen",
            &address,
            "--smtp",
            "smtp://127.0.0.1:1",
            "--public-url",
            "http://127.0.0.1:1",
        ],
    )
    .await;
    is_wrong(&ended, &told, "mail");
    is_wrong(&ended, &told, "listener");
    assert_eq!(levels(&told, "public URL"), ["warning"], "{told:#}");
    let (ended, told) = examine(
        &house,
        &["--database", "postgres://roster:open-sesame@127.0.0.1:1/roster"],
    )
    .await;
    is_wrong(&ended, &told, "database");
    assert!(!ended.out.contains("open-sesame"), "{}", ended.out);
}

#[tokio::test]
async fn what_superusers_have_set_is_tried_as_well() {
    let house = House::new();
    let (node, sid) = house.settled().await;
    let mailbox = Mailbox::start().await;
    let put = async |path: &str, body: Value| {
        let (status, answer) = answer(sid.request("PUT", path).json(&body)).await;
        assert_eq!(status, 200, "{answer}");
    };
    let (status, set) = answer(
        sid.request("PATCH", "/api/v1/instance/smtp")
            .json(&json!({ "url": mailbox.url() })),
    )
    .await;
    assert_eq!(status, 200, "{set}");
    let root = Authority::new("Root");
    let issued = root.issue("127.0.0.1");
    let certificate = json!({ "certificate": issued.certificate, "key": issued.key, "chain": root.pem() });
    put("/api/v1/instance/tls", certificate).await;
    let socket = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listener =
        json!({ "name": "second", "address": "127.0.0.1", "port": socket.port(), "tls": false, "serves": ["api"] });
    put("/api/v1/instance/listeners", json!({ "listeners": [listener] })).await;
    let there = Caller::new(&format!("http://{socket}"), &sid.token);
    assert_eq!(
        there
            .post("/api/v1/instance/listeners/confirmation", &json!({}))
            .await
            .0,
        200
    );

    let address = node.url.strip_prefix("http://").unwrap().to_owned();
    let more = ["--listen", &address, "--public-url", &node.url];
    let (ended, told) = examine(&house, &more).await;
    assert_eq!(ended.code, Some(0), "{told:#}");
    assert_eq!(levels(&told, "mail"), ["ok"], "{told:#}");
    assert_eq!(levels(&told, "certificates"), ["ok"], "{told:#}");
    assert_eq!(levels(&told, "listener"), ["ok", "ok"], "{told:#}");
    assert!(told.to_string().contains("A server runs on second"), "{told:#}");

    // It is for another host; nobody answers where mail is sent; the port is somebody else's.
    node.stop().await;
    drop(mailbox);
    let _occupied = TcpListener::bind(socket).unwrap();
    let elsewhere = ["--listen", "127.0.0.1:0", "--public-url", "https://people.invalid"];
    let (ended, told) = examine(&house, &elsewhere).await;
    is_wrong(&ended, &told, "certificates");
    is_wrong(&ended, &told, "mail");
    is_wrong(&ended, &told, "listener");
    let key = fs::read(house.data().join("roster.key")).unwrap();
    fs::remove_file(house.data().join("roster.key")).unwrap();
    let (ended, told) = examine(&house, &elsewhere).await;
    is_wrong(&ended, &told, "certificates");
    assert!(!ended.out.contains("PRIVATE KEY"), "{}", ended.out);
    fs::write(house.data().join("roster.key"), key).unwrap();
}

#[tokio::test]
async fn certificates_in_files_traces_and_clocks_elsewhere_are_looked_at() {
    let house = lived_in().await;
    let root = Authority::new("Root");
    let [certificate, key] = crate::tls::write(&house, &root.issue("people.example"), &root);
    let collector = Collector::start().await;
    let configuration = house.data().join("roster.toml");
    let provider = format!(
        "[[identity_provider.oidc]]\nslug = \"ours\"\nname = \"Ours\"\nissuer = {:?}\nclient_id = \"roster\"\n",
        collector.url()
    );
    fs::write(&configuration, provider).unwrap();
    let files = ["--tls-certificate", &certificate, "--tls-key", &key];
    let endpoint = collector.url();
    let well = [
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://people.example",
        "--otlp-endpoint",
        &endpoint,
    ];
    let (_, told) = examine(&house, &[&well[..], &files].concat()).await;
    assert_eq!(levels(&told, "certificates"), ["ok"], "{told:#}");
    assert_eq!(levels(&told, "telemetry"), ["ok"], "{told:#}");
    assert_eq!(collector.spans().len(), 0, "nothing is sent");
    assert_eq!(levels(&told, "clock elsewhere"), ["ok"], "{told:#}");
    assert!(told.to_string().contains("agrees with the one of"), "{told:#}");
    collector.answer(503);
    let ill = [
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://other.example",
        "--otlp-endpoint",
        &endpoint,
    ];
    let (ended, told) = examine(&house, &[&ill[..], &files].concat()).await;
    is_wrong(&ended, &told, "certificates");
    assert_eq!(levels(&told, "telemetry"), ["warning"], "{told:#}");
}

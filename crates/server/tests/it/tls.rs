//! Plain HTTP stays on this machine; what goes over a network is served by the certificate in the operator's files.

use std::fs;
use std::process::Command;

use reqwest::tls::TlsInfo;
use testkit::certificate::{Authority, Issued};
use testkit::tls;

use crate::house::House;

pub const HOST: &str = "127.0.0.1";

pub fn write(house: &House, issued: &Issued, root: &Authority) -> [String; 2] {
    let (certificate, key) = (house.path("certificate.pem"), house.path("key.pem"));
    fs::write(&key, &issued.key).unwrap();
    fs::write(&certificate, format!("{}{}", issued.certificate, root.pem())).unwrap();
    [certificate, key].map(|path| path.display().to_string())
}

async fn served(url: &str, root: &Authority) -> Vec<u8> {
    tls::ready();
    let root = reqwest::Certificate::from_pem(root.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .tls_info(true)
        .build()
        .unwrap();
    let response = client.get(format!("{url}/readyz")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let info = response.extensions().get::<TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

#[tokio::test]
async fn plain_http_beyond_this_machine_takes_a_proxy_that_is_named() {
    let house = House::new();
    let beyond = ["serve", "--listen", "0.0.0.0:0"];
    house
        .run(&beyond, "")
        .await
        .is_refused(&["plain HTTP", "--tls-certificate", "--trusted-proxy", "localhost"]);
    let node = house
        .spawn(house.command(&["serve", "--listen", "0.0.0.0:0", "--trusted-proxy", "192.0.2.1"]))
        .await;
    node.stop().await;
}

#[tokio::test]
async fn the_operators_files_are_served_and_read_again_when_told() {
    let house = House::new();
    let root = Authority::new("Root");
    let [certificate, key] = write(&house, &root.issue(HOST), &root);
    let alone = house.run(&["serve", "--tls-certificate", &certificate], "").await;
    alone.is_refused(&["--tls-key"]);
    let files = ["--tls-certificate", &certificate, "--tls-key", &key];
    let node = house.serve(&files).await;
    assert!(node.url.starts_with("https://"), "{}", node.url);
    let first = served(&node.url, &root).await;
    let hang_up = || {
        let told = Command::new("kill")
            .args(["-HUP", &node.process().to_string()])
            .status();
        assert!(told.unwrap().success());
    };
    // One that fits nobody's name is told in the log, and not served.
    write(&house, &root.issue("elsewhere.example"), &root);
    hang_up();
    while !node.log().contains("the certificate before goes on being served") {
        tokio::task::yield_now().await;
    }
    assert_eq!(served(&node.url, &root).await, first);
    write(&house, &root.issue(HOST), &root);
    hang_up();
    while served(&node.url, &root).await == first {}
    node.stop().await;
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused_at_the_start() {
    let house = House::new();
    let root = Authority::new("Root");
    let mut issued = root.issue(HOST);
    issued.key = root.issue(HOST).key;
    let [certificate, key] = write(&house, &issued, &root);
    house
        .run(&["serve", "--tls-certificate", &certificate, "--tls-key", &key], "")
        .await
        .is_refused(&["The key belongs to another certificate"]);
}

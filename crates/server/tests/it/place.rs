//! Where settings come from, whom an address is believed, and what links are made of.

use std::fs;
use std::net::TcpListener;

use serde_json::json;

use crate::house::{Caller, House, PASSWORD, answer};

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn flags_go_before_the_environment_and_that_before_the_file() {
    let house = House::new();
    fs::create_dir(house.data()).unwrap();
    let told = |what: &str| format!("https://{what}.example.com");
    fs::write(
        house.data().join("roster.toml"),
        format!("listen = \"127.0.0.1:0\"\npublic_url = \"{}\"\n", told("file")),
    )
    .unwrap();
    let node = house.spawn(house.command(&["serve"])).await;
    assert_eq!(node.url, told("file"));
    node.stop().await;
    let mut command = house.command(&["serve"]);
    command.env("ROSTER_PUBLIC_URL", told("environment"));
    let node = house.spawn(command).await;
    assert_eq!(node.url, told("environment"));
    node.stop().await;
    let mut command = house.command(&["serve", "--public-url", &told("flag")]);
    command.env("ROSTER_PUBLIC_URL", told("environment"));
    let node = house.spawn(command).await;
    assert_eq!(node.url, told("flag"));
    node.stop().await;
}

#[tokio::test]
async fn links_are_made_of_the_public_url_whatever_a_request_calls_this_host() {
    let house = House::new();
    let address = format!("127.0.0.1:{}", free_port());
    let node = house
        .spawn(house.command(&[
            "serve",
            "--listen",
            &address,
            "--public-url",
            "https://people.example.com/",
        ]))
        .await;
    assert!(
        node.said.contains(" https://people.example.com/set-up/"),
        "{}",
        node.said
    );
    let anyone = Caller::new(&format!("http://{address}"), "");
    let (_, ready) = anyone.set_up(node.link().unwrap()).await;
    let olivia = Caller::new(&anyone.url, ready["token"].as_str().unwrap());
    let invite = olivia
        .request("POST", "/api/v1/organizations/acme/invitations")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example")
        .json(&json!({ "email": "new@example.net" }));
    let (status, sent) = answer(invite).await;
    assert_eq!(status, 201, "{sent}");
    assert!(
        sent["link"]
            .as_str()
            .unwrap()
            .starts_with("https://people.example.com/invitations/"),
        "{sent}"
    );
    assert!(!sent.to_string().contains("evil"), "{sent}");
    node.stop().await;
}

#[tokio::test]
async fn a_forwarded_address_counts_only_from_a_proxy_that_is_trusted() {
    let house = House::new();
    let (node, _) = house.settled().await;
    node.stop().await;
    for (more, address) in [
        (&[][..], "127.0.0.1"),
        (&["--trusted-proxy", "127.0.0.1"][..], "198.51.100.7"),
    ] {
        let node = house.serve(more).await;
        let sign_in = node
            .anyone()
            .request("POST", "/api/v1/sessions")
            .header("x-forwarded-for", "203.0.113.9, 198.51.100.7")
            .json(&json!({ "login": "olivia", "password": PASSWORD }));
        let (_, signed_in) = answer(sign_in).await;
        let olivia = Caller::new(&node.url, signed_in["token"].as_str().unwrap());
        let (_, sessions) = olivia.get("/api/v1/me/sessions").await;
        let current = sessions["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|session| session["current"] == json!(true));
        assert_eq!(current.unwrap()["address"], json!(address), "{sessions}");
        assert!(node.log().contains(&format!("address={address}")), "{}", node.log());
        node.stop().await;
    }
}

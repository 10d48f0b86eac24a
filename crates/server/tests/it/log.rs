//! The log: a line for each request, with its id, and no secret in any of them.

use serde_json::json;

use crate::house::{Caller, House, PASSWORD};

#[tokio::test]
async fn every_request_is_one_line_with_its_id_and_without_secrets() {
    let house = House::new();
    let node = house.serve(&[]).await;
    let link = node.link().unwrap().to_owned();
    node.anyone().get(&format!("/set-up/{link}")).await;
    let olivia = node.set_up().await;
    let invitation = json!({ "email": "newt@example.net", "role": "member" });
    let (_, sent) = olivia.post("/api/v1/organizations/acme/invitations", &invitation).await;
    let secret = sent["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    node.anyone().get(&format!("/invitations/{secret}")).await;
    let new = "mauve pebbles under rain 7";
    let acceptance = json!({ "token": secret, "name": "Newt", "password": new });
    let (status, accepted) = node.anyone().post("/api/v1/invitation-acceptances", &acceptance).await;
    assert_eq!(status, 201, "{accepted}");
    let wrong = "a wrong password nobody has";
    node.anyone().sign_in("olivia", wrong).await;
    node.anyone().sign_in(wrong, wrong).await;
    Caller::new(&node.url, "rst_ses_no-such-token-at-all")
        .get("/api/v1/me")
        .await;
    node.anyone().get("/nowhere/at-all?token=in-the-query").await;
    let (_, member) = olivia
        .post(
            "/api/v1/organizations/acme/members",
            &json!({ "email": "zoe@example.net" }),
        )
        .await;
    let temporary = member["temporary_password"].as_str().unwrap().to_owned();
    let response = olivia.request("GET", "/api/v1/me").send().await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();

    let log = node.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("roster::request")).collect();
    assert_eq!(lines.len(), 11, "{log}");
    for line in &lines {
        for word in ["method=", "route=", "status=", "id="] {
            assert!(line.contains(word), "{line}");
        }
    }
    assert_eq!(lines.iter().filter(|line| line.contains(&id)).count(), 1, "{log}");
    let token = accepted["token"].as_str().unwrap();
    let told = [
        &link,
        &secret,
        &olivia.token,
        token,
        PASSWORD,
        new,
        wrong,
        &temporary,
        "no-such-token",
        "in-the-query",
    ];
    for secret in told {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    node.stop().await;
}

#[tokio::test]
async fn who_was_refused_stands_in_the_log() {
    let house = House::new();
    let node = house.serve(&[]).await;
    let olivia = node.set_up().await;
    let invitation = json!({ "email": "newt@example.net", "role": "member" });
    let (_, sent) = olivia.post("/api/v1/organizations/acme/invitations", &invitation).await;
    let secret = sent["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let acceptance = json!({ "token": secret, "name": "Newt", "password": "mauve pebbles under rain 7" });
    let (status, accepted) = node.anyone().post("/api/v1/invitation-acceptances", &acceptance).await;
    assert_eq!(status, 201, "{accepted}");
    let newt = Caller::new(&node.url, accepted["token"].as_str().unwrap());
    let (_, me) = newt.get("/api/v1/me").await;
    let (status, refused) = newt.get("/api/v1/organizations/acme/audit-events").await;
    assert_eq!(status, 403, "{refused}");
    // What somebody asks for makes no line of its own.
    node.anyone().get("/nowhere%0aroster::request%20by=acc_forged").await;

    let log = node.log();
    let whose = me["account"]["id"].as_str().or(me["id"].as_str()).unwrap();
    let by = format!("by=\"{whose}\"");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("status=403")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(
        lines[0].contains(&by) && lines[0].contains("address="),
        "{by} in {}",
        lines[0]
    );
    assert!(
        log.lines()
            .any(|line| line.contains("status=404") && line.contains("by=\"-\"")),
        "{log}"
    );
    assert!(!log.contains("acc_forged"), "{log}");
    node.stop().await;
}

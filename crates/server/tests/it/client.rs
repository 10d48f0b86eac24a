//! Every verb of the command line, once, as a person types it.

use serde_json::json;

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_verb_does_what_it_says() {
    let desk = Desk::new().await;
    let stranger = desk.try_with("", &["people", "list"]).await;
    assert_ne!(stranger.code, Some(0));
    assert_eq!(stranger.out, "");
    let wrong = desk
        .try_with("not it at all\n", &["sign-in", "--login", "olivia", "--password-stdin"])
        .await;
    assert_ne!(wrong.code, Some(0));
    desk.sign_in().await;

    organizations(&desk).await;
    invitations(&desk).await;
    members(&desk).await;
    accounts(&desk).await;
    tenants(&desk).await;
    leaving(&desk).await;

    for shell in ["bash", "zsh", "fish"] {
        assert!(
            desk.run(&["completions", shell]).await.contains("reset-password"),
            "{shell}"
        );
    }
    desk.run(&["sign-out"]).await;
    assert_ne!(desk.try_with("", &["people", "list"]).await.code, Some(0));
    desk.node.stop().await;
}

async fn organizations(desk: &Desk) {
    let tried = desk
        .run(&[
            "organization",
            "create",
            "--name",
            "Birch",
            "--slug",
            "birch",
            "--dry-run",
        ])
        .await;
    assert!(!tried.is_empty());
    let created = desk
        .ask(&["organization", "create", "--name", "Birch", "--slug", "birch"])
        .await;
    assert!(created.to_string().contains("birch"), "{created}");
    let listed = desk.ask(&["organization", "list"]).await;
    let slugs: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["slug"].as_str())
        .collect();
    assert_eq!(slugs, ["acme", "birch"]);
    assert!(desk.run(&["organization", "list"]).await.contains("Birch"));
    desk.run(&["organization", "policies", "--set", "invitation_lifetime_days=14"])
        .await;
    assert!(desk.run(&["organization", "policies"]).await.contains("14"));
    let policies = desk.ask(&["organization", "policies"]).await;
    assert!(policies.to_string().contains("invitation_lifetime_days"), "{policies}");
}

async fn invitations(desk: &Desk) {
    let tried = desk.run(&["people", "invite", "ann@example.net", "--dry-run"]).await;
    assert!(!tried.contains("/invitations/"), "{tried}");
    let told = desk.run(&["people", "invite", "ann@example.net"]).await;
    assert!(told.contains(&format!("{}/invitations/", desk.node.url)), "{told}");
    let listed = desk.ask(&["invitation", "list", "--status", "pending"]).await;
    assert_eq!(listed["items"][0]["email"], json!("ann@example.net"), "{listed}");
    assert!(desk.run(&["invitation", "list"]).await.contains("ann@example.net"));
    let resent = desk.ask(&["invitation", "resend", "ann@example.net"]).await;
    let link = resent["link"].as_str().unwrap();
    assert!(!told.contains(link), "the link is a new one");
    desk.run(&["invitation", "revoke", "ann@example.net"]).await;
    let revoked = desk.ask(&["invitation", "list", "--status", "revoked"]).await;
    assert_eq!(revoked["items"].as_array().unwrap().len(), 1, "{revoked}");
    std::fs::write(
        desk.house.path("rows.csv"),
        "email,role\nben@example.net,member\nnot an address,member\n",
    )
    .unwrap();
    let bulk = desk.try_with("", &["people", "invite", "--file", "rows.csv"]).await;
    assert_eq!(bulk.code, Some(1), "one of two was refused: {}{}", bulk.out, bulk.err);
    assert_eq!(
        desk.ask(&["invitation", "list", "--status", "pending"]).await["items"][0]["email"],
        json!("ben@example.net")
    );
}

async fn members(desk: &Desk) {
    let made = desk
        .ask(&[
            "people",
            "create",
            "--name",
            "Mia Marsh",
            "--email",
            "mia@example.net",
            "--username",
            "mia",
        ])
        .await;
    let temporary = made["temporary_password"].as_str().unwrap().to_owned();
    let input = format!("{temporary}\nmauve pebbles under rain 7\n");
    let own_home = desk.house.path("mia");
    let mut command = desk.house.command(&["sign-in", "--login", "mia", "--password-stdin"]);
    command.env("ROSTER_SERVER", &desk.node.url).env("HOME", own_home);
    let ended = crate::house::run(command, &input).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);

    assert!(desk.run(&["people", "list"]).await.contains("Mia Marsh"));
    desk.run(&[
        "people",
        "edit",
        "mia",
        "--phone",
        "+44 20 7946 0000",
        "--name",
        "Mia March",
    ])
    .await;
    desk.run(&["people", "set-role", "mia", "admin"]).await;
    let found = desk.ask(&["people", "list", "--query", "mia@"]).await;
    let mia = &found["items"][0];
    assert_eq!(
        (&mia["name"], &mia["role"]["slug"]),
        (&json!("Mia March"), &json!("admin")),
        "{mia}"
    );
    let sessions = desk.ask(&["people", "sessions", "mia"]).await;
    let count = sessions["items"].as_array().unwrap().len();
    assert!(count > 0, "{sessions}");
    desk.run(&["people", "sessions", "mia"]).await;
    desk.run(&["people", "sessions", "mia", "--end-all"]).await;
    assert_eq!(desk.ask(&["people", "sessions", "mia"]).await["items"], json!([]));
    let tried = desk.run(&["people", "disable", "mia", "--dry-run"]).await;
    assert!(!tried.is_empty());
    assert_eq!(desk.status_of("mia").await, "active");
    desk.run(&["people", "disable", "mia", "--reason", "on leave"]).await;
    assert_eq!(desk.status_of("mia").await, "disabled");
    desk.run(&["people", "enable", "mia"]).await;
    desk.run(&["people", "suspend", "mia"]).await;
    assert_eq!(desk.status_of("mia").await, "suspended");
    desk.run(&["people", "unsuspend", "mia"]).await;
    assert_eq!(desk.status_of("mia").await, "active");
    let reset = desk.ask(&["people", "reset-password", "mia"]).await;
    assert!(reset["temporary_password"].is_string(), "{reset}");
}

/// Olivia runs the server, too.
async fn accounts(desk: &Desk) {
    desk.run(&["people", "create", "--name", "Ike Ito", "--username", "ike"])
        .await;
    let found = desk.ask(&["account", "list", "--query", "ito"]).await;
    assert_eq!(found["items"][0]["username"], "ike");
    assert!(desk.run(&["account", "list"]).await.contains("superuser"));
    desk.run(&["account", "suspend", "ike", "--reason", "Away", "--dry-run"])
        .await;
    assert_eq!(desk.status_of("ike").await, "active");
    desk.run(&["account", "suspend", "IKE", "--reason", "Away"]).await;
    assert_eq!(desk.status_of("ike").await, "suspended");
    let suspended = desk.ask(&["account", "list", "--status", "suspended"]).await;
    assert_eq!(suspended["items"].as_array().unwrap().len(), 1);
    desk.run(&["account", "unsuspend", "ike"]).await;
    desk.run(&["account", "end-sessions", "ike"]).await;
    assert_eq!(desk.status_of("ike").await, "active");

    desk.run(&["superuser", "grant", "ike", "--dry-run"]).await;
    desk.run(&["superuser", "grant", "ike"]).await;
    assert!(desk.run(&["superuser", "list"]).await.contains("Ike Ito"));
    desk.run(&["superuser", "revoke", "ike"]).await;
    assert!(!desk.run(&["superuser", "list"]).await.contains("Ike Ito"));
    let last = desk.try_with("", &["superuser", "revoke", "olivia"]).await;
    assert_eq!(last.code, Some(1), "{}{}", last.out, last.err);

    desk.run(&["account", "delete", "ike", "--dry-run"]).await;
    desk.run(&["account", "delete", "ike", "--yes"]).await;
    let nobody = desk.try_with("", &["account", "delete", "ike", "--yes"]).await;
    assert_ne!(nobody.code, Some(0));
}

async fn tenants(desk: &Desk) {
    let birch = |verb: &str| ["organization", verb, "-o", "birch"].map(str::to_owned);
    let run = async |verb: &str, more: &[&str]| {
        let words = birch(verb);
        let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
        desk.run(&words).await
    };
    run("disable", &["--reason", "Unpaid", "--dry-run"]).await;
    run("disable", &["--reason", "Unpaid"]).await;
    let disabled = desk.ask(&["organization", "list-all", "--status", "disabled"]).await;
    assert_eq!(disabled["items"][0]["disabled"]["reason"], "Unpaid");
    run("enable", &[]).await;
    let told = run("delete", &["--dry-run"]).await;
    assert!(told.contains("1 member"), "{told}");
    let wrong = desk
        .try_with("", &["organization", "delete", "-o", "birch", "--confirm", "acme"])
        .await;
    assert_eq!(wrong.code, Some(1), "{}{}", wrong.out, wrong.err);
    run("delete", &["--confirm", "birch"]).await;
    assert!(!desk.run(&["organization", "list-all"]).await.contains("birch"));
    assert!(
        desk.run(&["organization", "list-all", "--status", "deleted"])
            .await
            .contains("birch")
    );
    run("restore", &[]).await;
    assert!(
        desk.run(&["organization", "list-all", "--query", "bir"])
            .await
            .contains("active")
    );
}

async fn leaving(desk: &Desk) {
    desk.run(&["people", "create", "--name", "Gus Grey", "--username", "gus"])
        .await;
    desk.run(&["people", "remove", "gus", "--dry-run"]).await;
    assert_eq!(desk.status_of("gus").await, "active");
    desk.run(&["people", "remove", "gus", "--yes"]).await;
    assert_eq!(
        desk.ask(&["people", "list", "--query", "gus"]).await["items"],
        json!([])
    );
    desk.run(&["people", "delete", "mia", "--yes"]).await;
    assert_eq!(
        desk.ask(&["people", "list", "--query", "mia"]).await["items"],
        json!([])
    );
    let last = desk.try_with("", &["people", "remove", "olivia", "--yes"]).await;
    assert_eq!(last.code, Some(1), "the last Owner stays: {}{}", last.out, last.err);
}

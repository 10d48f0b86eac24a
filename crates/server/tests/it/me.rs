//! One's own account by the command line: what the profile page has, typed.

use serde_json::json;
use testkit::{Mailbox, Phone};

use crate::desk::Desk;
use crate::house::{Ended, House, PASSWORD, run};

const NEW: &str = "mauve pebbles under rain 7";

/// Olivia, on a server that sends mail.
async fn desk() -> (Desk, Mailbox) {
    let (house, mailbox) = (House::new(), Mailbox::start().await);
    let node = house
        .serve(&["--smtp", &mailbox.url(), "--smtp-from", "Roster <roster@example.com>"])
        .await;
    node.set_up().await;
    let desk = Desk { house, node };
    desk.sign_in().await;
    (desk, mailbox)
}

impl Desk {
    /// Mia, at a desk of her own in the same house.
    async fn mia(&self, input: &str, words: &[&str]) -> Ended {
        let mut command = self.house.command(words);
        command
            .env("ROSTER_SERVER", &self.node.url)
            .env("HOME", self.house.path("mia"));
        run(command, input).await
    }

    async fn mia_does(&self, words: &[&str]) -> Ended {
        let ended = self.mia("", words).await;
        assert_eq!(ended.code, Some(0), "{words:?}: {}{}", ended.out, ended.err);
        ended
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_profile_is_seen_and_changed() {
    let (desk, mailbox) = desk().await;
    let shown = desk.run(&["me", "show"]).await;
    assert!(
        shown.contains("Username:    olivia\n") && shown.contains("acme"),
        "{shown}"
    );
    let nothing = desk.try_with("", &["me", "edit"]).await;
    assert_eq!(nothing.code, Some(2), "{}", nothing.err);
    let edit = [
        "me",
        "edit",
        "--phone",
        "+44 20 7946 0000",
        "--time-zone",
        "Europe/Lisbon",
    ];
    desk.run(&[&edit[..], &["--dry-run"]].concat()).await;
    assert_eq!(desk.ask(&["me", "show"]).await["time_zone"], json!(null));
    desk.run(&edit).await;
    desk.run(&["me", "edit", "--phone", ""]).await;
    let me = desk.ask(&["me", "show"]).await;
    assert_eq!(
        (&me["phone"], &me["time_zone"]),
        (&json!(null), &json!("Europe/Lisbon"))
    );

    let told = desk.run(&["me", "change-email", "olivia@example.net"]).await;
    assert!(told.starts_with("olivia@example.net gets a link."), "{told}");
    let mail = mailbox.next_to("olivia@example.net").await;
    let link = mail
        .text
        .split_whitespace()
        .find(|word| word.starts_with("http"))
        .unwrap();
    let token = link.rsplit('/').next().unwrap();
    desk.run(&["me", "change-email", "--drop"]).await;
    let body = json!({ "token": token });
    let late = desk
        .node
        .anyone()
        .post("/api/v1/email-changes/verification", &body)
        .await;
    assert_eq!(late.1["code"], "link_invalid", "{}", late.1);
    assert_eq!(desk.ask(&["me", "show"]).await["email"], json!("olivia@example.com"));
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_changed_and_sessions_and_second_factors_come_and_go() {
    let (desk, _mailbox) = desk().await;
    let elsewhere = desk.node.anyone().sign_in("olivia", PASSWORD).await.1;
    let elsewhere = desk.node.anyone().with(elsewhere["token"].as_str().unwrap());
    let input = format!("{PASSWORD}\n{NEW}\n");
    let changed = desk
        .try_with(&input, &["me", "change-password", "--password-stdin"])
        .await;
    assert_eq!(changed.code, Some(0), "{}{}", changed.out, changed.err);
    assert_eq!(elsewhere.get("/api/v1/me").await.0, 401);
    // The command line goes on by the new token.
    desk.run(&["me", "show"]).await;
    assert_eq!(desk.node.anyone().sign_in("olivia", NEW).await.0, 201);
    let sessions = desk.ask(&["me", "sessions"]).await;
    let sessions = sessions["items"].as_array().unwrap();
    let other = sessions.iter().find(|session| session["current"] != true).unwrap();
    desk.run(&["me", "sessions", "--end", other["id"].as_str().unwrap()])
        .await;
    desk.node.anyone().sign_in("olivia", NEW).await;
    desk.run(&["me", "sessions", "--end-others"]).await;
    assert!(desk.run(&["me", "sessions"]).await.starts_with("DEVICE"));
    assert_eq!(
        desk.ask(&["me", "sessions"]).await["items"].as_array().unwrap().len(),
        1
    );

    let none = desk.try_with("", &["mfa", "show"]).await;
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{}", none.err);
    let begun = desk.ask(&["mfa", "add-app"]).await;
    let phone = Phone::with(begun["secret"].as_str().unwrap());
    let code = phone.shows(service::ambient::Clock::System.now());
    let told = desk.run(&["mfa", "confirm-app", &code]).await;
    assert_eq!(told.lines().count(), 11, "{told}");
    assert!(desk.run(&["mfa", "show"]).await.contains("authenticator app"));
    let codes = desk.ask(&["mfa", "renew-codes"]).await;
    let code = codes["recovery_codes"][0].as_str().unwrap();
    let input = format!("{NEW}\n");
    let words = ["sign-in", "--login", "olivia", "--password-stdin", "--code", code];
    let signed_in = desk.try_with(&input, &words).await;
    assert_eq!(signed_in.code, Some(0), "{}", signed_in.err);
    let unknown = desk.try_with("", &["mfa", "remove-passkey", "Laptop"]).await;
    unknown.is_refused(&["there is no Laptop"]);
    desk.run(&["mfa", "remove-app"]).await;
    assert_eq!(desk.ask(&["mfa", "show"]).await["enabled"], json!(false));
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_leaves_and_deletes_their_account() {
    let (desk, _mailbox) = desk().await;
    let create = ["people", "create", "--name", "Mia Marsh", "--username", "mia"];
    let made = desk.ask(&create).await;
    let input = format!("{}\n{NEW}\n", made["temporary_password"].as_str().unwrap());
    let words = ["sign-in", "--login", "mia", "--password-stdin"];
    let signed_in = desk.mia(&input, &words).await;
    assert_eq!(signed_in.code, Some(0), "{}", signed_in.err);
    let alone = desk
        .try_with("", &["organization", "leave", "--organization", "acme", "--yes"])
        .await;
    assert_eq!(alone.code, Some(1), "the last Owner stays: {}{}", alone.out, alone.err);

    let tried = desk
        .mia_does(&["organization", "leave", "--organization", "acme", "--dry-run"])
        .await;
    assert!(tried.out.contains("Nothing has been changed"), "{}", tried.out);
    desk.mia_does(&["organization", "leave", "--organization", "acme", "--yes"])
        .await;
    let shown = desk.mia_does(&["me", "show"]).await;
    assert_eq!(shown.err, "You are in no organization.\n");
    desk.mia_does(&["me", "delete", "--dry-run"]).await;
    desk.mia_does(&["me", "delete", "--yes"]).await;
    let gone = desk.mia("", &["me", "show"]).await;
    assert_eq!(gone.code, Some(1), "{}", gone.err);
    assert_eq!(
        desk.ask(&["account", "list"]).await["items"].as_array().unwrap().len(),
        1
    );
    desk.node.stop().await;
}

//! Owners as the command line makes them and lets them end it, and what a member did to sign in.

use serde_json::json;

use crate::desk::Desk;
use crate::verb::peopled;

async fn role_of(desk: &Desk, who: &str) -> String {
    let found = desk.ask(&["people", "list", "--query", who]).await;
    found["items"][0]["role"]["slug"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ownership_is_granted_and_given_up_and_the_last_owner_stays() {
    let (desk, mia) = peopled().await;
    desk.refused(
        &["people", "set-role", "mia", "owner"],
        "On the command line: roster people grant-ownership MEMBER",
    )
    .await;
    desk.refused(&["people", "give-up-ownership"], "must keep an active Owner")
        .await;
    let tried = desk.run(&["people", "grant-ownership", "mia", "--dry-run"]).await;
    assert!(
        tried.contains("Mia Marsh") && tried.contains("Nothing has been changed"),
        "{tried}"
    );
    assert_eq!(role_of(&desk, "mia@").await, "member");
    let nobody = desk.try_with("", &["people", "grant-ownership", "mia", "nobody"]).await;
    nobody.is_refused(&["nobody"]);
    assert_eq!(role_of(&desk, "mia@").await, "member", "all are looked up first");
    let told = desk.run(&["people", "grant-ownership", "mia", "--yes"]).await;
    assert_eq!(told, "Mia Marsh is an Owner of acme.\n");
    assert_eq!(role_of(&desk, "mia@").await, "owner");

    // Who gives up need not say who they are.
    let tried = desk.try_as(&mia, &["people", "give-up-ownership", "--dry-run"]).await;
    assert_eq!(tried.code, Some(0), "{}", tried.err);
    assert_eq!(role_of(&desk, "mia@").await, "owner");
    let other = desk.try_as(&mia, &["people", "give-up-ownership", "olivia"]).await;
    assert!(
        other.code == Some(1) && other.err.contains("owner_protected"),
        "{}",
        other.err
    );
    let told = desk.try_as(&mia, &["people", "give-up-ownership"]).await;
    assert_eq!(
        (told.code, told.out.as_str()),
        (Some(0), "Mia Marsh is an Owner of acme no more, and an Admin now.\n"),
        "{}",
        told.err
    );
    assert_eq!(role_of(&desk, "mia@").await, "admin");
    desk.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_did_to_sign_in_is_listed() {
    let (desk, _) = peopled().await;
    assert_eq!(desk.node.anyone().sign_in("mia", "not it at all").await.0, 401);
    for words in [["people", "activity", "mia"], ["account", "activity", "mia"]] {
        let table = desk.run(&words).await;
        let mut lines = table.lines();
        assert!(lines.next().unwrap().starts_with("TIME"), "{table}");
        assert!(lines.next().unwrap().contains("failure"), "the latest first: {table}");
        assert!(table.contains("success") && table.contains("127.0.0.1"), "{table}");
        let listed = desk.ask(&words).await;
        assert_eq!(listed["items"][0]["success"], json!(false), "{listed}");
    }
    let first = desk.try_with("", &["people", "activity", "mia", "--limit", "1"]).await;
    assert_eq!(first.out.lines().count(), 2, "{}", first.out);
    assert!(first.err.starts_with("There are more"), "{}", first.err);
    desk.node.stop().await;
}

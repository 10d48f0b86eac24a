//! One's own accounts elsewhere, as the command line shows them and takes them away.

use serde_json::json;
use testkit::{Host, Traveller, host};

use crate::desk::Desk;
use crate::house::{House, PASSWORD};

/// A server that knows a host where code is kept.
async fn desk_by(hosting: &Host) -> Desk {
    let house = House::new();
    let settings = format!(
        "[identity_provider.github]\nclient_id = '{}'\nclient_secret = '{}'\nbase_url = '{}'\n",
        host::CLIENT,
        host::SECRET,
        hosting.url
    );
    std::fs::create_dir_all(house.data()).unwrap();
    std::fs::write(house.data().join("roster.toml"), settings).unwrap();
    Desk::at(house).await
}

/// Connects what she is signed in with over there, as her browser would.
async fn connect(desk: &Desk, provider: &str) {
    let anyone = desk.node.anyone();
    let (_, session) = anyone.sign_in("olivia", PASSWORD).await;
    let own = format!("roster={}", session["token"].as_str().unwrap());
    let leaving = anyone.request("GET", &format!("/me/identities/connect/{provider}"));
    let leaving = leaving.header("cookie", &own).send().await.unwrap();
    let to = leaving.headers()["location"].to_str().unwrap().to_owned();
    let trip = leaving.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let home = format!("{}/sign-in/{provider}/callback", desk.node.url);
    let query = Traveller::default().travel(&to, "", &home).await;
    let back = anyone
        .request("GET", &format!("/sign-in/{provider}/callback"))
        .query(&query)
        .header("cookie", format!("{own}; {trip}"));
    let arrived = back.send().await.unwrap();
    assert_eq!(arrived.headers()["location"], "/me#identities");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connected_accounts_are_listed_and_disconnected() {
    let hosting = Host::start().await;
    hosting.add(7, "OliviaCodes", "olivia@elsewhere.example");
    hosting.signed_in("OliviaCodes");
    let desk = desk_by(&hosting).await;
    desk.sign_in().await;
    let none = desk.try_with("", &["identity", "list"]).await;
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{}", none.err);
    connect(&desk, "github").await;

    let table = desk.run(&["identity", "list"]).await;
    let mut lines = table.lines();
    assert!(lines.next().unwrap().starts_with("PROVIDER  ACCOUNT"), "{table}");
    assert!(lines.next().unwrap().starts_with("github    OliviaCodes"), "{table}");
    let listed = desk.ask(&["identity", "list"]).await;
    let identity = &listed["items"][0];
    assert_eq!(
        (&identity["provider"], &identity["username"]),
        (&json!("github"), &json!("OliviaCodes"))
    );

    let other = desk.try_with("", &["identity", "unlink", "bitbucket"]).await;
    other.is_refused(&["bitbucket", "roster identity list"]);
    let tried = desk.run(&["identity", "unlink", "github", "--dry-run"]).await;
    assert!(tried.contains("Nothing has been changed"), "{tried}");
    assert_eq!(desk.ask(&["identity", "list"]).await, listed);
    let told = desk.run(&["identity", "unlink", "oliviacodes"]).await;
    assert_eq!(
        told,
        "The GitHub account OliviaCodes is disconnected: it signs you in no more.\n"
    );
    assert_eq!(desk.ask(&["identity", "list"]).await["items"], json!([]));

    // It can be connected again, and named by its id.
    connect(&desk, "github").await;
    let listed = desk.ask(&["identity", "list"]).await;
    let id = listed["items"][0]["id"].as_str().unwrap();
    desk.run(&["identity", "unlink", id]).await;
    let script = desk.run(&["completions", "bash"]).await;
    assert!(script.contains("unlink"), "no completion");
    desk.node.stop().await;
}

//! What another node or another program changes is in force here within a second.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use service::Roster;
use testkit::on_both_databases;
use tokio::task::JoinHandle;

use crate::app::{ACME, App, Person};

on_both_databases! {
    a_role_that_another_node_gives_is_held_here_within_a_second,
    a_session_that_another_node_ends_is_dead_here_within_a_second,
    a_superuser_made_on_another_node_is_one_here_within_a_second,
}

/// A node that listens until this value ends.
struct Told(JoinHandle<()>);

impl Told {
    fn of(roster: &Roster) -> Self {
        let roster = roster.clone();
        Self(tokio::spawn(async move { roster.keep_told().await }))
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn may(permission: &str, member: &str) -> Value {
    json!({
        "subject": { "type": "member", "id": member },
        "action": { "name": permission },
        "resource": { "type": "organization", "id": "acme" },
    })
}

async fn asked(person: &Person, body: &Value) -> Value {
    person
        .ask(Method::POST, "/access/v1/evaluation")
        .json(body)
        .await
        .json()
}

/// Asks again until it is so; the clock of these instances stands still, so nothing is forgotten for its age.
async fn within_a_second(what: &str, holds: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(1), "{what} after a second");
        tokio::task::yield_now().await;
    }
}

/// Listening has begun when a change of another node is heard.
async fn listening(app: &App, elsewhere: &Person) {
    let body = may("roster.member.view", &app.gus.member);
    let role = format!("{ACME}/members/{}/role", app.gus.member);
    // Remembered here first: what is not would be read anew anyway.
    asked(&app.adam, &body).await;
    let begun = Instant::now();
    for name in ["member", "guest"].into_iter().cycle() {
        elsewhere.put(&role, json!({ "role": name })).await.is(200);
        let looked = Instant::now();
        while looked.elapsed() < Duration::from_millis(900) {
            if asked(&app.adam, &body).await["decision"] == (name == "member") {
                return;
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "nobody listens");
    }
}

async fn a_role_that_another_node_gives_is_held_here_within_a_second(app: App) {
    let _told = Told::of(&app.roster);
    let (_node, there) = app.node().await;
    let olivia = app.olivia.at(&there);
    listening(&app, &olivia).await;
    let body = may("roster.member.manage", &app.mia.member);
    assert_eq!(asked(&app.adam, &body).await["decision"], false);
    let role = format!("{ACME}/members/{}/role", app.mia.member);
    olivia.put(&role, json!({ "role": "admin" })).await.is(200);
    within_a_second("mia is no admin here", async || {
        asked(&app.adam, &body).await["decision"] == true
    })
    .await;
}

async fn a_session_that_another_node_ends_is_dead_here_within_a_second(app: App) {
    let _told = Told::of(&app.roster);
    let (_node, there) = app.node().await;
    listening(&app, &app.olivia.at(&there)).await;
    let mia = app.sign_in(&app.mia).await;
    mia.get("/me").await.is(200);
    mia.at(&there).delete("/sessions/current").await.is(204);
    within_a_second("mia is signed in here", async || mia.get("/me").await.status == 401).await;
}

async fn a_superuser_made_on_another_node_is_one_here_within_a_second(app: App) {
    let _told = Told::of(&app.roster);
    let (_node, there) = app.node().await;
    listening(&app, &app.olivia.at(&there)).await;
    let body = may("roster.organization.delete", &app.mia.member);
    assert_eq!(asked(&app.adam, &body).await["decision"], false);
    let superuser = format!("/instance/superusers/{}", app.mia.account);
    app.sid.at(&there).put(&superuser, Value::Null).await.is(200);
    within_a_second("mia is no superuser here", async || {
        asked(&app.adam, &body).await["decision"] == true
    })
    .await;
}

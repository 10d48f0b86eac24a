//! The clock is set back by an hour: nothing that was ended by somebody comes alive, what is used once stays used, and nothing
//! waits until the clock is there again.

use std::time::Duration;

use domain::Timestamp;
use domain::time::{HOUR, SECOND};
use serde_json::{Value, json};
use testkit::{Mailbox, Phone};
use tokio::time::{Instant, sleep};

use crate::house::{Caller, House, PASSWORD, answer};
use crate::preload::Between;
use crate::rules;

const ACME: &str = "/api/v1/organizations/acme";

/// What the server's clock says, that much off.
fn now(offset: i64) -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    Timestamp::from_micros(i64::try_from(since.unwrap().as_micros()).unwrap()).plus(offset)
}

async fn invite(olivia: &Caller, name: &str) -> Value {
    let body = json!({ "email": format!("{name}@example.com"), "role": "member" });
    let (status, sent) = olivia.post(&format!("{ACME}/invitations"), &body).await;
    assert_eq!(status, 201, "{sent}");
    sent
}

/// Somebody who has accepted, the token that did it, and the session it gave.
async fn joined(olivia: &Caller, name: &str) -> (Value, String, Caller) {
    let sent = invite(olivia, name).await;
    let link = sent["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let (status, accepted) = accept(olivia, &link, name).await;
    assert_eq!(status, 201, "{accepted}");
    let own = olivia.with(accepted["token"].as_str().unwrap());
    (accepted["member"].clone(), link, own)
}

async fn accept(anyone: &Caller, link: &str, name: &str) -> (u16, Value) {
    let body = json!({ "token": link, "name": name, "username": name, "password": PASSWORD });
    anyone.with("").post("/api/v1/invitation-acceptances", &body).await
}

/// A session that waits for a second factor.
async fn halfway(anyone: &Caller, name: &str) -> Caller {
    let (status, answer) = anyone.with("").sign_in(name, PASSWORD).await;
    assert_eq!((status, &answer["next"]), (201, &json!("mfa")), "{answer}");
    anyone.with(answer["token"].as_str().unwrap())
}

async fn second_factor(session: &Caller, method: &str, code: &str) -> u16 {
    let body = json!({ "method": method, "code": code });
    session.post("/api/v1/sessions/current/mfa", &body).await.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_back_nothing_ended_comes_alive_and_nothing_waits() {
    let (house, mailbox) = (House::new(), Mailbox::start().await);
    let between = Between::new(&house);
    between.shift_clock(HOUR);
    let mail = mailbox.url();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--smtp", &mail];
    let node = house.spawn(between.command(&house, &serve)).await;
    let olivia = node.set_up().await;

    let (member, link, ada) = joined(&olivia, "ada").await;
    let (_, _, grace) = joined(&olivia, "grace").await;
    let (_, _, henry) = joined(&olivia, "henry").await;

    // What is ended by somebody.
    let (status, revoked) = ada.post("/api/v1/me/tokens", &json!({ "name": "a try" })).await;
    assert_eq!(status, 201, "{revoked}");
    let path = format!("/api/v1/me/tokens/{}", revoked["id"].as_str().unwrap());
    assert_eq!(answer(ada.request("DELETE", &path)).await.0, 204);
    assert_eq!(answer(henry.request("DELETE", "/api/v1/sessions/current")).await.0, 204);

    // What is used once.
    let (status, begun) = grace.post("/api/v1/me/mfa/totp", &json!({})).await;
    assert!(status < 300, "{begun}");
    let phone = Phone::with(begun["secret"].as_str().unwrap());
    let used = phone.shows(now(HOUR));
    let (status, codes) = grace
        .post("/api/v1/me/mfa/totp/confirmation", &json!({ "code": used }))
        .await;
    assert!(status < 300, "{codes}");
    let recovery = codes["recovery_codes"][0].as_str().unwrap().to_owned();

    // What is put off.
    mailbox.refuse("late@example.com", "451 4.7.1 Try again later");
    let late = invite(&olivia, "late").await["invitation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    delivered(&olivia, &late, |delivery| {
        delivery["detail"].as_str().is_some_and(|detail| detail.contains("451"))
    })
    .await;

    between.shift_clock(0);
    mailbox.forgive("late@example.com");

    assert_eq!(ada.get("/api/v1/me").await.0, 200, "who is signed in stays so");
    for ended in [&olivia.with(revoked["token"].as_str().unwrap()), &henry] {
        assert_eq!(ended.get("/api/v1/me").await.0, 401);
    }
    assert_ne!(accept(&olivia, &link, "somebody").await.0, 201);
    let waiting = halfway(&olivia, "grace").await;
    assert_eq!(
        second_factor(&waiting, "totp", &used).await,
        401,
        "a code works once, whatever the clock says"
    );
    assert!(second_factor(&waiting, "recovery_code", &recovery).await < 300);
    let again = halfway(&olivia, "grace").await;
    assert_eq!(second_factor(&again, "recovery_code", &recovery).await, 401);

    // Nobody knows how long ago the last proof was.
    let path = format!("{ACME}/owners/{}", member["id"].as_str().unwrap());
    let (status, refused) = answer(olivia.request("PUT", &path)).await;
    assert_eq!((status, &refused["code"]), (403, &json!("proof_required")), "{refused}");
    let proof = json!({ "password": PASSWORD });
    assert!(olivia.post("/api/v1/sessions/current/proof", &proof).await.0 < 300);
    assert_eq!(answer(olivia.request("PUT", &path)).await.0, 200);

    delivered(&olivia, &late, |delivery| delivery["state"] == "sent").await;
    let new = invite(&olivia, "new").await["invitation"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    delivered(&olivia, &new, |delivery| delivery["state"] == "sent").await;

    rules::in_the_database(&house).await;
    rules::exports_verify(&house, &olivia).await;
    let doctor = house
        .run(&["doctor", "--output", "json", "--listen", "127.0.0.1:0"], "")
        .await;
    let told: Value = serde_json::from_str(&doctor.out).unwrap();
    let wrong: Vec<&str> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["level"] == "wrong")
        .map(|finding| finding["check"].as_str().unwrap())
        .collect();
    assert_eq!(wrong, ["clock"], "{told:#}");

    // And forward again.
    between.shift_clock(HOUR);
    assert_eq!(ada.get("/api/v1/me").await.0, 200);
    assert!(
        second_factor(
            &halfway(&olivia, "grace").await,
            "totp",
            &phone.shows(now(HOUR + 60 * SECOND))
        )
        .await
            < 500
    );
    rules::in_the_database(&house).await;
    node.stop().await;
}

async fn delivered(olivia: &Caller, invitation: &str, wanted: impl Fn(&Value) -> bool) {
    let begun = Instant::now();
    loop {
        let (_, answer) = olivia.get(&format!("{ACME}/invitations/{invitation}")).await;
        if wanted(&answer["delivery"]) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{answer}");
        sleep(Duration::from_millis(100)).await;
    }
}

//! Signing in, guessing, and passwords.

use std::net::{IpAddr, Ipv4Addr};

use domain::time::{DAY, SECOND};
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, Reply, Server, create, sign_in, text};

on_both_databases! {
    an_unknown_name_and_a_wrong_password_are_answered_alike,
    who_guesses_waits_and_is_heard_again,
    a_changed_password_ends_every_other_session,
    a_temporary_password_ends_by_itself,
    sessions_are_listed_and_ended,
    forwarded_addresses_count_only_from_a_trusted_proxy,
}

/// All but what differs from any answer to the next.
fn told(reply: &Reply) -> (u16, String, Vec<(String, String)>) {
    let headers = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: Vec<_> = headers
        .filter(|(name, _)| name != "x-request-id" && name != "date")
        .collect();
    headers.sort();
    (reply.status, reply.text.clone(), headers)
}

async fn an_unknown_name_and_a_wrong_password_are_answered_alike(app: App) {
    let attempt = |login: &str, password: &str| {
        app.anonymous
            .post("/sessions", json!({ "login": login, "password": password }))
    };
    let wrong = attempt("mia", "not her password").await;
    wrong.refused(401, "wrong_credentials");
    for login in ["nobody", "nobody@example.com", "mia@example.org", ""] {
        assert_eq!(told(&attempt(login, "not her password").await), told(&wrong), "{login}");
    }
    // Nor does guessing further tell the two apart.
    for _ in 0..9 {
        assert_eq!(
            told(&attempt("mia", "guess").await),
            told(&attempt("nobody", "guess").await)
        );
    }
    let (known, unknown) = (attempt("mia", "guess").await, attempt("nobody", "guess").await);
    known.refused(429, "too_many_tries");
    assert_eq!(told(&known), told(&unknown));
}

async fn who_guesses_waits_and_is_heard_again(app: App) {
    let attempt = |password: &str| {
        app.anonymous
            .post("/sessions", json!({ "login": "mia", "password": password }))
    };
    for _ in 0..10 {
        attempt("guess").await.refused(401, "wrong_credentials");
    }
    let held_back = attempt(PASSWORD).await;
    held_back.refused(429, "too_many_tries");
    let wait: i64 = held_back.header("retry-after").parse().unwrap();
    assert!(wait >= 1, "{wait}");
    // Who is signed in is not held back by it, and others sign in from here.
    app.mia.get("/me").await.is(200);
    sign_in(&app.gus, PASSWORD).await;
    app.pass(wait * SECOND);
    attempt("guess").await.refused(401, "wrong_credentials");
    let longer: i64 = attempt(PASSWORD).await.header("retry-after").parse().unwrap();
    assert!(longer > wait, "{longer}");
    app.pass(longer * SECOND);
    attempt(PASSWORD).await.is(201);
    attempt("guess").await.refused(401, "wrong_credentials");
    attempt(PASSWORD).await.is(201);
}

async fn a_changed_password_ends_every_other_session(app: App) {
    let phone = app.sign_in(&app.mia).await;
    let wrong = json!({ "current_password": "not this", "new_password": "eleven brave turnips hum" });
    let refused = app.mia.put("/me/password", wrong).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/current_password");
    for weak in [
        "short",
        "password password",
        "aaaaaaaaaaaaaaaaaaaa",
        "roster roster roster",
        PASSWORD,
    ] {
        let change = json!({ "current_password": PASSWORD, "new_password": weak });
        let refused = app.mia.put("/me/password", change).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/new_password", "{weak}");
    }
    let change = json!({ "current_password": PASSWORD, "new_password": "eleven brave turnips hum" });
    let changed = app.mia.put("/me/password", change).await.is(200);
    for old in [&app.mia, &phone] {
        old.get("/me").await.refused(401, "sign_in_required");
    }
    app.mia
        .with_token(changed["token"].as_str().unwrap())
        .get("/me")
        .await
        .is(200);
    app.anonymous
        .post("/sessions", json!({ "login": "mia", "password": PASSWORD }))
        .await
        .refused(401, "wrong_credentials");
    sign_in(&app.mia, "eleven brave turnips hum").await;
    sign_in(
        &crate::app::Person {
            name: app.mia.email(),
            ..app.mia.clone()
        },
        "eleven brave turnips hum",
    )
    .await;
}

async fn a_temporary_password_ends_by_itself(app: App) {
    let (tess, temporary) = create(&app.adam, "acme", "tess", "member").await;
    app.pass(7 * DAY);
    let login = json!({ "login": "tess", "password": temporary });
    app.anonymous
        .post("/sessions", login)
        .await
        .refused(403, "temporary_password_expired");
    let adam = app.sign_in(&app.adam).await;
    let reset = adam
        .post(&format!("{ACME}/members/{}/password-reset", tess.member), json!({}))
        .await
        .is(200);
    let tess = sign_in(&tess, reset["temporary_password"].as_str().unwrap()).await;
    tess.get(ACME).await.refused(403, "password_change_required");
    // A typed one is held to the same rules.
    let typed = |password: &str| json!({ "delivery": "temporary", "temporary_password": password });
    let path = format!("{ACME}/members/{}/password-reset", tess.member);
    assert_eq!(
        adam.post(&path, typed("short")).await.refused(422, "invalid")["errors"][0]["pointer"],
        "/temporary_password"
    );
    assert_eq!(
        adam.post(&path, typed("eleven brave turnips hum")).await.is(200)["temporary_password"],
        "eleven brave turnips hum"
    );
}

async fn sessions_are_listed_and_ended(app: App) {
    let (phone, tablet) = (app.sign_in(&app.mia).await, app.sign_in(&app.mia).await);
    let listed = app.mia.get("/me/sessions").await.is(200);
    let sessions = listed["items"].as_array().unwrap().clone();
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    let theirs = tablet.get("/me/sessions").await.is(200);
    let tablet_id = theirs["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|session| session["current"] == true)
        .map(|session| text(&session["id"]))
        .unwrap();
    app.gus
        .delete(&format!("/me/sessions/{tablet_id}"))
        .await
        .refused(404, "not_found");
    app.mia.delete(&format!("/me/sessions/{tablet_id}")).await.is(204);
    tablet.get("/me").await.refused(401, "sign_in_required");
    app.mia.delete("/me/sessions").await.is(204);
    phone.get("/me").await.refused(401, "sign_in_required");
    // Her admin sees and ends them too.
    let path = format!("{ACME}/members/{}/sessions", app.mia.member);
    let seen = app.adam.get(&path).await.is(200);
    let ids: Vec<&Value> = seen["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| &session["id"])
        .collect();
    assert_eq!(ids.len(), 1);
    app.adam.delete(&format!("{path}/{}", text(ids[0]))).await.is(204);
    app.mia.get("/me").await.refused(401, "sign_in_required");
}

async fn forwarded_addresses_count_only_from_a_trusted_proxy(app: App) {
    let behind = Server::start(&app.roster, vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]).await;
    let login = json!({ "login": "mia", "password": PASSWORD });
    let forwarded = "198.51.100.7, 203.0.113.9";
    for (person, address) in [
        (app.anonymous.clone(), "127.0.0.1"),
        (app.anonymous.at(&behind), "203.0.113.9"),
    ] {
        app.pass(SECOND);
        let signed_in = person
            .post("/sessions", login.clone())
            .header("x-forwarded-for", forwarded)
            .header("forwarded", "for=192.0.2.44")
            .header("x-real-ip", "192.0.2.45")
            .await
            .is(201);
        let sessions = person
            .with_token(signed_in["token"].as_str().unwrap())
            .get("/me/sessions")
            .await
            .is(200);
        let current = sessions["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|session| session["current"] == true)
            .unwrap()
            .clone();
        assert_eq!(current["address"], address);
    }
    let path = format!("{ACME}/members/{}/activity", app.mia.member);
    let activity = app.adam.get(&path).await.is(200);
    assert_eq!(activity["items"][0]["address"], "203.0.113.9");
}

//! What a stranger can begin over HTTP: a new password, an account, another address; and what they never learn.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, email, sign_in, text, token_of};

on_both_databases! {
    a_forgotten_password_is_set_anew_by_mail,
    known_and_unknown_addresses_are_answered_alike,
    an_admin_mails_a_reset_and_is_told_why_it_cannot,
    somebody_signs_up_and_belongs,
    a_body_of_several_addresses_is_no_body,
    an_address_is_changed_over_the_api,
}

const NEW: &str = "vivid otter juggles plums";

async fn mailed(app: &App, to: &str) -> String {
    app.deliver().await;
    token_of(app.mailbox().next_to(to).await.link())
}

async fn a_forgotten_password_is_set_anew_by_mail(app: App) {
    let asked = app
        .anonymous
        .post("/password-resets", json!({ "email": email("mia") }))
        .await;
    assert_eq!((asked.status, asked.text.as_str()), (202, ""));
    let token = mailed(&app, &email("mia")).await;
    let redemption = json!({ "token": token, "new_password": NEW });
    app.anonymous
        .post("/password-resets/redemption", redemption.clone())
        .await
        .is(204);
    app.mia.get("/me").await.refused(401, "sign_in_required");
    app.anonymous
        .post("/password-resets/redemption", redemption)
        .await
        .refused(404, "link_invalid");
    sign_in(&app.mia, NEW).await.get("/me").await.is(200);
}

async fn known_and_unknown_addresses_are_answered_alike(app: App) {
    let mut answers = Vec::new();
    for name in ["mia", "nobody"] {
        let body = json!({ "email": email(name) });
        let reply = app.anonymous.post("/password-resets", body).await;
        answers.push((reply.status, reply.text.clone(), reply.header("content-type")));
        let body = json!({ "email": email(name), "name": "Somebody", "password": PASSWORD });
        let reply = app.anonymous.post("/sign-ups", body).await;
        answers.push((reply.status, reply.text.clone(), reply.header("content-type")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 202);
}

async fn an_admin_mails_a_reset_and_is_told_why_it_cannot(app: App) {
    let reset = |member: &str| format!("{ACME}/members/{member}/password-reset");
    let by_mail = json!({ "delivery": "mail" });
    let sent = app.adam.post(&reset(&app.mia.member), by_mail.clone()).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    let token = mailed(&app, &email("mia")).await;
    assert_eq!(token.len(), 43);
    app.adam
        .post(&reset(&app.olivia.member), by_mail.clone())
        .await
        .refused(403, "owner_protected");
    app.mia
        .post(&reset(&app.gus.member), by_mail.clone())
        .await
        .refused(403, "permission_required");
    app.eve
        .post(&reset(&app.gus.member), by_mail)
        .await
        .refused(404, "not_found");
    let typed = json!({ "delivery": "mail", "temporary_password": NEW });
    app.adam
        .post(&reset(&app.gus.member), typed)
        .await
        .refused(422, "invalid");
    let pigeon = json!({ "delivery": "pigeon" });
    app.adam
        .post(&reset(&app.gus.member), pigeon)
        .await
        .refused(422, "invalid");
}

async fn somebody_signs_up_and_belongs(app: App) {
    app.olivia
        .patch(&format!("{ACME}/policies"), json!({ "self_sign_up": true }))
        .await
        .is(200);
    let domain = json!({ "domain": "Example.net", "authentication_method": "password", "role": "member" });
    let listed = app.adam.post(&format!("{ACME}/signup-domains"), domain).await.is(201);
    assert_eq!(
        (&listed["domain"], &listed["proved"]),
        (&json!("example.net"), &json!(false))
    );
    assert!(text(&listed["id"]).starts_with("dom_"));
    let new = json!({ "email": "ada@example.net", "name": "Ada Lovelace", "password": NEW });
    let asked = app.anonymous.post("/sign-ups", new).await;
    assert_eq!((asked.status, asked.text.as_str()), (202, ""));
    let token = mailed(&app, "ada@example.net").await;
    let joined = app
        .anonymous
        .post("/sign-ups/verification", json!({ "token": token }))
        .await
        .is(201);
    assert_eq!(joined["member"]["role"]["slug"], "member");
    assert_eq!(joined["member"]["managed"], true);
    let ada = app.anonymous.with_token(joined["token"].as_str().unwrap());
    assert_eq!(ada.get("/me").await.is(200)["email_verified"], true);
    ada.get(ACME).await.is(200);
    app.anonymous
        .post("/sign-ups/verification", json!({ "token": token }))
        .await
        .refused(404, "link_invalid");
    // The domain goes by its name as well.
    let path = format!("{ACME}/signup-domains/example.net");
    app.eve.get(&path).await.refused(404, "not_found");
    app.mia.get(&path).await.refused(403, "permission_required");
    app.adam
        .post(&format!("{path}/proof"), Value::Null)
        .await
        .refused(409, "domain_not_proved");
    app.adam.delete(&path).await.is(204);
}

async fn a_body_of_several_addresses_is_no_body(app: App) {
    for email in [
        json!([email("mia"), "eve@example.org"]),
        json!({ "0": email("mia") }),
        Value::Null,
    ] {
        let reply = app.anonymous.post("/password-resets", json!({ "email": email })).await;
        assert!(matches!(reply.status, 400 | 422), "{}", reply.text);
    }
    let more = json!({ "email": email("mia"), "cc": "eve@example.org" });
    let reply = app.anonymous.post("/password-resets", more).await;
    assert_eq!(reply.status, 422, "{}", reply.text);
    app.deliver().await;
    assert!(app.mailbox().mails().is_empty());
}

async fn an_address_is_changed_over_the_api(app: App) {
    let mia = app.sign_in(&app.mia).await;
    let asked = mia.put("/me/email", json!({ "email": "mia@example.net" })).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let token = mailed(&app, "mia@example.net").await;
    assert_eq!(mia.get("/me").await.is(200)["email"], json!(email("mia")));
    app.anonymous
        .post("/email-changes/verification", json!({ "token": token }))
        .await
        .is(204);
    assert_eq!(mia.get("/me").await.is(200)["email"], "mia@example.net");
    app.olivia.delete("/me").await.refused(409, "last_owner");
    mia.delete("/me").await.is(204);
    mia.get("/me").await.refused(401, "sign_in_required");
}

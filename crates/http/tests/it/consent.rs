//! People who are in another organization already: they are asked, and their account stays their own.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, ELSEWHERE, PASSWORD, Person, accept, email, invite, join, sign_in, text, token_of};

on_both_databases! {
    whoever_has_a_verified_address_agrees_when_signed_in,
    whoever_has_not_agrees_by_the_mail,
    whoever_declines_is_no_member,
    an_instance_may_add_at_once,
    an_account_of_two_organizations_is_touched_by_neither,
    a_suspended_account_is_not_added,
}

fn consent_path() -> &'static str {
    "/me/organizations/elsewhere/consent"
}

/// eve adds somebody who has an account.
async fn add(app: &App, name: &str) -> Value {
    let added = app
        .eve
        .post(
            &format!("{ELSEWHERE}/members"),
            json!({ "email": email(name), "role": "admin" }),
        )
        .await
        .is(201);
    assert!(added.get("temporary_password").is_none(), "{added}");
    added["member"].clone()
}

/// Somebody who came by the mail, so that their address is verified.
async fn vera(app: &App) -> Person {
    invite(&app.adam, "acme", "vera", true).await;
    app.deliver().await;
    let link = app.mailbox().next_to(&email("vera")).await.link().to_owned();
    accept(&app.anonymous, "vera", &link).await
}

async fn whoever_has_a_verified_address_agrees_when_signed_in(app: App) {
    let vera = vera(&app).await;
    vera.patch("/me", json!({ "phone": "+49 30 999999" })).await.is(200);
    let added = add(&app, "vera").await;
    assert_eq!(
        (&added["status"], &added["phone"], &added["last_sign_in_at"]),
        (&json!("awaiting_consent"), &Value::Null, &Value::Null)
    );
    let again = json!({ "email": email("vera"), "role": "member" });
    app.eve
        .post(&format!("{ELSEWHERE}/members"), again)
        .await
        .refused(409, "already_awaiting_consent");
    // Until then nothing of the organization is hers, nor hers the organization's.
    vera.get(ELSEWHERE).await.refused(404, "not_found");
    let waiting = vera.get("/me/organizations").await.is(200);
    let waiting = waiting["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|membership| membership["organization"]["slug"] == "elsewhere")
        .unwrap()
        .clone();
    assert_eq!(waiting["status"], "awaiting_consent");
    let preview = vera
        .put(&format!("{}?dry_run=true", consent_path()), json!({}))
        .await
        .is(200);
    assert!(preview["effects"].is_array(), "{preview}");
    vera.get(ELSEWHERE).await.refused(404, "not_found");
    vera.put(consent_path(), json!({})).await.is(204);
    vera.get(ELSEWHERE).await.is(200);
    vera.put(consent_path(), json!({}))
        .await
        .refused(409, "nothing_to_consent_to");
    // And leaves again.
    vera.delete("/me/organizations/elsewhere?dry_run=true").await.is(200);
    vera.get(ELSEWHERE).await.is(200);
    vera.delete("/me/organizations/elsewhere").await.is(204);
    vera.get(ELSEWHERE).await.refused(404, "not_found");
    vera.get(ACME).await.is(200);
}

async fn whoever_has_not_agrees_by_the_mail(app: App) {
    add(&app, "mia").await;
    app.mia
        .put(consent_path(), json!({}))
        .await
        .refused(403, "consent_by_mail_only");
    app.deliver().await;
    let link = app.mailbox().next_to(&email("mia")).await.link().to_owned();
    assert!(link.starts_with(&format!("{}/", crate::app::PUBLIC_URL)), "{link}");
    let token = json!({ "token": token_of(&link) });
    // A link is good for whom it was sent to alone, and looking at it is not agreeing.
    app.anonymous
        .ask(reqwest::Method::GET, link.strip_prefix(crate::app::PUBLIC_URL).unwrap())
        .await;
    add(&app, "gus").await;
    app.gus
        .put(consent_path(), token.clone())
        .await
        .refused(403, "consent_by_mail_only");
    app.mia.get(ELSEWHERE).await.refused(404, "not_found");
    app.mia.put(consent_path(), token.clone()).await.is(204);
    assert_eq!(app.mia.get(ELSEWHERE).await.is(200)["slug"], "elsewhere");
    assert_eq!(app.mia.get("/me").await.is(200)["email_verified"], true);
    app.mia
        .put(consent_path(), token)
        .await
        .refused(409, "nothing_to_consent_to");
}

async fn whoever_declines_is_no_member(app: App) {
    let waiting = add(&app, "gus").await;
    app.gus.delete("/me/organizations/elsewhere").await.is(204);
    app.eve
        .get(&format!("{ELSEWHERE}/members/{}", text(&waiting["id"])))
        .await
        .refused(404, "not_found");
    app.gus.put(consent_path(), json!({})).await.refused(404, "not_found");
    app.gus
        .delete("/me/organizations/elsewhere")
        .await
        .refused(404, "not_found");
    // The mail that was on its way is not sent.
    app.deliver().await;
    assert!(app.mailbox().mails().is_empty());
}

async fn an_instance_may_add_at_once(app: App) {
    app.sid
        .patch("/instance/policies", json!({ "existing_accounts": "add" }))
        .await
        .is(200);
    assert_eq!(add(&app, "gus").await["status"], "active");
    app.gus.get(ELSEWHERE).await.is(200);
    app.olivia.get(ELSEWHERE).await.refused(404, "not_found");
}

async fn an_account_of_two_organizations_is_touched_by_neither(app: App) {
    assert_eq!(app.member(&app.mia).await["managed"], true);
    app.sid
        .patch("/instance/policies", json!({ "existing_accounts": "add" }))
        .await
        .is(200);
    let there = add(&app, "mia").await;
    let mia = sign_in(&app.mia, PASSWORD).await;
    let seen = app.member(&mia).await;
    assert_eq!(
        (&seen["managed"], &seen["last_sign_in_at"]),
        (&json!(false), &Value::Null)
    );
    for (admin, member) in [
        (&app.adam, format!("{ACME}/members/{}", mia.member)),
        (&app.eve, format!("{ELSEWHERE}/members/{}", text(&there["id"]))),
    ] {
        admin
            .post(&format!("{member}/password-reset"), json!({}))
            .await
            .refused(403, "not_managed");
        admin
            .patch(&member, json!({ "email": "eve.reads@example.com" }))
            .await
            .refused(403, "not_managed");
        admin
            .put(&format!("{member}/suspension"), json!({}))
            .await
            .refused(403, "not_managed");
        admin
            .delete(&format!("{member}/suspension"))
            .await
            .refused(403, "not_managed");
        admin
            .get(&format!("{member}/sessions"))
            .await
            .refused(403, "not_managed");
        admin
            .delete(&format!("{member}/sessions"))
            .await
            .refused(403, "not_managed");
        admin
            .delete(&format!("{member}/account"))
            .await
            .refused(403, "not_managed");
        let activity = admin.get(&format!("{member}/activity")).await.is(200);
        assert!(
            activity["items"]
                .as_array()
                .unwrap()
                .iter()
                .all(|item| item["action"] == "entry"),
            "{activity}"
        );
        // The membership is theirs.
        admin
            .put(&format!("{member}/role"), json!({ "role": "guest" }))
            .await
            .is(200);
        admin.put(&format!("{member}/disablement"), json!({})).await.is(200);
        mia.get("/me").await.is(200);
        admin.delete(&format!("{member}/disablement")).await.is(200);
    }
    // Back in one organization, which is her home, she is managed again.
    mia.delete("/me/organizations/elsewhere").await.is(204);
    assert_eq!(app.member(&mia).await["managed"], true);
}

async fn a_suspended_account_is_not_added(app: App) {
    let tom = join(&app.adam, "acme", "tom", "member").await;
    app.adam
        .put(&format!("{ACME}/members/{}/suspension", tom.member), json!({}))
        .await
        .is(200);
    let new = json!({ "email": email("tom"), "role": "member" });
    app.eve
        .post(&format!("{ELSEWHERE}/members"), new)
        .await
        .refused(409, "account_suspended");
}

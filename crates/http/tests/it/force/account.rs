//! What ends a session.

use serde_json::json;

use super::{Pair, acme, session};
use crate::app::{PASSWORD, Person, text, token_of};

pub const TAKEN: &[&str] = &[
    "sign_out",
    "end_my_session",
    "end_my_other_sessions",
    "end_member_session",
    "end_member_sessions",
    "end_account_sessions",
    "change_my_password",
    "reset_member_password",
    "redeem_password_reset",
    "suspend_member",
    "suspend_account",
    "delete_member_account",
    "delete_account",
    "delete_me",
];

/// The id of the session that they ask by.
async fn current(person: &Person) -> String {
    let list = person.get("/me/sessions").await.is(200);
    let mut sessions = list["items"].as_array().unwrap().iter();
    text(&sessions.find(|session| session["current"] == true).unwrap()["id"])
}

pub async fn walk(pair: Pair) {
    let app = &pair.app;
    let (olivia, sid) = (pair.there(&app.olivia), pair.there(&app.sid));

    let ada = pair.person("ada", "member").await;
    let other = app.sign_in(&ada).await;
    let sign_out = other.delete("/sessions/current");
    pair.taken("sign_out", &[session(&other)], sign_out).await;

    let other = app.sign_in(&ada).await;
    let id = current(&other).await;
    let end = ada.delete(&format!("/me/sessions/{id}"));
    pair.taken("end_my_session", &[session(&other)], end).await;

    let others = [app.sign_in(&ada).await, app.sign_in(&ada).await].map(|other| session(&other));
    let end = ada.delete("/me/sessions");
    pair.taken("end_my_other_sessions", &others, end).await;

    let other = app.sign_in(&ada).await;
    let sessions = acme(&format!("members/{}/sessions", ada.member));
    let id = current(&other).await;
    let end = olivia.delete(&format!("{sessions}/{id}"));
    pair.taken("end_member_session", &[session(&other)], end).await;

    let both = [session(&ada), session(&app.sign_in(&ada).await)];
    pair.taken("end_member_sessions", &both, olivia.delete(&sessions)).await;

    let ada = app.sign_in(&ada).await;
    let end = sid.delete(&format!("/instance/accounts/{}/sessions", ada.account));
    pair.taken("end_account_sessions", &[session(&ada)], end).await;

    let (ada, other) = (app.sign_in(&ada).await, app.sign_in(&ada).await);
    let password = "three calm geese over the marsh";
    let body = json!({ "current_password": PASSWORD, "new_password": password });
    let change = ada.put("/me/password", body);
    pair.taken("change_my_password", &[session(&other)], change).await;

    let ben = pair.person("ben", "member").await;
    let path = acme(&format!("members/{}/password-reset", ben.member));
    let reset = olivia.post(&path, json!({ "delivery": "temporary" }));
    pair.taken("reset_member_password", &[session(&ben)], reset).await;

    let cleo = pair.person("cleo", "member").await;
    app.anonymous
        .post("/password-resets", json!({ "email": cleo.email() }))
        .await
        .is(202);
    app.deliver().await;
    let mail = app.mailbox().next_to(&cleo.email()).await;
    let body = json!({ "token": token_of(mail.link()), "new_password": password });
    let redeem = pair.there(&app.anonymous).post("/password-resets/redemption", body);
    pair.taken("redeem_password_reset", &[session(&cleo)], redeem).await;

    let dora = pair.person("dora", "member").await;
    let suspend = olivia.put(
        &acme(&format!("members/{}/suspension", dora.member)),
        json!({ "reason": "Lost." }),
    );
    pair.taken("suspend_member", &[session(&dora)], suspend).await;

    let emil = pair.person("emil", "member").await;
    let path = format!("/instance/accounts/{}/suspension", emil.account);
    let suspend = sid.put(&path, json!({ "reason": "Stolen." }));
    pair.taken("suspend_account", &[session(&emil)], suspend).await;

    let fay = pair.person("fay", "member").await;
    let delete = olivia.delete(&acme(&format!("members/{}/account", fay.member)));
    pair.taken("delete_member_account", &[session(&fay)], delete).await;

    let gerd = pair.person("gerd", "member").await;
    let delete = sid.delete(&format!("/instance/accounts/{}", gerd.account));
    pair.taken("delete_account", &[session(&gerd)], delete).await;

    let hanna = pair.person("hanna", "member").await;
    pair.taken("delete_me", &[session(&hanna)], hanna.delete("/me")).await;
    pair.ends(TAKEN);
}

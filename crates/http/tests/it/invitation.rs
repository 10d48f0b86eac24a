//! Invitations, from the first mail to the last refusal.

use domain::time::DAY;
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, PUBLIC_URL, accept, acceptance, email, invite, join, sign_in, text, token_of};

on_both_databases! {
    the_link_that_is_mailed_is_another_than_the_one_that_is_shown,
    looking_at_a_link_uses_nothing_up_and_accepting_it_does,
    a_link_is_dead_once_it_is_sent_again_revoked_or_too_old,
    an_invitation_is_for_whom_it_names,
    who_may_only_send_sees_every_invitation_of_their_own_page_by_page,
    a_member_limit_names_whom_to_ask,
}

fn look(link: &str) -> Value {
    json!({ "token": token_of(link) })
}

async fn the_link_that_is_mailed_is_another_than_the_one_that_is_shown(app: App) {
    let (id, shown) = invite(&app.adam, "acme", "ines", true).await;
    let before = app.adam.get(&format!("{ACME}/invitations/{id}")).await.is(200);
    assert_eq!(
        (&before["status"], &before["delivery"]["state"]),
        (&json!("pending"), &json!("queued"))
    );
    app.deliver().await;
    let mail = app.mailbox().next_to(&email("ines")).await;
    let mailed = mail.link().to_owned();
    assert_ne!(mailed, shown);
    for link in [&mailed, &shown] {
        assert!(link.starts_with(&format!("{PUBLIC_URL}/invitations/")), "{link}");
        let letters = token_of(link);
        assert!(
            letters
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')),
            "{letters}"
        );
    }
    assert_eq!(
        app.adam.get(&format!("{ACME}/invitations/{id}")).await.is(200)["delivery"]["state"],
        "sent"
    );
    // Only who came by the mail is told whether there is an account, and has proved the address.
    assert_eq!(
        app.anonymous.post("/invitation-lookups", look(&shown)).await.is(200)["has_account"],
        Value::Null
    );
    assert_eq!(
        app.anonymous.post("/invitation-lookups", look(&mailed)).await.is(200)["has_account"],
        false
    );
    let ines = accept(&app.anonymous, "ines", &mailed).await;
    assert_eq!(ines.get("/me").await.is(200)["email_verified"], true);
    app.anonymous
        .post("/invitation-lookups", look(&shown))
        .await
        .refused(404, "link_invalid");

    let (_, shown) = invite(&app.adam, "acme", "iris", false).await;
    let iris = accept(&app.anonymous, "iris", &shown).await;
    assert_eq!(iris.get("/me").await.is(200)["email_verified"], false);
}

async fn looking_at_a_link_uses_nothing_up_and_accepting_it_does(app: App) {
    let (id, link) = invite(&app.olivia, "acme", "ines", false).await;
    for _ in 0..3 {
        let seen = app.anonymous.post("/invitation-lookups", look(&link)).await.is(200);
        assert_eq!(
            (&seen["organization"]["slug"], &seen["role"], &seen["status"]),
            (&json!("acme"), &json!("Member"), &json!("pending"))
        );
        for method in [reqwest::Method::GET, reqwest::Method::HEAD] {
            let page = app
                .anonymous
                .ask(method, &format!("/invitations/{}", token_of(&link)))
                .await;
            assert_eq!(page.status, 200, "{}", page.text);
        }
    }
    let ines = accept(&app.anonymous, "ines", &link).await;
    assert_eq!(ines.get(ACME).await.is(200)["slug"], "acme");
    let again = app
        .anonymous
        .post("/invitation-acceptances", acceptance("ines2", &link))
        .await;
    assert!(matches!(again.status, 404 | 409), "{}", again.text);
    let seen = app.olivia.get(&format!("{ACME}/invitations/{id}")).await.is(200);
    assert_eq!(
        (&seen["status"], &seen["accepted_by"]),
        (&json!("accepted"), &json!(ines.member))
    );
    app.olivia
        .post(&format!("{ACME}/invitations/{id}/delivery"), json!({}))
        .await
        .refused(409, "invitation_accepted");
    app.olivia
        .post(&format!("{ACME}/invitations/{id}/revocation"), json!({}))
        .await
        .refused(409, "invitation_accepted");
}

async fn a_link_is_dead_once_it_is_sent_again_revoked_or_too_old(app: App) {
    let (id, first) = invite(&app.adam, "acme", "ines", true).await;
    app.deliver().await;
    let mailed = app.mailbox().next_to(&email("ines")).await.link().to_owned();
    let resent = app
        .adam
        .post(&format!("{ACME}/invitations/{id}/delivery"), json!({}))
        .await
        .is(200);
    let second = text(&resent["link"]);
    for dead in [&first, &mailed] {
        app.anonymous
            .post("/invitation-lookups", look(dead))
            .await
            .refused(404, "link_invalid");
        app.anonymous
            .post("/invitation-acceptances", acceptance("ines", dead))
            .await
            .refused(404, "link_invalid");
    }
    app.anonymous.post("/invitation-lookups", look(&second)).await.is(200);
    let revoked = app
        .adam
        .post(&format!("{ACME}/invitations/{id}/revocation"), json!({}))
        .await
        .is(200);
    assert_eq!(
        (&revoked["status"], &revoked["revoked_by"]),
        (&json!("revoked"), &json!("Adam"))
    );
    app.anonymous
        .post("/invitation-acceptances", acceptance("ines", &second))
        .await
        .refused(404, "link_invalid");
    app.adam
        .post(&format!("{ACME}/invitations/{id}/delivery"), json!({}))
        .await
        .refused(409, "invitation_revoked");

    let (id, late) = invite(&app.adam, "acme", "iris", false).await;
    app.pass(7 * DAY);
    assert_eq!(
        app.anonymous.post("/invitation-lookups", look(&late)).await.is(200)["status"],
        "expired"
    );
    app.anonymous
        .post("/invitation-acceptances", acceptance("iris", &late))
        .await
        .refused(409, "invitation_expired");
    let adam = app.sign_in(&app.adam).await;
    let expired = adam.get(&format!("{ACME}/invitations?status=expired")).await.is(200);
    assert_eq!(
        (expired["items"].as_array().unwrap().len(), &expired["items"][0]["id"]),
        (1, &json!(id))
    );
    let fresh = adam
        .post(&format!("{ACME}/invitations/{id}/delivery"), json!({}))
        .await
        .is(200);
    assert_eq!(fresh["invitation"]["status"], "pending");
    accept(&app.anonymous, "iris", fresh["link"].as_str().unwrap()).await;
}

async fn an_invitation_is_for_whom_it_names(app: App) {
    let (_, link) = invite(&app.eve, "elsewhere", "mia", false).await;
    let token = json!({ "token": token_of(&link) });
    // Not for who happens to be signed in, nor for a new account beside the one that is there.
    app.gus
        .post("/invitation-acceptances", token.clone())
        .await
        .refused(403, "invitation_for_somebody_else");
    app.anonymous
        .post("/invitation-acceptances", acceptance("mia2", &link))
        .await
        .refused(409, "sign_in_to_accept");
    let accepted = app.mia.post("/invitation-acceptances", token).await.is(201);
    assert!(accepted.get("token").is_none());
    assert_eq!(
        app.mia.get("/organizations").await.is(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let again = json!({ "email": email("mia"), "role": "member" });
    app.eve
        .post("/organizations/elsewhere/invitations", again)
        .await
        .refused(409, "already_member");
    let owner = json!({ "email": email("zoe"), "role": "owner" });
    app.olivia
        .post(&format!("{ACME}/invitations"), owner)
        .await
        .refused(422, "owner_never_offered");
}

async fn who_may_only_send_sees_every_invitation_of_their_own_page_by_page(app: App) {
    app.olivia
        .patch(&format!("{ACME}/policies"), json!({ "members_may_invite": true }))
        .await
        .is(200);
    let mut own = Vec::new();
    for number in 0..6 {
        own.push(invite(&app.mia, "acme", &format!("own{number}"), false).await.0);
        for other in 0..2 {
            app.pass(1_000);
            invite(&app.adam, "acme", &format!("other{number}.{other}"), false).await;
        }
        app.pass(1_000);
    }
    let seen: Vec<String> = app
        .mia
        .all(&format!("{ACME}/invitations"), 2)
        .await
        .iter()
        .map(|item| text(&item["id"]))
        .collect();
    own.reverse();
    assert_eq!(seen, own);
    assert_eq!(app.adam.all(&format!("{ACME}/invitations"), 5).await.len(), 18);
    let others = app.adam.all(&format!("{ACME}/invitations?status=pending"), 200).await;
    let others = others.iter().find(|item| item["invited_by"]["name"] == "Adam").unwrap();
    app.mia
        .get(&format!("{ACME}/invitations/{}", text(&others["id"])))
        .await
        .refused(403, "permission_required");
}

async fn a_member_limit_names_whom_to_ask(app: App) {
    let (_, link) = invite(&app.adam, "acme", "ines", false).await;
    app.olivia
        .patch(&format!("{ACME}/policies"), json!({ "member_limit": 9 }))
        .await
        .refused(403, "superuser_required");
    app.sid
        .patch(&format!("{ACME}/policies"), json!({ "member_limit": 4 }))
        .await
        .is(200);
    let limits = app.adam.get(&format!("{ACME}/limits")).await.is(200);
    assert_eq!(limits["members"]["used"], 4);
    assert_eq!(limits["members"]["contact"], "people@example.com");
    let refused = app
        .anonymous
        .post("/invitation-acceptances", acceptance("ines", &link))
        .await
        .refused(409, "member_limit_reached");
    assert!(
        refused["detail"].as_str().unwrap().contains("people@example.com"),
        "{refused}"
    );
    let new = json!({ "email": email("iris"), "role": "member" });
    app.adam
        .post(&format!("{ACME}/members"), new)
        .await
        .refused(409, "member_limit_reached");
    // A disabled member takes no slot, and enabling takes one.
    let gus = format!("{ACME}/members/{}/disablement", app.gus.member);
    app.adam.put(&gus, json!({})).await.is(200);
    accept(&app.anonymous, "ines", &link).await;
    app.adam.delete(&gus).await.refused(409, "member_limit_reached");
    app.sid
        .patch(&format!("{ACME}/policies"), json!({ "member_limit": null }))
        .await
        .is(200);
    app.adam.delete(&gus).await.is(200);
    sign_in(&app.gus, PASSWORD).await.get(ACME).await.is(200);
    join(&app.adam, "acme", "iris", "member").await;
}

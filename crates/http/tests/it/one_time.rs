//! What opens once, opens once whichever node is asked: a link that was used, taken back or replaced on one node is dead on the
//! other at once, and of two who bring it to two nodes at the same time one is let in.

use serde_json::{Value, json};
use testkit::app::Empty;
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, Person, Server, acceptance, email, invite, text, token_of};

on_both_databases! {
    an_invitation_that_ended_on_one_node_opens_nothing_on_the_other,
    a_link_to_a_new_password_that_was_used_on_one_node_is_dead_on_the_other,
    a_link_to_a_new_address_that_was_used_or_taken_back_on_one_node_is_dead_on_the_other,
    an_account_that_was_made_by_a_link_on_one_node_is_not_made_again_on_the_other,
    whoever_brings_a_link_to_two_nodes_at_once_is_let_in_once,
    an_instance_that_was_set_up_on_one_node_is_set_up_on_the_other,
}

const NEW: &str = "vivid otter juggles plums";

/// The same people at another node; it stays for as long as the server is kept.
async fn there(app: &App) -> (Server, impl Fn(&Person) -> Person + use<>) {
    let (_, server) = app.node().await;
    let url = server.url.clone();
    let at = move |person: &Person| Person {
        url: url.clone(),
        ..person.clone()
    };
    (server, at)
}

async fn mailed(app: &App, to: &str) -> String {
    app.deliver().await;
    token_of(app.mailbox().next_to(to).await.link())
}

/// Neither to be looked at nor to be accepted.
async fn opens_nothing(anyone: &Person, name: &str, link: &str) {
    anyone
        .post("/invitation-lookups", json!({ "token": token_of(link) }))
        .await
        .refused(404, "link_invalid");
    anyone
        .post("/invitation-acceptances", acceptance(name, link))
        .await
        .refused(404, "link_invalid");
}

async fn an_invitation_that_ended_on_one_node_opens_nothing_on_the_other(app: App) {
    let (_server, at) = there(&app).await;
    let (olivia, anyone) = (at(&app.olivia), &app.anonymous);
    let open = async |link: &str| {
        anyone
            .post("/invitation-lookups", json!({ "token": token_of(link) }))
            .await
            .is(200)
    };

    let (id, link) = invite(&app.olivia, "acme", "ada", false).await;
    open(&link).await;
    olivia
        .post(&format!("{ACME}/invitations/{id}/revocation"), json!({}))
        .await
        .is(200);
    opens_nothing(anyone, "ada", &link).await;

    let (id, link) = invite(&app.olivia, "acme", "ben", false).await;
    open(&link).await;
    let sent = olivia
        .post(&format!("{ACME}/invitations/{id}/delivery"), json!({}))
        .await;
    let next = text(&sent.json()["link"]);
    opens_nothing(anyone, "ben", &link).await;
    open(&next).await;
    at(anyone)
        .post("/invitation-acceptances", acceptance("ben", &next))
        .await
        .is(201);
    opens_nothing(anyone, "benno", &next).await;
}

async fn a_link_to_a_new_password_that_was_used_on_one_node_is_dead_on_the_other(app: App) {
    let (_server, at) = there(&app).await;
    let asked = app
        .anonymous
        .post("/password-resets", json!({ "email": email("mia") }))
        .await;
    assert_eq!(asked.status, 202);
    let redemption = json!({ "token": mailed(&app, &email("mia")).await, "new_password": NEW });
    at(&app.anonymous)
        .post("/password-resets/redemption", redemption.clone())
        .await
        .is(204);
    let again = app.anonymous.post("/password-resets/redemption", redemption).await;
    again.refused(404, "link_invalid");
}

async fn a_link_to_a_new_address_that_was_used_or_taken_back_on_one_node_is_dead_on_the_other(app: App) {
    let (_server, at) = there(&app).await;
    let verify = async |anyone: &Person, token: &str| {
        anyone
            .post("/email-changes/verification", json!({ "token": token }))
            .await
    };
    let asked = app.mia.put("/me/email", json!({ "email": "mia@example.net" })).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let token = mailed(&app, "mia@example.net").await;
    at(&app.mia).delete("/me/email/change").await.is(204);
    verify(&app.anonymous, &token).await.refused(404, "link_invalid");

    let asked = app.mia.put("/me/email", json!({ "email": "mia@example.org" })).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let token = mailed(&app, "mia@example.org").await;
    verify(&at(&app.anonymous), &token).await.is(204);
    verify(&app.anonymous, &token).await.refused(404, "link_invalid");
    assert_eq!(app.mia.get("/me").await.is(200)["email"], "mia@example.org");
}

async fn an_account_that_was_made_by_a_link_on_one_node_is_not_made_again_on_the_other(app: App) {
    let (_server, at) = there(&app).await;
    app.olivia
        .patch(&format!("{ACME}/policies"), json!({ "self_sign_up": true }))
        .await
        .is(200);
    let domain = json!({ "domain": "example.net", "authentication_method": "password", "role": "member" });
    app.adam.post(&format!("{ACME}/signup-domains"), domain).await.is(201);
    let body = json!({ "email": "zoe@example.net", "name": "Zoe", "password": PASSWORD });
    let asked = app.anonymous.post("/sign-ups", body).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let verification = json!({ "token": mailed(&app, "zoe@example.net").await });
    let made = at(&app.anonymous)
        .post("/sign-ups/verification", verification.clone())
        .await;
    assert!(matches!(made.status, 200..300), "{}", made.text);
    let again = app.anonymous.post("/sign-ups/verification", verification).await;
    again.refused(404, "link_invalid");
}

async fn whoever_brings_a_link_to_two_nodes_at_once_is_let_in_once(app: App) {
    let (_server, at) = there(&app).await;
    let anyone = at(&app.anonymous);
    for round in 0..3 {
        let (_, link) = invite(&app.olivia, "acme", &format!("guest{round}"), false).await;
        let accept = async |who: &Person, name: String| {
            let answer = who.post("/invitation-acceptances", acceptance(&name, &link)).await;
            (
                answer.status,
                answer.json()["code"].as_str().unwrap_or_default().to_owned(),
            )
        };
        let (here, elsewhere) = tokio::join!(
            accept(&app.anonymous, format!("here{round}")),
            accept(&anyone, format!("there{round}"))
        );
        let mut both = [here, elsewhere];
        both.sort();
        assert_eq!(both[0].0, 201, "{both:?}");
        assert!(both[1].0 == 409 || both[1].0 == 404, "{both:?}");
    }
    assert_eq!(app.olivia.all(&format!("{ACME}/members"), 100).await.len(), 4 + 3);
}

async fn an_instance_that_was_set_up_on_one_node_is_set_up_on_the_other(empty: Empty) {
    let (here, there) = (empty.roster.clone(), empty.node().await);
    // The newest link is the one that is good, whichever node made it.
    let older = here.offer_set_up().await.unwrap().unwrap();
    let link = there.offer_set_up().await.unwrap().unwrap();
    let servers = [
        Server::start(&here, Vec::new()).await,
        Server::start(&there, Vec::new()).await,
    ];
    let [here, there] = servers.each_ref().map(Person::anonymous);
    let set_up = |token: &str, name: &str| -> Value {
        json!({
            "token": token,
            "organization": { "name": "Acme", "slug": "acme" },
            "account": { "name": "Sid", "username": name, "email": email(name), "password": PASSWORD },
        })
    };
    let replaced = set_up(older.expose(), "sam");
    here.post("/set-up", replaced).await.refused(404, "link_invalid");
    here.post("/set-up", set_up(link.expose(), "sid")).await.is(201);
    for node in [&here, &there] {
        for token in [link.expose(), older.expose()] {
            let again = node.post("/set-up", set_up(token, "sam")).await;
            assert!(matches!(again.status, 404 | 409), "{} {}", again.status, again.text);
        }
    }
    let sam = json!({ "login": "sam", "password": PASSWORD });
    here.post("/sessions", sam).await.refused(401, "wrong_credentials");
}

//! What a person finds where something was: a way on, and what became of it.

use reqwest::Method;
use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, Reply, accept, invite, text};

on_both_databases! {
    a_form_about_something_gone_leads_back_to_its_list,
    whoever_is_signed_in_is_led_on_from_a_used_link,
    who_is_no_member_learns_nothing_of_the_organization_from_a_dead_link,
}

async fn at(person: &Person, method: Method, path: &str) -> Reply {
    let cookie = format!("__Host-roster={}", person.token.as_deref().unwrap());
    let ask = person.ask(method, path).header("cookie", &cookie);
    ask.header("origin", crate::app::PUBLIC_URL)
        .body("application/x-www-form-urlencoded", "name=Late")
        .await
}

async fn a_form_about_something_gone_leads_back_to_its_list(app: App) {
    let groups = format!("{ACME}/groups");
    let made = app.olivia.post(&groups, json!({ "name": "Night watch" })).await.is(201);
    let group = text(&made["slug"]);
    app.olivia.delete(&format!("{groups}/{group}")).await;
    let sent = at(&app.olivia, Method::POST, &format!("/o/acme/groups/{group}")).await;
    assert_eq!(sent.status, 404, "{}", sent.text);
    for part in [
        "somebody may have deleted it",
        "href=\"/o/acme/groups\"",
        "Back to Groups",
        "aria-label=\"Main\"",
        "href=\"/o/acme/projects\"",
    ] {
        assert!(sent.text.contains(part), "{part}: {}", sent.text);
    }
    let looked = at(
        &app.olivia,
        Method::GET,
        "/o/acme/people/mem_00000000000000000000000000",
    )
    .await;
    assert_eq!(looked.status, 404);
    assert!(looked.text.contains("Back to People"), "{}", looked.text);
    // Another organization is as little there as one that never was.
    let foreign = at(&app.eve, Method::GET, "/o/acme/people").await;
    assert_eq!(foreign.status, 404);
    assert!(
        foreign.text.contains("Go to your organizations") && !foreign.text.contains("Acme"),
        "{}",
        foreign.text
    );
    let stranger = app.anonymous.ask(Method::GET, "/nowhere").await;
    assert!(!stranger.text.contains("aria-label=\"Main\""), "{}", stranger.text);
}

async fn whoever_is_signed_in_is_led_on_from_a_used_link(app: App) {
    let (_, link) = invite(&app.adam, "acme", "ines", false).await;
    let ines = accept(&app.anonymous, "ines", &link).await;
    let path = link.strip_prefix(crate::app::PUBLIC_URL).unwrap();
    let by_ines = at(&ines, Method::GET, path).await;
    let by_eve = at(&app.eve, Method::GET, path).await;
    let by_nobody = app.anonymous.ask(Method::GET, path).await;
    for reply in [&by_ines, &by_eve, &by_nobody] {
        assert!((400..500).contains(&reply.status), "{}", reply.status);
    }
    assert!(by_ines.text.contains("Go to "), "{}", by_ines.text);
    assert!(!by_ines.text.contains("href=\"/sign-in\""), "{}", by_ines.text);
    assert!(by_eve.text.contains("Go to your organizations"), "{}", by_eve.text);
    assert!(by_eve.text.contains("sign out and sign in"), "{}", by_eve.text);
    assert!(by_nobody.text.contains("href=\"/sign-in\""), "{}", by_nobody.text);
}

async fn who_is_no_member_learns_nothing_of_the_organization_from_a_dead_link(app: App) {
    let (id, link) = invite(&app.adam, "acme", "ines", false).await;
    app.adam
        .post(&format!("{ACME}/invitations/{id}/revocation"), json!({}))
        .await;
    let path = link.strip_prefix(crate::app::PUBLIC_URL).unwrap();
    for shown in [
        at(&app.eve, Method::GET, path).await,
        app.anonymous.ask(Method::GET, path).await,
    ] {
        assert!(!shown.text.contains("Acme"), "{}", shown.text);
    }
    let member = at(&app.mia, Method::GET, path).await;
    assert!(member.text.contains("Go to "), "{}", member.text);
}

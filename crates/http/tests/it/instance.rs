//! The pages of the instance: for superusers, and for nobody else.

use reqwest::Method;
use testkit::on_both_databases;

use crate::app::{App, Person, Reply};

on_both_databases! {
    superusers_are_offered_the_pages_of_the_whole_server_and_nobody_else_is,
    a_superuser_finds_whom_to_make_superuser_by_username,
}

pub async fn page(person: &Person, path: &str) -> Reply {
    let cookie = format!("__Host-roster={}", person.token.as_deref().unwrap());
    person.ask(Method::GET, path).header("cookie", &cookie).await
}

async fn superusers_are_offered_the_pages_of_the_whole_server_and_nobody_else_is(app: App) {
    let own = page(&app.sid, "/organizations").await;
    assert!(own.text.contains("href=\"/instance\""), "{}", own.text);
    let own = page(&app.olivia, "/organizations").await;
    assert!(!own.text.contains("href=\"/instance\""), "{}", own.text);
    let start = page(&app.sid, "/instance").await;
    assert_eq!(start.status, 303, "{}", start.text);
    for (path, text) in [
        ("/instance/accounts", "olivia@example.com"),
        ("/instance/superusers", "The only active superuser"),
        ("/instance/audit-events", "Every change, with who made it"),
        ("/instance/audit-events/retention", "How long entries are kept"),
        ("/instance/audit-events/forwarding", "Every entry of every log"),
        ("/instance/audit-events/forwarding/stop", "Stop forwarding?"),
        ("/instance/policies", "Everybody may open an organization"),
    ] {
        let shown = page(&app.sid, path).await;
        assert_eq!(shown.status, 200, "{path}");
        assert!(shown.text.contains(text), "{path}: {}", shown.text);
        for person in [&app.olivia, &app.adam, &app.mia, &app.gus, &app.eve] {
            let refused = page(person, path).await;
            assert_eq!(refused.status, 403, "{path} as {}", person.name);
            assert!(!refused.text.contains(text), "{path} as {}", person.name);
        }
    }
}

async fn a_superuser_finds_whom_to_make_superuser_by_username(app: App) {
    let unknown = page(&app.sid, "/instance/superusers?account=nobody").await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.text.contains("There is no account"), "{}", unknown.text);
    let already = page(&app.sid, "/instance/superusers?account=sid").await;
    assert!(already.text.contains("is a superuser already"), "{}", already.text);
    let known = page(&app.sid, "/instance/superusers?account=MIA").await;
    assert_eq!(known.status, 303);
    let question = page(&app.sid, known.headers["location"].to_str().unwrap()).await;
    assert!(question.text.contains("Make Mia a superuser"), "{}", question.text);
    let last = format!("/instance/accounts/{}/superuser?end=true", app.sid.account);
    let refused = page(&app.sid, &last).await;
    assert!(refused.text.contains("superuser"), "{}", refused.text);
    assert!(!refused.text.contains("button--danger"), "{}", refused.text);
}

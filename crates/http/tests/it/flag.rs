//! An organization whose only Owner a superuser suspended, or whose first has not joined: flagged wherever it is seen.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, accept};

on_both_databases! {
    a_superusers_suspension_of_the_only_owner_flags_the_organization,
    pages_warn_those_who_can_mend_it,
    an_organization_that_awaits_its_first_owner_is_flagged,
}

const WARNING: &str = "has no active Owner";

async fn flags(person: &Person) -> Value {
    person.get(ACME).await.is(200)["flags"].clone()
}

async fn listed(person: &Person, slug: &str) -> Value {
    let all = person.all("/organizations", 50).await;
    let found = all.into_iter().find(|one| one["slug"] == slug);
    found.unwrap()["flags"].clone()
}

async fn page(person: &Person, path: &str) -> String {
    let cookie = format!("__Host-roster={}", person.token.as_deref().unwrap());
    let page = person.ask(Method::GET, path).header("cookie", &cookie).await;
    assert_eq!(page.status, 200, "{}", page.text);
    page.text
}

async fn a_superusers_suspension_of_the_only_owner_flags_the_organization(app: App) {
    let olivia = format!("{ACME}/members/{}/suspension", app.olivia.member);
    assert_eq!(flags(&app.adam).await, json!([]));
    let preview = app.sid.put(&format!("{olivia}?dry_run=true"), json!({})).await.is(200);
    assert!(preview.to_string().contains(WARNING), "{preview}");
    assert_eq!(flags(&app.adam).await, json!([]));

    app.sid.put(&olivia, json!({})).await.is(200);
    for person in [&app.adam, &app.mia, &app.sid] {
        assert_eq!(flags(person).await, json!(["no_active_owner"]), "{}", person.name);
        assert_eq!(
            listed(person, "acme").await,
            json!(["no_active_owner"]),
            "{}",
            person.name
        );
    }
    assert_eq!(listed(&app.sid, "elsewhere").await, json!([]));

    app.adam.delete(&olivia).await.refused(403, "owner_protected");
    app.sid.delete(&olivia).await.is(200);
    assert_eq!(flags(&app.sid).await, json!([]));

    // With a second Owner nothing is the matter, and a preview says nothing of it.
    let adam = format!("{ACME}/owners/{}", app.adam.member);
    app.sid.put(&adam, json!({})).await.is(200);
    let preview = app.sid.put(&format!("{olivia}?dry_run=true"), json!({})).await.is(200);
    assert!(!preview.to_string().contains(WARNING), "{preview}");
    app.sid.put(&olivia, json!({})).await.is(200);
    assert_eq!(listed(&app.sid, "acme").await, json!([]));
}

async fn pages_warn_those_who_can_mend_it(app: App) {
    for path in ["/organizations", "/o/acme/people"] {
        assert!(!page(&app.sid, path).await.contains(WARNING), "{path}");
    }
    let olivia = format!("{ACME}/members/{}/suspension", app.olivia.member);
    app.sid.put(&olivia, json!({})).await.is(200);
    assert!(page(&app.sid, "/organizations").await.contains("Has no active Owner."));
    let shown = page(&app.sid, "/o/acme/people").await;
    assert!(shown.contains("Make an active member its Owner"), "{shown}");
    let shown = page(&app.adam, "/o/acme/settings").await;
    assert!(shown.contains("Ask whoever runs this server"), "{shown}");
    assert!(!page(&app.mia, "/o/acme/people").await.contains(WARNING));

    let adam = format!("{ACME}/owners/{}", app.adam.member);
    app.sid.put(&adam, json!({})).await.is(200);
    for path in ["/organizations", "/o/acme/people"] {
        assert!(!page(&app.sid, path).await.contains(WARNING), "{path}");
    }
}

async fn an_organization_that_awaits_its_first_owner_is_flagged(app: App) {
    let new = json!({ "name": "Newcomers", "slug": "newcomers", "owner": { "email": "nora@example.com" } });
    let opened = app.sid.post("/organizations", new).await.is(201);
    assert_eq!(opened["flags"], json!(["no_active_owner"]));
    assert_eq!(listed(&app.sid, "newcomers").await, json!(["no_active_owner"]));
    let shown = page(&app.sid, "/o/newcomers/people").await;
    assert!(shown.contains("has no Owner yet"), "{shown}");
    let nora = accept(&app.anonymous, "nora", opened["link"].as_str().unwrap()).await;
    let joined = nora.get("/organizations/newcomers").await.is(200);
    assert_eq!((&joined["flags"], &joined["status"]), (&json!([]), &json!("active")));
}

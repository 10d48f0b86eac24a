//! Changes that change nothing: the same answer and tag as before, and nothing in the log.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, text};

on_both_databases! {
    what_is_so_already_is_not_written_again,
}

/// What the log of the organization has last.
async fn last_event(app: &App) -> Value {
    let events = app.olivia.get(&format!("{ACME}/audit-events?limit=1")).await.is(200);
    events["items"][0]["id"].clone()
}

async fn what_is_so_already_is_not_written_again(app: App) {
    let permissions = json!(["roster.organization.view", "roster.member.view"]);
    let role = json!({ "name": "Looker", "description": "Looks.", "permissions": permissions });
    app.olivia.post(&format!("{ACME}/roles"), role.clone()).await.is(201);
    let group = json!({ "name": "Crew", "description": "Rows.", "role": "guest" });
    app.olivia.post(&format!("{ACME}/groups"), group).await.is(201);
    let below = json!({ "name": "Cooks", "role": "guest", "parent": "crew" });
    app.olivia.post(&format!("{ACME}/groups"), below).await.is(201);
    let repository = json!({ "host": "github.com", "name": "acme/site" });
    let project = json!({ "name": "Website", "description": "Shines.", "repository": repository });
    app.olivia
        .post(&format!("{ACME}/projects"), project.clone())
        .await
        .is(201);
    let until = "2026-12-22T09:00:00Z";
    let robot = json!({ "name": "Robot", "description": "Beeps.", "role": "guest", "until": until });
    let robot = app
        .olivia
        .post(&format!("{ACME}/service-accounts"), robot)
        .await
        .is(201);
    let (robot, mia) = (text(&robot["id"]), app.mia.member.clone());
    let email = app.mia.email();
    let same = [
        ("roles/looker".to_owned(), role),
        (
            "groups/crew".to_owned(),
            json!({ "name": "Crew", "slug": "crew", "description": " Rows. " }),
        ),
        ("groups/cooks".to_owned(), json!({ "parent": "crew" })),
        ("projects/website".to_owned(), project),
        (
            "projects/website".to_owned(),
            json!({ "visibility": "everyone", "slug": "website" }),
        ),
        (
            format!("service-accounts/{robot}"),
            json!({ "name": "Robot", "role": "guest", "until": until }),
        ),
        (format!("members/{mia}"), json!({ "email": email, "phone": null })),
        (String::new(), json!({ "name": "Acme", "slug": "acme" })),
        ("policies".to_owned(), json!({ "members_may_invite": false })),
    ];
    for (path, body) in same {
        let path = format!("{ACME}/{path}").trim_end_matches('/').to_owned();
        let before = (app.olivia.get(&path).await, last_event(&app).await);
        let tag = before.0.header("etag");
        let kept = app.olivia.patch(&path, body.clone()).header("if-match", &tag).await;
        assert_eq!(kept.is(200), before.0.is(200), "{path}");
        assert_eq!(kept.header("etag"), tag, "{path}");
        let tried = app.olivia.patch(&format!("{path}?dry_run=true"), body).await.is(200);
        assert_eq!(tried, json!({ "effects": [], "counts": {} }), "{path}");
        let after = app.olivia.get(&path).await;
        assert_eq!(
            (after.header("etag"), last_event(&app).await),
            (tag, before.1),
            "{path}"
        );
    }
    // What is another is written as ever.
    let renamed = json!({ "name": "Crews", "slug": "crew" });
    let group = format!("{ACME}/groups/crew");
    let (tag, last) = (app.olivia.get(&group).await.header("etag"), last_event(&app).await);
    let written = app.olivia.patch(&group, renamed).await;
    assert_eq!(written.is(200)["name"], "Crews");
    assert_ne!((written.header("etag"), last_event(&app).await), (tag, last));
}

//! What the audit log tells of is taken back by the opposite change: there and back again, by whoever may make it, once.
// tidy: long because every kind of change goes there and back again once

use reqwest::Method;
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, create, text};

on_both_databases! {
    what_people_are_goes_back_and_forth,
    what_groups_and_roles_are_goes_back_and_forth,
    what_projects_are_goes_back_and_forth,
    how_the_organization_is_set_up_goes_back_and_forth,
    what_was_made_or_ended_comes_and_goes,
    what_changed_since_is_not_undone,
    what_is_not_kept_is_not_undone_and_says_why,
    undoing_takes_what_the_opposite_change_takes,
    of_two_who_undo_at_once_one_does,
}

/// Some milliseconds go by between one change and the next.
const LATER: i64 = 2_000;

async fn latest(app: &App) -> String {
    let events = app.olivia.get(&format!("{ACME}/audit-events?limit=1")).await.is(200);
    text(&events["items"][0]["id"])
}

fn undo_path(event: &str) -> String {
    format!("{ACME}/audit-events/{event}/undo")
}

async fn undo(app: &App, by: &Person, event: &str) -> String {
    app.pass(LATER);
    let made = by.post(&undo_path(event), json!({})).await.is(200);
    assert_eq!(made["undoes"], *event);
    assert_eq!(made["after"]["undoes"], *event);
    text(&made["id"])
}

/// Somebody's change, and the page that shows what it changed.
struct Change<'a> {
    method: Method,
    path: String,
    body: Value,
    look: String,
    fields: &'a [&'a str],
}

impl Change<'_> {
    async fn shown(&self, app: &App) -> Vec<Value> {
        let page = app.olivia.get(&self.look).await.is(200);
        self.fields.iter().map(|field| page[field].clone()).collect()
    }

    /// Made, tried to be undone, undone, not twice, the undoing undone, and that too.
    async fn goes_back_and_forth(&self, app: &App) {
        let before = self.shown(app).await;
        app.pass(LATER);
        let asked = app.olivia.ask(self.method.clone(), &format!("/api/v1{}", self.path));
        let reply = asked.json(&self.body).await;
        assert!((200..300).contains(&reply.status), "{}: {}", self.path, reply.text);
        let after = self.shown(app).await;
        assert_ne!(before, after, "{}", self.path);

        let event = latest(app).await;
        let tried = app
            .olivia
            .post(&format!("{}?dry_run=true", undo_path(&event)), json!({}))
            .await
            .is(200);
        assert!(
            tried["effects"].as_array().is_some_and(|effects| !effects.is_empty()),
            "{}: {tried}",
            self.path
        );
        assert_eq!(self.shown(app).await, after, "{}: trying changes nothing", self.path);
        let undone = undo(app, &app.olivia, &event).await;
        assert_eq!(self.shown(app).await, before, "{}: undone", self.path);
        let listed = app.olivia.all(&format!("{ACME}/audit-events"), 200).await;
        let entry = listed.iter().find(|entry| entry["id"] == *event).unwrap();
        assert_eq!(entry["undone_by"], json!(undone), "{}: the list says so", self.path);
        app.olivia
            .post(&undo_path(&event), json!({}))
            .await
            .refused(409, "already_undone");
        let redone = undo(app, &app.olivia, &undone).await;
        assert_eq!(self.shown(app).await, after, "{}: the undoing undone", self.path);
        undo(app, &app.olivia, &redone).await;
        assert_eq!(self.shown(app).await, before, "{}: and undone again", self.path);
    }
}

fn change<'a>(
    method: Method,
    path: impl Into<String>,
    body: Value,
    look: impl Into<String>,
    fields: &'a [&'a str],
) -> Change<'a> {
    Change {
        method,
        path: path.into(),
        body,
        look: look.into(),
        fields,
    }
}

async fn what_people_are_goes_back_and_forth(app: App) {
    let (kim, _) = create(&app.olivia, "acme", "kim", "member").await;
    let member = format!("{ACME}/members/{}", kim.member);
    let until = testkit::app::MORNING.plus(domain::time::DAY).to_string();
    let edit = json!({ "name": "Kim Lee", "phone": "+31 20 1234567" });
    for change in [
        change(
            Method::PUT,
            format!("{member}/role"),
            json!({ "role": "admin" }),
            &member,
            &["role"],
        ),
        change(
            Method::PUT,
            format!("{member}/role"),
            json!({ "role": "guest", "until": until }),
            &member,
            &["role"],
        ),
        change(Method::PATCH, &member, edit, &member, &["name", "phone"]),
        change(
            Method::PATCH,
            &member,
            json!({ "email": "kim.lee@example.net" }),
            &member,
            &["email"],
        ),
        change(
            Method::PUT,
            format!("{member}/disablement"),
            json!({}),
            &member,
            &["status"],
        ),
        change(
            Method::PUT,
            format!("{member}/suspension"),
            json!({}),
            &member,
            &["status"],
        ),
    ] {
        change.goes_back_and_forth(&app).await;
    }
}

async fn what_groups_and_roles_are_goes_back_and_forth(app: App) {
    let crew = format!("{ACME}/groups/crew");
    let role = json!({ "name": "Helper", "permissions": ["roster.organization.view"] });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    let made = app
        .olivia
        .post(&format!("{ACME}/groups"), json!({ "name": "Crew", "role": "guest" }))
        .await
        .is(201);
    let by_id = format!("{ACME}/groups/{}", text(&made["id"]));
    let place = format!("{crew}/members/{}", app.mia.member);
    let until = testkit::app::MORNING.plus(domain::time::DAY).to_string();
    let helper = format!("{ACME}/roles/helper");
    let more = json!({ "description": "Helps out.", "colour": "teal", "permissions": ["roster.organization.view", "roster.member.view"] });
    for change in [
        change(
            Method::PATCH,
            &crew,
            json!({ "name": "Day crew", "slug": "day" }),
            &by_id,
            &["name", "slug"],
        ),
        change(
            Method::PUT,
            format!("{crew}/role"),
            json!({ "role": "helper" }),
            &by_id,
            &["role"],
        ),
        change(Method::PUT, &place, json!({}), &by_id, &["members"]),
        change(Method::PATCH, &helper, more, &helper, &["description", "permissions"]),
    ] {
        change.goes_back_and_forth(&app).await;
    }
    app.olivia.put(&place, json!({})).await.is(200);
    let members = format!("{crew}/members");
    app.pass(LATER);
    app.olivia.put(&place, json!({ "until": until })).await.is(200);
    undo(&app, &app.olivia, &latest(&app).await).await;
    let shown = app.olivia.get(&members).await.is(200);
    assert_eq!(shown["items"][0]["until"], Value::Null, "the end that was set is gone");
    change(Method::DELETE, &place, json!({}), &by_id, &["members"])
        .goes_back_and_forth(&app)
        .await;
}

async fn what_projects_are_goes_back_and_forth(app: App) {
    app.olivia
        .post(&format!("{ACME}/projects"), json!({ "name": "Website" }))
        .await
        .is(201);
    let website = format!("{ACME}/projects/website");
    let access = format!("{website}/access/{}", app.mia.member);
    let list = format!("{website}/access");
    let edit = json!({ "visibility": "members_only", "description": "What the world sees." });
    let repository = json!({ "repository": { "host": "github.com", "name": "acme/website" } });
    change(Method::PATCH, &website, edit, &website, &["visibility", "description"])
        .goes_back_and_forth(&app)
        .await;
    change(Method::PATCH, &website, repository, &website, &["repository"])
        .goes_back_and_forth(&app)
        .await;
    let owner = json!({ "member": app.adam.member });
    app.pass(LATER);
    app.olivia.put(&format!("{website}/owner"), owner).await.is(200);
    undo(&app, &app.olivia, &latest(&app).await).await;
    let shown = app.olivia.get(&website).await.is(200);
    assert_eq!(shown["owner"]["id"], json!(app.olivia.member));

    let roles = async || -> Vec<String> {
        let shown = app.olivia.get(&list).await.is(200);
        let items = shown["items"].as_array().unwrap();
        items.iter().map(|item| text(&item["role"]["slug"])).collect()
    };
    app.pass(LATER);
    app.olivia.put(&access, json!({ "role": "reader" })).await.is(200);
    let given = latest(&app).await;
    app.pass(LATER);
    app.olivia.put(&access, json!({ "role": "contributor" })).await.is(200);
    undo(&app, &app.olivia, &latest(&app).await).await;
    assert_eq!(roles().await, ["reader"]);
    let taken = undo(&app, &app.olivia, &given).await;
    assert!(roles().await.is_empty());
    undo(&app, &app.olivia, &taken).await;
    assert_eq!(roles().await, ["reader"]);
}

async fn how_the_organization_is_set_up_goes_back_and_forth(app: App) {
    let policies = format!("{ACME}/policies");
    let listed = json!({ "domain": "listed.example", "role": "guest" });
    app.olivia.post(&format!("{ACME}/signup-domains"), listed).await.is(201);
    let domain = format!("{ACME}/signup-domains/listed.example");
    let made = app
        .olivia
        .post(&format!("{ACME}/service-accounts"), json!({ "name": "Robot" }))
        .await
        .is(201);
    let robot = format!("{ACME}/service-accounts/{}", text(&made["id"]));
    let two = json!({ "invitation_lifetime_days": 3, "members_may_invite": true });
    let security = json!({ "security": { "mfa_grace_days": 3, "session_idle_minutes": 60 } });
    let both = &["invitation_lifetime_days", "members_may_invite"];
    for change in [
        change(Method::PATCH, &policies, two, &policies, both),
        change(Method::PATCH, &policies, security, &policies, &["security"]),
        change(
            Method::PATCH,
            &policies,
            json!({ "self_sign_up": true }),
            &policies,
            &["self_sign_up"],
        ),
        change(Method::PATCH, ACME, json!({ "name": "Acme Two" }), ACME, &["name"]),
        change(Method::PATCH, &domain, json!({ "role": "member" }), &domain, &["role"]),
        change(
            Method::PATCH,
            &robot,
            json!({ "name": "Ada", "role": "guest" }),
            &robot,
            &["name", "role"],
        ),
    ] {
        change.goes_back_and_forth(&app).await;
    }
    let active = async || {
        let shown = app.olivia.get(&robot).await.is(200);
        shown["deactivated"].is_null()
    };
    app.pass(LATER);
    app.olivia
        .put(&format!("{robot}/deactivation"), json!({}))
        .await
        .is(200);
    assert!(!active().await);
    let again = undo(&app, &app.olivia, &latest(&app).await).await;
    assert!(active().await);
    undo(&app, &app.olivia, &again).await;
    assert!(!active().await);

    let names = async || -> Vec<String> {
        let shown = app.olivia.get(&format!("{ACME}/permissions")).await.is(200);
        let items = shown["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(&item["name"]));
        items.filter(|name| name.starts_with("order.")).collect()
    };
    let declare = |names: &[&str]| {
        let permissions: Vec<Value> = names
            .iter()
            .map(|name| json!({ "name": name, "applies_to": "organization", "description": "Orders" }))
            .collect();
        json!({ "application": "shop", "permissions": permissions })
    };
    let catalogue = format!("{ACME}/permissions");
    app.olivia.put(&catalogue, declare(&["order.view"])).await.is(200);
    app.pass(LATER);
    app.olivia
        .put(&catalogue, declare(&["order.view", "order.ship"]))
        .await
        .is(200);
    let event = latest(&app).await;
    undo(&app, &app.olivia, &event).await;
    assert_eq!(names().await, ["order.view"]);
}

async fn what_was_made_or_ended_comes_and_goes(app: App) {
    app.pass(LATER);
    app.olivia
        .post(&format!("{ACME}/groups"), json!({ "name": "Crew", "role": "guest" }))
        .await
        .is(201);
    undo(&app, &app.olivia, &latest(&app).await).await;
    app.olivia
        .get(&format!("{ACME}/groups/crew"))
        .await
        .refused(404, "not_found");

    app.pass(LATER);
    let role = json!({ "name": "Helper", "permissions": ["roster.organization.view"] });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    undo(&app, &app.olivia, &latest(&app).await).await;
    app.olivia
        .get(&format!("{ACME}/roles/helper"))
        .await
        .refused(404, "not_found");

    let domains = format!("{ACME}/signup-domains");
    app.pass(LATER);
    app.olivia
        .post(&domains, json!({ "domain": "listed.example", "role": "guest" }))
        .await
        .is(201);
    let gone = undo(&app, &app.olivia, &latest(&app).await).await;
    app.olivia
        .get(&format!("{domains}/listed.example"))
        .await
        .refused(404, "not_found");
    undo(&app, &app.olivia, &gone).await;
    let listed = app.olivia.get(&format!("{domains}/listed.example")).await.is(200);
    assert_eq!(listed["role"]["slug"], "guest");
}

async fn what_changed_since_is_not_undone(app: App) {
    let gus = format!("{ACME}/members/{}", app.gus.member);
    app.pass(LATER);
    app.olivia
        .put(&format!("{gus}/role"), json!({ "role": "member" }))
        .await
        .is(200);
    let event = latest(&app).await;
    app.pass(LATER);
    app.olivia
        .put(&format!("{gus}/role"), json!({ "role": "admin" }))
        .await
        .is(200);
    for tried in ["", "?dry_run=true"] {
        let path = format!("{}{tried}", undo_path(&event));
        let refused = app.olivia.post(&path, json!({})).await.refused(409, "changed_since");
        let detail = text(&refused["detail"]);
        assert!(detail.contains("role was member then and is admin now"), "{detail}");
    }
    app.pass(LATER);
    app.olivia
        .post(&format!("{ACME}/groups"), json!({ "name": "Crew", "role": "guest" }))
        .await
        .is(201);
    let event = latest(&app).await;
    app.olivia.delete(&format!("{ACME}/groups/crew")).await.is(204);
    app.olivia
        .post(&undo_path(&event), json!({}))
        .await
        .refused(409, "changed_since");
}

async fn what_is_not_kept_is_not_undone_and_says_why(app: App) {
    app.pass(LATER);
    let (kim, _) = create(&app.olivia, "acme", "kim", "member").await;
    let event = latest(&app).await;
    let refused = app
        .olivia
        .post(&undo_path(&event), json!({}))
        .await
        .refused(409, "not_reversible");
    assert!(text(&refused["detail"]).contains("disabled or removed"), "{refused}");
    app.pass(LATER);
    app.olivia
        .delete(&format!("{ACME}/members/{}/sessions", kim.member))
        .await;
    app.pass(LATER);
    app.olivia
        .delete(&format!("{ACME}/members/{}", kim.member))
        .await
        .is(204);
    let event = latest(&app).await;
    app.olivia
        .post(&undo_path(&event), json!({}))
        .await
        .refused(409, "not_reversible");
    let elsewhere = app
        .eve
        .get("/organizations/elsewhere/audit-events?limit=1")
        .await
        .is(200);
    let foreign = text(&elsewhere["items"][0]["id"]);
    app.olivia
        .post(&undo_path(&foreign), json!({}))
        .await
        .refused(404, "not_found");
    app.olivia
        .post(&undo_path("evt_none"), json!({}))
        .await
        .refused(404, "not_found");
}

async fn undoing_takes_what_the_opposite_change_takes(app: App) {
    let role = json!({ "name": "Clerk", "permissions": ["roster.organization.view", "roster.audit_log.view"] });
    app.olivia.post(&format!("{ACME}/roles"), role).await.is(201);
    let gus = format!("{ACME}/members/{}", app.gus.member);
    app.olivia
        .put(&format!("{gus}/role"), json!({ "role": "admin" }))
        .await
        .is(200);
    app.pass(LATER);
    app.olivia
        .put(&format!("{gus}/role"), json!({ "role": "guest" }))
        .await
        .is(200);
    let event = latest(&app).await;
    let mia = format!("{ACME}/members/{}/role", app.mia.member);
    app.mia
        .post(&undo_path(&event), json!({}))
        .await
        .refused(403, "permission_required");
    app.olivia.put(&mia, json!({ "role": "clerk" })).await.is(200);
    let refused = app
        .mia
        .post(&undo_path(&event), json!({}))
        .await
        .refused(403, "permission_required");
    assert_eq!(refused["permission"], "roster.member.manage");
    let edit = json!({ "permissions": ["roster.organization.view", "roster.audit_log.view", "roster.member.view", "roster.member.manage"] });
    app.olivia.patch(&format!("{ACME}/roles/clerk"), edit).await.is(200);
    app.mia
        .post(&undo_path(&event), json!({}))
        .await
        .refused(403, "cannot_grant");
    undo(&app, &app.adam, &event).await;
    let shown = app.olivia.get(&gus).await.is(200);
    assert_eq!(shown["role"]["slug"], "admin");
}

async fn of_two_who_undo_at_once_one_does(app: App) {
    let gus = format!("{ACME}/members/{}", app.gus.member);
    app.pass(LATER);
    app.olivia
        .put(&format!("{gus}/role"), json!({ "role": "member" }))
        .await
        .is(200);
    let path = undo_path(&latest(&app).await);
    app.pass(LATER);
    let (one, other) = tokio::join!(app.olivia.post(&path, json!({})), app.adam.post(&path, json!({})));
    let mut ends = [one.status, other.status];
    ends.sort_unstable();
    assert_eq!(ends, [200, 409], "{}{}", one.text, other.text);
}

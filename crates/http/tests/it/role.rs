//! Roles and the catalogue as callers meet them.

use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App};

on_both_databases! {
    a_role_is_made_changed_and_deleted,
    a_host_applications_permissions_are_asked_for_by_its_roles,
}

async fn a_role_is_made_changed_and_deleted(app: App) {
    let new = json!({ "name": "Auditor", "description": "Reads.", "colour": "teal",
        "permissions": ["roster.organization.view", "roster.audit_log.view"] });
    let reply = app.olivia.post(&format!("{ACME}/roles"), new).await;
    let made = reply.is(201);
    let path = format!("{ACME}/roles/auditor");
    assert_eq!(
        (
            &made["slug"],
            &made["colour"],
            &made["applies_to"],
            &made["built_in"],
            &made["members"]
        ),
        (
            &json!("auditor"),
            &json!("teal"),
            &json!("organization"),
            &json!(false),
            &json!(0)
        )
    );
    let etag = reply.header("etag").to_owned();
    assert!(reply.header("location").ends_with(made["id"].as_str().unwrap()));
    let edited = app
        .olivia
        .patch(&path, json!({ "name": "Reader of logs" }))
        .await
        .is(200);
    assert_eq!(
        (&edited["name"], &edited["slug"]),
        (&json!("Reader of logs"), &json!("auditor"))
    );
    let stale = app
        .olivia
        .patch(&path, json!({ "name": "Late" }))
        .header("If-Match", &etag)
        .await;
    stale.refused(412, "changed_meanwhile");
    app.olivia
        .patch(&path, json!({ "colour": "#ff0000" }))
        .await
        .refused(422, "invalid");
    let role = format!("{ACME}/members/{}/role", app.mia.member);
    app.olivia.put(&role, json!({ "role": "auditor" })).await.is(200);
    let kept = app.olivia.delete(&path).await.refused(409, "role_in_use");
    assert_eq!(kept["places"], json!(["1 member"]));
    app.olivia.delete(&format!("{path}?replace_with=guest")).await.is(204);
    app.olivia.get(&path).await.refused(404, "not_found");
    let mia = app
        .olivia
        .get(&format!("{ACME}/members/{}", app.mia.member))
        .await
        .is(200);
    assert_eq!(mia["role"]["slug"], "guest");
    app.olivia
        .patch(&format!("{ACME}/roles/member"), json!({ "name": "All" }))
        .await
        .refused(409, "built_in_role");
    app.adam
        .post(
            &format!("{ACME}/roles"),
            json!({ "name": "Ender", "permissions": ["roster.organization.delete"] }),
        )
        .await
        .refused(403, "cannot_grant");
    let of_projects = json!({ "name": "Builder", "applies_to": "project", "permissions": ["roster.project.edit"] });
    app.olivia.post(&format!("{ACME}/roles"), of_projects).await.is(201);
    app.olivia
        .get(&format!("{ACME}/roles/builder"))
        .await
        .refused(404, "not_found");
    app.olivia
        .get(&format!("{ACME}/roles/builder?applies_to=project"))
        .await
        .is(200);
}

async fn a_host_applications_permissions_are_asked_for_by_its_roles(app: App) {
    let path = format!("{ACME}/permissions");
    let view = json!({ "name": "order.view", "applies_to": "organization", "module": "Orders",
        "description": "See orders", "carries": ["roster.member.view"] });
    let shop = json!({ "application": "shop", "permissions": [view] });
    for _ in 0..2 {
        app.olivia.put(&path, shop.clone()).await.is(200);
    }
    let all = app.mia.get(&path).await.is(200);
    let order = all["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&order["name"], &order["application"], &order["module"]),
        (&json!("order.view"), &json!("shop"), &json!("Orders"))
    );
    let clerk = json!({ "name": "Clerk", "permissions": ["order.view"] });
    app.olivia.post(&format!("{ACME}/roles"), clerk).await.is(201);
    let nothing = json!({ "application": "shop", "permissions": [] });
    let kept = app
        .olivia
        .put(&path, nothing.clone())
        .await
        .refused(409, "permission_in_use");
    assert_eq!(kept["places"], json!(["the role Clerk"]));
    let taken = json!({ "application": "wiki", "permissions": shop["permissions"] });
    app.olivia.put(&path, taken).await.refused(409, "permission_taken");
    app.olivia.delete(&format!("{ACME}/roles/clerk")).await.is(204);
    app.olivia.put(&path, nothing).await.is(200);
}

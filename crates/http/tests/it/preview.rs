//! Dry runs: of every route that can be previewed, and of those that cannot. Nothing is left of either.

use http_floor::api::route::Access;
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD};
use crate::place::Place;

on_both_databases! {
    a_dry_run_of_whatever_can_be_previewed_leaves_nothing_behind,
    what_cannot_be_previewed_is_not_done_by_a_dry_run_either,
    whoever_ends_is_told_with_all_that_ends_with_them,
}

/// All that can be seen of the instance.
async fn all_there_is(app: &App) -> Vec<Value> {
    let mut seen = Vec::new();
    for path in [
        "people",
        "invitations",
        "policies",
        "limits",
        "roles",
        "groups",
        "groups/crew/members",
        "permissions",
        "audit-events",
        "members",
        "projects",
        "projects/website/access",
        "projects/website/tokens",
    ] {
        seen.push(app.olivia.get(&format!("{ACME}/{path}?limit=200")).await.is(200));
    }
    for path in [
        "/me",
        "/me/sessions",
        "/organizations?limit=200",
        "/instance/accounts?limit=200",
        "/instance/policies",
    ] {
        seen.push(app.sid.get(path).await.is(200));
    }
    seen.push(app.olivia.get("/me").await.is(200));
    seen.push(app.olivia.get("/me/sessions").await.is(200));
    seen
}

async fn a_dry_run_of_whatever_can_be_previewed_leaves_nothing_behind(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    // Whoever gives up ownership is not the last.
    app.olivia
        .put(&format!("{ACME}/owners/{}", app.adam.member), Value::Null)
        .await
        .is(200);
    let before = all_there_is(&app).await;
    let mut previewed = 0;
    for route in http_floor::api::routes().0.iter().filter(|route| route.previews) {
        let superuser =
            route.access == Access::Superuser || matches!(route.id, "open_organization" | "delete_organization");
        let person = match route.id {
            // Of what is there: see the stories about them.
            "consent"
            | "import_organization"
            | "prove_signup_domain"
            | "revoke_my_token"
            | "rotate_my_token"
            | "revoke_service_account_token"
            | "unlink_my_identity"
            | "change_smtp"
            | "set_tls"
            | "remove_tls"
            | "set_single_sign_on"
            | "remove_single_sign_on"
            | "stop_audit_forwarding"
            | "stop_instance_audit_forwarding"
            | "restore_organization"
            | "add_by_handle" => continue,
            // Whoever owns something does not leave.
            "leave" | "delete_me" => &app.mia,
            _ if superuser => &app.sid,
            _ => &app.olivia,
        };
        let reply = acme.call(person, route).await;
        if route.id == "reset_member_mfa" {
            // Who has nothing to reset is told so; the effects are told of where somebody has.
            reply.refused(409, "no_second_factor");
            continue;
        }
        if route.id == "ask_project_repository" {
            reply.refused(409, "no_repository");
            continue;
        }
        if route.path.ends_with("/bulk") {
            let lines = reply.lines();
            assert!(
                lines
                    .iter()
                    .all(|line| line["status"] == 200 && line["counts"].is_object()),
                "{lines:?}"
            );
        } else {
            let preview = reply.is(200);
            told_as_counted(route.id, &preview);
            assert!(
                preview["effects"].is_array() && preview["counts"].is_object(),
                "{} {preview}",
                route.id
            );
        }
        for secret in ["temporary_password", "\"token\":", "\"link\":"] {
            assert!(
                !reply.text.contains(secret),
                "{} tells {secret}: {}",
                route.id,
                reply.text
            );
        }
        previewed += 1;
    }
    assert!(previewed > 25, "{previewed}");
    let after = all_there_is(&app).await;
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert!(app.mailbox().mails().is_empty());
}

async fn what_cannot_be_previewed_is_not_done_by_a_dry_run_either(app: App) {
    let mia = app.sign_in(&app.mia).await;
    let other = app.sign_in(&app.mia).await;
    mia.delete("/me/sessions?dry_run=true").await.refused(400, "no_preview");
    other
        .delete("/sessions/current?dry_run=true")
        .await
        .refused(400, "no_preview");
    let change = json!({ "current_password": PASSWORD, "new_password": "eleven brave turnips hum" });
    mia.put("/me/password?dry_run=true", change)
        .await
        .refused(400, "no_preview");
    other.get("/me").await.is(200);
    // Reading is what it always is.
    other.get("/me?dry_run=true").await.is(200);
}

/// Whatever is counted is told by name too.
fn told_as_counted(id: &str, preview: &Value) {
    for (kind, count) in preview["counts"].as_object().unwrap() {
        let effects = preview["effects"].as_array().unwrap().iter();
        let told = effects.filter(|effect| effect["kind"] == **kind).count() as u64;
        let count = count.as_u64().unwrap();
        assert!(told > 0, "{id} counts {count} {kind} and names none: {preview}");
        assert!(
            told >= count.min(50) || *kind == "deleted",
            "{id} counts {count} {kind}, {told} told: {preview}"
        );
    }
}

async fn whoever_ends_is_told_with_all_that_ends_with_them(app: App) {
    let mia = app.sign_in(&app.mia).await;
    let token = json!({ "name": "Laptop" });
    mia.post("/me/tokens", token).await.is(201);
    let suspension = json!({ "reason": "On leave." });
    let member = format!("{ACME}/members/{}", app.mia.member);
    let account = format!("/instance/accounts/{}", app.mia.account);
    let put = |by: &crate::app::Person, path: &str| by.put(&format!("{path}?dry_run=true"), suspension.clone());
    let delete = |by: &crate::app::Person, path: &str| by.delete(&format!("{path}?dry_run=true"));
    let stories = [
        ("suspend", put(&app.olivia, &format!("{member}/suspension")), true),
        ("disable", put(&app.olivia, &format!("{member}/disablement")), true),
        ("remove", delete(&app.olivia, &member), true),
        ("delete", delete(&app.olivia, &format!("{member}/account")), true),
        (
            "suspend by the instance",
            put(&app.sid, &format!("{account}/suspension")),
            false,
        ),
        ("delete by the instance", delete(&app.sid, &account), false),
    ];
    for (act, ask, of_organization) in stories {
        let preview = ask.await.is(200);
        told_as_counted(act, &preview);
        let counts = &preview["counts"];
        assert_eq!(
            (&counts["session_ended"], &counts["token_ended"]),
            (&json!(2), &json!(1)),
            "{act}"
        );
        assert_eq!(
            counts["permission_lost"].as_u64().is_some(),
            of_organization,
            "{act}: {preview}"
        );
        let effects = preview["effects"].as_array().unwrap();
        let mine = effects.iter().filter(|effect| effect["kind"] != "changed");
        for effect in mine {
            assert_eq!(effect["subject"]["name"], "Mia", "{act}: {effect}");
        }
        let laptop = effects.iter().find(|effect| effect["kind"] == "token_ended").unwrap();
        assert_eq!(laptop["detail"], "Laptop", "{act}");
    }
}

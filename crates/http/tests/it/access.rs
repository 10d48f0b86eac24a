//! Who may call what: every route, as every persona and as nobody, in their own and in a foreign organization. Everything
//! that can be previewed is only previewed, so that one instance serves the whole walk.

use domain::permission::Permission;
use http_floor::api::route::{Access, Route};
use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, Person, Reply, create, invite, sign_in};
use crate::call::request;
use crate::place::Place;

on_both_databases! {
    every_route_admits_whom_it_says_it_does,
    a_temporary_password_must_be_changed_before_anything_else,
}

/// What each role of the preset `standard` may do, said once more and not read from the preset.
fn holds(person: &Person, permission: Permission) -> bool {
    use Permission as P;
    match person.name.as_str() {
        "olivia" | "eve" | "sid" => true,
        // On every project, too.
        "adam" => !matches!(permission, P::OrganizationDelete | P::OrganizationChangeOwner),
        "mia" => matches!(
            permission,
            P::OrganizationView | P::MemberView | P::GroupView | P::RoleView | P::ProjectCreate | P::SecretUse
        ),
        "gus" => permission == P::OrganizationView,
        _ => false,
    }
}

#[track_caller]
fn check(person: &Person, route: &Route, own: bool, reply: &Reply) {
    let told = || {
        format!(
            "{} {} as {}, {}: {} {}",
            route.method.name(),
            route.path,
            person.name,
            if own { "at home" } else { "elsewhere" },
            reply.status,
            reply.text
        )
    };
    let body = reply.json();
    let (_, done) = request(route);
    match route.access {
        Access::Public(_) => assert_eq!(reply.status, done, "{}", told()),
        _ if person.token.is_none() => {
            assert_eq!(
                (reply.status, &body["code"]),
                (401, &json!("sign_in_required")),
                "{}",
                told()
            );
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{}", told());
        }
        Access::SignedIn => match route.id {
            "open_organization" | "import_organization" if person.name != "sid" => {
                assert_eq!(body["code"], "superuser_required", "{}", told())
            }
            "consent" if !own || person.name == "sid" => assert_eq!(reply.status, 404, "{}", told()),
            "leave" if !own || person.name == "sid" => assert_eq!(reply.status, 404, "{}", told()),
            // Only Owners cannot leave here.
            "delete_me" if person.name == "sid" => assert_eq!(body["code"], "last_superuser", "{}", told()),
            // Owners are the only ones here.
            "delete_me" if person.name == "olivia" || person.name == "eve" => {
                assert_eq!(reply.status, 409, "{}", told())
            }
            "leave" if person.name != "olivia" && person.name != "eve" => assert_eq!(reply.status, 200, "{}", told()),
            _ => assert_eq!(reply.status, done, "{}", told()),
        },
        Access::Superuser if person.name == "sid" => assert_eq!(reply.status, done, "{}", told()),
        Access::Superuser => assert_eq!(
            (reply.status, &body["code"]),
            (403, &json!("superuser_required")),
            "{}",
            told()
        ),
        Access::Permission(_) if !own && person.name != "sid" => {
            assert_eq!((reply.status, &body["code"]), (404, &json!("not_found")), "{}", told());
        }
        // Owners only where the instance lets them.
        Access::Permission(_) if route.id == "delete_organization" && holds(person, Permission::OrganizationDelete) => {
            if person.name == "sid" {
                assert_eq!(reply.status, done, "{}", told());
            } else {
                assert_eq!(body["code"], "superuser_required", "{}", told());
            }
        }
        // A superuser from outside is no member, and owns nothing here.
        Access::Permission(_) if person.name == "sid" && route.id == "create_project" => {
            assert_eq!(reply.status, 422, "{}", told());
        }
        Access::Permission(_) if person.name == "sid" && route.id == "create_project_token" => {
            assert_eq!(body["code"], "member_required", "{}", told());
        }
        Access::Permission(permission) if !holds(person, permission) && route.path.contains("{project}") => {
            assert_eq!((reply.status, &body["code"]), (404, &json!("not_found")), "{}", told());
        }
        Access::Permission(permission) if holds(person, permission) => assert_eq!(reply.status, done, "{}", told()),
        Access::Permission(permission) => {
            let refused = (reply.status, &body["code"], &body["permission"]);
            assert_eq!(
                refused,
                (403, &json!("permission_required"), &json!(permission.name())),
                "{}",
                told()
            );
        }
    }
}

async fn every_route_admits_whom_it_says_it_does(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let elsewhere = Place::new(&app.eve, "elsewhere", "tea").await;
    let mut people: Vec<Person> = app.personas().into_iter().chain([&app.anonymous]).cloned().collect();
    for route in http_floor::api::routes().0 {
        for person in &mut people {
            // What is done to sessions is done to one that is made for it; when it ended all others, it is the one left.
            let known = match (route.access, &person.token) {
                (Access::SignedIn, Some(_)) => Some(std::mem::replace(person, app.sign_in(person).await)),
                _ => None,
            };
            let (own, foreign) = if person.name == "eve" {
                (&elsewhere, &acme)
            } else {
                (&acme, &elsewhere)
            };
            check(person, &route, true, &own.call(person, &route).await);
            if route.path.contains("{org}") {
                check(person, &route, false, &foreign.call(person, &route).await);
            }
            if let Some(known) = known.filter(|_| route.id != "end_my_other_sessions") {
                *person = known;
            }
        }
    }
}

async fn a_temporary_password_must_be_changed_before_anything_else(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let (tess, temporary) = create(&app.olivia, "acme", "tess", "admin").await;
    let session = tess
        .post("/sessions", json!({ "login": "tess", "password": temporary }))
        .await
        .is(201);
    assert_eq!(session["next"], "change_password");
    let tess = tess.with_token(session["token"].as_str().unwrap());
    let mut walked = 0;
    for route in http_floor::api::routes().0 {
        if matches!(route.access, Access::Public(_)) || route.id == "sign_out" {
            continue;
        }
        let reply = acme.call(&tess, &route).await;
        match route.id {
            "get_me" => assert_eq!(reply.is(200)["must_change_password"], true),
            "change_my_password" => drop(reply.refused(422, "invalid")),
            _ => drop(reply.refused(403, "password_change_required")),
        }
        walked += 1;
    }
    assert!(walked > 40, "{walked}");
    // Accepting an invitation to somewhere else is no way around it.
    let (_, link) = invite(&app.eve, "elsewhere", "tess", false).await;
    let token = crate::app::token_of(&link);
    tess.post("/invitation-acceptances", json!({ "token": token }))
        .await
        .refused(403, "password_change_required");
    tess.delete("/sessions/current").await.is(204);
    tess.get("/me").await.refused(401, "sign_in_required");
    let again = sign_in(&tess, &temporary).await;
    let change = json!({ "current_password": temporary, "new_password": PASSWORD });
    let changed = again.put("/me/password", change).await.is(200);
    again.get("/me").await.refused(401, "sign_in_required");
    again
        .with_token(changed["token"].as_str().unwrap())
        .get(ACME)
        .await
        .is(200);
}

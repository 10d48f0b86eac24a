//! `ETag` and `If-Match`: what is seen has a tag, and a change of what was changed meanwhile is not made, on any route.

use http_floor::api::route::{Access, JSON, Method, Route};
use testkit::on_both_databases;

use crate::app::{App, Person};
use crate::call::request;
use crate::place::Place;

on_both_databases! {
    a_change_under_a_tag_of_the_past_is_made_nowhere,
    every_single_thing_has_a_tag,
    what_is_made_is_found_at_its_location,
}

/// Who may call it.
fn caller<'a>(app: &'a App, route: &Route) -> &'a Person {
    match route.access {
        Access::Superuser => &app.sid,
        _ => &app.olivia,
    }
}

async fn a_change_under_a_tag_of_the_past_is_made_nowhere(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let mut heeded = 0;
    for route in http_floor::api::routes().0 {
        // What cannot be taken, or is not there, is refused first.
        if route.method == Method::Get || (route.conditional && request(&route).1 >= 400) {
            continue;
        }
        let late = acme.ask(caller(&app, &route), &route).header("if-match", "\"past\"");
        let told = late.await;
        let code = if route.conditional {
            "changed_meanwhile"
        } else {
            "no_etag"
        };
        assert_eq!(
            (told.status, told.json()["code"].as_str()),
            (412, Some(code)),
            "{} {}: {}",
            route.method.name(),
            route.path,
            told.text
        );
        heeded += usize::from(route.conditional);
    }
    assert!(heeded > 40, "{heeded}");
}

async fn every_single_thing_has_a_tag(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    for route in http_floor::api::routes().0 {
        let is_list = route.query.iter().any(|(name, _)| *name == "cursor");
        if route.method != Method::Get || is_list || route.kinds != [JSON] {
            continue;
        }
        let seen = acme.call(caller(&app, &route), &route).await;
        // Nothing is set up there.
        if seen.status == 404 {
            continue;
        }
        seen.is(200);
        assert_ne!(seen.header("etag"), "", "{}", route.path);
        let again = acme.call(caller(&app, &route), &route).await;
        assert_eq!(again.header("etag"), seen.header("etag"), "{}", route.path);
    }
}

async fn what_is_made_is_found_at_its_location(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let mut found = 0;
    for route in http_floor::api::routes().0 {
        if route.method != Method::Post || matches!(route.access, Access::Public(_)) {
            continue;
        }
        let person = caller(&app, &route);
        let made = acme.call_for_real(person, &route).await;
        let location = made.header("location");
        if made.status != 201 || location.is_empty() {
            continue;
        }
        let path = location.strip_prefix("/api/v1").unwrap_or(&location);
        let seen = person.get(path).await;
        assert_eq!(seen.status, 200, "{}: {location}: {}", route.path, seen.text);
        found += 1;
    }
    assert!(found > 6, "{found}");
}

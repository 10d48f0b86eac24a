//! Lists: each is read in pages of any size, and each page begins where the one before ended.

use http_floor::api::route::{Access, Method, Route};
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, invite};
use crate::place::Place;

on_both_databases! {
    every_list_is_read_in_pages,
    a_search_finds_what_it_names_in_every_list_that_takes_one,
}

fn lists() -> Vec<Route> {
    let routes = http_floor::api::routes().0.into_iter();
    routes
        .filter(|route| {
            let answers = route.answers.iter().filter_map(|(_, _, body)| body.as_ref());
            route.method == Method::Get && answers.into_iter().any(|body| (body.name)().ends_with("List"))
        })
        .collect()
}

async fn items(person: &Person, path: &str) -> (Vec<Value>, Option<String>) {
    let page = person.get(path).await.is(200);
    let next = page["next_cursor"].as_str().map(str::to_owned);
    (page["items"].as_array().unwrap().clone(), next)
}

async fn every_list_is_read_in_pages(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let mut longer_than_a_page = 0;
    for route in lists() {
        let takes = |wanted| route.query.iter().any(|(name, _)| *name == wanted);
        assert!(takes("limit") && takes("cursor"), "{}", route.path);
        let person = match route.access {
            Access::Superuser => &app.sid,
            _ => &app.olivia,
        };
        let path = acme.path(&route);
        let at = |asked: &str| format!("{path}{}{asked}", if path.contains('?') { '&' } else { '?' });
        // Nobody has connected an account of a host.
        if route.id == "list_handles" {
            continue;
        }
        for nonsense in ["limit=0", "limit=few", "cursor=nonsense"] {
            person.get(&at(nonsense)).await.refused(422, "invalid");
        }
        let (whole, end) = items(person, &at("limit=200")).await;
        assert_eq!(end, None, "{path}");
        let mut single: Vec<Value> = Vec::new();
        let mut cursor = None::<String>;
        loop {
            let begin = cursor
                .as_ref()
                .map_or(String::new(), |cursor| format!("&cursor={cursor}"));
            let (page, next) = items(person, &at(&format!("limit=1{begin}"))).await;
            assert!(page.len() <= 1, "{path}: {page:?}");
            single.extend(page);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(single.len(), whole.len(), "{path}");
        if !route.id.contains("audit") {
            assert_eq!(single, whole, "{path}");
        }
        longer_than_a_page += usize::from(whole.len() > 1);
    }
    assert!(longer_than_a_page > 8, "{longer_than_a_page}");
}

async fn a_search_finds_what_it_names_in_every_list_that_takes_one(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    for route in lists() {
        let is_searched = route.query.iter().any(|(name, _)| *name == "query");
        if !is_searched || route.id == "list_handles" {
            continue;
        }
        let person = match route.access {
            Access::Superuser => &app.sid,
            _ => &app.olivia,
        };
        let (found, _) = items(person, &format!("{}?query=nothing-is-called-so", acme.path(&route))).await;
        assert_eq!(found, Vec::<Value>::new(), "{}", route.path);
    }
    let named =
        |found: Vec<Value>, field: &str| -> Vec<Value> { found.iter().map(|item| item[field].clone()).collect() };
    let (roles, _) = items(&app.olivia, &format!("{ACME}/roles?query=ADM")).await;
    assert!(named(roles, "slug").contains(&json!("admin")));
    let (organizations, _) = items(&app.sid, "/organizations?query=else").await;
    assert_eq!(named(organizations, "slug"), [json!("elsewhere")]);
    invite(&app.olivia, "acme", "zoe", false).await;
    let (invitations, _) = items(&app.olivia, &format!("{ACME}/invitations?query=Zoe")).await;
    assert_eq!(invitations.len(), 1);
    let group = json!({ "name": "Night shift", "members": [app.mia.member, app.gus.member] });
    app.olivia.post(&format!("{ACME}/groups"), group).await.is(201);
    let (members, _) = items(&app.olivia, &format!("{ACME}/groups/night-shift/members?query=GUS")).await;
    assert_eq!(named(members, "id"), [json!(app.gus.member)]);
}

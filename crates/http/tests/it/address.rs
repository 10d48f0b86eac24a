//! Addresses that cannot be read: whoever asked gets the answer of the floor they asked, never the bare words of a library.

use http_floor::api::route::Method;
use testkit::on_both_databases;

use crate::app::App;
use crate::place::Place;

on_both_databases! {
    a_program_is_told_of_an_unreadable_address_by_a_problem,
    a_person_is_told_of_an_unreadable_address_by_a_page,
}

async fn a_program_is_told_of_an_unreadable_address_by_a_problem(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    let mut refused = 0;
    for route in http_floor::api::routes().0 {
        let plain = acme.plain(&route);
        let twice: String = route
            .query
            .iter()
            .map(|(name, _)| format!("{name}=0&{name}=0&"))
            .collect();
        let twice = (route.method == Method::Get && !twice.is_empty()).then(|| format!("{plain}?{twice}"));
        let no_letters = route
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { "%FF" } else { part });
        let no_letters = route
            .path
            .contains('{')
            .then(|| no_letters.collect::<Vec<_>>().join("/"));
        for address in twice.into_iter().chain(no_letters) {
            let address = format!("/api/v1{address}");
            let caller = if route.path.starts_with("/instance") {
                &app.sid
            } else {
                &app.olivia
            };
            let told = caller.ask(method(route.method), &address).await;
            if told.status >= 400 {
                let kind = told.header("content-type");
                assert_eq!(
                    kind,
                    "application/problem+json",
                    "{} {address}: {}",
                    route.method.name(),
                    told.text
                );
                let twice = told.status == 400;
                assert!(
                    !twice || told.text.contains("Name each parameter once"),
                    "{address}: {}",
                    told.text
                );
                refused += usize::from(twice);
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

fn method(method: Method) -> reqwest::Method {
    method.name().to_uppercase().parse().unwrap()
}

async fn a_person_is_told_of_an_unreadable_address_by_a_page(app: App) {
    let cookie = format!("__Host-roster={}", app.sid.token.as_deref().unwrap());
    for (address, status) in [
        ("/o/acme/people?status=active&status=disabled", 400),
        ("/o/acme/audit?cursor=a&cursor=b", 400),
        ("/o/acme/groups?query=a&query=b", 400),
        ("/instance/accounts?query=a&query=b", 400),
        ("/sign-in?next=/me&next=/organizations", 400),
        ("/o/%FF/people", 404),
        ("/o/acme/groups/%FF", 404),
    ] {
        let told = app
            .sid
            .ask(reqwest::Method::GET, address)
            .header("cookie", &cookie)
            .await;
        assert_eq!(told.status, status, "{address}: {}", told.text);
        assert!(
            told.header("content-type").starts_with("text/html"),
            "{address}: {}",
            told.text
        );
        assert!(told.text.contains("<h1"), "{address}: {}", told.text);
    }
}

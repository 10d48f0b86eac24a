//! The database is gone: every route says so, with when to come back, and no page breaks.

use testkit::app::{On, Start};

use crate::app::App;
use crate::call::expected;
use crate::instance::page;
use crate::place::Place;

/// Answered by what the operator has given and this process has counted: no database is asked.
const WITHOUT: &[&str] = &["get_tls", "get_listeners"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_database_every_route_says_so_and_when_to_come_back() {
    let Some(app) = App::start(On::Postgres).await else {
        return;
    };
    let place = Place::new(&app.olivia, "acme", "tom").await;
    app.roster.store().close().await;
    let mut walked = 0;
    for route in http_floor::api::routes().0 {
        for person in [&app.olivia, &app.sid] {
            let reply = place.call_for_real(person, &route).await;
            let told = format!("{} as {}: {} {}", route.id, person.name, reply.status, reply.text);
            // What cannot be understood is told without looking anything up, and so is what this person never may.
            let at_once = reply.status == expected(&route) && reply.status >= 400 || reply.status == 403;
            if at_once || WITHOUT.contains(&route.id) {
                continue;
            }
            assert_eq!(reply.status, 503, "{told}");
            assert_eq!(reply.refused(503, "unavailable")["status"], 503);
            assert_eq!(reply.header("retry-after"), "2", "{told}");
            walked += 1;
        }
    }
    assert!(walked > 200, "{walked}");
    for path in [
        "/organizations",
        "/o/acme/people",
        "/o/acme/settings",
        "/me",
        "/instance/dashboard",
        "/instance/accounts",
    ] {
        let reply = page(&app.sid, path).await;
        assert_eq!(
            (reply.status, reply.header("retry-after").as_str()),
            (503, "2"),
            "{path}"
        );
        assert!(
            reply.text.contains("The database does not answer"),
            "{path}: {}",
            reply.text
        );
    }
}

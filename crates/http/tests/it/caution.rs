//! What keeps a browser, and whoever forges what it sends, from more than was meant: headers of every answer, cookies, methods,
//! and names that people chose.

use reqwest::Method;
use serde_json::json;
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, Reply};
use crate::instance::page;

on_both_databases! {
    every_answer_tells_browsers_to_believe_no_more,
    a_name_is_text_on_every_page,
    what_a_route_is_not_asked_by_is_refused,
    a_password_is_typed_hidden_and_may_be_pasted,
    signing_out_leaves_no_cookie_behind,
    a_parameter_that_comes_twice_is_refused,
    whoever_may_not_open_a_page_goes_on_by_the_navigation,
}

async fn every_answer_tells_browsers_to_believe_no_more(app: App) {
    for (path, kind) in [
        ("/", ""),
        ("/sign-in", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/nowhere", "text/html; charset=utf-8"),
        ("/o/acme/people", ""),
        ("/api/v1/me", "application/problem+json"),
        ("/api/v1/openapi.json", "application/json"),
        ("/healthz", ""),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
    ] {
        let answer = app
            .anonymous
            .ask(Method::GET, path)
            .header("origin", "https://evil.example")
            .await;
        if !kind.is_empty() {
            assert_eq!(answer.header("content-type"), kind, "{path}");
        }
        let policy = answer.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains("http"),
            "{path}: {policy}"
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("access-control-allow-origin", ""),
            ("server", ""),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
    }
}

async fn a_name_is_text_on_every_page(app: App) {
    let name = "<b>Mia</b> \"&\" <script>Co";
    app.mia.patch("/me", json!({ "name": name })).await.is(200);
    let role = format!("/organizations/acme/members/{}/role", app.mia.member);
    app.olivia.put(&role, json!({ "role": "guest" })).await.is(200);
    let member = format!("/o/acme/people/{}", app.mia.member);
    for path in ["/o/acme/people", &member, "/o/acme/audit", "/o/acme/people?query=mia"] {
        let shown = page(&app.olivia, path).await;
        assert_eq!(shown.status, 200, "{path}");
        assert!(
            shown.text.contains("&#60;b&#62;Mia&#60;/b&#62;"),
            "{path}: {}",
            shown.text
        );
        assert!(
            !shown.text.contains("<b>Mia") && !shown.text.contains("<script>Co"),
            "{path}"
        );
    }
}

async fn what_a_route_is_not_asked_by_is_refused(app: App) {
    for (method, path) in [
        (Method::TRACE, "/sign-in"),
        (Method::TRACE, "/api/v1/me"),
        (Method::GET, "/sign-out"),
        (Method::GET, "/api/v1/sessions"),
        (Method::GET, "/api/v1/me/tokens/tok_x/rotation"),
    ] {
        let answer = app.olivia.ask(method.clone(), path).await;
        assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
        assert!(!answer.text.contains("Bearer"), "{}", answer.text);
    }
    app.olivia.get("/me").await.is(200);
}

async fn a_password_is_typed_hidden_and_may_be_pasted(app: App) {
    let shown = app.anonymous.ask(Method::GET, "/sign-in").await.text;
    let field = shown
        .split("<input")
        .find(|field| field.contains("name=\"password\""))
        .unwrap();
    assert!(field.contains("type=\"password\""), "{field}");
    assert!(field.contains("autocomplete=\"current-password\""), "{field}");
    let script = shown
        .split('"')
        .find(|text| text.starts_with("/assets/") && text.ends_with("app.js"))
        .unwrap();
    let script = app.anonymous.ask(Method::GET, script).await;
    assert_eq!(script.status, 200);
    assert!(!script.text.contains("paste") && !shown.contains("onpaste"));
}

fn cookies(reply: &Reply) -> Vec<String> {
    let all = reply.headers.get_all("set-cookie").iter();
    all.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

async fn signing_out_leaves_no_cookie_behind(app: App) {
    let kind = "application/x-www-form-urlencoded";
    let form = format!("login=mia&password={}", PASSWORD.replace(' ', "+"));
    let entered = app.anonymous.ask(Method::POST, "/sign-in").body(kind, form).await;
    let mut jar = cookies(&entered);
    let sent = |jar: &[String]| {
        let pairs: Vec<&str> = jar.iter().filter_map(|cookie| cookie.split(';').next()).collect();
        pairs.join("; ")
    };
    let people = app
        .anonymous
        .ask(Method::GET, "/o/acme/people")
        .header("cookie", &sent(&jar))
        .await;
    assert_eq!(people.status, 200);
    jar.extend(cookies(&people));
    let left = app
        .anonymous
        .ask(Method::POST, "/sign-out")
        .body(kind, "")
        .header("cookie", &sent(&jar))
        .await;
    let ended: Vec<String> = cookies(&left)
        .into_iter()
        .filter(|cookie| cookie.contains("Max-Age=0"))
        .collect();
    assert_eq!(jar.len(), 2, "{jar:?}");
    for cookie in &jar {
        assert!(
            cookie.starts_with("__Host-") && cookie.contains("; HttpOnly; SameSite=Lax; Secure"),
            "{cookie}"
        );
        let name = cookie.split('=').next().unwrap();
        assert!(
            ended.iter().any(|gone| gone.starts_with(&format!("{name}=;"))),
            "{name}: {ended:?}"
        );
    }
    let again = app
        .anonymous
        .ask(Method::GET, "/o/acme/people")
        .header("cookie", &sent(&jar))
        .await;
    assert_eq!(again.status, 303, "{}", again.text);
}

async fn a_parameter_that_comes_twice_is_refused(app: App) {
    app.olivia
        .get(&format!("{ACME}/people?limit=1&limit=2"))
        .await
        .refused(400, "malformed");
    let twice = "{\"name\": \"Mia\", \"name\": \"Olivia\"}";
    let reply = app
        .mia
        .ask(Method::PATCH, "/api/v1/me")
        .body("application/json", twice)
        .await;
    assert!((400..500).contains(&reply.status), "{}", reply.text);
}

async fn whoever_may_not_open_a_page_goes_on_by_the_navigation(app: App) {
    let kind = "application/x-www-form-urlencoded";
    let form = format!("login=mia&password={}", PASSWORD.replace(' ', "+"));
    let entered = app.anonymous.ask(Method::POST, "/sign-in").body(kind, form).await;
    let session = cookies(&entered)[0].split(';').next().unwrap().to_owned();
    let open = |path: &str| app.anonymous.ask(Method::GET, path).header("cookie", &session);
    for path in ["/o/acme/audit", "/o/acme/settings", "/o/acme/people/new"] {
        let refused = open(path).await;
        assert_eq!(refused.status, 403, "{path}");
        for part in [
            "<nav class=\"nav\"",
            "href=\"/o/acme/people\"",
            "href=\"/o/acme/projects\"",
            "Missing permission",
        ] {
            assert!(refused.text.contains(part), "{path} without {part}: {}", refused.text);
        }
        assert!(!refused.text.contains("href=\"/o/acme/audit\""), "{path}");
    }
    // Whose organization it is not sees nothing of it.
    let foreign = open("/o/elsewhere/audit").await;
    assert_eq!(foreign.status, 404);
    assert!(!foreign.text.contains("Elsewhere") && !foreign.text.contains("/o/elsewhere"));
}

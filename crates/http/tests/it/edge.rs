//! What stands around the routes: hosts, other sites' pages, large bodies, ids of requests, and secrets that stay secret.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, PASSWORD, PUBLIC_URL, accept, create, email, invite, sign_in, text, token_of};

on_both_databases! {
    the_host_of_a_request_never_reaches_a_link,
    another_sites_page_posts_nothing_to_the_console,
    a_cookie_is_no_way_into_the_api,
    a_body_that_is_too_large_is_refused,
    a_request_has_an_id_that_the_audit_log_names,
    no_secret_is_in_the_audit_log,
    the_program_says_that_it_is_well,
}

async fn the_host_of_a_request_never_reaches_a_link(app: App) {
    let new = json!({ "email": email("ines"), "role": "member" });
    let sent = app
        .adam
        .post(&format!("{ACME}/invitations"), new)
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .await
        .is(201);
    assert!(
        text(&sent["link"]).starts_with(&format!("{PUBLIC_URL}/invitations/")),
        "{sent}"
    );
    app.deliver().await;
    let mail = app.mailbox().next_to(&email("ines")).await;
    assert!(mail.link().starts_with(&format!("{PUBLIC_URL}/")));
    assert!(!mail.raw.contains("evil.example"));
    let page = app
        .anonymous
        .ask(reqwest::Method::GET, "/sign-in")
        .header("host", "evil.example")
        .await;
    assert!(!page.text.contains("evil.example") && !page.header("location").contains("evil.example"));
}

async fn another_sites_page_posts_nothing_to_the_console(app: App) {
    let form = format!("login=mia&password={}", PASSWORD.replace(' ', "+"));
    let post = |path: &str| {
        app.anonymous
            .ask(reqwest::Method::POST, path)
            .body("application/x-www-form-urlencoded", form.clone())
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        for path in ["/sign-in", "/sign-out", "/password", "/o/acme/people/new"] {
            let reply = post(path).header(name, value).await;
            assert_eq!(reply.status, 403, "{path} from {value}: {}", reply.text);
            assert_eq!(reply.header("set-cookie"), "");
        }
    }
    let own = post("/sign-in").header("sec-fetch-site", "same-origin").await;
    assert_eq!(own.status, 303, "{}", own.text);
    let cookie = own.header("set-cookie");
    for part in ["__Host-", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    for (name, value) in [
        ("content-security-policy", "default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert!(own.header(name).contains(value), "{name}: {}", own.header(name));
    }
}

async fn a_cookie_is_no_way_into_the_api(app: App) {
    let token = app.mia.token.clone().unwrap();
    for name in ["roster", "__Host-roster"] {
        let cookie = format!("{name}={token}");
        app.anonymous
            .get("/me")
            .header("cookie", &cookie)
            .await
            .refused(401, "sign_in_required");
    }
    for wrong in [&token[..token.len() - 1], &format!("{token}x"), "roster_ses_x", ""] {
        app.anonymous
            .with_token(wrong)
            .get("/me")
            .await
            .refused(401, "sign_in_required");
    }
    app.anonymous
        .get("/me")
        .header("authorization", &format!("Basic {token}"))
        .await
        .refused(401, "sign_in_required");
    app.anonymous
        .get("/me")
        .header("authorization", &format!("bearer {token}"))
        .await
        .is(200);
}

async fn a_body_that_is_too_large_is_refused(app: App) {
    let large = "x".repeat(1024 * 1024);
    app.anonymous
        .post("/sessions", json!({ "login": "mia", "password": large }))
        .await
        .refused(413, "too_large");
    app.mia
        .patch("/me", json!({ "name": large }))
        .await
        .refused(413, "too_large");
    let reason = format!("{ACME}/members/{}/disablement", app.gus.member);
    app.adam
        .put(&reason, json!({ "reason": large }))
        .await
        .refused(413, "too_large");
    let keyed = app
        .adam
        .post(&format!("{ACME}/invitations"), json!({ "email": large }))
        .header("idempotency-key", "k")
        .await;
    keyed.refused(413, "too_large");
}

async fn a_request_has_an_id_that_the_audit_log_names(app: App) {
    let renamed = app
        .adam
        .patch(ACME, json!({ "name": "Acme Works" }))
        .header("user-agent", &format!("{}0.1", http_floor::context::COMMAND_LINE))
        .await;
    renamed.is(200);
    let id = renamed.header("x-request-id");
    assert_eq!(id.len(), 16, "{id}");
    assert_ne!(app.adam.get(ACME).await.header("x-request-id"), id);
    let events = app
        .adam
        .get(&format!("{ACME}/audit-events?action=organization.edited"))
        .await
        .is(200);
    let event = &events["items"][0];
    assert_eq!(
        (&event["request_id"], &event["medium"], &event["address"]),
        (&json!(id), &json!("cli"), &json!("127.0.0.1"))
    );
    assert_eq!(
        (
            &event["actor"]["name"],
            &event["before"]["name"],
            &event["after"]["name"]
        ),
        (&json!("Adam"), &json!("Acme"), &json!("Acme Works"))
    );
    // Nothing happened at a dry run, nor at a refusal.
    app.adam
        .patch(&format!("{ACME}?dry_run=true"), json!({ "name": "Acme Ltd" }))
        .await
        .is(200);
    app.mia
        .patch(ACME, json!({ "name": "Acme Ltd" }))
        .await
        .refused(403, "permission_required");
    assert_eq!(
        app.adam
            .get(&format!("{ACME}/audit-events?action=organization.edited"))
            .await
            .is(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

async fn no_secret_is_in_the_audit_log(app: App) {
    let mut secrets: Vec<String> = app
        .personas()
        .iter()
        .filter_map(|person| person.token.clone())
        .collect();
    let (id, link) = invite(&app.adam, "acme", "ines", true).await;
    app.deliver().await;
    let mailed = app.mailbox().next_to(&email("ines")).await.link().to_owned();
    let resent = app
        .adam
        .post(&format!("{ACME}/invitations/{id}/delivery"), json!({}))
        .await
        .is(200);
    let last = text(&resent["link"]);
    let ines = accept(&app.anonymous, "ines", &last).await;
    let (tess, temporary) = create(&app.adam, "acme", "tess", "member").await;
    let signed_in = sign_in(&tess, &temporary).await;
    let reset = app
        .adam
        .post(&format!("{ACME}/members/{}/password-reset", tess.member), json!({}))
        .await
        .is(200);
    secrets.extend([
        token_of(&link),
        token_of(&mailed),
        token_of(&last),
        temporary,
        text(&reset["temporary_password"]),
    ]);
    secrets.extend([
        ines.token.unwrap(),
        signed_in.token.unwrap(),
        PASSWORD.to_owned(),
        "$argon2".to_owned(),
    ]);
    app.adam
        .delete(&format!("{ACME}/members/{}", tess.member))
        .await
        .is(204);
    let events = app.olivia.all(&format!("{ACME}/audit-events"), 200).await;
    assert!(events.len() > 10, "{}", events.len());
    let told = Value::from(events.clone()).to_string();
    for secret in &secrets {
        assert!(!told.contains(secret), "{secret} is told");
    }
    let actions: Vec<&str> = events.iter().filter_map(|event| event["action"].as_str()).collect();
    for action in [
        "invitation.sent",
        "invitation.resent",
        "invitation.accepted",
        "member.created",
        "member.removed",
    ] {
        assert!(actions.contains(&action), "{action} is missing of {actions:?}");
    }
}

async fn the_program_says_that_it_is_well(app: App) {
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.anonymous.ask(reqwest::Method::GET, path).await.status, 200);
    }
    let served = app.anonymous.get("/openapi.json").await.is(200);
    assert_eq!(&served, http_floor::api::openapi());
    assert_eq!(app.anonymous.get("/me").await.header("cache-control"), "no-store");
}

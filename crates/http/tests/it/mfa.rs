//! Second factors over the API and the console: given once, asked for at every door, and proofs that grow old.

use domain::session::PROOF_LIFETIME;
use domain::time::SECOND;
use http_floor::api::route::Access;
use reqwest::Method;
use serde_json::json;
use testkit::{Authenticator, Phone, on_both_databases};

use crate::app::{ACME, App, PASSWORD, PUBLIC_URL, Person, Reply, invite, text, token_of};
use crate::place::Place;

on_both_databases! {
    an_app_is_enrolled_by_its_code_and_asked_for_at_the_next_sign_in,
    every_door_asks_for_the_second_factor,
    a_passkey_signs_in_alone_and_is_named_listed_and_removed,
    sensitive_acts_ask_for_a_recent_proof,
    an_admin_resets_a_members_second_factors,
    the_console_asks_for_the_second_factor_and_goes_on,
    the_console_asks_for_a_proof_and_sends_the_form_again,
}

const STEP: i64 = 30 * SECOND;

async fn enrol(app: &App, person: &Person) -> (Phone, Vec<String>) {
    let begun = person.post("/me/mfa/totp", json!({})).await.is(201);
    let phone = Phone::with(&text(&begun["secret"]));
    let code = json!({ "code": phone.shows(app.roster.now()) });
    let confirmed = person.post("/me/mfa/totp/confirmation", code).await.is(200);
    let codes = confirmed["recovery_codes"].as_array().unwrap();
    (phone, codes.iter().map(text).collect())
}

/// The first factor alone.
async fn half(person: &Person) -> Person {
    let body = json!({ "login": person.name, "password": PASSWORD });
    let session = person.post("/sessions", body).await.is(201);
    assert_eq!(session["next"], "mfa");
    person.with_token(session["token"].as_str().unwrap())
}

/// A page of the console, as this person's browser asks for it.
async fn page(person: &Person, path: &str) -> Reply {
    let cookie = format!("__Host-roster={}", person.token.as_deref().unwrap());
    person.ask(Method::GET, path).header("cookie", &cookie).await
}

async fn send(person: &Person, path: &str, form: &str) -> Reply {
    let cookie = format!("__Host-roster={}", person.token.as_deref().unwrap());
    person
        .ask(Method::POST, path)
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin")
        .body("application/x-www-form-urlencoded", form)
        .await
}

async fn an_app_is_enrolled_by_its_code_and_asked_for_at_the_next_sign_in(app: App) {
    let begun = app.mia.post("/me/mfa/totp", json!({})).await.is(201);
    let secret = text(&begun["secret"]);
    assert!(
        secret
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    );
    assert!(text(&begun["uri"]).contains(&format!("secret={secret}&issuer=Roster")));
    app.mia
        .post("/me/mfa/totp/confirmation", json!({ "code": "000000" }))
        .await
        .refused(422, "invalid");
    let (phone, codes) = enrol(&app, &app.mia).await;
    assert_eq!(codes.len(), 10);
    let mfa = app.mia.get("/me/mfa").await.is(200);
    assert_eq!(
        (&mfa["enabled"], &mfa["methods"], &mfa["recovery_codes_left"]),
        (&json!(true), &json!(["totp"]), &json!(10))
    );
    let seen = app.member(&app.mia).await;
    assert_eq!(seen["mfa"], json!({ "enabled": true, "methods": ["totp"] }));
    app.mia
        .post("/me/mfa/totp", json!({}))
        .await
        .refused(409, "totp_enrolled");

    let mia = half(&app.mia).await;
    mia.get("/me").await.refused(401, "mfa_required");
    // As the command line sends it: a key with everything that it posts.
    let give = |code: String| {
        let given = json!({ "method": "totp", "code": code });
        let asked = mia.post("/sessions/current/mfa", given);
        asked.header("idempotency-key", "mine")
    };
    // The step of the code that confirmed it is used up.
    give(phone.shows(app.roster.now())).await.refused(401, "wrong_code");
    app.pass(STEP);
    let code = phone.shows(app.roster.now());
    assert_eq!(give(code.clone()).await.is(200)["next"], "done");
    mia.get("/me").await.is(200);
    give(code).await.refused(401, "wrong_code");
    let other = half(&app.mia).await;
    let recovery = json!({ "method": "recovery_code", "code": codes[0] });
    other.post("/sessions/current/mfa", recovery.clone()).await.is(200);
    let another = half(&app.mia).await;
    another
        .post("/sessions/current/mfa", recovery)
        .await
        .refused(401, "wrong_code");
    another
        .post("/sessions/current/mfa", json!({ "method": "sms", "code": "1" }))
        .await
        .refused(422, "invalid");
    app.mia.delete("/me/mfa/totp").await.is(204);
    assert_eq!(app.mia.get("/me/mfa").await.is(200)["enabled"], false);
}

/// The routes that a session is let into before its second factor: to give it, and to give up.
const BEFORE: [&str; 3] = ["give_second_factor", "ask_for_my_passkey", "sign_out"];

async fn every_door_asks_for_the_second_factor(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    enrol(&app, &app.adam).await;
    let adam = half(&app.adam).await;
    let mut walked = 0;
    for route in http_floor::api::routes().0 {
        if matches!(route.access, Access::Public(_)) || BEFORE.contains(&route.id) {
            continue;
        }
        acme.call(&adam, &route).await.refused(401, "mfa_required");
        walked += 1;
    }
    assert!(walked > 60, "{walked}");
    // An invitation to somewhere else is no way round, and neither is asking, for oneself or through another.
    let (_, link) = invite(&app.eve, "elsewhere", "adam", false).await;
    let token = token_of(&link);
    adam.post("/invitation-acceptances", json!({ "token": token }))
        .await
        .refused(401, "mfa_required");
    let question = json!({
        "subject": { "type": "session", "id": adam.token },
        "action": { "name": "roster.member.view" },
        "resource": { "type": "organization", "id": "acme" },
    });
    let evaluation = |by: &Person| by.ask(Method::POST, "/access/v1/evaluation").json(&question);
    assert_eq!(evaluation(&adam).await.status, 401);
    let told = evaluation(&app.olivia).await.is(200);
    assert_eq!(
        (&told["decision"], &told["context"]["reason"]),
        (&json!(false), &json!("invalid_session"))
    );
    // The console's pages lead to the one where it is given.
    for path in ["/me", "/organizations", "/o/acme/people", "/me/mfa", "/me/tokens/new"] {
        let reply = page(&adam, path).await;
        assert_eq!(
            (reply.status, reply.header("location").as_str()),
            (303, "/sign-in/second-factor"),
            "{path}"
        );
    }
    assert_eq!(page(&adam, "/sign-in/second-factor").await.status, 200);
    adam.delete("/sessions/current").await.is(204);
    adam.get("/me").await.refused(401, "sign_in_required");
}

async fn a_passkey_signs_in_alone_and_is_named_listed_and_removed(app: App) {
    let options = app.mia.post("/me/mfa/passkeys", json!({})).await.is(201);
    let (mut laptop, mut answer) = Authenticator::make(PUBLIC_URL, &options);
    answer["name"] = json!("Work laptop");
    let added = app.mia.post("/me/mfa/passkeys/confirmation", answer).await.is(201);
    assert!(text(&added["id"]).starts_with("pky_"));
    assert_eq!(added["recovery_codes"].as_array().unwrap().len(), 10);
    let listed = app.mia.get("/me/mfa/passkeys").await.is(200);
    assert_eq!(listed["items"][0]["name"], "Work laptop");

    let options = app.anonymous.post("/sessions/passkey", json!({})).await.is(201);
    let answer = laptop.answer(&options);
    let session = app
        .anonymous
        .post("/sessions/passkey/confirmation", answer.clone())
        .await
        .is(201);
    assert_eq!(
        (&session["next"], &session["account"]["username"]),
        (&json!("done"), &json!("mia"))
    );
    let mia = app.mia.with_token(session["token"].as_str().unwrap());
    mia.get("/me").await.is(200);
    app.anonymous
        .post("/sessions/passkey/confirmation", answer)
        .await
        .refused(401, "wrong_code");
    // With a password it is the second factor.
    let other = half(&app.mia).await;
    let options = other.post("/sessions/current/passkey", json!({})).await.is(201);
    let credential = laptop.answer(&options);
    let body = json!({ "method": "passkey", "credential": credential });
    assert_eq!(other.post("/sessions/current/mfa", body).await.is(200)["next"], "done");

    let path = format!("/me/mfa/passkeys/{}", text(&added["id"]));
    app.gus.delete(&path).await.refused(404, "not_found");
    mia.delete(&path).await.is(204);
    let options = app.anonymous.post("/sessions/passkey", json!({})).await.is(201);
    let answer = laptop.answer(&options);
    app.anonymous
        .post("/sessions/passkey/confirmation", answer)
        .await
        .refused(401, "wrong_code");
}

/// What takes a recent proof, and nothing else does.
const SENSITIVE: &[&str] = &[
    "change_my_email",
    "delete_me",
    "unlink_my_identity",
    "set_single_sign_on",
    "remove_single_sign_on",
    "begin_totp",
    "confirm_totp",
    "remove_totp",
    "renew_recovery_codes",
    "begin_passkey",
    "remove_passkey",
    "create_my_token",
    "reset_member_password",
    "reset_member_mfa",
    "grant_ownership",
    "give_up_ownership",
    "create_service_account_token",
    "regenerate_service_account",
    "create_project_token",
    "change_policies",
    "import_organization",
    "edit_member",
    "grant_superuser",
    "revoke_superuser",
    "rotate_my_token",
    "delete_organization",
    "set_audit_forwarding",
    "stop_audit_forwarding",
    "set_instance_audit_forwarding",
    "stop_instance_audit_forwarding",
    "disable_organization",
    "enable_organization",
    "restore_organization",
    "delete_account",
    "suspend_account",
    "lift_account_suspension",
    "end_account_sessions",
    "mail_account_password_reset",
    "set_tls",
    "remove_tls",
    "set_listeners",
    "confirm_listeners",
];

async fn sensitive_acts_ask_for_a_recent_proof(app: App) {
    let acme = Place::new(&app.olivia, "acme", "tom").await;
    enrol(&app, &app.olivia).await;
    app.pass(PROOF_LIFETIME);
    let mut otherwise = Vec::new();
    for route in http_floor::api::routes().0 {
        let person = if route.access == Access::Superuser || route.id == "delete_organization" {
            &app.sid
        } else {
            &app.olivia
        };
        let reply = match (SENSITIVE.contains(&route.id), route.id) {
            // They end the session that asks, or change by whom.
            (_, "sign_out" | "prove_again" | "end_my_other_sessions") => continue,
            (false, _) => acme.call(person, &route).await,
            // Without a preview, which changes nothing and asks for nothing.
            (true, "change_policies") => {
                let body = json!({ "security": { "mfa_required": true } });
                person.patch(&format!("{ACME}/policies"), body).await
            }
            (true, "edit_member") => {
                let body = json!({ "email": "tom.new@example.com" });
                person.patch(&acme.plain(&route), body).await
            }
            // There is none; the walk over all routes tells that.
            (true, "rotate_my_token") => continue,
            (true, "give_up_ownership") => continue,
            (true, _) => acme.call_for_real(person, &route).await,
        };
        let wants_proof = reply.json()["code"] == "proof_required";
        if wants_proof != SENSITIVE.contains(&route.id) {
            otherwise.push(format!("{}: {}", route.id, reply.text));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
    let wrong = json!({ "password": "not this one" });
    app.olivia
        .post("/sessions/current/proof", wrong)
        .await
        .refused(422, "invalid");
    let until = app
        .olivia
        .post("/sessions/current/proof", json!({ "password": PASSWORD }))
        .await
        .is(200);
    assert!(until["until"].is_string());
    app.olivia.post("/me/tokens", json!({ "name": "Laptop" })).await.is(201);
}

async fn an_admin_resets_a_members_second_factors(app: App) {
    let (_, _) = enrol(&app, &app.mia).await;
    let path = format!("{ACME}/members/{}/mfa", app.mia.member);
    app.gus.delete(&path).await.refused(403, "permission_required");
    let effects = app.adam.delete(&format!("{path}?dry_run=true")).await.is(200);
    assert_eq!(effects["counts"]["session_ended"], 1);
    app.mia.get("/me").await.is(200);
    app.adam.delete(&path).await.is(204);
    app.mia.get("/me").await.refused(401, "sign_in_required");
    assert_eq!(app.member(&app.mia).await["mfa"]["enabled"], false);
    app.adam.delete(&path).await.refused(409, "no_second_factor");
    enrol(&app, &app.olivia).await;
    let owner = format!("{ACME}/members/{}/mfa", app.olivia.member);
    app.adam.delete(&owner).await.refused(403, "owner_protected");
}

async fn the_console_asks_for_the_second_factor_and_goes_on(app: App) {
    let (phone, _) = enrol(&app, &app.mia).await;
    let mia = half(&app.mia).await;
    let shown = page(&mia, "/sign-in/second-factor?next=/o/acme/people").await;
    assert!(shown.text.contains("One more step") && shown.text.contains("value=\"/o/acme/people\""));
    let wrong = send(&mia, "/sign-in/second-factor", "code=000000&next=/o/acme/people").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("was not accepted"), "{}", wrong.text);
    app.pass(STEP);
    let form = format!("code={}&next=/o/acme/people", phone.shows(app.roster.now()));
    let given = send(&mia, "/sign-in/second-factor", &form).await;
    assert_eq!(
        (given.status, given.header("location").as_str()),
        (303, "/o/acme/people")
    );
    assert_eq!(page(&mia, "/o/acme/people").await.status, 200);
}

async fn the_console_asks_for_a_proof_and_sends_the_form_again(app: App) {
    app.pass(PROOF_LIFETIME);
    let form = "name=Laptop+%26+phone&organization=acme";
    let asked = send(&app.mia, "/me/tokens/new", form).await;
    assert_eq!(asked.status, 403);
    assert!(asked.text.contains("Is it still you?"), "{}", asked.text);
    assert!(
        asked.text.contains(r#"name="name" value="Laptop &#38; phone""#),
        "{}",
        asked.text
    );
    let action = "/proof?next=/me/tokens/new&again=true";
    assert!(
        asked.text.contains("/proof?next=/me/tokens/new&#38;again=true"),
        "{}",
        asked.text
    );
    let wrong = send(&app.mia, action, &format!("{form}&proof_password=wrong")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("The password is wrong"), "{}", wrong.text);
    let whole = format!("{form}&proof_password={}", PASSWORD.replace(' ', "+"));
    let proved = send(&app.mia, action, &whole).await;
    // The method is kept: the browser sends the same form on.
    assert_eq!(
        (proved.status, proved.header("location").as_str()),
        (307, "/me/tokens/new")
    );
    let made = send(&app.mia, "/me/tokens/new", &whole).await;
    assert!(made.text.contains("roster_personal_"), "{}", made.text);
    // A page that is only looked at comes back; no link makes it send a form.
    app.pass(PROOF_LIFETIME);
    let asked = page(&app.mia, "/me/mfa/totp").await;
    assert_eq!(
        (asked.status, asked.header("location").as_str()),
        (303, "/proof?next=/me/mfa/totp")
    );
    let asked = page(&app.mia, "/proof?next=/me/mfa/totp&again=true").await;
    assert!(
        asked.text.contains(r#"action="/proof?next=/me/mfa/totp""#),
        "{}",
        asked.text
    );
    let proved = send(&app.mia, "/proof?next=/me/mfa/totp", &whole).await;
    assert_eq!(
        (proved.status, proved.header("location").as_str()),
        (303, "/me/mfa/totp")
    );
}

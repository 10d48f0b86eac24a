//! Asking: may X do P on Y? Every kind of subject, every refusal, many questions at once, and how new an answer is.
// tidy: long because each refusal is told next to the answers it stands between

use reqwest::Method;
use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, ELSEWHERE, PUBLIC_URL, Person, Reply, create, sign_in, text};

on_both_databases! {
    anybody_may_ask_about_themselves,
    a_session_tells_who_it_is_and_whether_they_may,
    asking_about_others_takes_the_permission,
    whoever_does_not_see_an_organization_learns_nothing_of_it,
    what_is_unknown_is_denied_with_a_reason,
    those_who_are_disabled_or_suspended_may_nothing,
    nobody_may_anything_in_a_disabled_organization,
    many_questions_are_answered_in_order,
    questions_that_cannot_be_answered_do_not_hide_the_others,
    an_answer_is_as_new_as_demanded_or_none,
    the_standard_is_kept_where_it_is_not_about_the_decision,
    a_role_change_is_in_force_at_the_next_question,
}

const ONE: &str = "/access/v1/evaluation";
const MANY: &str = "/access/v1/evaluations";

fn subject(kind: &str, id: &str) -> Value {
    json!({ "type": kind, "id": id })
}

fn question(subject: &Value, permission: &str, organization: &str) -> Value {
    json!({
        "subject": subject,
        "action": { "name": permission },
        "resource": { "type": "organization", "id": organization },
    })
}

async fn ask(person: &Person, body: &Value) -> Reply {
    person.ask(Method::POST, ONE).json(body).await
}

/// The decision and the reason.
async fn asked(person: &Person, body: &Value) -> (bool, String) {
    let answer = ask(person, body).await.is(200);
    decision(&answer)
}

#[track_caller]
fn decision(answer: &Value) -> (bool, String) {
    let reason = answer["context"]["reason"].as_str().unwrap_or_default();
    (answer["decision"].as_bool().unwrap(), reason.to_owned())
}

fn yes() -> (bool, String) {
    (true, String::new())
}

fn no(reason: &str) -> (bool, String) {
    (false, reason.to_owned())
}

fn token(person: &Person) -> String {
    person.token.clone().unwrap()
}

async fn anybody_may_ask_about_themselves(app: App) {
    let ways = [
        subject("account", &app.mia.account),
        subject("member", &app.mia.member),
        subject("session", &token(&app.mia)),
    ];
    for way in ways {
        let may = asked(&app.mia, &question(&way, "roster.member.view", "acme")).await;
        assert_eq!(may, yes(), "{way}");
        let may_not = asked(&app.mia, &question(&way, "roster.member.manage", "acme")).await;
        assert_eq!(may_not, no("not_granted"), "{way}");
    }
}

async fn a_session_tells_who_it_is_and_whether_they_may(app: App) {
    let body = question(&subject("session", &token(&app.mia)), "roster.member.view", "acme");
    let answer = ask(&app.adam, &body).await.is(200);
    let told = json!({ "type": "account", "id": app.mia.account, "name": "Mia" });
    assert_eq!(answer["context"]["subject"], told);
    assert_eq!(answer["decision"], true);
    assert!(answer["context"]["revision"].is_i64());

    let fresh = app.sign_in(&app.mia).await;
    let body = question(&subject("session", &token(&fresh)), "roster.member.view", "acme");
    assert_eq!(asked(&app.adam, &body).await, yes());
    fresh.delete("/sessions/current").await.is(204);
    assert_eq!(asked(&app.adam, &body).await, no("invalid_session"));
    let nonsense = question(
        &subject("session", "roster_session_nonsense"),
        "roster.member.view",
        "acme",
    );
    assert_eq!(asked(&app.adam, &nonsense).await, no("invalid_session"));

    let (person, temporary) = create(&app.adam, "acme", "tina", "member").await;
    let unsettled = sign_in(&person, &temporary).await;
    let body = question(&subject("session", &token(&unsettled)), "roster.member.view", "acme");
    assert_eq!(asked(&app.adam, &body).await, no("password_change_required"));
    ask(&unsettled, &body).await.refused(403, "password_change_required");
}

async fn asking_about_others_takes_the_permission(app: App) {
    for kind in ["account", "member"] {
        let id = if kind == "account" {
            &app.gus.account
        } else {
            &app.gus.member
        };
        let body = question(&subject(kind, id), "roster.organization.view", "acme");
        let refusal = ask(&app.mia, &body).await.refused(403, "permission_required");
        assert_eq!(refusal["permission"], "roster.access.evaluate");
        assert_eq!(asked(&app.adam, &body).await, yes());
        assert_eq!(asked(&app.olivia, &body).await, yes());
        assert_eq!(asked(&app.sid, &body).await, yes());
    }
    let body = question(
        &subject("session", &token(&app.gus)),
        "roster.organization.view",
        "acme",
    );
    ask(&app.mia, &body).await.refused(403, "permission_required");
    // Also about somebody who is not there: the refusal tells nothing.
    let nobody = question(
        &subject("account", "acc_01h455vb4pex5vsknk084sn02q"),
        "roster.organization.view",
        "acme",
    );
    ask(&app.mia, &nobody).await.refused(403, "permission_required");
}

async fn whoever_does_not_see_an_organization_learns_nothing_of_it(app: App) {
    let foreign = app.eve.get(ELSEWHERE).await.is(200);
    let own = subject("account", &app.adam.account);
    let nowhere = ask(&app.adam, &question(&own, "roster.member.view", "nowhere")).await;
    let nowhere = nowhere.refused(404, "not_found");
    for name in ["elsewhere", foreign["id"].as_str().unwrap()] {
        let refusal = ask(&app.adam, &question(&own, "roster.member.view", name)).await;
        assert_eq!(refusal.refused(404, "not_found"), nowhere);
        let mut body = question(&own, "roster.member.view", name);
        body["resource"] = json!({ "type": "document", "id": "7" });
        body["context"] = json!({ "organization": name });
        assert_eq!(ask(&app.adam, &body).await.refused(404, "not_found"), nowhere);
    }
    // An account of another organization is like none.
    for stranger in [&app.eve.account, "acc_01h455vb4pex5vsknk084sn02q", "nonsense", ""] {
        let body = question(&subject("account", stranger), "roster.member.view", "acme");
        assert_eq!(asked(&app.adam, &body).await, no("unknown_subject"), "{stranger}");
    }
    let body = question(&subject("member", &app.eve.member), "roster.member.view", "acme");
    assert_eq!(asked(&app.adam, &body).await, no("unknown_subject"));
}

async fn what_is_unknown_is_denied_with_a_reason(app: App) {
    let mia = subject("member", &app.mia.member);
    let acme = |permission: &str| question(&mia, permission, "acme");
    assert_eq!(asked(&app.adam, &acme("document.read")).await, no("unknown_permission"));
    assert_eq!(asked(&app.adam, &acme("roster.project.view")).await, no("wrong_level"));
    for kind in ["group", "robot", ""] {
        let body = question(&subject(kind, "x"), "roster.member.view", "acme");
        assert_eq!(asked(&app.adam, &body).await, no("unknown_subject"), "{kind}");
    }
    let service = subject("service_account", "svc_01h455vb4pex5vsknk084sn02q");
    let body = question(&service, "roster.member.view", "acme");
    assert_eq!(asked(&app.adam, &body).await, no("unknown_subject"));
    // A project that there is not, found by its id alone: nobody is told of which organization.
    let mut body = acme("roster.project.view");
    body["resource"] = json!({ "type": "project", "id": "prj_01h455vb4pex5vsknk084sn02q" });
    assert_eq!(asked(&app.adam, &body).await, no("unknown_resource"));
    body["resource"] = json!({ "type": "project", "id": "compass" });
    let refusal = ask(&app.adam, &body).await.refused(400, "malformed");
    assert_eq!(refusal["errors"][0]["pointer"], "/context/organization");
    body["context"] = json!({ "organization": "acme" });
    assert_eq!(asked(&app.adam, &body).await, no("unknown_resource"));
    // Anything else is in the organization, or in the project that it names.
    body["action"]["name"] = json!("roster.member.view");
    body["resource"] = json!({ "type": "document", "id": "7", "properties": { "pages": 3 } });
    assert_eq!(asked(&app.adam, &body).await, yes());
    body["resource"]["properties"]["project"] = json!("compass");
    assert_eq!(asked(&app.adam, &body).await, no("unknown_resource"));
}

async fn those_who_are_disabled_or_suspended_may_nothing(app: App) {
    let body = question(&subject("member", &app.mia.member), "roster.member.view", "acme");
    assert_eq!(asked(&app.adam, &body).await, yes());
    let disablement = format!("{ACME}/members/{}/disablement", app.mia.member);
    app.adam.put(&disablement, json!({})).await.is(200);
    assert_eq!(asked(&app.adam, &body).await, no("subject_inactive"));
    app.adam.delete(&disablement).await.is(200);
    assert_eq!(asked(&app.adam, &body).await, yes());
    let suspension = format!("{ACME}/members/{}/suspension", app.mia.member);
    app.adam.put(&suspension, json!({})).await.is(200);
    assert_eq!(asked(&app.adam, &body).await, no("subject_suspended"));
    let body = question(&subject("session", &token(&app.mia)), "roster.member.view", "acme");
    assert_eq!(asked(&app.adam, &body).await, no("invalid_session"));
}

async fn nobody_may_anything_in_a_disabled_organization(app: App) {
    let body = question(&subject("account", &app.adam.account), "roster.member.view", "acme");
    assert_eq!(asked(&app.adam, &body).await, yes());
    disable(&app).await;
    assert_eq!(asked(&app.adam, &body).await, no("organization_disabled"));
    let superuser = question(&subject("account", &app.sid.account), "roster.member.view", "acme");
    assert_eq!(asked(&app.sid, &superuser).await, no("organization_disabled"));
}

/// What whoever runs the instance does to an organization.
async fn disable(app: &App) {
    let acme = service::OrganizationRef::Slug("acme".to_owned());
    let mut scope = app.roster.store().change(&acme).await.unwrap();
    store::organization::set_status(&mut scope, domain::organization::OrganizationStatus::Disabled)
        .await
        .unwrap();
    store::organization::touch_access(&mut scope).await.unwrap();
    scope.commit().await.unwrap();
    app.pass(1_000_000);
}

async fn many_questions_are_answered_in_order(app: App) {
    let all = |semantic: Option<&str>| {
        let mut body = json!({
            "subject": subject("session", &token(&app.mia)),
            "resource": { "type": "organization", "id": "acme" },
            "evaluations": [
                { "action": { "name": "roster.member.view" } },
                { "action": { "name": "roster.member.manage" } },
                { "action": { "name": "roster.member.manage" }, "subject": subject("account", &app.adam.account) },
                { "action": { "name": "roster.group.view" } },
            ],
        });
        if let Some(semantic) = semantic {
            body["options"] = json!({ "evaluations_semantic": semantic });
        }
        body
    };
    let cases: [(Option<&str>, &[bool]); 4] = [
        (None, &[true, false, true, true]),
        (Some("execute_all"), &[true, false, true, true]),
        (Some("deny_on_first_deny"), &[true, false]),
        (Some("permit_on_first_permit"), &[true]),
    ];
    for (semantic, decisions) in cases {
        let answer = app.adam.ask(Method::POST, MANY).json(&all(semantic)).await.is(200);
        let told: Vec<bool> = answer["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|answer| answer["decision"].as_bool().unwrap())
            .collect();
        assert_eq!(told, decisions, "{semantic:?}");
    }
    // Without questions it is the one that the defaults ask.
    let one = question(&subject("account", &app.mia.account), "roster.member.view", "acme");
    let answer = app.adam.ask(Method::POST, MANY).json(&one).await.is(200);
    assert_eq!(answer["decision"], true);
    let unknown = all(Some("whatever"));
    app.adam
        .ask(Method::POST, MANY)
        .json(&unknown)
        .await
        .refused(400, "malformed");
}

async fn questions_that_cannot_be_answered_do_not_hide_the_others(app: App) {
    let (mia, adam) = (
        subject("account", &app.mia.account),
        subject("account", &app.adam.account),
    );
    let body = json!({
        "action": { "name": "roster.member.view" },
        "resource": { "type": "organization", "id": "acme" },
        "evaluations": [
            { "subject": adam },
            { "subject": mia },
            { "subject": mia, "resource": { "type": "organization", "id": "elsewhere" } },
            {},
        ],
    });
    let answer = app.mia.ask(Method::POST, MANY).json(&body).await.is(200);
    let told: Vec<_> = answer["evaluations"].as_array().unwrap().iter().map(decision).collect();
    assert_eq!(
        told,
        [no("permission_required"), yes(), no("not_found"), no("malformed")]
    );
    assert_eq!(answer["evaluations"][0]["context"]["error"]["status"], 403);
    // Where not one could be, the call fails as the first.
    let mut hopeless = body.clone();
    hopeless["evaluations"] = json!([{ "subject": adam }, {}]);
    app.mia
        .ask(Method::POST, MANY)
        .json(&hopeless)
        .await
        .refused(403, "permission_required");
}

async fn an_answer_is_as_new_as_demanded_or_none(app: App) {
    let mut body = question(&subject("member", &app.mia.member), "roster.member.manage", "acme");
    let first = ask(&app.adam, &body).await.is(200);
    let revision = first["context"]["revision"].as_i64().unwrap();
    body["context"] = json!({ "minimum_revision": revision });
    assert_eq!(asked(&app.adam, &body).await, no("not_granted"));
    body["context"] = json!({ "minimum_revision": revision + 1_000 });
    ask(&app.adam, &body).await.refused(409, "revision_not_reached");
    let many = json!({ "evaluations": [body] });
    app.adam
        .ask(Method::POST, MANY)
        .json(&many)
        .await
        .refused(409, "revision_not_reached");
    // Changed on another node, of which this one has not heard yet: it looks.
    let (_node, peer) = app.node().await;
    let role = format!("{ACME}/members/{}/role", app.mia.member);
    app.olivia
        .at(&peer)
        .put(&role, json!({ "role": "admin" }))
        .await
        .is(200);
    let undemanding = question(&subject("member", &app.mia.member), "roster.member.manage", "acme");
    let there = ask(&app.adam.at(&peer), &undemanding).await.is(200);
    assert_eq!(there["decision"], true);
    body["context"] = json!({ "minimum_revision": there["context"]["revision"] });
    assert_eq!(asked(&app.adam, &body).await, yes());
}

async fn the_standard_is_kept_where_it_is_not_about_the_decision(app: App) {
    let body = question(&subject("account", &app.mia.account), "roster.member.view", "acme");
    let reply = app
        .mia
        .ask(Method::POST, ONE)
        .header("x-request-id", "abc-7")
        .json(&body)
        .await;
    assert_eq!((reply.status, reply.header("x-request-id")), (200, "abc-7".to_owned()));
    assert_eq!(reply.header("content-type"), "application/json");
    let reply = app
        .anonymous
        .ask(Method::POST, ONE)
        .header("x-request-id", "abc-8")
        .json(&body)
        .await;
    reply.refused(401, "sign_in_required");
    assert_eq!(
        (reply.header("x-request-id"), reply.header("www-authenticate")),
        ("abc-8".to_owned(), "Bearer".to_owned())
    );
    app.anonymous
        .with_token("nonsense")
        .ask(Method::POST, MANY)
        .json(&body)
        .await
        .refused(401, "sign_in_required");
    // Fields of later versions are left alone; what is missing is not.
    let mut extended = body.clone();
    extended["subject"]["properties"] = json!({ "department": "sales" });
    extended["action"]["properties"] = json!({ "method": "GET" });
    extended["more"] = json!([1, { "deep": null }]);
    extended["context"] = json!({ "time": "2026-11-22T09:00:00Z" });
    assert_eq!(asked(&app.mia, &extended).await, yes());
    for part in ["subject", "action", "resource"] {
        let mut lacking = body.clone();
        lacking.as_object_mut().unwrap().remove(part);
        let refusal = ask(&app.mia, &lacking).await.refused(400, "malformed");
        assert!(text(&refusal["detail"]).contains(part));
    }
    let nonsense = app
        .mia
        .ask(Method::POST, ONE)
        .body("application/json", "{\"subject\": 7")
        .await;
    nonsense.refused(400, "malformed");
    let large = format!("{{\"more\": \"{}\"}}", "x".repeat(1_100_000));
    app.mia
        .ask(Method::POST, ONE)
        .body("application/json", large)
        .await
        .refused(413, "too_large");
    assert_eq!(app.mia.ask(Method::GET, ONE).await.status, 405);
    let configuration = app
        .anonymous
        .ask(Method::GET, "/.well-known/authzen-configuration")
        .await
        .is(200);
    assert_eq!(configuration["policy_decision_point"], PUBLIC_URL);
    assert_eq!(
        configuration["access_evaluation_endpoint"],
        format!("{PUBLIC_URL}{ONE}")
    );
    assert_eq!(
        configuration["access_evaluations_endpoint"],
        format!("{PUBLIC_URL}{MANY}")
    );
}

/// Eight ask without a pause while the role goes to and fro; whatever was asked after a change was acknowledged knows it.
async fn a_role_change_is_in_force_at_the_next_question(app: App) {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    let body = question(&subject("session", &token(&app.mia)), "roster.member.manage", "acme");
    // The number of the last change that was acknowledged; odd: admin. Negative: the end.
    let (acknowledged, begun) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let (person, body) = (app.adam.clone(), body.clone());
            let (acknowledged, begun) = (Arc::clone(&acknowledged), Arc::clone(&begun));
            tokio::spawn(async move {
                let mut count = 0_u32;
                loop {
                    let before = acknowledged.load(Ordering::SeqCst);
                    if before < 0 {
                        return count;
                    }
                    let (may, _) = asked(&person, &body).await;
                    let after = begun.load(Ordering::SeqCst);
                    // One change may have come in between; where none has, the answer is the only right one.
                    if after == before {
                        assert_eq!(may, before % 2 == 1, "asked after change {before}");
                    }
                    count += 1;
                }
            })
        })
        .collect();
    let role = format!("{ACME}/members/{}/role", app.mia.member);
    for change in 1..=60_i64 {
        begun.store(change, Ordering::SeqCst);
        let name = if change % 2 == 1 { "admin" } else { "member" };
        app.olivia.put(&role, json!({ "role": name })).await.is(200);
        acknowledged.store(change, Ordering::SeqCst);
        // A question that is begun now must know it.
        assert_eq!(asked(&app.adam, &body).await.0, change % 2 == 1);
    }
    acknowledged.store(-1, Ordering::SeqCst);
    for asker in askers {
        assert!(asker.await.unwrap() > 0);
    }
}

//! What becomes of the lines of a file: of wrong ones, of people who are here already, and of hands that mean harm.

use domain::moving::{Fault, Outcome, Row};
use domain::permission::{GroupManage, MemberView};
use domain::policy::PolicyChange;
use serde_json::{Value, json};
use service::group::making::NewGroup;
use service::instance::InstancePolicyChange;
use service::{OrganizationRef, Result};
use testkit::persona::{self, PASSWORD, done, organization, refused, sign_in};
use testkit::{App, on_both_databases};

use crate::moving::{exported, file, furnish, imported, person, told};
use crate::story::change_policies;

on_both_databases! {
    what_is_wrong_with_a_line_is_told_and_the_next_is_taken,
    whoever_is_known_keeps_everything_and_is_asked,
    the_importing_accounts_own_line_joins_at_once,
    nobody_imports_what_they_do_not_hold,
    only_superusers_bring_passwords_and_verified_addresses,
    the_member_limit_holds_however_many_are_imported_at_once,
}

fn outcome_of(report: &[Row], who: &str) -> &'static str {
    let found = told(report).into_iter().find(|(name, _)| *name == who);
    found.unwrap_or_else(|| panic!("{who} is not in {report:?}")).1
}

async fn how_many(app: &App, organization: &OrganizationRef) -> usize {
    let request = app.by(&app.sid).await;
    let mut seen = app.roster.see::<MemberView>(&request, organization).await.unwrap();
    let question = service::people::Question {
        needle: None,
        shown: service::people::Shown::All,
        role: None,
        group: None,
        after: None,
        members_only: true,
        limit: 1_000,
    };
    service::people::list(&mut seen, question).await.unwrap().people.len()
}

async fn what_is_wrong_with_a_line_is_told_and_the_next_is_taken(app: App) {
    furnish(&app).await;
    let elsewhere = {
        let request = app.by(&app.eve).await;
        let authorized = app
            .roster
            .authorize::<GroupManage>(&request, &app.elsewhere)
            .await
            .unwrap();
        let new = NewGroup {
            name: "Theirs".to_owned(),
            ..NewGroup::default()
        };
        done(service::group::making::create(authorized, new).await)
            .id
            .to_string()
    };
    let with = |name: &str, field: &str, value: Value| {
        let mut line = person(name);
        line[field] = value;
        line
    };
    let lines = [
        json!({ "type": "group", "slug": "orphans", "name": "Orphans", "role": "nobody" }),
        with("a1", "shoe_size", json!(44)),
        with("a2", "role", json!("wizard")),
        with("a3", "groups", json!([{ "group": "nowhere" }])),
        with("a4", "groups", json!([{ "group": elsewhere }])),
        with("a5", "email", json!("no address")),
        with("a6", "phone", json!("x".repeat(3 * 1024 * 1024))),
        json!({ "type": "member", "username": "mia", "email": "impostor@example.net" }),
        with("a7", "password_hash", json!("plain text")),
        json!({ "type": "member", "name": "Nobody" }),
        json!({ "type": "group", "slug": "late", "name": "Late", "role": "member" }),
        person("good"),
        person("GOOD"),
        json!({ "type": "project", "slug": "theirs", "name": "Theirs", "visibility": "everyone", "owner": "mia" }),
        json!({ "type": "project", "slug": "ours", "name": "Ours", "visibility": "everyone", "owner": "good" }),
        json!({ "type": "project_access", "project": "nothing", "member": "good", "role": "reader" }),
    ];
    let request = app.by(&app.sid).await;
    let report = imported(&app.roster, &request, &file("arrivals", &lines), None)
        .await
        .unwrap();
    let codes: Vec<&str> = told(&report).into_iter().map(|(_, code)| code).collect();
    let expected = [
        "created",
        "invalid",
        "unknown_field",
        "not_found",
        "not_found",
        "not_found",
        "invalid",
        "line_too_long",
        "username_taken",
        "invalid",
        "invalid",
        "out_of_order",
        "created",
        "skipped",
        "not_found",
        // A new organization of a superuser's import has no active Owner, but whoever owns a project is one of its members.
        "created",
        "not_found",
    ];
    assert_eq!(codes, expected, "{report:#?}");
    assert_eq!(how_many(&app, &organization("arrivals")).await, 1);
}

async fn whoever_is_known_keeps_everything_and_is_asked(app: App) {
    let mut line =
        json!({ "type": "member", "username": "emilia", "email": "EVE@example.com", "name": "Somebody Else" });
    line["authentication_method"] = json!("pam");
    line["password_hash"] = json!("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy");
    let project =
        json!({ "type": "project", "slug": "hers", "name": "Hers", "visibility": "everyone", "owner": "emilia" });
    let request = app.by(&app.sid).await;
    let report = imported(&app.roster, &request, &file("arrivals", &[line, project]), None)
        .await
        .unwrap();
    assert_eq!(outcome_of(&report, "emilia"), "invited");
    // Whoever has not agreed owns nothing.
    assert_eq!(outcome_of(&report, "hers"), "invalid");
    let token = sign_in(&app.roster, "eve", PASSWORD).await;
    let eve = persona::request(&app.roster, &token).await;
    let arrivals = organization("arrivals");
    assert_eq!(
        refused(app.roster.see::<MemberView>(&eve, &arrivals).await.map(drop)),
        "not_found"
    );
    let profile = app.roster.organizations(&eve, None, None, 10).await.unwrap();
    assert_eq!(profile.len(), 1);

    app.roster
        .change_instance_policies(
            &app.by(&app.sid).await,
            InstancePolicyChange {
                existing_accounts: Some(service::instance::ExistingAccounts::Add),
                ..InstancePolicyChange::default()
            },
        )
        .await
        .unwrap();
    let line = json!({ "type": "member", "email": "mia@example.com" });
    let report = imported(&app.roster, &app.by(&app.sid).await, &file("arrivals", &[line]), None)
        .await
        .unwrap();
    assert_eq!(outcome_of(&report, "mia@example.com"), "joined");
}

async fn the_importing_accounts_own_line_joins_at_once(app: App) {
    let own = json!({ "type": "member", "username": "sid", "email": "sid@example.com", "role": "owner" });
    let request = app.by(&app.sid).await;
    let report = imported(&app.roster, &request, &file("arrivals", &[own, person("ann")]), None)
        .await
        .unwrap();
    assert_eq!(outcome_of(&report, "sid"), "joined");
    let arrivals = organization("arrivals");
    let seen = app
        .roster
        .see::<MemberView>(&app.by(&app.sid).await, &arrivals)
        .await
        .unwrap();
    assert!(seen.actor().owner);
    assert_eq!(
        seen.organization().status,
        domain::organization::OrganizationStatus::Active
    );
}

async fn nobody_imports_what_they_do_not_hold(app: App) {
    let mut owner = person("boss");
    owner["role"] = json!("owner");
    let wizard = json!({
        "type": "role", "slug": "wizard", "applies_to": "organization", "name": "Wizard",
        "permissions": ["roster.organization.delete"],
    });
    let lines = file("acme", &[wizard, owner, person("ann")]);
    let adam = app.by(&app.adam).await;
    assert_eq!(
        refused(imported(&app.roster, &adam, &lines, None).await),
        "superuser_required"
    );
    let report = imported(&app.roster, &adam, &lines, Some("acme")).await.unwrap();
    assert_eq!(outcome_of(&report, "wizard"), "cannot_grant");
    assert_eq!(outcome_of(&report, "boss"), "owner_never_offered");
    assert_eq!(outcome_of(&report, "ann"), "created");
    for persona in [&app.mia, &app.gus] {
        let request = app.by(persona).await;
        assert_eq!(
            refused(imported(&app.roster, &request, &lines, Some("acme")).await),
            "permission_required"
        );
    }
    let eve = app.by(&app.eve).await;
    assert_eq!(
        refused(imported(&app.roster, &eve, &lines, Some("acme")).await),
        "not_found"
    );
    // An Owner may grant ownership.
    let mut owner = person("boss");
    owner["role"] = json!("owner");
    let olivia = app.by(&app.olivia).await;
    let report = imported(&app.roster, &olivia, &file("acme", &[owner]), Some("acme"))
        .await
        .unwrap();
    assert_eq!(outcome_of(&report, "boss"), "created");
}

async fn only_superusers_bring_passwords_and_verified_addresses(app: App) {
    let change = InstancePolicyChange {
        anyone_may_open: Some(true),
        ..InstancePolicyChange::default()
    };
    app.roster
        .change_instance_policies(&app.by(&app.sid).await, change)
        .await
        .unwrap();
    let mut ann = person("ann");
    ann["email_verified"] = json!(true);
    ann["authentication_method"] = json!("saml");
    ann["password_hash"] = json!("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy");
    let mia = app.by(&app.mia).await;
    let report = imported(&app.roster, &mia, &file("arrivals", &[ann]), None)
        .await
        .unwrap();
    let row = report.iter().find(|row| row.who == "ann").unwrap();
    assert_eq!(row.outcome, Outcome::Created);
    assert_eq!(
        row.left_out,
        ["authentication_method", "email_verified", "password_hash"]
    );
    let arrivals = organization("arrivals");
    let seen = app
        .roster
        .see::<MemberView>(&app.by(&app.mia).await, &arrivals)
        .await
        .unwrap();
    assert!(seen.actor().owner, "whoever opens an organization is its Owner");
    drop(seen);
    let text = exported(&app.roster, &app.by(&app.mia).await, &arrivals, false)
        .await
        .unwrap();
    assert!(text.contains("ann@example.net") && !text.contains("email_verified\":true,\"name\":\"ann\""));
    assert_eq!(
        refused(exported(&app.roster, &app.by(&app.mia).await, &arrivals, true).await),
        "superuser_required"
    );
}

async fn the_member_limit_holds_however_many_are_imported_at_once(app: App) {
    let change = PolicyChange {
        member_limit: Some(Some(10)),
        ..PolicyChange::default()
    };
    change_policies(&app, &app.sid, change).await.unwrap();
    let second = app.peer().await;
    let files: Vec<String> = (0..2)
        .map(|half| {
            let people: Vec<Value> = (0..20).map(|number| person(&format!("p{half}-{number}"))).collect();
            file("acme", &people)
        })
        .collect();
    let olivia = app.by(&app.olivia).await;
    let (one, other) = tokio::join!(
        imported(&app.roster, &olivia, &files[0], Some("acme")),
        imported(&second, &olivia, &files[1], Some("acme"))
    );
    let created = |report: &Result<Vec<Row>>| {
        let rows = report.as_ref().unwrap().iter();
        rows.filter(|row| row.outcome == Outcome::Created).count()
    };
    assert_eq!(created(&one) + created(&other), 6);
    assert_eq!(how_many(&app, &app.acme).await, 10);
    let full: Vec<_> = one
        .unwrap()
        .into_iter()
        .chain(other.unwrap())
        .filter_map(|row| row.fault)
        .collect();
    assert!(
        full.iter().all(|fault: &Fault| fault.code == "member_limit_reached"),
        "{full:?}"
    );
}

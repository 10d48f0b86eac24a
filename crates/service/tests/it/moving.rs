//! Organizations that leave as a file and arrive as one: on another instance, or on the same one.

use domain::moving::{Outcome, Row};
use domain::permission::{GroupManage, MemberManage, MemberView, ProjectCreate, RoleManage, ServiceAccountManage};
use domain::policy::PolicyChange;
use serde_json::{Value, json};
use service::group::making::NewGroup;
use service::moving::{self, Import, Spooled};
use service::project::NewProject;
use service::role::making::NewRole;
use service::service_account::NewServiceAccount;
use service::{Error, OrganizationRef, Result, Roster};
use testkit::app::{Empty, Start};
use testkit::persona::{self, PASSWORD, done, organization, refused, sign_in};
use testkit::{App, On, Persona, on_both_databases};

use crate::story::{self, change_policies, invite, unmailed};

on_both_databases! {
    an_organization_arrives_elsewhere_as_it_left,
    run_again_an_import_finds_everything_there,
    a_dry_run_tells_the_same_and_leaves_nothing,
    a_file_that_was_cut_off_changes_nothing,
    only_whoever_may_hand_an_organization_over_takes_it_out,
    what_was_imported_is_chained_and_told_one_by_one,
}

pub async fn exported(roster: &Roster, by: &service::Request, from: &OrganizationRef, hashes: bool) -> Result<String> {
    let mut export = moving::export(roster, by, from, hashes).await?;
    let mut file = Vec::new();
    while let Some(bytes) = export.next().await? {
        file.extend_from_slice(&bytes);
    }
    Ok(String::from_utf8(file).unwrap())
}

async fn spooled(roster: &Roster, by: &service::Request, file: &[u8], into: Option<&str>) -> Result<Spooled> {
    let mut spool = moving::admit(roster, by, into).await?;
    for part in file.chunks(1_000) {
        spool.take(part)?;
    }
    spool.whole()
}

pub async fn imported(roster: &Roster, by: &service::Request, file: &str, into: Option<&str>) -> Result<Vec<Row>> {
    let spooled = spooled(roster, by, file.as_bytes(), into).await?;
    let (header, lines) = spooled.read()?;
    let mut import = Import::begin(roster, by, &header, lines, into).await?;
    let mut report = Vec::new();
    loop {
        let rows = import.next().await?;
        if rows.is_empty() {
            return Ok(report);
        }
        report.extend(rows);
    }
}

/// A file of these lines for an organization, made by hand.
pub fn file(slug: &str, lines: &[Value]) -> String {
    let header = json!({
        "type": "roster", "format": "roster.organization", "version": 1,
        "organization": { "slug": slug, "name": "Arrivals" }, "exported_at": "2026-11-22T09:00:00Z",
    });
    let organization = json!({ "type": "organization", "slug": slug, "name": "Arrivals", "preset": "standard" });
    let end = json!({ "type": "end" });
    let lines = [&header, &organization].into_iter().chain(lines).chain([&end]);
    lines.map(|line| format!("{line}\n")).collect()
}

pub fn person(name: &str) -> Value {
    json!({ "type": "member", "username": name, "email": format!("{name}@example.net") })
}

/// What became of each line, by whom it names.
pub fn told(report: &[Row]) -> Vec<(&str, &'static str)> {
    let outcome = |row: &Row| row.fault.as_ref().map_or(row.outcome.name(), |fault| fault.code);
    report.iter().map(|row| (row.who.as_str(), outcome(row))).collect()
}

/// Everything that a file can hold, in Acme.
pub async fn furnish(app: &App) {
    let olivia = app.by(&app.olivia).await;
    let roles = || app.roster.authorize::<RoleManage>(&olivia, &app.acme);
    let new = NewRole {
        name: "Support".to_owned(),
        colour: Some("teal".to_owned()),
        permissions: vec!["roster.organization.view".to_owned(), "roster.member.view".to_owned()],
        ..NewRole::default()
    };
    done(service::role::making::create(roles().await.unwrap(), new).await);
    for (name, parent) in [("Crew", None), ("Early crew", Some("crew".to_owned()))] {
        let authorized = app.roster.authorize::<GroupManage>(&olivia, &app.acme).await.unwrap();
        let new = NewGroup {
            name: name.to_owned(),
            role: Some("support".to_owned()),
            parent,
            members: vec![app.mia.id().to_string()],
            ..NewGroup::default()
        };
        done(service::group::making::create(authorized, new).await);
    }
    let authorized = app
        .roster
        .authorize::<ServiceAccountManage>(&olivia, &app.acme)
        .await
        .unwrap();
    let new = NewServiceAccount {
        name: "Shop".to_owned(),
        description: None,
        role: Some("guest".to_owned()),
        until: None,
    };
    done(service::service_account::create(authorized, &new).await);
    let authorized = app.roster.authorize::<ProjectCreate>(&olivia, &app.acme).await.unwrap();
    let new = NewProject {
        name: "Website".to_owned(),
        owner: Some(app.mia.id()),
        ..NewProject::default()
    };
    done(service::project::create(authorized, new).await);
    for (who, role) in [("early-crew", "contributor"), ("gus", "reader")] {
        let authorized = app.roster.authorize_on(&olivia, &app.acme, "website").await.unwrap();
        done(service::project::access::grant(authorized, who, role, None).await);
    }
    let mut new = unmailed("kim@example.net");
    new.groups = vec!["crew".to_owned()];
    invite(app, &app.olivia, new).await;
    let authorized = story::manage(app, &app.olivia).await;
    done(service::member::disablement::disable(authorized, app.gus.id(), Some("away")).await);
    let change = PolicyChange {
        members_may_invite: Some(true),
        offered_roles: Some(Some(vec!["member".to_owned(), "support".to_owned()])),
        ..PolicyChange::default()
    };
    change_policies(app, &app.olivia, change).await.unwrap();
}

/// The lines without what must differ: times of the export, ids, and when an invitation that was sent anew ends.
fn comparable(file: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let lines = file.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(key) = line["key"].as_str() {
            keys.push(key.to_owned());
            line["key"] = json!(keys.len());
        }
        if let Some(key) = line["service_account"].as_str() {
            line["service_account"] = json!(keys.iter().position(|known| known == key));
        }
        let fields = line.as_object_mut().unwrap();
        for differs in ["exported_at", "sha256", "expires_at", "password_hash"] {
            fields.remove(differs);
        }
        line.to_string()
    });
    let mut lines: Vec<String> = lines.collect();
    // Who has a role on a project is listed by ids.
    lines.sort();
    lines
}

pub async fn another(app: &App) -> (Empty, Persona) {
    let on = if app.home().folder().is_some() {
        On::Sqlite
    } else {
        On::Postgres
    };
    let there = Empty::start(on).await.unwrap();
    there.pass(domain::time::HOUR);
    let root = persona::superuser(&there.roster, "root").await;
    (there, root)
}

async fn an_organization_arrives_elsewhere_as_it_left(app: App) {
    furnish(&app).await;
    let left = exported(&app.roster, &app.by(&app.sid).await, &app.acme, true)
        .await
        .unwrap();
    let (there, root) = another(&app).await;
    let by_root = persona::request(&there.roster, &root.token).await;
    let report = imported(&there.roster, &by_root, &left, None).await.unwrap();
    let amiss: Vec<_> = report
        .iter()
        .filter(|row| row.fault.is_some() || !row.left_out.is_empty())
        .collect();
    assert!(amiss.is_empty(), "{amiss:?}");

    let acme = organization("acme");
    let arrived = exported(&there.roster, &by_root, &acme, true).await.unwrap();
    assert_eq!(comparable(&left), comparable(&arrived));
    // With the password that she has, and at once where she was Owner.
    let token = sign_in(&there.roster, "olivia", PASSWORD).await;
    let olivia = persona::request(&there.roster, &token).await;
    let seen = there.roster.see::<MemberManage>(&olivia, &acme).await.unwrap();
    assert_eq!(
        seen.organization().status,
        domain::organization::OrganizationStatus::Active
    );
    drop(seen);
    assert!(
        there
            .roster
            .sign_in(
                "adam",
                testkit::app::secret("not the password"),
                &testkit::app::origin()
            )
            .await
            .is_err()
    );
}

async fn run_again_an_import_finds_everything_there(app: App) {
    furnish(&app).await;
    let left = exported(&app.roster, &app.by(&app.sid).await, &app.acme, false)
        .await
        .unwrap();
    let (there, root) = another(&app).await;
    let by_root = persona::request(&there.roster, &root.token).await;
    imported(&there.roster, &by_root, &left, None).await.unwrap();
    let once = exported(&there.roster, &by_root, &organization("acme"), false)
        .await
        .unwrap();
    let report = imported(&there.roster, &by_root, &left, None).await.unwrap();
    for row in &report {
        assert_eq!(row.outcome, Outcome::Skipped, "{row:?}");
    }
    let twice = exported(&there.roster, &by_root, &organization("acme"), false)
        .await
        .unwrap();
    assert_eq!(comparable(&once), comparable(&twice));
}

async fn a_dry_run_tells_the_same_and_leaves_nothing(app: App) {
    furnish(&app).await;
    let left = exported(&app.roster, &app.by(&app.sid).await, &app.acme, true)
        .await
        .unwrap();
    let (there, root) = another(&app).await;
    let by_root = persona::request(&there.roster, &root.token).await;
    let tried = imported(&there.roster, &by_root.with_dry_run(true), &left, None)
        .await
        .unwrap();
    assert_eq!(
        refused(
            there
                .roster
                .see::<MemberView>(&by_root, &organization("acme"))
                .await
                .map(drop)
        ),
        "not_found"
    );
    let log = there
        .roster
        .instance_audit(&by_root, &store::audit::Filter::default(), 50)
        .await
        .unwrap();
    let report = imported(&there.roster, &by_root, &left, None).await.unwrap();
    assert_eq!(told(&tried), told(&report));
    let same = there
        .roster
        .instance_audit(&by_root, &store::audit::Filter::default(), 50)
        .await
        .unwrap();
    assert_eq!(log.len(), same.len());
}

async fn a_file_that_was_cut_off_changes_nothing(app: App) {
    let request = app.by(&app.sid).await;
    let whole = file("arrivals", &[person("ann"), person("bo")]);
    let cut = &whole[..whole.len() - 10];
    assert_eq!(refused(imported(&app.roster, &request, cut, None).await), "cut_off");
    let left = exported(&app.roster, &request, &app.acme, false).await.unwrap();
    let altered = left.replace("mia@example.com", "mio@example.com");
    assert_eq!(
        refused(imported(&app.roster, &request, &altered, None).await),
        "altered"
    );
    let later = whole.replace("\"version\":1", "\"version\":2");
    assert_eq!(
        refused(imported(&app.roster, &request, &later, None).await),
        "newer_export"
    );
    assert_eq!(
        refused(imported(&app.roster, &request, "{\"type\":\"end\"}\n", None).await),
        "not_an_export"
    );
    let arrivals = organization("arrivals");
    assert_eq!(
        refused(app.roster.see::<MemberView>(&request, &arrivals).await.map(drop)),
        "not_found"
    );
}

async fn only_whoever_may_hand_an_organization_over_takes_it_out(app: App) {
    for persona in [&app.adam, &app.mia, &app.gus] {
        let request = app.by(persona).await;
        assert_eq!(
            refused(exported(&app.roster, &request, &app.acme, false).await),
            "permission_required"
        );
    }
    assert_eq!(
        refused(exported(&app.roster, &app.by(&app.eve).await, &app.acme, false).await),
        "not_found"
    );
    let text = exported(&app.roster, &app.by(&app.olivia).await, &app.acme, false)
        .await
        .unwrap();
    assert!(text.contains("mia@example.com") && !text.contains("eve@example.com") && !text.contains("password_hash"));
    assert_eq!(story::audited(&app).await[0], "organization.exported");
    // Hashes of those alone whom the organization manages: eve belongs elsewhere too.
    let text = exported(&app.roster, &app.by(&app.sid).await, &app.acme, true)
        .await
        .unwrap();
    assert_eq!(text.matches("password_hash").count(), 4);
}

async fn what_was_imported_is_chained_and_told_one_by_one(app: App) {
    let people: Vec<Value> = (0..300).map(|number| person(&format!("p{number}"))).collect();
    let report = imported(
        &app.roster,
        &app.by(&app.olivia).await,
        &file("acme", &people),
        Some("acme"),
    )
    .await
    .unwrap();
    assert_eq!(report.iter().filter(|row| row.outcome == Outcome::Created).count(), 300);
    let entries = story::entries(&app).await;
    assert_eq!(entries[0].action, "organization.imported");
    assert_eq!(entries[0].after["people"], 300);
    assert_eq!(
        (entries[1].target.name.as_str(), entries[300].target.name.as_str()),
        ("p299", "p0")
    );
    for pair in entries[..301].windows(2) {
        assert_eq!(
            (pair[0].number, pair[0].previous_hash),
            (pair[1].number + 1, pair[1].hash)
        );
        assert_eq!(pair[0].computed_hash().unwrap(), pair[0].hash);
    }
    // They can be found, and sign in by nothing until they set a password.
    let request = app.by(&app.adam).await;
    let mut seen = app.roster.see::<MemberView>(&request, &app.acme).await.unwrap();
    let question = service::people::Question {
        needle: Some("p299@exam".to_owned()),
        shown: service::people::Shown::All,
        role: None,
        group: None,
        after: None,
        members_only: true,
        limit: 10,
    };
    assert_eq!(
        service::people::list(&mut seen, question).await.unwrap().people.len(),
        1
    );
    drop(seen);
    let wrong = app
        .roster
        .sign_in("p299", testkit::app::secret(""), &testkit::app::origin())
        .await;
    assert!(matches!(wrong, Err(Error::WrongCredentials)));
}

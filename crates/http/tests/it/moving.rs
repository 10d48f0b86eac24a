//! Organizations as files, and people as tables, over the API.

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::app::{ACME, App, Person, email, join};

on_both_databases! {
    an_organization_goes_out_and_comes_in_line_by_line,
    a_file_of_any_length_is_taken_and_one_that_is_cut_off_is_not,
    people_leave_as_a_table_that_is_read_back,
}

const LINES: &str = "application/x-ndjson";

fn file(slug: &str, people: impl Iterator<Item = Value>) -> String {
    let header = json!({
        "type": "roster", "format": "roster.organization", "version": 1,
        "organization": { "slug": slug, "name": "Arrivals" }, "exported_at": "2026-11-22T09:00:00Z",
    });
    let organization = json!({ "type": "organization", "slug": slug, "name": "Arrivals", "preset": "standard" });
    let lines = [header, organization]
        .into_iter()
        .chain(people)
        .chain([json!({ "type": "end" })]);
    lines.map(|line| format!("{line}\n")).collect()
}

fn people(count: usize) -> impl Iterator<Item = Value> {
    (0..count).map(|number| json!({ "type": "member", "email": format!("p{number}@example.net"), "name": "P. Erson ".repeat(16).trim() }))
}

fn send(person: &Person, query: &str, file: &str) -> crate::app::Ask {
    let path = format!("/api/v1/organizations/import{query}");
    person.ask(reqwest::Method::POST, &path).body(LINES, file)
}

async fn an_organization_goes_out_and_comes_in_line_by_line(app: App) {
    let left = app.olivia.get(&format!("{ACME}/export")).await;
    assert_eq!((left.status, left.header("content-type").as_str()), (200, LINES));
    assert_eq!(
        left.header("content-disposition"),
        "attachment; filename=\"acme.jsonl\""
    );
    let lines = left.lines();
    assert_eq!(lines[0]["format"], "roster.organization");
    assert_eq!(lines.last().unwrap()["counts"]["member"], 4);
    app.adam
        .get(&format!("{ACME}/export"))
        .await
        .refused(403, "permission_required");
    app.olivia
        .get(&format!("{ACME}/export?passwords=true"))
        .await
        .refused(403, "superuser_required");

    let arriving = file("arrivals", people(3));
    app.olivia
        .post("/organizations/import", json!({}))
        .await
        .refused(403, "superuser_required");
    let tried = send(&app.sid, "?dry_run=true", &arriving).await.lines();
    app.sid.get("/organizations/arrivals").await.refused(404, "not_found");
    let report = send(&app.sid, "", &arriving).await.lines();
    assert_eq!(tried, report);
    assert_eq!(
        report[1],
        json!({ "line": 3, "type": "member", "who": "p0@example.net", "outcome": "created" })
    );
    let summary = report.last().unwrap();
    assert_eq!(
        (&summary["type"], &summary["created"], &summary["refused"]),
        (&json!("summary"), &json!(4), &json!(0))
    );
    let again = send(&app.sid, "", &arriving).await.lines();
    assert_eq!(again.last().unwrap()["skipped"], 4);
    let into = send(&app.olivia, "?organization=acme", &arriving).await.lines();
    // Known by now: whoever runs Acme adds them as they add anybody who has an account.
    assert_eq!(into.last().unwrap()["invited"], 3);
}

async fn a_file_of_any_length_is_taken_and_one_that_is_cut_off_is_not(app: App) {
    let long = file("arrivals", people(8_000));
    assert!(long.len() > 1024 * 1024);
    let cut = &long[..long.len() / 2];
    send(&app.sid, "", cut).await.refused(422, "cut_off");
    app.sid.get("/organizations/arrivals").await.refused(404, "not_found");
    send(&app.sid, "", &long.replace("\"version\":1", "\"version\":7"))
        .await
        .refused(422, "newer_export");
    let report = send(&app.sid, "?dry_run=true", &long).await.lines();
    assert_eq!(report.last().unwrap()["people"], 8_000);
}

async fn people_leave_as_a_table_that_is_read_back(app: App) {
    let tim = join(&app.olivia, "acme", "tim", "guest").await;
    tim.patch("/me", json!({ "name": "=1+1" })).await.is(200);
    let table = app.adam.get(&format!("{ACME}/members?format=csv&role=guest")).await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let rows: Vec<&str> = table.text.lines().collect();
    assert_eq!(
        rows[0],
        "name,email,username,role,until,status,joined_at,last_sign_in_at"
    );
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(
        rows[1].starts_with(&format!("'=1+1,{},tim,guest,,active,", email("tim"))),
        "{rows:?}"
    );
    read_back(&app, &tim, &table.text).await;
    let accepted = app
        .adam
        .get(&format!("{ACME}/people"))
        .header("accept", "text/csv")
        .await;
    assert_eq!(accepted.text.lines().count(), 6);
    app.eve
        .get(&format!("{ACME}/members?format=csv"))
        .await
        .refused(404, "not_found");
    app.adam
        .get(&format!("{ACME}/members?format=csv&status=asleep"))
        .await
        .refused(422, "invalid");
}

/// Uploaded as it is, in the console of another organization.
async fn read_back(app: &App, tim: &Person, table: &str) {
    let ended = table.replace("tim,guest,,", "tim,guest,2036-12-31T18:00:00Z,");
    let upload = async |act: &str, file: &str| {
        let field =
            |head: &str, value: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n");
        let act = field("name=\"act\"", act);
        let file = field("name=\"file\"; filename=\"people-acme.csv\"", file);
        let cookie = format!("__Host-roster={}", app.eve.token.as_deref().unwrap());
        app.eve
            .ask(reqwest::Method::POST, "/o/elsewhere/people/bulk")
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin")
            .body("multipart/form-data; boundary=x", format!("{act}{file}--x--\r\n"))
            .await
    };
    let checked = upload("create", &ended).await;
    assert_eq!(checked.status, 200, "{}", checked.text);
    assert!(checked.text.contains("2 fine"), "{}", checked.text);
    assert!(checked.text.contains(">=1+1</td>"), "{}", checked.text);
    assert!(
        checked.text.contains("Guest until 31 Dec 2036, 18:00"),
        "{}",
        checked.text
    );
    assert!(checked.text.contains(&tim.email()), "{}", checked.text);
    let refused = upload("invite", &ended).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("an invitation gives no role until a time"),
        "{}",
        refused.text
    );
    assert!(upload("invite", table).await.text.contains("2 fine"));
}

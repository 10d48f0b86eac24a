//! An export of the audit log, saved and checked as a person types it.

use std::process::ExitCode;

use domain::Timestamp;
use domain::audit::{Chain, Digest, Entry, Salting, Seed, Target};
use domain::id::{EventId, Id};
use serde_json::json;

use super::server::{Answer, answer, server};
use super::{Said, roster};

fn lines(number: u8) -> Vec<String> {
    let mut previous = Digest::NONE;
    (1..=number)
        .map(|number| {
            let at = Timestamp::from_micros(i64::from(number) * 1_000_000);
            let mut entry = Entry {
                id: EventId::new(at, [number; 10]),
                at,
                actor: Target::new("account", "acc_1", "Ada"),
                action: "role.created".to_owned(),
                target: Target::new("role", "rol_1", "Auditor"),
                before: json!(null),
                after: json!({ "name": "Auditor", "number": number }),
                address: "192.0.2.1".to_owned(),
                medium: "web".to_owned(),
                request_id: "r".to_owned(),
                chain: Chain::Instance,
                number: i64::from(number),
                version: 1,
                salting: Salting::Whole {
                    seed: Seed([number; 16]),
                },
                previous_hash: previous,
                hash: Digest::NONE,
            };
            entry.hash = entry.computed_hash().expect("salted");
            previous = entry.hash;
            serde_json::to_string(&entry).expect("JSON") + "\n"
        })
        .collect()
}

async fn verify(lines: &[String], more: &str) -> Said {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log.ndjson");
    std::fs::write(&file, lines.concat()).expect("written");
    roster(&server(vec![]), &format!("audit verify {} {more}", file.display())).await
}

#[tokio::test]
async fn an_export_that_is_whole_is_ok_and_tells_where_it_ends() {
    let lines = lines(3);
    let said = verify(&lines, "").await;
    assert_eq!(said.failure, None);
    assert!(
        said.out
            .starts_with("ok: 3 entries of the log of instance\nfirst: number 1, hash "),
        "{}",
        said.out
    );
    let last: serde_json::Value = serde_json::from_str(&lines[2]).expect("JSON");
    let hash = last["hash"].as_str().expect("a hash");
    assert!(
        said.out.ends_with(&format!("last:  number 3, hash {hash}\n")),
        "{}",
        said.out
    );
    assert_eq!(verify(&lines, &format!("--last {hash}")).await.failure, None);
    let told = verify(&lines, "--output json").await.out;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(
        (&told["ok"], &told["entries"], &told["last"]["hash"]),
        (&json!(true), &json!(3), &json!(hash))
    );
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_its_line_and_ends_with_one() {
    let whole = lines(4);
    let mut changed = whole.clone();
    changed[1] = changed[1].replace("Auditor", "Owner");
    let mut cut = whole.clone();
    cut[3].truncate(80);
    let head = whole[3]
        .split("\"hash\":\"")
        .nth(1)
        .map_or("", |rest| &rest[..64])
        .to_owned();
    for (lines, more, told) in [
        (
            changed,
            String::new(),
            "line 2: entry 2: its hash is not that of what stands in it",
        ),
        (
            vec![whole[0].clone(), whole[2].clone()],
            String::new(),
            "line 2: entry 3 follows entry 1: entry 2 is missing",
        ),
        (
            vec![whole[1].clone(), whole[0].clone()],
            String::new(),
            "line 2: entry 1 follows entry 2: the order was changed",
        ),
        (cut, String::new(), "line 4: it is cut off"),
        (vec![], String::new(), "it holds no entry"),
        (
            vec!["id,at\n".to_owned()],
            String::new(),
            "line 1: is no entry of an export",
        ),
        (
            whole[..3].to_vec(),
            format!("--last {head}"),
            "entries are missing at the end",
        ),
    ] {
        let said = verify(&lines, &more).await;
        let failure = said.failure.expect("a misfit");
        assert!(failure.contains(told), "{failure}");
        assert_eq!(said.code, ExitCode::from(1));
    }
    let missing = roster(&server(vec![]), "audit verify /nonexistent/log.ndjson").await;
    assert_eq!(missing.code, ExitCode::from(2));
}

#[tokio::test]
async fn a_filtered_export_is_checked_entry_by_entry_and_says_so() {
    let whole = lines(4);
    let some = vec![whole[0].clone(), whole[3].clone()];
    let said = verify(&some, "--filtered").await;
    assert_eq!(said.failure, None);
    assert!(
        said.err
            .contains("does not show whether entries between them are missing"),
        "{}",
        said.err
    );
}

#[tokio::test]
async fn the_log_is_saved_to_a_file() {
    let body = lines(2).concat();
    let server = server(vec![Answer {
        line: "GET /api/v1/organizations/acme/audit-events?action=role.created ",
        status: 200,
        kind: "application/x-ndjson",
        body: body.clone(),
    }]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log.ndjson");
    let words = format!("audit export {} -o acme --action role.created", file.display());
    assert_eq!(roster(&server, &words).await.failure, None);
    assert_eq!(std::fs::read_to_string(&file).expect("saved"), body);
    let requests = server.requests.lock().expect("unpoisoned");
    let accept = "accept: application/x-ndjson";
    assert!(
        requests[0]
            .headers
            .iter()
            .any(|header| header.trim_end().eq_ignore_ascii_case(accept))
    );
}

#[tokio::test]
async fn how_long_entries_are_kept_is_said_in_days_or_for_ever() {
    let server = server(vec![
        answer(
            "PATCH /api/v1/organizations/acme/policies ",
            200,
            json!({ "audit_retention_days": 90 }),
        ),
        answer(
            "PATCH /api/v1/instance/policies ",
            200,
            json!({ "audit_retention_days": null }),
        ),
    ]);
    let said = roster(&server, "audit keep -o acme --days 90").await;
    assert_eq!(said.out, "Entries are kept for 90 days.\n");
    let said = roster(&server, "audit keep --instance --forever").await;
    assert_eq!(said.out, "Entries are kept for ever.\n");
}

#[tokio::test]
async fn where_entries_go_and_how_far_behind_that_is_is_told() {
    let failing = json!({
        "url": "https://log.example.com/in", "behind": { "entries": 12, "seconds": 90 },
        "last_error": "it answered 503", "failing_since": "2026-11-22T09:00:00Z", "next_try_at": "2026-11-22T09:05:00Z",
    });
    let server = server(vec![
        answer("GET /api/v1/organizations/acme/audit-forwarding ", 200, failing),
        answer(
            "PUT /api/v1/instance/audit-forwarding ",
            200,
            json!({ "url": "syslog+tls://log.example.com", "behind": { "entries": 0, "seconds": 0 } }),
        ),
        answer("DELETE /api/v1/organizations/acme/audit-forwarding ", 204, json!(null)),
    ]);
    let said = roster(&server, "audit forwarding show -o acme").await;
    assert!(
        said.out
            .starts_with("Entries go to https://log.example.com/in; 12 entries are behind, by 90 s.\nFailing since "),
        "{}",
        said.out
    );
    let said = roster(
        &server,
        "audit forwarding set syslog+tls://log.example.com --instance --from-beginning",
    )
    .await;
    assert_eq!(
        said.out,
        "Entries go to syslog+tls://log.example.com; all have arrived.\n"
    );
    let said = roster(&server, "audit forwarding stop -o acme").await;
    assert_eq!(said.out, "Entries are forwarded no more.\n");
    let requests = server.requests.lock().expect("unpoisoned");
    assert_eq!(
        requests[1].body,
        json!({ "url": "syslog+tls://log.example.com", "start": "beginning" })
    );
}

#[tokio::test]
async fn an_entry_is_undone_and_first_what_that_would_do() {
    let path = "POST /api/v1/organizations/acme/audit-events/evt_1/undo";
    let effects = json!({ "effects": [], "counts": {} });
    let tried = server(vec![answer(
        "POST /api/v1/organizations/acme/audit-events/evt_1/undo?dry_run=true ",
        200,
        effects,
    )]);
    let said = roster(&tried, "audit undo evt_1 --dry-run -o acme").await;
    assert!(said.failure.is_none(), "{}", said.err);
    let made = json!({ "id": "evt_2", "action": "group.deleted", "target": { "type": "group", "id": "grp_1", "name": "Crew" } });
    let server = server(vec![answer(path, 200, made)]);
    let said = roster(&server, "audit undo evt_1 -o acme").await;
    assert_eq!(
        (said.failure, said.out.as_str()),
        (None, "Undone by group.deleted of Crew, which is the entry evt_2.\n")
    );
}

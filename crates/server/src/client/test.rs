//! Commands as a person types them, against a server that answers what each test says.

mod access;
mod audit;
mod handle;
mod server;
mod token;

use std::sync::Arc;

use clap::{CommandFactory, Parser};
use serde_json::{Value, json};

use server::{Answer, Server, answer, server};

use super::token::TokenFile;
use super::{Command, Environment, carry_out};

#[derive(Parser)]
#[command(name = "roster")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

struct Said {
    out: String,
    err: String,
    failure: Option<String>,
    code: std::process::ExitCode,
}

async fn roster(server: &Server, words: &str) -> Said {
    let mut typed: Vec<&str> = vec!["roster"];
    typed.extend(words.split_whitespace());
    typed.extend(["--server", &server.address]);
    let folder = tempfile::tempdir().expect("a folder");
    let environment = Environment {
        token: Some("roster_token_test".to_owned().into()),
        file: Ok(TokenFile::at(folder.path().join("token"))),
        fresh_key: || "key-1".to_owned(),
    };
    let parsed = CommandLine::try_parse_from(typed).unwrap_or_else(|error| panic!("{error}"));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outcome = carry_out(parsed.command, CommandLine::command(), environment, &mut out, &mut err).await;
    Said {
        out: String::from_utf8(out).expect("text"),
        err: String::from_utf8(err).expect("text"),
        code: outcome
            .as_ref()
            .err()
            .map_or(std::process::ExitCode::SUCCESS, super::failure::Failure::exit_code),
        failure: outcome.err().map(|failure| failure.words()),
    }
}

fn ada() -> Value {
    json!({"type": "member", "id": "mem_ada", "name": "Ada", "username": "ada", "email": "ada@example.com",
           "role": {"slug": "member"}, "status": "active", "joined_at": "2026-01-02T03:04:05Z"})
}

#[test]
fn the_command_line_is_sound() {
    CommandLine::command().debug_assert();
}

#[tokio::test]
async fn people_are_listed_with_those_invited() {
    let server = server(vec![answer(
        "GET /api/v1/organizations/acme/people?status=active&limit=2 ",
        200,
        json!({"items": [ada(), {"type": "invitation", "id": "inv_1", "email": "e\u{1b}@example.com", "role": {"slug": "guest"}}],
               "next_cursor": "abc"}),
    )]);
    let said = roster(&server, "people list -o acme --status active --limit 2").await;
    assert_eq!(said.failure, None);
    assert_eq!(
        said.out,
        "NAME  USERNAME  E-MAIL               ROLE    GROUPS  STATUS   JOINED            ID\n\
         Ada   ada       ada@example.com      member          active   2026-01-02 03:04  mem_ada\n                \
         e\\u{1b}@example.com  guest           invited                    inv_1\n"
    );
    assert_eq!(said.err, "There are more: --all, or --cursor abc\n");
    let requests = server.requests.lock().expect("unpoisoned");
    assert!(
        requests[0]
            .headers
            .contains(&"authorization: bearer roster_token_test".to_owned())
    );
}

#[tokio::test]
async fn all_pages_are_followed() {
    let server = server(vec![
        answer(
            "GET /api/v1/organizations/acme/people?limit=200 ",
            200,
            json!({"items": [ada()], "next_cursor": "two"}),
        ),
        answer(
            "GET /api/v1/organizations/acme/people?limit=200&cursor=two ",
            200,
            json!({"items": [ada()], "next_cursor": null}),
        ),
    ]);
    let said = roster(&server, "people list -o acme --all --output json").await;
    let value: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(value["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(value["next_cursor"], Value::Null);
}

#[tokio::test]
async fn the_only_organization_needs_no_name() {
    let server = server(vec![
        answer(
            "GET /api/v1/organizations?",
            200,
            json!({"items": [{"slug": "acme"}], "next_cursor": null}),
        ),
        answer(
            "GET /api/v1/organizations/acme/invitations?",
            200,
            json!({"items": [], "next_cursor": null}),
        ),
    ]);
    let said = roster(&server, "invitation list").await;
    assert_eq!((said.failure, said.err.as_str()), (None, "No such invitation.\n"));
}

#[tokio::test]
async fn a_role_is_set_on_the_one_member_that_is_named() {
    let server = server(vec![
        answer(
            "GET /api/v1/organizations/acme/people?query=ADA&",
            200,
            json!({"items": [ada(), {"username": "adam"}], "next_cursor": null}),
        ),
        answer("PUT /api/v1/organizations/acme/members/mem_ada/role ", 200, ada()),
    ]);
    let said = roster(&server, "people set-role ADA admin -o acme").await;
    assert_eq!(
        (said.failure, said.out.as_str()),
        (None, "Ada has the role admin in acme.\n")
    );
    assert_eq!(
        server.requests.lock().expect("unpoisoned")[1].body,
        json!({"role": "admin"})
    );
}

#[tokio::test]
async fn two_people_of_one_name_are_not_guessed_between() {
    let mut other = ada();
    other["id"] = json!("mem_other");
    let server = server(vec![answer(
        "GET ",
        200,
        json!({"items": [ada(), other], "next_cursor": null}),
    )]);
    let said = roster(&server, "people disable ada -o acme").await;
    assert_eq!(said.code, std::process::ExitCode::from(2));
    assert!(said.failure.expect("refused").contains("use an id: mem_ada, mem_other"));
}

#[tokio::test]
async fn a_preview_changes_nothing_and_says_so() {
    let server = server(vec![
        answer("GET /api/v1/organizations/acme/members/mem_ada ", 200, ada()),
        answer(
            "DELETE /api/v1/organizations/acme/members/mem_ada?dry_run=true ",
            200,
            json!({"effects": [{"kind": "session_ended", "subject": {"type": "member", "id": "mem_ada", "name": "Ada"}}],
                   "counts": {"session_ended": 1}}),
        ),
    ]);
    let said = roster(&server, "people remove mem_ada -o acme --dry-run").await;
    assert_eq!(said.failure, None);
    assert!(
        said.out
            .ends_with("Nothing has been changed. The change would mean: session ended 1.\n"),
        "{}",
        said.out
    );
}

#[tokio::test]
async fn what_somebody_owns_stops_a_removal_with_exit_code_one() {
    let server = server(vec![
        answer("GET ", 200, ada()),
        answer(
            "DELETE ",
            409,
            json!({"detail": "Ada owns 1 project", "code": "owns_things", "owned": [{"name": "engine"}]}),
        ),
    ]);
    let said = roster(&server, "people remove mem_ada -o acme").await;
    assert_eq!(said.code, std::process::ExitCode::from(1));
    assert!(said.failure.expect("refused").contains("--transfer-to MEMBER"));
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_under_the_same_key() {
    let server = server(vec![
        answer("POST ", 0, Value::Null),
        answer(
            "POST /api/v1/organizations/acme/members ",
            201,
            json!({"member": ada(), "temporary_password": "correct horse"}),
        ),
    ]);
    let said = roster(&server, "people create --name Ada --email ada@example.com -o acme").await;
    assert_eq!(said.failure, None);
    assert!(said.out.ends_with("\n  correct horse\n"), "{}", said.out);
    let requests = server.requests.lock().expect("unpoisoned");
    assert_eq!(requests.len(), 2);
    assert!(
        requests
            .iter()
            .all(|request| request.headers.contains(&"idempotency-key: key-1".to_owned()))
    );
}

#[tokio::test]
async fn each_of_several_invitations_is_told_with_its_link() {
    let server = server(vec![
        answer(
            "POST /api/v1/organizations/acme/invitations ",
            201,
            json!({"invitation": {"delivery": {"state": "none"}, "expires_at": null}, "link": "https://x/invitations/t"}),
        ),
        answer(
            "POST ",
            409,
            json!({"detail": "b@example.com is a member already", "code": "already_member"}),
        ),
    ]);
    let said = roster(
        &server,
        "people invite a@example.com b@example.com --role guest --no-send -o acme",
    )
    .await;
    assert_eq!(
        said.out,
        "a@example.com is invited, without end; no mail is sent, hand the link over yourself.\n  https://x/invitations/t\n"
    );
    assert!(
        said.err
            .contains("b@example.com is a member already (409, already_member)"),
        "{}",
        said.err
    );
    assert_eq!(said.failure.as_deref(), Some("1 of 2 refused; the others are done"));
    let requests = server.requests.lock().expect("unpoisoned");
    assert_eq!(
        requests[0].body,
        json!({"email": "a@example.com", "role": "guest", "send": false})
    );
}

#[tokio::test]
async fn a_file_of_people_is_one_call_and_a_line_for_each() {
    let server = server(vec![Answer {
        line: "POST /api/v1/organizations/acme/members/bulk ",
        status: 200,
        kind: "application/x-ndjson",
        body: "{\"row\":1,\"status\":201,\"member\":{},\"temporary_password\":\"p\"}\n{\"row\":2,\"status\":409,\
               \"problem\":{\"detail\":\"taken\"}}\n"
            .to_owned(),
    }]);
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "name,email\nAda,ada@example.com\nBob,bob@example.com\n").expect("written");
    let said = roster(
        &server,
        &format!("people create --file {} -o acme", file.path().display()),
    )
    .await;
    assert_eq!(
        said.out,
        "    1  created   ada@example.com  p\n    2  refused   bob@example.com  taken\n"
    );
    assert_eq!(said.err, "1 done, 1 refused.\n");
    assert_eq!(said.code, std::process::ExitCode::from(1));
    assert_eq!(
        server.requests.lock().expect("unpoisoned")[0].body["rows"][1],
        json!({"name": "Bob", "email": "bob@example.com", "role": "member"})
    );
}

#[tokio::test]
async fn a_page_that_is_not_roster_is_recognised() {
    let server = server(vec![Answer {
        line: "GET ",
        status: 200,
        kind: "text/html",
        body: "<p>hello".to_owned(),
    }]);
    let said = roster(&server, "organization list").await;
    assert_eq!(said.code, std::process::ExitCode::from(2));
    assert!(
        said.failure
            .expect("refused")
            .contains("text/html, which is not Roster's API")
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let server = Server {
        address: "http://127.0.0.1:1".to_owned(),
        requests: Arc::default(),
    };
    let said = roster(&server, "organization list").await;
    assert_eq!(said.code, std::process::ExitCode::from(2));
    assert!(
        said.failure
            .expect("refused")
            .starts_with("http://127.0.0.1:1 cannot be reached: ")
    );
}

#[tokio::test]
async fn policies_are_set_in_the_kind_they_have() {
    let server = server(vec![
        answer(
            "GET /api/v1/organizations/acme/policies ",
            200,
            json!({"invitation_lifetime_days": 7, "offered_roles": ["admin"]}),
        ),
        answer(
            "PATCH /api/v1/organizations/acme/policies ",
            200,
            json!({"invitation_lifetime_days": null, "offered_roles": ["admin", "guest"]}),
        ),
    ]);
    let said = roster(
        &server,
        "organization policies -o acme --set invitation_lifetime_days=null --set offered_roles=admin,guest",
    )
    .await;
    assert_eq!(
        said.out,
        "POLICY                    VALUE\ninvitation_lifetime_days  null\noffered_roles             admin, guest\n"
    );
    assert_eq!(
        server.requests.lock().expect("unpoisoned")[1].body,
        json!({"invitation_lifetime_days": null, "offered_roles": ["admin", "guest"]})
    );
}

#[tokio::test]
async fn completions_know_every_command() {
    let parsed =
        CommandLine::try_parse_from(["roster", "completions", "bash"]).unwrap_or_else(|error| panic!("{error}"));
    let file = Ok(TokenFile::at("nowhere".into()));
    let environment = Environment {
        token: None,
        file,
        fresh_key: || "key-1".to_owned(),
    };
    let mut out = Vec::new();
    carry_out(
        parsed.command,
        CommandLine::command(),
        environment,
        &mut out,
        &mut Vec::new(),
    )
    .await
    .expect("printed");
    let script = String::from_utf8(out).expect("text");
    assert!(script.contains("reset-password") && script.contains("sign-in"));
}

#[tokio::test]
async fn somebody_is_removed_with_what_they_own() {
    let server = server(vec![
        answer("GET ", 200, ada()),
        answer(
            "DELETE /api/v1/organizations/acme/members/mem_ada?delete_owned=true ",
            204,
            Value::Null,
        ),
    ]);
    let said = roster(&server, "people remove mem_ada --delete-owned -o acme").await;
    assert_eq!(said.failure, None);
}

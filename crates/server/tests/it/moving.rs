//! Organizations and people as files, by the command line: out of one instance and into another.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::on_both_databases;

use crate::desk::Desk;
use crate::house::{Ended, House, exists};

on_both_databases! {
    an_organization_leaves_one_instance_and_comes_into_another,
    a_line_that_is_refused_is_told_and_stops_no_other,
    people_leave_as_a_table_and_are_taken_as_they_are,
}

async fn desk_at(house: House) -> Desk {
    let desk = Desk::at(house).await;
    desk.sign_in().await;
    desk
}

impl Desk {
    async fn employ(&self, name: &str, username: &str) {
        let email = format!("{username}@example.net");
        let words = [
            "people",
            "create",
            "--name",
            name,
            "--username",
            username,
            "--email",
            &email,
        ];
        self.run(&words).await;
    }

    async fn ends(&self, words: &[&str], code: i32) -> Ended {
        let ended = self.try_with("", words).await;
        assert_eq!(ended.code, Some(code), "{words:?}: {}{}", ended.out, ended.err);
        ended
    }

    async fn accounts(&self) -> usize {
        self.ask(&["account", "list"]).await["items"].as_array().unwrap().len()
    }
}

/// What is printed for programs: a line of JSON for each row.
fn rows(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn typed(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Acme of another instance, with Mia in it, as a file.
async fn exported() -> (Desk, PathBuf) {
    let desk = desk_at(House::new()).await;
    desk.employ("Mia Marsh", "mia").await;
    let saved = desk.ends(&["export", "acme", "acme.jsonl"], 0).await;
    let file = desk.house.path("acme.jsonl");
    let length = std::fs::metadata(&file).unwrap().len();
    assert_eq!(
        (saved.out.as_str(), saved.err),
        ("", format!("{length} bytes are saved to acme.jsonl.\n"))
    );
    (desk, file)
}

async fn an_organization_leaves_one_instance_and_comes_into_another(house: House) {
    let (there, file) = exported().await;
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!exists(&there.house.path("acme.jsonl.partial")));
    let piped = there.ends(&["export", "acme", "-"], 0).await;
    assert_eq!(piped.err, "");
    let kinds: Vec<Value> = rows(&piped.out).iter().map(|row| row["type"].clone()).collect();
    assert_eq!((&kinds[0], kinds.last().unwrap()), (&json!("roster"), &json!("end")));
    assert_eq!(kinds.iter().filter(|kind| **kind == "member").count(), 2);

    let here = desk_at(house).await;
    let words = ["import", typed(&file), "--into", "larkspur"];
    let tried = here.ends(&[&words[..], &["--dry-run"]].concat(), 0).await;
    assert!(tried.out.starts_with("It would be: "), "{}", tried.out);
    let length = std::fs::metadata(&file).unwrap().len();
    assert_eq!(tried.err, format!("Sending {length} bytes …\n"));
    assert_eq!(here.accounts().await, 1);
    let done = here.ends(&words, 0).await;
    // Olivia is known here by her address, and has an organization more.
    assert_eq!(done.out, "2 created, 1 joined, 0 invited, 0 skipped, 0 refused.\n");
    assert_eq!(here.accounts().await, 2);
    let again = here.ends(&[&words[..], &["--output", "json"]].concat(), 0).await;
    let again = rows(&again.out);
    let summary = again.last().unwrap();
    assert_eq!(
        (
            &summary["type"],
            &summary["created"],
            &summary["joined"],
            &summary["refused"]
        ),
        (&json!("summary"), &json!(0), &json!(0), &json!(0)),
        "{summary}"
    );
    assert!(
        again.iter().rev().skip(1).all(|row| row["outcome"] == "skipped"),
        "{again:?}"
    );
    let people = here.ask(&["people", "list", "-o", "larkspur"]).await;
    assert!(people.to_string().contains("mia@example.net"), "{people}");

    let whole = std::fs::read_to_string(&file).unwrap();
    here.takes_no_part_of(&whole).await;
    there.node.stop().await;
    here.node.stop().await;
}

impl Desk {
    /// Refused before it is sent, by one line that says what to do.
    async fn takes_no_part_of(&self, whole: &str) {
        let lines: Vec<&str> = whole.lines().collect();
        let cut = [
            (whole[..whole.len() / 2].to_owned(), "cut off"),
            (lines[..lines.len() - 1].join("\n"), "cut off"),
            (whole.replace("Mia Marsh", "Mia Mersh"), "SHA-256"),
            ("name,email\nMia Marsh,mia@example.net\n".to_owned(), "--from"),
            (String::new(), "exported by Roster"),
        ];
        for (text, told) in cut {
            std::fs::write(self.house.path("cut.jsonl"), text).unwrap();
            let ended = self.try_with("", &["import", "cut.jsonl", "--into", "nowhere"]).await;
            ended.is_refused(&["cut.jsonl cannot be imported", told]);
        }
        let none = self.try_with("", &["import", "none.jsonl"]).await;
        none.is_refused(&["none.jsonl cannot be read"]);
    }
}

async fn a_line_that_is_refused_is_told_and_stops_no_other(house: House) {
    let here = desk_at(house).await;
    let lines = [
        json!({ "type": "roster", "format": "roster.organization", "version": 1,
                "organization": { "slug": "birch", "name": "Birch" }, "exported_at": "2026-11-22T09:00:00Z" }),
        json!({ "type": "organization", "slug": "birch", "name": "Birch", "preset": "standard" }),
        json!({ "type": "member", "username": "olivia", "email": "other@example.net", "name": "Olive Orr" }),
        json!({ "type": "member", "email": "ben@example.net", "name": "Ben Birk" }),
        json!({ "type": "end" }),
    ];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(here.house.path("birch.jsonl"), text).unwrap();
    let words = ["import", "birch.jsonl"];
    let tried = here.ends(&[&words[..], &["--dry-run"]].concat(), 1).await;
    assert!(tried.err.ends_with("error: 1 of 3 would be refused\n"), "{}", tried.err);
    let done = here.ends(&words, 1).await;
    let told: Vec<&str> = done.out.lines().collect();
    assert!(told[0].starts_with("line 3, member olivia: "), "{}", done.out);
    assert_eq!(told[1], "2 created, 0 joined, 0 invited, 0 skipped, 1 refused.");
    assert!(
        done.err.ends_with("error: 1 of 3 refused; the others are done\n"),
        "{}",
        done.err
    );
    let again = here.ends(&[&words[..], &["--output", "json"]].concat(), 1).await;
    let refused = rows(&again.out).into_iter().find(|row| row["outcome"] == "refused");
    assert_eq!(refused.unwrap()["code"], "username_taken");

    let clerk = format!("{}/tests/it/elsewhere/clerk.csv", env!("CARGO_MANIFEST_DIR"));
    let words = ["import", &clerk, "--from", "clerk", "--into", "larkspur", "--dry-run"];
    let tried = here.ends(&[&words[..], &["--output", "json"]].concat(), 0).await;
    let rows = rows(&tried.out);
    assert_eq!(rows[0]["type"], "left_out", "{:?}", rows[0]);
    assert_eq!(rows.last().unwrap()["type"], "summary");
    assert!(tried.err.contains("people and 0 groups are in"), "{}", tried.err);
    here.node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_open_no_organization_is_told_to_name_the_one_they_manage() {
    let (desk, mia) = crate::verb::peopled().await;
    desk.run(&["people", "set-role", "mia", "admin"]).await;
    desk.ends(&["export", "acme", "acme.jsonl"], 0).await;
    let refused = desk.try_as(&mia, &["import", "acme.jsonl"]).await;
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("name it with --into"), "{}", refused.err);
    let done = desk.try_as(&mia, &["import", "acme.jsonl", "--into", "acme"]).await;
    assert!(done.out.contains("0 refused"), "{}{}", done.out, done.err);
    // Another product's export too, where the organization is there.
    let clerk = format!("{}/tests/it/elsewhere/clerk.csv", env!("CARGO_MANIFEST_DIR"));
    let words = ["import", &clerk, "--from", "clerk", "--into", "acme", "--dry-run"];
    let tried = desk.try_as(&mia, &words).await;
    assert!(tried.out.contains("It would be: "), "{}{}", tried.out, tried.err);
    desk.node.stop().await;
}

/// Names as people have them, and one that a spreadsheet would run.
const NAMES: [(&str, &str); 5] = [
    ("=HYPERLINK(1)", "formula"),
    ("+1 Ada", "plus"),
    ("'=quoted", "quoted"),
    ("Jörg \"Joe\" Müller, Jr.", "joerg"),
    ("O'Brien; Zoë", "zoe"),
];

async fn people_leave_as_a_table_and_are_taken_as_they_are(house: House) {
    let there = desk_at(House::new()).await;
    for (name, username) in NAMES {
        there.employ(name, username).await;
    }
    there
        .run(&["people", "set-role", "zoe", "guest", "--until", "2036-12-31T18:00:00Z"])
        .await;
    there
        .run(&["people", "invite", "kim@example.net", "--role", "guest"])
        .await;
    let olivia = there.node.anyone().sign_in("olivia", crate::house::PASSWORD).await.1;
    let olivia = there.node.anyone().with(olivia["token"].as_str().unwrap());
    let answer = olivia.request("GET", "/api/v1/organizations/acme/people?format=csv");
    let table = answer.send().await.unwrap().text().await.unwrap();

    let here = desk_at(house).await;
    std::fs::write(here.house.path("people.csv"), &table).unwrap();
    let ended = here.ends(&["people", "create", "--file", "people.csv"], 1).await;
    // All but Olivia's own row: she owns the place, and nobody is made an Owner from a list.
    assert!(ended.err.contains("6 done, 1 refused."), "{}", ended.err);
    let people = here.ask(&["people", "list", "--all"]).await;
    let people = people["items"].as_array().unwrap();
    for (name, username) in NAMES {
        let found = people.iter().find(|person| person["username"] == username);
        assert_eq!(found.unwrap()["name"], name);
    }
    let zoe = people.iter().find(|person| person["username"] == "zoe").unwrap();
    assert_eq!(zoe["role"]["slug"], "guest");
    assert!(zoe.to_string().contains("2036-12-31T18:00:00Z"), "{zoe}");
    assert!(people.iter().any(|person| person["email"] == "kim@example.net"));

    // For invitations too; but none gives a role until a time.
    let until = here
        .try_with("", &["people", "invite", "--file", "people.csv", "--dry-run"])
        .await;
    until.is_refused(&["people.csv: line", "until a time"]);
    std::fs::write(here.house.path("people.csv"), table.replace("2036-12-31T18:00:00Z", "")).unwrap();
    let birch = ["organization", "create", "--name", "Birch", "--slug", "birch"];
    here.run(&birch).await;
    let invited = here
        .ends(
            &["people", "invite", "--file", "people.csv", "-o", "birch", "--dry-run"],
            1,
        )
        .await;
    assert!(
        invited.err.contains("6 rows would be taken, 1 refused"),
        "{}",
        invited.err
    );
    there.node.stop().await;
    here.node.stop().await;
}

//! What cannot be begun is refused in one line, with exit code 2, before anything was made or changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use testkit::on_both_databases;

use crate::house::{Ended, House, PASSWORD, exists};

on_both_databases! { a_database_of_a_newer_program_is_left_alone, }

async fn serve(house: &House, more: &[&str]) -> Ended {
    let mut arguments = vec!["serve", "--listen", "127.0.0.1:0"];
    arguments.extend(more);
    house.run(&arguments, "").await
}

#[tokio::test]
async fn an_address_in_use() {
    let house = House::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    house
        .run(&["serve", "--listen", &address], "")
        .await
        .is_refused(&[&address, "in use", "--listen"]);
    house
        .run(&["serve", "--listen", "nowhere"], "")
        .await
        .is_refused(&["nowhere", "localhost:8080"]);
    assert!(!exists(&house.data()));
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_or_understood() {
    let house = House::new();
    let absent = house.path("absent.toml");
    serve(&house, &["--config", absent.to_str().unwrap()])
        .await
        .is_refused(&["absent.toml"]);
    let file = house.path("roster.toml");
    let told = async |text: &str| {
        fs::write(&file, text).unwrap();
        serve(&house, &["--config", file.to_str().unwrap()]).await
    };
    told("listen = \"127.0.0.1:0\"\n\nlisten_on = 1\n")
        .await
        .is_refused(&["roster.toml:3", "listen_on"]);
    told("[sign_in]\ntriesn = 3\n")
        .await
        .is_refused(&["roster.toml:2", "triesn"]);
    told("listen = \n").await.is_refused(&["roster.toml:1"]);
    told("public_url = \"people.example.com\"\n")
        .await
        .is_refused(&["people.example.com", "https://"]);
    assert!(!exists(&house.data()));
}

#[tokio::test]
async fn a_list_of_stolen_passwords_that_is_none() {
    let house = House::new();
    let path = house.path("stolen.txt");
    let with = async |text: &str| {
        fs::write(&path, text).unwrap();
        serve(&house, &["--password-breached-list", path.to_str().unwrap()]).await
    };
    with("").await.is_refused(&["stolen.txt", "empty"]);
    with("password\n123456\n").await.is_refused(&["stolen.txt", "SHA-1"]);
    let (low, high) = ("0".repeat(40), "F".repeat(40));
    with(&format!("{high}:1\n{low}:2\n"))
        .await
        .is_refused(&["stolen.txt", "order"]);
    with(&format!("{}:1\n", "0".repeat(32)))
        .await
        .is_refused(&["stolen.txt", "NTLM"]);
    fs::remove_file(&path).unwrap();
    let absent = ["--password-breached-list", path.to_str().unwrap()];
    serve(&house, &absent)
        .await
        .is_refused(&["stolen.txt", "cannot be read"]);
    assert!(!exists(&house.data()));

    let arguments = ["doctor", "--listen", "127.0.0.1:0", "--output", "json"];
    let told = house.run(&[&arguments[..], &absent].concat(), "").await;
    assert_eq!(told.code, Some(1), "{}", told.out);
    assert!(told.out.contains("stolen.txt"), "{}", told.out);
    fs::write(&path, format!("{low}:1\n{high}:2\n")).unwrap();
    let told = house.run(&[&arguments[..], &absent].concat(), "").await;
    assert_eq!(told.code, Some(0), "{}", told.out);
}

#[tokio::test]
async fn a_database_that_is_none_or_does_not_answer() {
    let house = House::new();
    serve(&house, &["--database", "mysql://x/y"])
        .await
        .is_refused(&["--database", "postgres://"]);
    let refused = serve(
        &house,
        &["--database", "postgres://roster:open-sesame@127.0.0.1:1/roster"],
    )
    .await;
    refused.is_refused(&["PostgreSQL", "--database"]);
    assert!(!refused.err.contains("open-sesame"), "{}", refused.err);
    assert!(!exists(&house.data()));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_or_written() {
    let house = House::new();
    fs::write(house.path("a-file"), "").unwrap();
    let occupied = house.path("a-file");
    serve(&house, &["--data", occupied.to_str().unwrap()])
        .await
        .is_refused(&["a-file", "--data"]);
    let closed = house.path("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    // The superuser of the machine may write anywhere.
    if fs::write(closed.join("probe"), "").is_err() {
        serve(&house, &["--data", closed.to_str().unwrap()])
            .await
            .is_refused(&["closed", "permissions"]);
        assert_eq!(fs::read_dir(&closed).unwrap().count(), 0);
    }
}

/// A data folder in which somebody has an account, its server stopped.
async fn lived_in() -> House {
    let house = House::new();
    let (node, _) = house.settled().await;
    node.stop().await;
    house
}

async fn never_set_up_again(house: &House, words: &[&str]) {
    for _ in 0..2 {
        let ended = serve(house, &[]).await;
        ended.is_refused(words);
    }
}

#[tokio::test]
async fn a_database_whose_header_is_damaged() {
    let house = lived_in().await;
    let mut bytes = fs::read(house.file()).unwrap();
    bytes[..100].fill(0);
    fs::write(house.file(), &bytes).unwrap();
    never_set_up_again(&house, &["roster.db", "backup"]).await;
    assert_eq!(
        fs::read(house.file()).unwrap(),
        bytes,
        "what is damaged is left as it is, for whoever repairs it"
    );
}

#[tokio::test]
async fn a_database_that_was_emptied_or_deleted() {
    let house = lived_in().await;
    fs::write(house.file(), "").unwrap();
    never_set_up_again(&house, &["roster.db", "backup"]).await;
    fs::remove_file(house.file()).unwrap();
    never_set_up_again(&house, &["roster.db", "missing", "backup"]).await;
    assert!(!exists(&house.file()), "no new database was begun");
}

/// Whichever page is damaged, the program may refuse or serve what it can, but hands the instance to nobody.
#[tokio::test]
async fn a_database_with_a_damaged_page_never_leads_back_to_set_up() {
    let house = lived_in().await;
    let whole = fs::read(house.file()).unwrap();
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    for number in (1..whole.len() / page).step_by(3) {
        let mut bytes = whole.clone();
        bytes[number * page..(number + 1) * page].fill(0xa5);
        fs::write(house.file(), &bytes).unwrap();
        let mut command = house.command(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(stdout));
        let said = lines.next_line().await.unwrap().unwrap_or_default();
        assert!(!said.contains("/set-up/"), "page {number}: {said}");
        if said.is_empty() {
            let output = child.wait_with_output().await.unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert_eq!(
                (output.status.code(), err.lines().count()),
                (Some(2), 1),
                "page {number}: {err}"
            );
        } else {
            child.kill().await.unwrap();
        }
    }
}

async fn a_database_of_a_newer_program_is_left_alone(house: House) {
    let (node, _) = house.settled().await;
    node.stop().await;
    let sql = "INSERT INTO migration (number, name) VALUES (9999, 'later')";
    match house.database() {
        Some(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            connection.execute(sql).await.unwrap();
        }
        None => {
            let mut connection = SqliteConnection::connect(house.file().to_str().unwrap()).await.unwrap();
            connection.execute(sql).await.unwrap();
            connection.close().await.unwrap();
        }
    }
    serve(&house, &[]).await.is_refused(&["9999", "newer"]);
    let arguments = [
        "superuser",
        "create",
        "--username",
        "sid",
        "--email",
        "sid@example.com",
        "--password-stdin",
    ];
    house.run(&arguments, PASSWORD).await.is_refused(&["9999", "newer"]);
}

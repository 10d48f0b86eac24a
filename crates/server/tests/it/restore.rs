//! What is no whole backup, or no place for one, is refused in one line, and nothing is begun.

use std::fs;

use crate::backup::{backup, done, restore};
use crate::house::{House, PASSWORD, exists};

/// A house with a backup of an instance in it, whose server has ended.
async fn backed_up() -> House {
    let house = House::new();
    let (node, _) = house.settled().await;
    done(&backup(&house, "whole.tar", &["--with-key"]).await);
    node.stop().await;
    house
}

fn altered(house: &House, name: &str, alter: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(house.path("whole.tar")).unwrap();
    alter(&mut bytes);
    fs::write(house.path(name), bytes).unwrap();
}

fn place_of(bytes: &[u8], needle: &[u8]) -> usize {
    bytes.windows(needle.len()).position(|part| part == needle).unwrap()
}

#[tokio::test]
async fn a_damaged_truncated_or_newer_backup_is_refused_and_nothing_begun() {
    let house = backed_up().await;
    altered(&house, "flipped.tar", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
    altered(&house, "short.tar", |bytes| bytes.truncate(bytes.len() / 2));
    altered(&house, "newer.tar", |bytes| {
        let at = place_of(bytes, b"\"schema\": ") + b"\"schema\": ".len();
        bytes[at..at + 2].copy_from_slice(b"99");
    });
    fs::write(house.path("nothing.tar"), "").unwrap();
    fs::write(house.path("other.tar"), vec![b'x'; 4096]).unwrap();
    for (name, words) in [
        ("flipped.tar", &["flipped.tar", "damaged"][..]),
        ("short.tar", &["short.tar", "damaged"]),
        ("newer.tar", &["99", "newer"]),
        ("nothing.tar", &["nothing.tar", "no backup"]),
        ("other.tar", &["other.tar", "no backup"]),
        ("absent.tar", &["absent.tar", "cannot be read"]),
    ] {
        let empty = House::new();
        restore(&house, name, &empty, &[]).await.is_refused(words);
        assert!(!exists(&empty.data()), "{name}: nothing was made");
    }
}

#[tokio::test]
async fn a_backup_of_a_file_is_not_restored_into_a_server_nor_with_a_foreign_key() {
    let house = backed_up().await;
    let empty = House::new();
    restore(
        &house,
        "whole.tar",
        &empty,
        &["--database", "postgres://nobody@127.0.0.1:1/none"],
    )
    .await
    .is_refused(&["SQLite", "PostgreSQL"]);
    let foreign = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    restore(&house, "whole.tar", &empty, &["--key", foreign])
        .await
        .is_refused(&["ROSTER_KEY"]);
    assert!(!exists(&empty.data()));
}

#[tokio::test]
async fn a_database_that_is_damaged_or_none_is_not_backed_up() {
    let house = House::new();
    backup(&house, "none.tar", &[]).await.is_refused(&["roster.db"]);
    let (node, _) = house.settled().await;
    node.stop().await;
    let mut bytes = fs::read(house.file()).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    // Rows of tables among them: an index would be made anew in the backup, and nothing be lost.
    let is_told = |page: &[u8]| page.windows(6).any(|text| text == b"Olivia");
    for page in bytes.chunks_mut(page).filter(|page| is_told(page)) {
        page.fill(0xa5);
    }
    fs::write(house.file(), bytes).unwrap();
    let refused = backup(&house, "damaged.tar", &[]).await;
    refused.is_refused(&["doctor"]);
    assert!(!exists(&house.path("none.tar")) && !exists(&house.path("damaged.tar")));
    let nowhere = house.path("no-such-folder/first.tar");
    house
        .run(&["backup", nowhere.to_str().unwrap()], "")
        .await
        .is_refused(&["no-such-folder"]);
}

#[tokio::test]
async fn an_export_of_the_log_tells_what_was_taken_away_too() {
    let house = backed_up().await;
    let entry = r#"{"id":"evt_01kb00000000000000000000zz","at":"2099-01-01T00:00:00Z","action":"token.revoked","target":{"type":"token","id":"tok_1","name":"laptop\u001b[31m"},"before":{},"after":null}"#;
    fs::write(house.path("log.ndjson"), format!("{entry}\n")).unwrap();
    fs::write(house.path("broken.ndjson"), "no entry\n").unwrap();
    let empty = House::new();
    let log = |name: &str| house.path(name).to_str().unwrap().to_owned();
    restore(&house, "whole.tar", &empty, &["--since-audit", &log("broken.ndjson")])
        .await
        .is_refused(&["broken.ndjson:1"]);
    let restored = restore(&house, "whole.tar", &empty, &["--since-audit", &log("log.ndjson")]).await;
    done(&restored);
    assert!(restored.out.contains("the token laptop"), "{}", restored.out);
    assert!(!restored.out.contains('\u{1b}'), "no name steers the terminal");
    let node = empty.serve(&[]).await;
    assert_eq!(node.anyone().sign_in("olivia", PASSWORD).await.0, 201);
    node.stop().await;
}

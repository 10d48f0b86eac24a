//! The key of sealed secrets is rotated while nobody serves, and wherever that is interrupted, one of both keys works.

use std::fs;

use testkit::on_both_databases;

use crate::house::{House, exists};

on_both_databases! {
    the_key_is_rotated_while_nobody_serves,
}

async fn the_key_is_rotated_while_nobody_serves(house: House) {
    let (node, _) = house.settled().await;
    // On PostgreSQL a node is known to serve once it listens for changes.
    let refused = loop {
        let ended = house.run(&["key", "rotate"], "").await;
        if ended.code != Some(0) || house.database().is_none() {
            break ended;
        }
    };
    refused.is_refused(&["is being served", "End every node first"]);
    node.stop().await;
    let rotated = house.run(&["key", "rotate"], "").await;
    assert_eq!(rotated.code, Some(0), "{}", rotated.err);
    assert!(rotated.out.contains("are sealed by the new key"), "{}", rotated.out);
    house.serve(&[]).await.stop().await;
}

#[tokio::test]
async fn a_rotation_that_was_cut_off_leaves_one_key_that_works() {
    let house = House::new();
    house.settled().await.0.stop().await;
    let (key, next) = (house.data().join("roster.key"), house.data().join("roster.key.new"));
    let old = fs::read_to_string(&key).unwrap();
    assert_eq!(house.run(&["key", "rotate"], "").await.code, Some(0));
    let new = fs::read_to_string(&key).unwrap();
    assert!(old != new && !exists(&next));
    // Cut off after the database was changed.
    fs::write(&key, &old).unwrap();
    fs::write(&next, &new).unwrap();
    house.serve(&[]).await.stop().await;
    assert_eq!(fs::read_to_string(&key).unwrap(), new);
    assert!(!exists(&next));
    // Cut off before.
    fs::write(&next, &old).unwrap();
    house.serve(&[]).await.stop().await;
    assert_eq!(fs::read_to_string(&key).unwrap(), new);
    assert_eq!(house.run(&["key", "rotate"], "").await.code, Some(0));
    house.serve(&[]).await.stop().await;
}

#[tokio::test]
async fn a_key_of_the_environment_is_replaced_by_one_that_is_printed() {
    let house = House::new();
    let with = |arguments: &[&str], key: &str| {
        let mut command = house.command(arguments);
        command.env("ROSTER_KEY", key);
        command
    };
    let first = "Zm9ydHktdHdvIGlzIHRoZSBhbnN3ZXIgdG8gaXQgYWw";
    house
        .spawn(with(&["serve", "--listen", "127.0.0.1:0"], first))
        .await
        .stop()
        .await;
    let rotated = crate::house::run(with(&["key", "rotate"], first), "").await;
    assert_eq!(rotated.code, Some(0), "{}", rotated.err);
    let printed = rotated
        .out
        .lines()
        .next()
        .unwrap()
        .strip_prefix("The new key: ")
        .unwrap();
    crate::house::run(with(&["serve", "--listen", "127.0.0.1:0"], first), "")
        .await
        .is_refused(&["ROSTER_KEY is not the key"]);
    house
        .spawn(with(&["serve", "--listen", "127.0.0.1:0"], printed))
        .await
        .stop()
        .await;
}

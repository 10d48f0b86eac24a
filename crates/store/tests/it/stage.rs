//! What is tried on a stage: nothing remains of it, and nobody waits for it.

use store::Store;
use testkit::on_both_databases;

use crate::tenant::account;

on_both_databases! {
    what_is_done_on_a_stage_is_found_there_and_nowhere_else,
    nobody_waits_for_a_stage,
    a_change_that_is_given_up_on_a_stage_leaves_the_others,
}

async fn make(store: &Store, username: &str) {
    let mut tx = store.server().await.unwrap();
    account(&mut tx, username, "Person").await.unwrap();
    tx.commit().await.unwrap();
}

async fn exists(store: &Store, username: &str) -> bool {
    let mut tx = store.see_account().await.unwrap();
    store::account::find_by_login(&mut tx, username)
        .await
        .unwrap()
        .is_some()
}

/// As those who try do it: the folder is gone before anything is done.
async fn staged(store: &Store) -> Store {
    let ground = tempfile::tempdir().unwrap();
    store.staged(&ground.path().join("copy.db")).await.unwrap()
}

async fn what_is_done_on_a_stage_is_found_there_and_nowhere_else(store: Store) {
    make(&store, "ada").await;
    let stage = staged(&store).await;
    assert!(exists(&stage, "ada").await);
    make(&stage, "ben").await;
    assert!(exists(&stage, "ben").await);
    assert!(!exists(&store, "ben").await);
    stage.clear().await.unwrap();
    assert!(stage.server().await.is_err(), "it was taken back");
    assert!(!exists(&store, "ben").await);
}

async fn nobody_waits_for_a_stage(store: Store) {
    let stage = staged(&store).await;
    make(&stage, "ben").await;
    make(&store, "cleo").await;
    assert!(exists(&store, "cleo").await);
    make(&stage, "dan").await;
    stage.clear().await.unwrap();
}

async fn a_change_that_is_given_up_on_a_stage_leaves_the_others(store: Store) {
    let stage = staged(&store).await;
    make(&stage, "ada").await;
    let mut tx = stage.server().await.unwrap();
    account(&mut tx, "ben", "Ben").await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = stage.server().await.unwrap();
    account(&mut tx, "cleo", "Cleo").await.unwrap();
    drop(tx);
    make(&stage, "dan").await;
    let found = [
        exists(&stage, "ada").await,
        exists(&stage, "ben").await,
        exists(&stage, "cleo").await,
        exists(&stage, "dan").await,
    ];
    assert_eq!(found, [true, false, false, true]);
}

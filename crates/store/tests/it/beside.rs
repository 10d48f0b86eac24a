//! Versions beside each other: a node goes on when the next version has migrated its database and writes into it what this
//! version does not know.

use domain::id::OrganizationId;
use domain::session::{ABSOLUTE_LIFETIME, Method, Proof, Session};
use store::job::{Kind, enqueue, lease};
use testkit::{Home, on_both_databases};

use crate::opening::run;
use crate::tenant::{NOW, account, found, id, role};

on_both_databases! {
    a_running_node_goes_on_when_the_next_version_has_migrated,
    a_job_that_only_the_next_version_knows_is_left_to_it,
    a_session_that_only_the_next_version_knows_opens_nothing_here_and_hides_no_other,
}

async fn a_running_node_goes_on_when_the_next_version_has_migrated(home: Home) {
    let node = home.open().await;
    let mut tx = node.server().await.unwrap();
    account(&mut tx, "ada", "Ada").await.unwrap();
    tx.commit().await.unwrap();
    // As the rule for migrations allows: tables, columns that may be left out, indices.
    run(
        &home,
        "CREATE TABLE novelty (id BIGINT PRIMARY KEY, account_id UUID REFERENCES account (id) ON DELETE CASCADE);
         ALTER TABLE account ADD COLUMN novel TEXT NOT NULL DEFAULT '';
         ALTER TABLE organization ADD COLUMN novel BIGINT;
         CREATE INDEX account_novel ON account (novel);
         INSERT INTO migration (number, name) VALUES (9999, 'novelty')",
    )
    .await;
    // What it had prepared before, and what it has not.
    let mut tx = node.server().await.unwrap();
    let ben = account(&mut tx, "ben", "Ben").await.unwrap();
    tx.commit().await.unwrap();
    let mut scope = found(&node, "acme").await;
    role(&mut scope, "member").await;
    scope.commit().await.unwrap();
    let mut tx = node.server().await.unwrap();
    store::account::delete(&mut tx, ben.id).await.unwrap();
    tx.commit().await.unwrap();
    // Only a start of this version is refused.
    let again = store::Store::open(&home.database, id(), NOW).await;
    assert!(again.is_err());
    node.close().await;
}

async fn a_job_that_only_the_next_version_knows_is_left_to_it(home: Home) {
    let store = home.open().await;
    let add = async || {
        let mut tx = store.job("test").await.unwrap();
        enqueue(&mut tx, id(), None, Kind::NoticeMail, id::<OrganizationId>(), NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    add().await;
    run(&home, "UPDATE job SET kind = 'carrier_pigeon'").await;
    add().await;
    let mut tx = store.job("test").await.unwrap();
    let leased = lease(&mut tx, NOW, NOW.plus(1), 10).await.unwrap();
    assert_eq!(
        leased.iter().map(|job| job.kind).collect::<Vec<_>>(),
        [Kind::NoticeMail]
    );
    assert_eq!(store::job::count(&mut tx).await.unwrap(), 2);
}

async fn a_session_that_only_the_next_version_knows_opens_nothing_here_and_hides_no_other(home: Home) {
    let store = home.open().await;
    let mut tx = store.sign_in().await.unwrap();
    let ada = account(&mut tx, "ada", "Ada").await.unwrap();
    for token in [[1; 32], [2; 32]] {
        let session = Session {
            id: id(),
            account: ada.id,
            created_at: NOW,
            last_seen_at: NOW,
            expires_at: NOW.plus(ABSOLUTE_LIFETIME),
            address: String::new(),
            user_agent: if token == [1; 32] { "novel" } else { "" }.to_owned(),
            proof: Proof::new(Method::Password, NOW),
            mfa_due: false,
        };
        store::session::insert(&mut tx, &session, token).await.unwrap();
    }
    tx.commit().await.unwrap();
    run(
        &home,
        "UPDATE session SET method = 'handshake' WHERE user_agent = 'novel'",
    )
    .await;
    let mut tx = store.look_up().await.unwrap();
    assert!(
        store::session::find_live(&mut tx, [1; 32], NOW)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store::session::find_live(&mut tx, [2; 32], NOW)
            .await
            .unwrap()
            .is_some()
    );
    let listed = store::session::list(&mut tx, ada.id, NOW).await.unwrap();
    assert_eq!(listed.len(), 1);
}

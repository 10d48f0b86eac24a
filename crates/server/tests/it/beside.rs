//! This version and the next one beside each other on one PostgreSQL, as while nodes are replaced one after another: the next
//! one migrates the database while this one serves, both go on, and what one does the other knows. The migration is one of this
//! test's own, with all that the rule for migrations allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;
use sqlx::{Connection, PgConnection};
use testkit::On;
use testkit::app::Start;

use crate::house::{Caller, House, answer};
use crate::node::{may, member, until};

const ACME: &str = "/api/v1/organizations/acme";

/// Tables, columns with a default or without a value, indices, and what the next version fills by itself.
const NEXT: &str = "
    BEGIN;
    SET LOCAL lock_timeout = '500ms';
    SELECT pg_advisory_xact_lock(x'726f73746572'::BIGINT);
    CREATE TABLE novelty (
        id BIGINT PRIMARY KEY, account_id UUID REFERENCES account (id) ON DELETE CASCADE, note TEXT NOT NULL DEFAULT '');
    ALTER TABLE account ADD COLUMN novel TEXT NOT NULL DEFAULT '';
    ALTER TABLE membership ADD COLUMN novel BIGINT;
    ALTER TABLE invitation ADD COLUMN novel BOOLEAN NOT NULL DEFAULT FALSE;
    ALTER TABLE organization ADD COLUMN novel TEXT;
    ALTER TABLE session ADD COLUMN novel TEXT;
    ALTER TABLE role ADD COLUMN novel TEXT NOT NULL DEFAULT 'plain';
    CREATE INDEX account_novel ON account (novel);
    COMMIT;";

/// Those who work come first: held up by them it lets go of everything and tries again, as the program does.
async fn run(house: &House, sql: &'static str) {
    loop {
        let mut connection = PgConnection::connect(house.database().unwrap()).await.unwrap();
        let ran = sqlx::raw_sql(sql).execute(&mut connection).await;
        connection.close().await.unwrap();
        match ran {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03") => {}
            ran => {
                ran.unwrap();
                return;
            }
        }
    }
}

/// Somebody who works without a pause, until they are told to end.
struct Worker {
    ends: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Worker {
    fn of(caller: Caller, name: &'static str) -> Self {
        let (ends, done) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let task = tokio::spawn({
            let (ends, done) = (Arc::clone(&ends), Arc::clone(&done));
            async move {
                while !ends.load(Ordering::Relaxed) {
                    let number = done.load(Ordering::Relaxed);
                    let body = json!({ "email": format!("{name}-{number}@example.com"), "role": "member" });
                    let (status, told) = caller.post(&format!("{ACME}/invitations"), &body).await;
                    assert_eq!(status, 201, "{told}");
                    let (status, told) = caller.get(&format!("{ACME}/members")).await;
                    assert_eq!(status, 200, "{told}");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { ends, done, task }
    }

    /// Has done something more from now on.
    async fn goes_on(&self) {
        let before = self.done.load(Ordering::Relaxed);
        until("the work goes on", async || {
            assert!(!self.task.is_finished(), "whoever works was refused");
            self.done.load(Ordering::Relaxed) > before + 2
        })
        .await;
    }

    async fn ends(self) -> usize {
        self.ends.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.done.load(Ordering::Relaxed)
    }
}

/// What one does is in force at the other.
async fn know_of_each_other(one: &Caller, other: &Caller, name: &str) {
    let person = member(one, name).await;
    until("the other knows the member", async || {
        may(other, &person).await == Ok(true)
    })
    .await;
    let role = other.request("PUT", &format!("{ACME}/members/{person}/role"));
    let (status, told) = answer(role.json(&json!({ "role": "guest" }))).await;
    assert_eq!(status, 200, "{told}");
    until("the one knows the role", async || may(one, &person).await == Ok(false)).await;
    let group = json!({ "name": name, "role": "admin", "members": [person] });
    let (status, told) = one.post(&format!("{ACME}/groups"), &group).await;
    assert_eq!(status, 201, "{told}");
    until("the other knows the group", async || {
        may(other, &person).await == Ok(true)
    })
    .await;
    let (status, told) = answer(other.request("DELETE", &format!("{ACME}/members/{person}"))).await;
    assert!(matches!(status, 200..300), "{status} {told}");
    until("the one knows that they left", async || {
        may(one, &person).await == Ok(false)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_of_this_version_and_one_of_the_next_serve_beside_each_other() {
    let Some(house) = House::start(On::Postgres).await else {
        return;
    };
    let (node, olivia) = house.settled().await;
    let early = Worker::of(olivia.with(&olivia.token), "early");
    early.goes_on().await;

    run(&house, NEXT).await;
    early.goes_on().await;
    let next = house.serve(&[]).await;
    run(&house, "INSERT INTO migration (number, name) VALUES (9999, 'novelty')").await;
    let there = Caller::new(&next.url, &olivia.token);
    let late = Worker::of(there.with(&there.token), "late");
    late.goes_on().await;

    know_of_each_other(&olivia, &there, "ada").await;
    // What only the next version writes.
    run(
        &house,
        "UPDATE account SET novel = 'filled'; UPDATE membership SET novel = 7; UPDATE session SET novel = 'filled';
         UPDATE organization SET novel = 'filled'; UPDATE role SET novel = 'fancy';
         INSERT INTO novelty (id, account_id) SELECT 1, id FROM account LIMIT 1",
    )
    .await;
    know_of_each_other(&there, &olivia, "ben").await;
    early.goes_on().await;
    late.goes_on().await;
    let invited = early.ends().await;
    let both = olivia.all(&format!("{ACME}/invitations")).await.len();
    assert!(both >= invited, "{both} of {invited} at least");

    // This version ends, and does not begin anew; the next one goes on.
    node.stop().await;
    late.goes_on().await;
    let again = house
        .try_spawn(house.command(&["serve", "--listen", "127.0.0.1:0"]))
        .await;
    let refused = again.err().expect("an older version does not start");
    refused_as_older(&refused.err);
    let total = invited + late.ends().await;
    assert_eq!(there.all(&format!("{ACME}/invitations")).await.len(), total);
    next.stop().await;
}

fn refused_as_older(told: &str) {
    assert!(
        told.contains("at migration 9999") && told.contains("newer Roster"),
        "{told}"
    );
}

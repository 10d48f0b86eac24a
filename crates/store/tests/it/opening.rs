//! Opening a database: new, again, by several nodes, damaged, lost, or from the future.

use std::fs;
use std::path::PathBuf;

use domain::actor::{Medium, Origin};
use domain::audit::verification::{Extent, Verification};
use domain::audit::{Action, Chain, Event, Seed, Target};
use domain::grant::Granting;
use domain::id::{EventId, Id};
use sqlx::{Connection, PgConnection, SqliteConnection};
use store::audit::NewEntry;
use store::member::NewMember;
use store::organization::OrganizationRef;
use store::people::{Filter, list};
use store::{Database, Store};
use testkit::app::{MORNING, Start};
use testkit::{Home, On, on_both_databases};

use crate::tenant::{account, found, id, role};

on_both_databases! {
    a_database_is_opened_again_with_all_that_was_in_it,
    two_nodes_open_a_new_database_at_once,
    a_database_of_a_newer_version_is_refused,
    people_of_an_older_version_are_found_however_they_are_typed,
    names_of_an_older_version_are_found_however_they_are_typed,
    what_an_older_version_wrote_down_is_tied_together,
}

async fn open(database: &Database) -> store::Result<Store> {
    Store::open(database, id(), MORNING).await
}

/// Why it was not opened.
async fn refusal(database: &Database) -> String {
    match open(database).await {
        Ok(_) => panic!("it was opened"),
        Err(error) => error.to_string(),
    }
}

async fn instance(store: &Store) -> String {
    let mut tx = store.see_server().await.unwrap();
    store::instance::find(&mut tx).await.unwrap().unwrap().id.to_string()
}

async fn add_somebody(store: &Store) {
    let mut tx = store.server().await.unwrap();
    account(&mut tx, "ada", "Ada").await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_database_is_opened_again_with_all_that_was_in_it(home: Home) {
    let first = home.open().await;
    let known = instance(&first).await;
    add_somebody(&first).await;
    first.close().await;
    for _ in 0..2 {
        let again = home.open().await;
        assert_eq!(instance(&again).await, known);
        assert!(
            !store::instance::is_empty(&mut again.see_server().await.unwrap())
                .await
                .unwrap()
        );
        again.close().await;
    }
}

async fn two_nodes_open_a_new_database_at_once(home: Home) {
    let nodes = (0..4).map(|_| {
        let database = home.database.clone();
        tokio::spawn(async move { open(&database).await })
    });
    let mut known = Vec::new();
    for node in nodes.collect::<Vec<_>>() {
        known.push(instance(&node.await.unwrap().unwrap()).await);
    }
    known.dedup();
    assert_eq!(known.len(), 1);
}

async fn a_database_of_a_newer_version_is_refused(home: Home) {
    home.open().await.close().await;
    let newer = "INSERT INTO migration (number, name) VALUES (9999, 'from the future')";
    run(&home, newer).await;
    let told = refusal(&home.database).await;
    assert!(
        told.contains("at migration 9999") && told.contains("newer Roster"),
        "{told}"
    );
}

/// By another program than Roster.
pub async fn run(home: &Home, statement: &'static str) {
    match &home.database {
        Database::Sqlite(file) => {
            let url = format!("sqlite://{}", file.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
        Database::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        }
    }
}

async fn people_of_an_older_version_are_found_however_they_are_typed(home: Home) {
    let store = home.open().await;
    let mut scope = found(&store, "acme").await;
    let member = role(&mut scope, "member").await;
    for (username, name) in [("ana", "Ana González"), ("ida", "Ida Lund")] {
        let account = account(scope.tx(), username, name).await.unwrap();
        let new = NewMember {
            id: id(),
            account: &account,
            role: &member,
            role_until: None,
            role_granted: &Granting {
                by: Target::new("system", "", "test"),
                at: MORNING,
            },
            joined_at: Some(MORNING),
        };
        store::member::insert(&mut scope, &new).await.unwrap();
    }
    scope.commit().await.unwrap();
    store.close().await;
    // As it was before texts were folded.
    run(
        &home,
        "UPDATE membership SET search = REPLACE(search, 'gonzalez', 'gonzález');
         DELETE FROM migration WHERE number = 9",
    )
    .await;
    let store = home.open().await;
    let mut scope = store.see(&OrganizationRef::parse("acme")).await.unwrap();
    let access = store::access::of_organization(&mut scope).await.unwrap();
    for needle in ["gonzalez", "gonzález", "na gonz"] {
        let filter = Filter {
            needle: Some(needle.to_owned()),
            members: true,
            ..Filter::default()
        };
        let (people, _) = list(&mut scope, &filter, &access, MORNING, 5).await.unwrap();
        assert_eq!(people.len(), 1, "{needle}");
    }
}

async fn names_of_an_older_version_are_found_however_they_are_typed(home: Home) {
    let store = home.open().await;
    let mut scope = found(&store, "acme").await;
    let name = domain::text::Title::parse("Café González").unwrap();
    let slug = domain::text::OrganizationSlug::parse("acme").unwrap();
    store::organization::rename(&mut scope, &name, &slug).await.unwrap();
    scope.commit().await.unwrap();
    store.close().await;
    // As it was before names were folded.
    run(
        &home,
        "ALTER TABLE \"group\" DROP COLUMN search;
         ALTER TABLE project DROP COLUMN search;
         ALTER TABLE service_account DROP COLUMN search;
         ALTER TABLE organization DROP COLUMN search;
         DELETE FROM migration WHERE number = 16",
    )
    .await;
    let store = home.open().await;
    for needle in ["cafe gonz", "CAFÉ", "acme"] {
        let mut tx = store.see_server().await.unwrap();
        let filter = store::tenant::Filter {
            needle: Some(needle.to_owned()),
            ..store::tenant::Filter::default()
        };
        assert_eq!(
            store::tenant::list(&mut tx, &filter, 5).await.unwrap().len(),
            1,
            "{needle}"
        );
    }
}

async fn what_an_older_version_wrote_down_is_tied_together(home: Home) {
    let store = home.open().await;
    let mut tx = store.server().await.unwrap();
    let (by, what) = (
        Target::new("system", "", "test"),
        Target::new("account", "acc_1", "Ada"),
    );
    for number in 0..1_001 {
        let event = Event::new(Action::AccountEdited, what.clone()).after(serde_json::json!({ "turn": number }));
        let origin = Origin {
            address: "192.0.2.1".to_owned(),
            user_agent: String::new(),
            medium: Medium::System,
            request_id: String::new(),
        };
        let entry = NewEntry {
            id: EventId::new(MORNING.plus(number), [7; 10]),
            organization: None,
            at: MORNING.plus(number),
            actor: &by,
            event: &event,
            origin: &origin,
            seed: Seed([0; 16]),
        };
        store::audit::append(&mut tx, &entry).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
    // As it was before there were chains.
    if matches!(home.database, Database::Sqlite(_)) {
        run(&home, "DROP TRIGGER audit_event_followed").await;
    }
    run(
        &home,
        "DROP INDEX audit_event_number;
         DROP INDEX audit_event_actor;
         DROP INDEX audit_event_target;
         ALTER TABLE audit_event DROP COLUMN number;
         ALTER TABLE audit_event DROP COLUMN version;
         ALTER TABLE audit_event DROP COLUMN seed;
         ALTER TABLE audit_event DROP COLUMN salting;
         ALTER TABLE audit_event DROP COLUMN hash;
         DROP TABLE audit_chain;
         DROP TABLE audit_erasure;
         DROP TABLE audit_forwarded;
         DROP TABLE audit_forwarding;
         DELETE FROM migration WHERE number = 10",
    )
    .await;
    let store = home.open().await;
    let mut tx = store.see_server().await.unwrap();
    let everything = store::audit::Filter::default();
    let entries = store::audit::follow(&mut tx, Chain::Instance, &everything, 0, 2_000)
        .await
        .unwrap();
    let mut verification = Verification::new(Extent::Whole);
    for entry in &entries {
        verification.entry(entry).unwrap();
    }
    let verified = verification.finish().unwrap();
    assert_eq!((verified.count, verified.first.number), (1_001, 1));
    let head = store::audit_chain::state(&mut tx, Chain::Instance)
        .await
        .unwrap()
        .unwrap()
        .head;
    assert_eq!((verified.last.number, verified.last.hash), (head.number, head.hash));
    assert_ne!(entries[0].salting, entries[1].salting, "each has chance of its own");
}

/// A SQLite database with somebody in it, closed.
async fn left_behind() -> (Home, PathBuf) {
    let home = <Home as testkit::app::Start>::start(On::Sqlite).await.unwrap();
    let store = home.open().await;
    add_somebody(&store).await;
    store.close().await;
    drop(store);
    let Database::Sqlite(file) = home.database.clone() else {
        panic!("not SQLite")
    };
    (home, file)
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let (home, file) = left_behind().await;
    fs::write(&file, "This was a database once.".repeat(1_000)).unwrap();
    let told = refusal(&home.database).await;
    assert!(
        told.contains("is damaged") && told.contains("roster restore FILE"),
        "{told}"
    );
}

#[tokio::test]
async fn a_damaged_database_never_looks_like_a_new_one() {
    for (damage, from) in [
        (0_u8, 0),
        (0, 100),
        (0, 4_096),
        (0xaa, 4_096),
        (0xff, 100),
        (0x55, 16_384),
    ] {
        let (home, file) = left_behind().await;
        let mut bytes = fs::read(&file).unwrap();
        bytes[from..].fill(damage);
        fs::write(&file, bytes).unwrap();
        let Ok(store) = open(&home.database).await else {
            continue;
        };
        let empty = match store.see_server().await {
            Ok(mut tx) => store::instance::is_empty(&mut tx).await,
            Err(error) => Err(error),
        };
        assert!(
            !empty.is_ok_and(|empty| empty),
            "damage {damage:#x} from {from} looks like a new instance"
        );
    }
}

#[tokio::test]
async fn a_cut_or_emptied_file_is_refused_every_time() {
    for length in [0, 1_000, 4_096, 20_000] {
        let (home, file) = left_behind().await;
        fs::OpenOptions::new()
            .write(true)
            .open(&file)
            .unwrap()
            .set_len(length)
            .unwrap();
        for _ in 0..2 {
            refusal(&home.database).await;
        }
    }
}

#[tokio::test]
async fn a_lost_file_is_not_begun_anew() {
    let (home, file) = left_behind().await;
    fs::remove_file(&file).unwrap();
    let told = refusal(&home.database).await;
    assert!(
        told.contains("is missing") && told.contains("Restore it from a backup"),
        "{told}"
    );
    assert!(!file.exists());
}

#[tokio::test]
async fn a_database_of_another_instance_is_refused() {
    let (home, file) = left_behind().await;
    let (_other, stranger) = left_behind().await;
    fs::copy(stranger, &file).unwrap();
    let told = refusal(&home.database).await;
    assert!(told.contains("emptied or replaced"), "{told}");
}

/// Whether somebody waits for a table that another holds.
async fn somebody_waits(connection: &mut PgConnection) -> bool {
    let waiting = "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
                   WHERE NOT granted)";
    sqlx::query_scalar(waiting).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn a_migration_that_is_held_up_lets_go_and_tries_again() {
    let Some(home) = Home::start(On::Postgres).await else {
        return;
    };
    home.open().await.close().await;
    let Database::Postgres(url) = &home.database else {
        unreachable!("it was asked for")
    };
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE migration")
        .execute(&mut connection)
        .await
        .unwrap();
    let database = home.database.clone();
    let opening = tokio::spawn(async move { open(&database).await });
    for held_up in [true, false, true] {
        while somebody_waits(&mut connection).await != held_up {
            tokio::task::yield_now().await;
        }
    }
    sqlx::raw_sql("COMMIT").execute(&mut connection).await.unwrap();
    opening.await.unwrap().unwrap().close().await;
}

#[tokio::test]
async fn a_folder_that_is_missing_and_a_server_that_is_not_there_are_told() {
    let told = refusal(&Database::Sqlite("/nonexistent/folder/roster.db".into())).await;
    assert!(told.contains("/nonexistent/folder/roster.db cannot be made"), "{told}");
    let told = refusal(&Database::Postgres("postgres://nobody@127.0.0.1:1/nothing".to_owned())).await;
    assert!(told.contains("PostgreSQL does not answer"), "{told}");
    let told = refusal(&Database::Postgres("mysql://somewhere".to_owned())).await;
    assert!(!told.is_empty());
}

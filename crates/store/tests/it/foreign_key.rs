//! Whoever is removed takes along what is theirs, by foreign keys. Each is looked for by an index: without one the database
//! reads all that everybody has, for each who leaves, and everybody who writes waits for it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Connection, Row, SqliteConnection};
use store::Database;
use testkit::app::Start;
use testkit::{Home, On};

/// Of them there are few, and they are seldom removed.
const SELDOM_REMOVED: &str = "role";

const KEYS: &str = "SELECT t.name AS child, f.\"table\" AS parent, CAST(f.id AS TEXT) AS part_of, f.\"from\" AS name
                    FROM pragma_table_list t, pragma_foreign_key_list(t.name) f
                    WHERE t.type = 'table' AND t.schema = 'main' ORDER BY t.name, f.id, f.seq";
const INDEXES: &str = "SELECT t.name AS child, '' AS parent, i.name AS part_of, c.name AS name
                       FROM pragma_table_list t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
                       WHERE t.type = 'table' AND t.schema = 'main' ORDER BY t.name, i.name, c.seqno";

/// Of each child, parent and key or index: its columns, in their order.
type Columns = BTreeMap<(String, String, String), Vec<String>>;

async fn columns(connection: &mut SqliteConnection, sql: &'static str) -> Columns {
    let mut found = Columns::new();
    for row in sqlx::query(sql).fetch_all(connection).await.unwrap() {
        let of = (row.get("child"), row.get("parent"), row.get("part_of"));
        // An index of an expression names no column.
        let name: Option<String> = row.get("name");
        found.entry(of).or_default().push(name.unwrap_or_default());
    }
    found
}

#[tokio::test]
async fn whatever_goes_with_something_is_found_by_an_index() {
    let home = Home::start(On::Sqlite).await.unwrap();
    home.open().await.close().await;
    let Database::Sqlite(file) = &home.database else {
        unreachable!("a file was asked for")
    };
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    let keys = columns(&mut connection, KEYS).await;
    let indexes = columns(&mut connection, INDEXES).await;
    assert!(keys.len() > 50, "{}", keys.len());
    let is_found = |child: &str, key: &[String]| {
        let wanted: BTreeSet<&String> = key.iter().collect();
        indexes
            .iter()
            .filter(|((of, ..), _)| of == child)
            .any(|(_, index)| index.iter().take(key.len()).collect::<BTreeSet<_>>() == wanted)
    };
    let read_through: Vec<String> = keys
        .iter()
        .filter(|((child, parent, _), key)| parent != SELDOM_REMOVED && !is_found(child, key))
        .map(|((child, parent, _), key)| format!("{child} ({}) of {parent}", key.join(", ")))
        .collect();
    assert!(read_through.is_empty(), "without an index: {read_through:?}");
}

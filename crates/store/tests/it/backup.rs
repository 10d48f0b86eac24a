//! What an older state of the database must not bring back to life.

use sqlx::{Connection, SqliteConnection};
use testkit::app::Start;
use testkit::{Home, On};

#[tokio::test]
async fn every_table_of_what_opens_once_or_for_a_while_is_ended_by_a_restoration() {
    let home = Home::start(On::Sqlite).await.expect("a folder");
    home.open().await.close().await;
    let file = home.folder().expect("it is a file").join("roster.db");
    let mut connection = SqliteConnection::connect(file.to_str().expect("a path"))
        .await
        .expect("opens");
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name IN ('token_hash', 'state_hash')",
    )
    .fetch_all(&mut connection)
    .await
    .expect("the list of tables");
    assert!(tables.contains(&"session".to_owned()), "{tables:?}");
    for table in tables {
        // Tokens of programs stay: those that were revoked meanwhile are told.
        assert!(
            table == "token" || store::backup::ended().contains(&table.as_str()),
            "{table}"
        );
    }
}

//! Databases of tests are empty, apart from each other, and gone afterwards.
#![allow(clippy::unwrap_used, reason = "a test")]

use sqlx::{Connection, PgConnection};
use testkit::postgres;

#[tokio::test]
async fn a_database_is_empty_and_writable() {
    let Some(url) = postgres::database().await else { return };
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut connection).await.unwrap();
    assert_eq!(tables, 0);
    sqlx::raw_sql("CREATE TABLE member (name TEXT); INSERT INTO member VALUES ('Ada')")
        .execute(&mut connection)
        .await
        .unwrap();
    let name: String = sqlx::query_scalar("SELECT name FROM member")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(name, "Ada");
}

#[tokio::test]
async fn two_databases_do_not_see_each_other() {
    let (Some(one), Some(other)) = tokio::join!(postgres::database(), postgres::database()) else {
        return;
    };
    let mut connection = PgConnection::connect(&one).await.unwrap();
    sqlx::raw_sql("CREATE TABLE member (name TEXT)")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut connection = PgConnection::connect(&other).await.unwrap();
    assert!(
        sqlx::raw_sql("SELECT name FROM member")
            .execute(&mut connection)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_database_goes_with_its_value_even_while_somebody_is_connected() {
    let Some(url) = postgres::database().await else { return };
    let address = url.to_string();
    let _connected = PgConnection::connect(&address).await.unwrap();
    drop(url);
    let error = PgConnection::connect(&address).await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
}

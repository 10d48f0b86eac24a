//! A new database gets its schema in one step, and it is the one that the migrations make one after another.

use std::env;
use std::fs;
use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};
use store::{Database, schema};
use testkit::app::Start;
use testkit::{Home, On, on_both_databases};

on_both_databases! {
    the_schema_of_a_new_database_is_what_the_migrations_make,
}

const STALE: &str = "The migrations have changed since the schema was written, or another file than theirs. Run: \
                     UPDATE_SCHEMA=1 cargo nextest run -p roster-store -E 'test(schema)'";

async fn the_schema_of_a_new_database_is_what_the_migrations_make(home: Home) {
    let on = match home.database {
        Database::Sqlite(_) => On::Sqlite,
        Database::Postgres(_) => On::Postgres,
    };
    let made = step_by_step(&home).await;
    if env::var("UPDATE_SCHEMA").is_ok_and(|value| value == "1") {
        // Taken in by the next build.
        fs::write(file(on), format!("{}{made}", schema::opening())).unwrap();
        return;
    }
    assert!(schema::whole(on == On::Sqlite).is_some(), "{STALE}");
    let new = Home::start(on).await.unwrap();
    new.open().await.close().await;
    assert_eq!(described(&new.database).await, made, "{STALE}");
}

fn file(on: On) -> PathBuf {
    let name = match on {
        On::Sqlite => "schema.sqlite.sql",
        On::Postgres => "schema.postgres.sql",
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name)
}

/// What becomes of a database that is not new, though nothing was applied to it.
async fn step_by_step(home: &Home) -> String {
    let begun = "CREATE TABLE migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)";
    match &home.database {
        Database::Sqlite(file) => {
            let url = format!("sqlite://{}?mode=rwc", file.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(begun).execute(&mut connection).await.unwrap();
        }
        Database::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(begun).execute(&mut connection).await.unwrap();
        }
    }
    home.open().await.close().await;
    described(&home.database).await
}

/// The statements that make a database what this one is, but for what makes it one of its own.
async fn described(database: &Database) -> String {
    let statements = match database {
        Database::Sqlite(file) => of_sqlite(&format!("sqlite://{}", file.display())).await,
        Database::Postgres(url) => of_postgres(url).await,
    };
    statements
        .iter()
        .map(|statement| format!("{};\n", statement.trim_end()))
        .collect()
}

/// The instance's own row is another one's in each.
const OF_ITS_OWN: &str = "instance";

async fn of_sqlite(url: &str) -> Vec<String> {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let mut found = Vec::new();
    let objects = "SELECT sql FROM sqlite_schema
                   WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
                       AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')
                   ORDER BY rowid";
    for row in sqlx::query(objects).fetch_all(&mut connection).await.unwrap() {
        found.push(row.get("sql"));
    }
    let columns = "SELECT t.name AS name, group_concat('\"' || c.name || '\"', ', ') AS columns,
                       group_concat('quote(\"' || c.name || '\")', ' || '', '' || ') AS quoted
                   FROM pragma_table_list t, pragma_table_info(t.name) c
                   WHERE t.type = 'table' AND t.schema = 'main' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~'
                   GROUP BY t.name";
    for table in sqlx::query(columns).fetch_all(&mut connection).await.unwrap() {
        let statement = inserted(table.get("name"), table.get("columns"), table.get("quoted"));
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut connection).await;
        found.extend(rows.unwrap().iter().map(|row| row.get::<String, _>("statement")));
    }
    found
}

async fn of_postgres(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let mut found = Vec::new();
    for objects in POSTGRES_OBJECTS {
        for row in sqlx::query(*objects).fetch_all(&mut connection).await.unwrap() {
            found.push(row.get("sql"));
        }
    }
    let columns = "SELECT c.relname::text AS name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns,
                       string_agg(format('quote_nullable(%I::text)', a.attname), ' || '', '' || ' ORDER BY a.attnum) AS quoted
                   FROM pg_class c
                   JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
                   GROUP BY c.relname ORDER BY c.relname";
    for table in sqlx::query(columns).fetch_all(&mut connection).await.unwrap() {
        let statement = inserted(table.get("name"), table.get("columns"), table.get("quoted"));
        let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut connection).await;
        found.extend(rows.unwrap().iter().map(|row| row.get::<String, _>("statement")));
    }
    found
}

/// What inserts each row of a table again.
fn inserted(table: &str, columns: &str, quoted: &str) -> String {
    let some = if table == OF_ITS_OWN { "WHERE 1 = 0" } else { "" };
    format!(
        "SELECT 'INSERT INTO \"{table}\" ({columns}) VALUES (' || {quoted} || ')' AS statement
         FROM \"{table}\" {some} ORDER BY 1"
    )
}

/// In an order in which none needs a later one. Nothing names the schema it stands in: an operator may choose it.
const POSTGRES_OBJECTS: &[&str] = &[
    "SELECT format('CREATE EXTENSION IF NOT EXISTS %I', extname) AS sql
     FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname",
    "SELECT replace(pg_get_functiondef(p.oid), format('FUNCTION %I.', current_schema()), 'FUNCTION ') AS sql
     FROM pg_proc p
     WHERE p.pronamespace = current_schema()::regnamespace
         AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
     ORDER BY p.proname",
    "SELECT format(E'CREATE TABLE %I (\\n    %s\\n)', c.relname, string_agg(part.sql, E',\\n    ' ORDER BY part.place, part.sql)) AS sql
     FROM pg_class c
     JOIN (
         SELECT a.attrelid AS relation, a.attnum AS place,
             concat(quote_ident(a.attname), ' ', format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attcollation <> t.typcollation THEN format(' COLLATE %I', l.collname) END,
                 CASE a.attidentity WHEN 'a' THEN ' GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN ' GENERATED BY DEFAULT AS IDENTITY' END,
                 CASE WHEN d.oid IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid, TRUE) END,
                 CASE WHEN a.attnotnull THEN ' NOT NULL' END) AS sql
         FROM pg_attribute a
         JOIN pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_collation l ON l.oid = a.attcollation
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attnum > 0 AND NOT a.attisdropped
         UNION ALL
         SELECT conrelid, 32767, format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid, TRUE))
         FROM pg_constraint WHERE contype IN ('p', 'u', 'c')
     ) part ON part.relation = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
     GROUP BY c.relname ORDER BY c.relname",
    "SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid, TRUE)) AS sql
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND k.contype = 'f' ORDER BY c.relname, k.conname",
    "SELECT pg_get_indexdef(i.indexrelid, 0, TRUE) AS sql
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class n ON n.oid = i.indexrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
         AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
     ORDER BY n.relname",
    "SELECT format(E'CREATE VIEW %I AS\\n%s', c.relname, rtrim(pg_get_viewdef(c.oid, TRUE), ';')) AS sql
     FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' ORDER BY c.oid",
    "SELECT pg_get_triggerdef(t.oid, TRUE) AS sql
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal ORDER BY c.relname, t.tgname",
];

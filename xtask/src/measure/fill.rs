//! Members by the ten thousand, written past the program: hashing a password for each would take an hour and change
//! nothing in what is measured.

use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection, QueryBuilder, Row, SqliteConnection};
use uuid::Uuid;

use super::node::House;
use super::while_doing;

const FIRST: [&str; 20] = [
    "Anna", "Bela", "Carl", "Dora", "Emil", "Fay", "Gerd", "Hanna", "Igor", "Joan", "Karl", "Lena", "Marc", "Nils",
    "Olga", "Paul", "Rosa", "Sven", "Tara", "Ulla",
];
const BEGIN: [&str; 16] = [
    "Ash", "Birk", "Clay", "Dun", "East", "Fern", "Gold", "Hart", "Iver", "Kirk", "Lang", "Mill", "North", "Oak",
    "Pem", "Rad",
];
const END: [&str; 12] = [
    "berg", "by", "croft", "dale", "field", "ford", "ham", "land", "mann", "son", "ton", "wick",
];
/// Rows of one statement: SQLite takes 32,766 values.
const ROWS: usize = 1_500;

/// Letters that many names have, and letters that one in ten thousand has.
pub const COMMON: &str = "ann";
pub const RARE: &str = "xqu";

struct Place {
    organization: Uuid,
    role: Uuid,
}

struct Person {
    account: Uuid,
    member: Uuid,
    username: String,
    name: String,
    email: String,
}

/// A first name and a family's. Numbers next to each other are names far from each other, as people join.
pub fn name(number: u32) -> (&'static str, String) {
    let family = if number % 10_000 == 7 {
        "Luxquist".to_owned()
    } else {
        let begin = BEGIN[(number / 20) as usize % BEGIN.len()];
        format!("{begin}{}", END[number as usize * 7 % 12])
    };
    (FIRST[number as usize * 13 % 20], family)
}

fn people(organization: u32, count: u32) -> Vec<Person> {
    let person = |number: u32| {
        let (first, family) = name(number);
        let name = format!("{first} {family}");
        let id = |kind: u128| {
            Uuid::from_u128(
                0x0199_0000_0000_7000_8000_0000_0000_0000
                    | u128::from(organization) << 40
                    | kind << 36
                    | u128::from(number),
            )
        };
        Person {
            account: id(1),
            member: id(2),
            username: format!("p{organization}-{number}"),
            email: format!(
                "{}.{number}@{organization}.example.net",
                name.to_lowercase().replace(' ', ".")
            ),
            name,
        }
    };
    (0..count).map(person).collect()
}

macro_rules! write {
    ($connection:ident, $slug:ident, $number:ident, $count:ident) => {{
        let sql = "SELECT o.id AS organization, r.id AS role FROM organization o JOIN role r ON r.organization_id = o.id
                   WHERE o.slug = $1 AND r.slug = 'member' AND r.applies_to = 'organization'";
        let row = sqlx::query(sql).bind($slug).fetch_one(&mut $connection).await.map_err(while_doing("finding the organization"))?;
        let place = Place { organization: row.get("organization"), role: row.get("role") };
        let mut tx = $connection.begin().await.map_err(while_doing("beginning"))?;
        for chunk in people($number, $count).chunks(ROWS) {
            let mut accounts = QueryBuilder::new(
                "INSERT INTO account (id, username, username_key, name, name_key, email, email_key, email_verified, superuser,
                     home_organization_id, authentication_method, created_at, revision) ",
            );
            accounts.push_values(chunk, |mut row, person| {
                row.push_bind(person.account).push_bind(&person.username).push_bind(&person.username).push_bind(&person.name)
                    .push_bind(person.name.to_lowercase());
                row.push_bind(&person.email).push_bind(&person.email).push_bind(true).push_bind(false);
                row.push_bind(place.organization).push_bind("password").push_bind(0_i64).push_bind(1_i64);
            });
            accounts.build().execute(&mut *tx).await.map_err(while_doing("writing accounts"))?;
            let mut searched = QueryBuilder::new("INSERT INTO account_search (account_id, name_key, search) ");
            searched.push_values(chunk, |mut row, person| {
                let search = format!("{}\n{}\n{}", person.name, person.username, person.email).to_lowercase();
                row.push_bind(person.account).push_bind(person.name.to_lowercase()).push_bind(search);
            });
            searched.build().execute(&mut *tx).await.map_err(while_doing("writing what is searched"))?;
            let mut members = QueryBuilder::new(
                "INSERT INTO membership (organization_id, id, account_id, role_id, standing, joined_at, name_key, search, revision) ",
            );
            members.push_values(chunk, |mut row, person| {
                let search = format!("{}\n{}\n{}", person.name, person.username, person.email).to_lowercase();
                row.push_bind(place.organization).push_bind(person.member).push_bind(person.account).push_bind(place.role);
                row.push_bind("active").push_bind(0_i64).push_bind(person.name.to_lowercase()).push_bind(search).push_bind(1_i64);
            });
            members.build().execute(&mut *tx).await.map_err(while_doing("writing members"))?;
        }
        tx.commit().await.map_err(while_doing("committing"))?;
        Ok(())
    }};
}

/// Does something on a connection to the house's database, past the program.
macro_rules! connected {
    ($house:expr, |$connection:ident| $act:expr) => {
        if let Some(url) = &$house.database {
            let mut $connection = PgConnection::connect(url).await.map_err(while_doing("connecting"))?;
            $act
        } else {
            let file = $house.file();
            let mut $connection = SqliteConnection::connect(&file.to_string_lossy())
                .await
                .map_err(while_doing("opening"))?;
            // Nothing that is measured is lost if this fails half-way: it begins anew.
            $connection
                .execute("PRAGMA cache_size = -524288; PRAGMA synchronous = OFF")
                .await
                .map_err(while_doing("opening"))?;
            let done = $act;
            $connection.close().await.map_err(while_doing("closing"))?;
            done
        }
    };
}

/// Fills the organization while no server runs.
pub async fn organization(house: &House, slug: &str, number: u32, count: u32) -> Result<(), String> {
    let filled: Result<(), String> = connected!(house, |connection| write!(connection, slug, number, count));
    filled?;
    settle(house).await
}

/// As PostgreSQL's autovacuum would have done by the time somebody looks.
pub async fn settle(house: &House) -> Result<(), String> {
    if house.database.is_none() {
        return Ok(());
    }
    execute(house, "VACUUM ANALYZE").await
}

/// The place after so many members by name.
pub async fn place(house: &House, slug: &str, after: u32) -> Result<(String, Uuid), String> {
    let sql =
        "SELECT name_key, id FROM membership WHERE organization_id = (SELECT id FROM organization WHERE slug = $1)
               ORDER BY name_key, id LIMIT 1 OFFSET $2";
    let after = i64::from(after);
    connected!(house, |connection| {
        let row = sqlx::query(sql).bind(slug).bind(after).fetch_one(&mut connection).await;
        row.map(|row| (row.get("name_key"), row.get("id")))
            .map_err(while_doing("finding a page"))
    })
}

pub async fn execute(house: &House, sql: &'static str) -> Result<(), String> {
    connected!(house, |connection| {
        let done = connection.execute(sql).await;
        done.map(|_| ()).map_err(while_doing("writing"))
    })
}

/// One number of the database.
pub async fn count(house: &House, sql: &'static str) -> Result<i64, String> {
    connected!(house, |connection| {
        let counted = sqlx::query_scalar(sql).fetch_one(&mut connection).await;
        counted.map_err(while_doing("counting"))
    })
}

/// What SQLite finds wrong with its file; nothing to ask elsewhere.
pub async fn integrity(house: &House) -> Result<Value, String> {
    if house.database.is_some() {
        return Ok(Value::from("ok"));
    }
    let file = house.file();
    let mut connection = SqliteConnection::connect(&file.to_string_lossy())
        .await
        .map_err(while_doing("opening"))?;
    let said: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .map_err(while_doing("checking"))?;
    Ok(Value::from(said))
}

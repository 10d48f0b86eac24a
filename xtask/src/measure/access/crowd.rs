//! Organizations by the thousand with people by the thousand, each signed in, written past the program.

use domain::id::{Id, OrganizationId};
use signin::token::{Kind, Secret};
use sqlx::{Connection, Executor, SqliteConnection};
use uuid::Uuid;

use crate::measure::node::House;
use crate::measure::{started, while_doing};

pub struct Caller {
    pub token: String,
    pub organization: String,
}

pub struct Crowd {
    pub callers: Vec<Caller>,
}

/// The first ten bytes of ids that do not meet those of `fill`.
fn ids(organization: u32, kind: u32) -> String {
    format!("019a{organization:07x}{kind:x}70008000")
}

fn secret(organization: u32, number: u32) -> Secret {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&organization.to_be_bytes());
    bytes[4..8].copy_from_slice(&number.to_be_bytes());
    Secret::from_entropy(Kind::Session, bytes)
}

pub async fn fill(house: &House, organizations: u32, each: u32) -> Result<Crowd, String> {
    if house.database.is_some() {
        return Err("access is measured on SQLite; memory does not ask which database it was read from".to_owned());
    }
    let begun = started();
    let mut connection = SqliteConnection::connect(&house.file().to_string_lossy())
        .await
        .map_err(while_doing("opening"))?;
    let now: i64 = sqlx::query_scalar("SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)")
        .fetch_one(&mut connection)
        .await
        .map_err(while_doing("asking for the time"))?;
    // It is begun anew if it fails half-way, and most of it fits into memory.
    connection
        .execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -1048576")
        .await
        .map_err(while_doing("opening"))?;
    let mut crowd = Crowd { callers: Vec::new() };
    let mut tx = connection.begin().await.map_err(while_doing("beginning"))?;
    for organization in 1..=organizations {
        let place = Uuid::parse_str(&format!("{}000000000000", ids(organization, 1))).map_err(while_doing("naming"))?;
        open(&mut tx, organization, place)
            .await
            .map_err(while_doing("writing an organization"))?;
        write(&mut tx, organization, place, each, now)
            .await
            .map_err(while_doing("writing people"))?;
        let name = OrganizationId::from_uuid(place).to_string();
        crowd.callers.extend((1..=each).map(|number| Caller {
            token: secret(organization, number).expose().to_owned(),
            organization: name.clone(),
        }));
    }
    tx.commit().await.map_err(while_doing("committing"))?;
    connection.close().await.map_err(while_doing("closing"))?;
    println!(
        "filled with {organizations} × {each} members, each with a session, in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(crowd)
}

/// The same as the small one, without its people.
async fn open(tx: &mut SqliteConnection, number: u32, place: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO organization (id, slug, name, name_key, preset, status, policies, words, created_at, revision,
             access_revision, changed_at_revision, access_model)
         SELECT $1, $2, $2, $2, preset, status, policies, words, created_at, revision, access_revision,
             changed_at_revision, access_model
         FROM organization WHERE slug = 'small'",
    )
    .bind(place)
    .bind(format!("crowd-{number}"))
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO role (organization_id, id, slug, name, description, colour, built_in, applies_to, shown,
             permissions, place, revision)
         SELECT $1, r.id, r.slug, r.name, r.description, r.colour, r.built_in, r.applies_to, r.shown, r.permissions,
             r.place, r.revision
         FROM role r JOIN organization o ON o.id = r.organization_id WHERE o.slug = 'small'",
    )
    .bind(place)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Three statements for all of them, and sessions last seen in an hour, so that meeting a million of them does not become writing
/// that down: what differs from one to the next is worked out by the database. The last bits of an id
/// differ, as those of real ids do.
async fn write(tx: &mut SqliteConnection, organization: u32, place: Uuid, each: u32, now: i64) -> sqlx::Result<()> {
    let role: Uuid = sqlx::query_scalar(
        "SELECT id FROM role WHERE organization_id = $1 AND slug = 'member' AND applies_to = 'organization'",
    )
    .bind(place)
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
         INSERT INTO account (id, username, username_key, name, name_key, email_verified, superuser, authentication_method,
             created_at, revision)
         SELECT unhex($2 || printf('%012x', n * 2654435761)), $3 || n, $3 || n, $3 || n, $3 || n, TRUE, FALSE, 'password', 0, 1
         FROM number",
    )
    .bind(each)
    .bind(ids(organization, 2))
    .bind(format!("c{organization}-"))
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
         INSERT INTO membership (organization_id, id, account_id, role_id, standing, joined_at, name_key, search, revision)
         SELECT $2, unhex($3 || printf('%012x', n * 2654435761)), unhex($4 || printf('%012x', n * 2654435761)), $5, 'active', 0,
             $6 || n, '', 1
         FROM number",
    )
    .bind(each)
    .bind(place)
    .bind(ids(organization, 3))
    .bind(ids(organization, 2))
    .bind(role)
    .bind(format!("c{organization}-"))
    .execute(&mut *tx)
    .await?;
    let hashes: Vec<u8> = (1..=each)
        .flat_map(|number| secret(organization, number).hash())
        .collect();
    sqlx::query(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
         INSERT INTO session (id, account_id, token_hash, created_at, last_seen_at, expires_at, address, user_agent)
         SELECT unhex($2 || printf('%012x', n * 2654435761)), unhex($3 || printf('%012x', n * 2654435761)),
             substr($4, (n - 1) * 32 + 1, 32), $5, $5 + 3600000000, $5 + 86400000000, '', ''
         FROM number",
    )
    .bind(each)
    .bind(ids(organization, 4))
    .bind(ids(organization, 2))
    .bind(hashes)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    Ok(())
}

//! Organizations by the thousand with people by the thousand, each signed in, written past the program.

use domain::id::{Id, OrganizationId};
use signin::token::{Kind, Secret};
use sqlx::{Connection, QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use crate::measure::node::House;
use crate::measure::{started, while_doing};

const ROWS: usize = 1_000;

pub struct Caller {
    pub token: String,
    pub organization: String,
}

pub struct Crowd {
    pub callers: Vec<Caller>,
}

/// Ids that do not meet those of `fill`.
fn id(organization: u32, kind: u128, number: u32) -> Uuid {
    let organization = u128::from(organization);
    // The last bits differ, as those of real ids do.
    let mixed = (u128::from(number) ^ organization << 20).wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xffff_ffff_ffff;
    Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0000 | organization << 84 | kind << 80 | mixed)
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
    let mut crowd = Crowd { callers: Vec::new() };
    let mut tx = connection.begin().await.map_err(while_doing("beginning"))?;
    for organization in 1..=organizations {
        let place = id(organization, 1, 0);
        open(&mut tx, organization, place)
            .await
            .map_err(while_doing("writing an organization"))?;
        let numbers: Vec<u32> = (1..=each).collect();
        for chunk in numbers.chunks(ROWS) {
            write(&mut tx, organization, place, chunk, now)
                .await
                .map_err(while_doing("writing people"))?;
        }
        let name = OrganizationId::from_uuid(place).to_string();
        crowd.callers.extend(numbers.iter().map(|number| Caller {
            token: secret(organization, *number).expose().to_owned(),
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

async fn write(
    tx: &mut SqliteConnection,
    organization: u32,
    place: Uuid,
    numbers: &[u32],
    now: i64,
) -> sqlx::Result<()> {
    let role: Uuid = sqlx::query_scalar(
        "SELECT id FROM role WHERE organization_id = $1 AND slug = 'member' AND applies_to = 'organization'",
    )
    .bind(place)
    .fetch_one(&mut *tx)
    .await?;
    let mut accounts = QueryBuilder::<Sqlite>::new(
        "INSERT INTO account (id, username, username_key, name, name_key, email_verified, superuser,
             authentication_method, created_at, revision) ",
    );
    accounts.push_values(numbers, |mut row, number| {
        let name = format!("c{organization}-{number}");
        row.push_bind(id(organization, 2, *number));
        row.push_bind(name.clone())
            .push_bind(name.clone())
            .push_bind(name.clone())
            .push_bind(name);
        row.push_bind(true)
            .push_bind(false)
            .push_bind("password")
            .push_bind(0_i64)
            .push_bind(1_i64);
    });
    accounts.build().execute(&mut *tx).await?;
    let mut members = QueryBuilder::<Sqlite>::new(
        "INSERT INTO membership (organization_id, id, account_id, role_id, standing, joined_at, name_key, search, revision) ",
    );
    members.push_values(numbers, |mut row, number| {
        let name = format!("c{organization}-{number}");
        row.push_bind(place)
            .push_bind(id(organization, 3, *number))
            .push_bind(id(organization, 2, *number));
        row.push_bind(role)
            .push_bind("active")
            .push_bind(0_i64)
            .push_bind(name)
            .push_bind("")
            .push_bind(1_i64);
    });
    members.build().execute(&mut *tx).await?;
    let mut sessions = QueryBuilder::<Sqlite>::new(
        "INSERT INTO session (id, account_id, token_hash, created_at, last_seen_at, expires_at, address, user_agent) ",
    );
    sessions.push_values(numbers, |mut row, number| {
        row.push_bind(id(organization, 4, *number))
            .push_bind(id(organization, 2, *number));
        row.push_bind(secret(organization, *number).hash().to_vec());
        row.push_bind(now)
            .push_bind(now)
            .push_bind(now + 86_400_000_000)
            .push_bind("")
            .push_bind("");
    });
    sessions.build().execute(&mut *tx).await?;
    Ok(())
}

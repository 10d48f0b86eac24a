//! Members, service accounts and groups by what people call them. Each query asks an index of the organization for one text.

use domain::project::Mapped;

use crate::db::{Query, Result, Row, assembled, query};
use crate::{Mode, Scope};

/// More than one is several; how many more nobody asks.
const SEVERAL: i64 = 2;

/// Somebody or something with its name, and what is typed to mean just that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub who: Mapped,
    pub name: String,
    pub typed: String,
}

fn members(condition: &str) -> Query {
    assembled(format!(
        "SELECT m.id, a.name, a.username AS typed
         FROM membership m
         JOIN account a ON a.id = m.account_id
         WHERE m.organization_id = $1 AND {condition}"
    ))
}

async fn found(
    scope: &mut Scope<impl Mode>,
    statement: Query,
    who: impl Fn(&Row) -> Result<Mapped>,
) -> Result<Vec<Named>> {
    let rows = statement.fetch_all(scope.tx()).await?;
    let named = |row: &Row| {
        Ok(Named {
            who: who(row)?,
            name: row.get("name")?,
            typed: row.get("typed")?,
        })
    };
    rows.iter().map(named).collect()
}

/// The member of this username or address, in any case.
pub async fn member_of_account(scope: &mut Scope<impl Mode>, key: &str) -> Result<Option<Named>> {
    for condition in ["a.username_key = $2", "a.email_key = $2"] {
        let statement = members(condition).bind(scope.organization().id).bind(key);
        let mut matching = found(scope, statement, |row| Ok(Mapped::Member(row.id("id")?))).await?;
        if let Some(only) = matching.pop() {
            return Ok(Some(only));
        }
    }
    Ok(None)
}

/// Members of this full name, lower-cased.
pub async fn members_called(scope: &mut Scope<impl Mode>, key: &str) -> Result<Vec<Named>> {
    let statement = members("m.name_key = $2 ORDER BY m.id LIMIT $3 + 0")
        .bind(scope.organization().id)
        .bind(key)
        .bind(SEVERAL);
    found(scope, statement, |row| Ok(Mapped::Member(row.id("id")?))).await
}

/// Service accounts of this name, lower-cased.
pub async fn service_accounts_called(scope: &mut Scope<impl Mode>, key: &str) -> Result<Vec<Named>> {
    let statement = query(
        "SELECT id, name, name AS typed FROM service_account
         WHERE organization_id = $1 AND name_key = $2
         ORDER BY id LIMIT $3 + 0",
    )
    .bind(scope.organization().id)
    .bind(key)
    .bind(SEVERAL);
    found(scope, statement, |row| Ok(Mapped::ServiceAccount(row.id("id")?))).await
}

/// Groups of this slug, or of this name, lower-cased.
pub async fn groups_called(scope: &mut Scope<impl Mode>, key: &str) -> Result<Vec<Named>> {
    let statement = query(
        "SELECT id, name, slug AS typed FROM \"group\"
         WHERE organization_id = $1 AND (slug = $2 OR name_key = $2)
         ORDER BY CASE WHEN slug = $2 THEN 0 ELSE 1 END, id LIMIT $3 + 0",
    )
    .bind(scope.organization().id)
    .bind(key)
    .bind(SEVERAL);
    found(scope, statement, |row| Ok(Mapped::Group(row.id("id")?))).await
}

/// The first active members by name.
pub async fn first_members(scope: &mut Scope<impl Mode>, limit: i64) -> Result<Vec<Named>> {
    let condition = "m.standing = 'active' AND a.suspended_at IS NULL ORDER BY m.name_key, m.id LIMIT $2 + 0";
    let statement = members(condition).bind(scope.organization().id).bind(limit);
    found(scope, statement, |row| Ok(Mapped::Member(row.id("id")?))).await
}

/// The first service accounts by name.
pub async fn first_service_accounts(scope: &mut Scope<impl Mode>, limit: i64) -> Result<Vec<Named>> {
    let statement = query(
        "SELECT id, name, name AS typed FROM service_account
         WHERE organization_id = $1
         ORDER BY name_key, id LIMIT $2 + 0",
    )
    .bind(scope.organization().id)
    .bind(limit);
    found(scope, statement, |row| Ok(Mapped::ServiceAccount(row.id("id")?))).await
}

/// The first groups by name.
pub async fn first_groups(scope: &mut Scope<impl Mode>, limit: i64) -> Result<Vec<Named>> {
    let statement = query(
        "SELECT id, name, slug AS typed FROM \"group\"
         WHERE organization_id = $1
         ORDER BY name_key, id LIMIT $2 + 0",
    )
    .bind(scope.organization().id)
    .bind(limit);
    found(scope, statement, |row| Ok(Mapped::Group(row.id("id")?))).await
}

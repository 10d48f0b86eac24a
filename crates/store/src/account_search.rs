//! Finding accounts among all of the instance's, by letters of name, username or address, in the order of their names. First
//! by walking on in that order, then by the trigram index: a needle that many have is met soon, one that few have is the
//! index's strength. See `people/search.rs` for the same within one organization.

use domain::account::Account;
use domain::id::{AccountId, Id};
use domain::search::folded;
use uuid::Uuid;

use crate::account::{self, COLUMNS, escape_like, from_row, searched};
use crate::db::{Result, Row, assembled, query};
use crate::people::Place;
use crate::{Mode, Tx, Writing};

/// Accounts that are looked at in the order of names before the index is asked.
const NEAR: i64 = 3_000;
/// Trigrams need three characters.
const TRIGRAM: usize = 3;

/// Which accounts are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    #[default]
    All,
    Suspended,
    Superusers,
}

#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub needle: Option<String>,
    pub which: Which,
    pub after: Option<Place>,
}

pub(crate) async fn insert(tx: &mut Tx<Writing>, account: &Account) -> Result<()> {
    query("INSERT INTO account_search (account_id, name_key, search) VALUES ($1, $2, $3)")
        .bind(account.id)
        .bind(account::name_key(account))
        .bind(account::search_text(account))
        .execute(tx)
        .await?;
    Ok(())
}

pub(crate) async fn update(tx: &mut Tx<Writing>, account: &Account) -> Result<()> {
    query("UPDATE account_search SET name_key = $2, search = $3 WHERE account_id = $1")
        .bind(account.id)
        .bind(account::name_key(account))
        .bind(account::search_text(account))
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes what is searched of those who were there before it was: once.
pub(crate) async fn fill(tx: &mut Tx<Writing>) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let rows = query("SELECT id, name, username, email FROM account WHERE id > $1 ORDER BY id LIMIT 500")
            .bind(after)
            .fetch_all(tx)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.get("id")?;
        for row in &rows {
            let (name, username): (String, String) = (row.get("name")?, row.get("username")?);
            let email: Option<String> = row.get("email")?;
            query("INSERT INTO account_search (account_id, name_key, search) VALUES ($1, $2, $3)")
                .bind(row.id::<AccountId>("id")?)
                .bind(name.to_lowercase())
                .bind(searched(&name, &username, email.as_deref()))
                .execute(tx)
                .await?;
        }
    }
}

/// Up to `limit` accounts by name, from the filter's place on.
pub async fn find(tx: &mut Tx<impl Mode>, filter: &Filter, limit: i64) -> Result<Vec<Account>> {
    let Some(needle) = filter.needle.as_deref().map(folded) else {
        return page(tx, filter, None, "TRUE", None, limit).await;
    };
    let pattern = format!("%{}%", escape_like(&needle));
    if needle.chars().count() >= TRIGRAM {
        let near = format!(
            "s.number IN (SELECT w.number FROM (
                 SELECT number FROM account_search WHERE (name_key, account_id) > ($1, $2)
                 ORDER BY name_key, account_id LIMIT {NEAR}
             ) w)"
        );
        let found = page(tx, filter, Some(&pattern), &near, None, limit).await?;
        if i64::try_from(found.len()).unwrap_or(limit) >= limit {
            return Ok(found);
        }
        if tx.is_sqlite() {
            let phrase = format!("\"{}\"", needle.replace('"', "\"\""));
            let indexed = "s.number IN (SELECT rowid FROM account_trigram WHERE account_trigram MATCH $5)";
            return page(tx, filter, Some(&pattern), indexed, Some(&phrase), limit).await;
        }
    }
    page(tx, filter, Some(&pattern), "TRUE", None, limit).await
}

/// `$1` and `$2` are the place, `$3` the limit, `$4` the pattern, `$5` what the condition besides binds.
async fn page(
    tx: &mut Tx<impl Mode>,
    filter: &Filter,
    pattern: Option<&str>,
    condition: &str,
    bound: Option<&str>,
    limit: i64,
) -> Result<Vec<Account>> {
    let Place { name_key, id } = filter.after.clone().unwrap_or(Place {
        name_key: String::new(),
        id: Uuid::nil(),
    });
    let which = match filter.which {
        Which::All => "TRUE",
        Which::Suspended => "a.suspended_at IS NOT NULL",
        Which::Superusers => "a.superuser",
    };
    let matches = if pattern.is_some() {
        "s.search LIKE $4 ESCAPE '!'"
    } else {
        "TRUE"
    };
    let mut statement = assembled(format!(
        "SELECT {COLUMNS}
         FROM account_search s
         JOIN account a ON a.id = s.account_id
         WHERE (s.name_key, s.account_id) > ($1, $2) AND {matches} AND {which} AND {condition}
         ORDER BY s.name_key, s.account_id
         LIMIT $3"
    ))
    .bind(name_key)
    .bind(id)
    .bind(limit);
    if let Some(pattern) = pattern {
        statement = statement.bind(pattern);
    }
    if let Some(bound) = bound {
        statement = statement.bind(bound);
    }
    let rows: Vec<Row> = statement.fetch_all(tx).await?;
    rows.iter().map(from_row).collect()
}

/// Where a page of accounts that ends with this one goes on.
pub fn place(account: &Account) -> Place {
    Place {
        name_key: account::name_key(account),
        id: account.id.uuid(),
    }
}

impl Filter {
    /// From the beginning of the list.
    pub fn of(needle: Option<&str>) -> Self {
        Self {
            needle: needle.map(str::to_owned),
            ..Self::default()
        }
    }
}

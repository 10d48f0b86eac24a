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
        return page(tx, filter, Among::All, limit).await;
    };
    if needle.chars().count() < TRIGRAM {
        return page(tx, filter, Among::Walked(&needle), limit).await;
    }
    let near = page(tx, filter, Among::Near(&needle), limit).await?;
    if i64::try_from(near.len()).unwrap_or(limit) >= limit {
        return Ok(near);
    }
    page(tx, filter, Among::Indexed(&needle), limit).await
}

/// Which accounts a page is made of.
enum Among<'a> {
    All,
    /// Those with the needle, found by walking on in the order of names.
    Walked(&'a str),
    /// The same, no further than is sooner walked than looked up.
    Near(&'a str),
    /// The same by the trigram index.
    Indexed(&'a str),
}

/// `$1` and `$2` are the place, `$3` the limit, `$4` the pattern, `$5` the phrase that SQLite's index is asked for. What
/// is not needed to choose is read of those alone that are chosen.
async fn page(tx: &mut Tx<impl Mode>, filter: &Filter, among: Among<'_>, limit: i64) -> Result<Vec<Account>> {
    let Place { name_key, id } = filter.after.clone().unwrap_or(Place {
        name_key: String::new(),
        id: Uuid::nil(),
    });
    let which = match filter.which {
        Which::All => "TRUE",
        Which::Suspended => "w.account_id IN (SELECT id FROM account WHERE suspended_at IS NOT NULL)",
        Which::Superusers => "w.account_id IN (SELECT id FROM account WHERE superuser)",
    };
    let (needle, narrowed) = match among {
        Among::All => (None, String::new()),
        Among::Walked(needle) => (Some(needle), String::new()),
        Among::Near(needle) => (Some(needle), format!("ORDER BY name_key, account_id LIMIT {NEAR}")),
        Among::Indexed(needle) if tx.is_sqlite() => (
            Some(needle),
            "AND number IN (SELECT rowid FROM account_trigram WHERE account_trigram MATCH $5)".to_owned(),
        ),
        // PostgreSQL's index serves the pattern itself.
        Among::Indexed(needle) => (Some(needle), "AND search LIKE $4 ESCAPE '!'".to_owned()),
    };
    let matches = needle.map_or("TRUE", |_| "w.search LIKE $4 ESCAPE '!'");
    let mut statement = assembled(format!(
        "SELECT {COLUMNS}
         FROM (
             SELECT w.account_id, w.name_key
             FROM (
                 SELECT account_id, name_key, search FROM account_search
                 WHERE (name_key, account_id) > ($1, $2) {narrowed}
             ) w
             WHERE {matches} AND {which}
             ORDER BY w.name_key, w.account_id
             LIMIT $3 + 0
         ) s
         JOIN account a ON a.id = s.account_id
         ORDER BY s.name_key, s.account_id"
    ))
    .bind(name_key)
    .bind(id)
    .bind(limit);
    if let Some(needle) = needle {
        statement = statement.bind(format!("%{}%", escape_like(needle)));
    }
    if let Among::Indexed(needle) = among
        && tx.is_sqlite()
    {
        statement = statement.bind(format!("\"{}\"", needle.replace('"', "\"\"")));
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

//! Migrations: one text for both databases wherever that is possible, run at start, one after another, by one node at a
//! time. A database that is newer than the program is refused.

use crate::db::{Driver, Error, Result, assembled, query};
use crate::schema;
use crate::tx::{Mode, Tx, Writing};

struct Migration {
    number: i64,
    name: &'static str,
    common: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// The one whose work is the program's own, for no SQL folds letters.
const FOLDED_SEARCH: i64 = 9;
/// The same, for no SQL computes an entry's hash.
const AUDIT_CHAIN: i64 = 10;
/// The same of what is searched of accounts.
const TENANT: i64 = 11;
/// The same of names.
const WAYS: i64 = 16;

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "people",
        common: include_str!("../migrations/0001_people.sql"),
        sqlite: include_str!("../migrations/0001_people.sqlite.sql"),
        postgres: include_str!("../migrations/0001_people.postgres.sql"),
    },
    Migration {
        number: 2,
        name: "access",
        common: include_str!("../migrations/0002_access.sql"),
        sqlite: include_str!("../migrations/0002_access.sqlite.sql"),
        postgres: include_str!("../migrations/0002_access.postgres.sql"),
    },
    Migration {
        number: 3,
        name: "proof",
        common: include_str!("../migrations/0003_proof.sql"),
        sqlite: include_str!("../migrations/0003_proof.sqlite.sql"),
        postgres: include_str!("../migrations/0003_proof.postgres.sql"),
    },
    Migration {
        number: 4,
        name: "factor",
        common: include_str!("../migrations/0004_factor.sql"),
        sqlite: include_str!("../migrations/0004_factor.sqlite.sql"),
        postgres: include_str!("../migrations/0004_factor.postgres.sql"),
    },
    Migration {
        number: 5,
        name: "identity",
        common: include_str!("../migrations/0005_identity.sql"),
        sqlite: include_str!("../migrations/0005_identity.sqlite.sql"),
        postgres: include_str!("../migrations/0005_identity.postgres.sql"),
    },
    Migration {
        number: 6,
        name: "single_sign_on",
        common: include_str!("../migrations/0006_single_sign_on.sql"),
        sqlite: include_str!("../migrations/0006_single_sign_on.sqlite.sql"),
        postgres: include_str!("../migrations/0006_single_sign_on.postgres.sql"),
    },
    Migration {
        number: 7,
        name: "sign_up",
        common: include_str!("../migrations/0007_sign_up.sql"),
        sqlite: include_str!("../migrations/0007_sign_up.sqlite.sql"),
        postgres: include_str!("../migrations/0007_sign_up.postgres.sql"),
    },
    Migration {
        number: 8,
        name: "role_count",
        common: include_str!("../migrations/0008_role_count.sql"),
        sqlite: include_str!("../migrations/0008_role_count.sqlite.sql"),
        postgres: include_str!("../migrations/0008_role_count.postgres.sql"),
    },
    Migration {
        number: FOLDED_SEARCH,
        name: "folded_search",
        common: include_str!("../migrations/0009_folded_search.sql"),
        sqlite: include_str!("../migrations/0009_folded_search.sqlite.sql"),
        postgres: include_str!("../migrations/0009_folded_search.postgres.sql"),
    },
    Migration {
        number: AUDIT_CHAIN,
        name: "audit_chain",
        common: include_str!("../migrations/0010_audit_chain.sql"),
        sqlite: include_str!("../migrations/0010_audit_chain.sqlite.sql"),
        postgres: include_str!("../migrations/0010_audit_chain.postgres.sql"),
    },
    Migration {
        number: TENANT,
        name: "tenant",
        common: include_str!("../migrations/0011_tenant.sql"),
        sqlite: include_str!("../migrations/0011_tenant.sqlite.sql"),
        postgres: include_str!("../migrations/0011_tenant.postgres.sql"),
    },
    Migration {
        number: 12,
        name: "setting",
        common: include_str!("../migrations/0012_setting.sql"),
        sqlite: include_str!("../migrations/0012_setting.sqlite.sql"),
        postgres: include_str!("../migrations/0012_setting.postgres.sql"),
    },
    Migration {
        number: 13,
        name: "backup",
        common: include_str!("../migrations/0013_backup.sql"),
        sqlite: include_str!("../migrations/0013_backup.sqlite.sql"),
        postgres: include_str!("../migrations/0013_backup.postgres.sql"),
    },
    Migration {
        number: 14,
        name: "repository_role",
        common: include_str!("../migrations/0014_repository_role.sql"),
        sqlite: include_str!("../migrations/0014_repository_role.sqlite.sql"),
        postgres: include_str!("../migrations/0014_repository_role.postgres.sql"),
    },
    Migration {
        number: 15,
        name: "commit",
        common: include_str!("../migrations/0015_commit.sql"),
        sqlite: include_str!("../migrations/0015_commit.sqlite.sql"),
        postgres: include_str!("../migrations/0015_commit.postgres.sql"),
    },
    Migration {
        number: 16,
        name: "ways",
        common: include_str!("../migrations/0016_ways.sql"),
        sqlite: include_str!("../migrations/0016_ways.sqlite.sql"),
        postgres: include_str!("../migrations/0016_ways.postgres.sql"),
    },
    Migration {
        number: 17,
        name: "leaving",
        common: include_str!("../migrations/0017_leaving.sql"),
        sqlite: include_str!("../migrations/0017_leaving.sqlite.sql"),
        postgres: include_str!("../migrations/0017_leaving.postgres.sql"),
    },
];

/// Any number that no other program is likely to lock.
const POSTGRES_LOCK: i64 = 0x726f_7374_6572;

/// Brings a database to what this program knows, in the given transaction.
pub async fn run(tx: &mut Tx<Writing>) -> Result<()> {
    if !tx.is_sqlite() {
        // SQLite's write transaction already keeps a second node out; here it takes a lock of its own.
        query("SELECT pg_advisory_xact_lock($1)")
            .bind(POSTGRES_LOCK)
            .fetch_all(tx)
            .await?;
        // Less than the second after which PostgreSQL looks for those who wait for each other, and ends one of them: it is never
        // a request of a node that serves meanwhile.
        query("SET LOCAL lock_timeout = '500ms'").execute(tx).await?;
    }
    if is_new(tx).await?
        && let Some(whole) = schema::whole(tx.is_sqlite())
    {
        return script(tx, whole).await;
    }
    query("CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
        .execute(tx)
        .await?;
    let rows = query("SELECT number FROM migration").fetch_all(tx).await?;
    let applied: Vec<i64> = rows.iter().map(|row| row.get("number")).collect::<Result<_>>()?;
    let newest = applied.iter().copied().max().unwrap_or(0);
    let known = newest_known();
    if newest > known {
        return Err(Error::Unusable(format!(
            "The database is at migration {newest}, this program knows {known}: it was used by a newer Roster. Run that \
             version or a later one."
        )));
    }
    for migration in MIGRATIONS
        .iter()
        .filter(|migration| !applied.contains(&migration.number))
    {
        apply(tx, migration).await?;
    }
    Ok(())
}

/// Whether no migration was ever applied to it.
async fn is_new(tx: &mut Tx<impl Mode>) -> Result<bool> {
    let sql = if tx.is_sqlite() {
        "SELECT 1 AS one FROM sqlite_schema WHERE name = 'migration'"
    } else {
        "SELECT 1 AS one WHERE to_regclass('migration') IS NOT NULL"
    };
    Ok(query(sql).fetch_optional(tx).await?.is_none())
}

/// Everything that makes a difference to what comes of them, in order.
pub fn texts() -> impl Iterator<Item = &'static str> {
    MIGRATIONS
        .iter()
        .flat_map(|migration| [migration.name, migration.common, migration.sqlite, migration.postgres])
}

/// The number of the last one in the list.
pub fn newest_known() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// By number and name, those that [`run`] would apply.
pub async fn missing(tx: &mut Tx<impl Mode>) -> Result<Vec<String>> {
    let rows = query("SELECT number FROM migration").fetch_all(tx).await?;
    let applied: Vec<i64> = rows.iter().map(|row| row.get("number")).collect::<Result<_>>()?;
    Ok(MIGRATIONS
        .iter()
        .filter(|migration| !applied.contains(&migration.number))
        .map(|migration| format!("{} {}", migration.number, migration.name))
        .collect())
}

async fn apply(tx: &mut Tx<Writing>, migration: &Migration) -> Result<()> {
    let text = portable(migration.common, tx.is_sqlite());
    script(tx, &text).await?;
    script(
        tx,
        if tx.is_sqlite() {
            migration.sqlite
        } else {
            migration.postgres
        },
    )
    .await?;
    if migration.number == FOLDED_SEARCH {
        crate::account::fold_searches(tx).await?;
    }
    if migration.number == AUDIT_CHAIN {
        crate::audit_chain::tie_all(tx).await?;
    }
    if migration.number == TENANT {
        crate::account_search::fill(tx).await?;
    }
    if migration.number == WAYS {
        crate::name_search::fill(tx).await?;
    }
    assembled("INSERT INTO migration (number, name) VALUES ($1, $2)".to_owned())
        .bind(migration.number)
        .bind(migration.name)
        .execute(tx)
        .await?;
    Ok(())
}

/// The few words that the two databases spell differently.
fn portable(text: &str, sqlite: bool) -> String {
    let (identity, sorted) = if sqlite {
        ("INTEGER PRIMARY KEY", "TEXT")
    } else {
        ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "TEXT COLLATE \"C\"")
    };
    text.replace("IDENTITY_KEY", identity).replace("SORTED_TEXT", sorted)
}

async fn script(tx: &mut Tx<Writing>, text: &str) -> Result<()> {
    let sql = sqlx::AssertSqlSafe(text.to_owned());
    match tx.driver() {
        Driver::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ())?,
        Driver::Postgres(connection, _) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ())?,
    }
    Ok(())
}

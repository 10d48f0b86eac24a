//! An empty PostgreSQL database for one test: nothing of another test is in it, and nothing of it stays.

mod cluster;
mod own;
mod program;

use std::env;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Url;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row};
use tokio::sync::OnceCell;

use crate::left_out::left_out;
use cluster::Cluster;
pub use own::OwnPostgres;

/// No test runs this long: a database older than that was left behind by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Makes a fresh, empty database; `None`, said loudly, where this machine has no PostgreSQL.
///
/// Its server is the one that `ROSTER_TEST_POSTGRES` names (the URL of a role that may create databases), else a
/// throw-away one that all tests of a run share.
pub async fn database() -> Option<PostgresUrl> {
    static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
    let server = SERVER.get_or_init(Server::find).await.as_ref()?;
    let name = name();
    let mut admin = connect(&server.admin)
        .await
        .unwrap_or_else(|error| panic!("PostgreSQL does not answer: {error}"));
    // From template0: copying template1 fails as long as anybody is connected to it.
    run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE template0"))
        .await
        .unwrap_or_else(|error| panic!("PostgreSQL did not create a database for this test: {error}"));
    let _ = admin.close().await;
    let mut url = server.admin.clone();
    url.set_path(&name);
    Some(PostgresUrl {
        url: url.into(),
        name,
        admin: server.admin.clone(),
    })
}

/// The address of a database that is dropped, whoever is still connected, when this value is.
#[derive(Debug)]
pub struct PostgresUrl {
    url: String,
    name: String,
    admin: Url,
}

impl PostgresUrl {
    /// `postgres://user:password@host:port/name`.
    pub fn as_str(&self) -> &str {
        &self.url
    }
}

impl Deref for PostgresUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl Drop for PostgresUrl {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        // On a thread of its own: the test's runtime may be about to end, and must not be blocked from within.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(forget(&admin, &name)))
        });
        let _ = dropped.join();
    }
}

struct Server {
    admin: Url,
    /// A connection that stays open as long as this process lives: a shared server ends when nobody is connected.
    _presence: Option<PgConnection>,
}

impl Server {
    async fn find() -> Option<Self> {
        if let Ok(given) = env::var("ROSTER_TEST_POSTGRES") {
            let admin = Url::parse(&given).unwrap_or_else(|error| panic!("ROSTER_TEST_POSTGRES is no URL: {error}"));
            forget_abandoned(&admin).await;
            return Some(Self { admin, _presence: None });
        }
        match Cluster::shared().await {
            Ok(Cluster { admin, presence }) => Some(Self {
                admin,
                _presence: Some(presence),
            }),
            Err(reason) => {
                left_out(&format!(
                    "every test on PostgreSQL: {reason}. Install PostgreSQL's server, or set ROSTER_TEST_POSTGRES."
                ));
                None
            }
        }
    }
}

/// Unique among processes and machines that share a server; it begins with its second of birth.
fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("roster_test_{}_{}_{number}", now().as_secs(), std::process::id())
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

async fn connect(url: &Url) -> sqlx::Result<PgConnection> {
    PgConnection::connect(url.as_str()).await
}

async fn run(connection: &mut PgConnection, sql: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

async fn forget(admin: &Url, name: &str) -> sqlx::Result<()> {
    let mut connection = connect(admin).await?;
    run(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
    connection.close().await
}

/// A server that outlives the run keeps what killed tests left: the next run sweeps.
async fn forget_abandoned(admin: &Url) {
    let mut connection = connect(admin)
        .await
        .unwrap_or_else(|error| panic!("ROSTER_TEST_POSTGRES does not answer: {error}"));
    let rows = sqlx::raw_sql("SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'roster\\_test\\_%'")
        .fetch_all(&mut connection)
        .await
        .unwrap_or_else(|error| panic!("ROSTER_TEST_POSTGRES does not list its databases: {error}"));
    for name in rows.iter().filter_map(|row| row.try_get::<String, _>("name").ok()) {
        let born = name
            .split('_')
            .nth(2)
            .and_then(|second| second.parse().ok())
            .map_or(now(), Duration::from_secs);
        if now().saturating_sub(born) > ABANDONED {
            // Another process may be sweeping the same one.
            let _ = run(&mut connection, format!("DROP DATABASE IF EXISTS {name}")).await;
        }
    }
    let _ = connection.close().await;
}

//! Changes that are made elsewhere: by other nodes on the same PostgreSQL, or by another program on the same SQLite file.
//! What this program remembers of who may do what it forgets by them.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener};
use sqlx::{Connection as _, Executor as _, Row as _};
use tokio::time::{sleep, timeout};

use domain::id::{AccountId, Id, OrganizationId};

use crate::db::{Error, Result, query};
use crate::open::{Backend, Store};
use crate::writer::Writer;
use crate::{Tx, Writing};

/// How long a change may go unnoticed at most is a little more than twice this: a connection that has died without a word,
/// or that passes no notification on, is found out by the second look.
const LOOK: Duration = Duration::from_millis(350);
/// How long a connection may take to be there.
const CONNECT: Duration = Duration::from_secs(2);
/// PostgreSQL's channel; what is sent on it is written by triggers, so that no change is forgotten.
const CHANNEL: &str = "roster";

/// A lock that every node shares while it serves; any number that no other program is likely to lock.
const SERVED: i64 = 0x726f_7374_6573;

/// Keeps nodes from starting to listen for as long as this transaction lasts. Returns whether none does already.
///
/// # Errors
/// The database does not answer.
pub async fn nobody_serves(tx: &mut Tx<Writing>) -> Result<bool> {
    if tx.is_sqlite() {
        // A file beside the database says so.
        return Ok(true);
    }
    query("SELECT pg_try_advisory_xact_lock($1) AS free")
        .bind(SERVED)
        .fetch_one(tx)
        .await?
        .get("free")
}

/// Whether PostgreSQL passes on what is told, so that nodes hear of each other's changes. Nothing is written for it.
///
/// # Errors
/// The database does not answer.
pub async fn passes_on(url: &str) -> Result<bool> {
    let options: PgConnectOptions = url.parse()?;
    let mut server = Server::connect(&options).await?;
    loop {
        match server.next().await? {
            News::Told => return Ok(true),
            News::Untold => return Ok(false),
            // Others change something meanwhile.
            News::Changed(_) => {}
        }
    }
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Organization(OrganizationId),
    Account(AccountId),
    /// A setting of the whole instance.
    Setting,
    /// It is not known what.
    Anything,
}

/// What whoever listens hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Changed(Change),
    /// From now on changes are told. What was changed before was not.
    Told,
    /// The database answers, and tells nothing of what is changed: something between swallows it.
    Untold,
}

/// Somebody who listens. Dropped where it fails: then nothing is told until there is a new one.
pub struct Elsewhere(Source);

enum Source {
    /// Counts the commits of others, as the writing connection sees them.
    File {
        writer: Writer,
        version: i64,
        told: bool,
    },
    Server(Box<Server>),
}

/// Two connections: one that listens, and one by which this node calls itself, so that it knows that it would hear others.
struct Server {
    listener: PgListener,
    voice: PgConnection,
    /// This node's own channel.
    own: String,
    called: i64,
    heard: i64,
    /// Whether it hears itself; not known at first.
    hearing: Option<bool>,
}

impl Store {
    /// Begins to listen. What was changed before is not told.
    ///
    /// # Errors
    /// The database does not answer. Until it does, nobody waits for it any more.
    pub async fn elsewhere(&self) -> Result<Elsewhere> {
        Ok(Elsewhere(match &self.backend {
            Backend::Sqlite { writer, .. } => Source::File {
                version: writer.version().await?,
                writer: writer.clone(),
                told: false,
            },
            Backend::Postgres { writers, pulse, .. } => {
                let connected = Server::connect(&writers.connect_options()).await;
                match &connected {
                    // One that refuses, because it has no room or is starting, answers all the same.
                    Ok(_) | Err(sqlx::Error::Database(_)) => pulse.regain(),
                    Err(_) => pulse.lose(),
                }
                Source::Server(Box::new(connected?))
            }
            Backend::Staged(_) => return Err(Error::Unavailable("nothing is told of what is only tried".to_owned())),
        }))
    }
}

impl Elsewhere {
    /// Listens no more; returns when the database knows it too.
    pub async fn end(self) {
        if let Source::Server(mut server) = self.0 {
            let given_back = server.listener.execute("SELECT pg_advisory_unlock_all()").await;
            if let Err(error) = given_back {
                tracing::warn!(%error, "the connection that listened was lost before its end");
            }
        }
    }

    /// Waits for the next news; the first are that changes are told, or that they are not.
    ///
    /// # Errors
    /// The database does not answer any more.
    pub async fn next(&mut self) -> Result<News> {
        match &mut self.0 {
            Source::File { told, .. } if !*told => {
                *told = true;
                Ok(News::Told)
            }
            Source::File { writer, version, .. } => loop {
                sleep(LOOK).await;
                let now = writer.version().await?;
                if now != *version {
                    *version = now;
                    return Ok(News::Changed(Change::Anything));
                }
            },
            Source::Server(server) => server.next().await,
        }
    }
}

impl Server {
    async fn connect(options: &PgConnectOptions) -> sqlx::Result<Self> {
        let connected = timeout(CONNECT, Self::connect_patiently(options)).await;
        connected.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    async fn connect_patiently(options: &PgConnectOptions) -> sqlx::Result<Self> {
        // First, because it is told at once where nobody listens.
        let voice = PgConnection::connect_with(options).await?;
        // A pool of its own: what listens for ever must not take a place from those who work.
        let pool = sqlx::pool::PoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(options.clone())
            .await?;
        let mut listener = PgListener::connect_with(&pool).await?;
        // A new connection must not take the place of a lost one unnoticed: what was told between was told to nobody.
        listener.eager_reconnect(false);
        let row = listener.fetch_one("SELECT pg_backend_pid() AS process").await?;
        let process: i32 = row.try_get("process")?;
        let own = format!("{CHANNEL}_{process}");
        listener.listen_all([CHANNEL, own.as_str()]).await?;
        // As long as somebody listens the instance is being served.
        listener
            .execute(sqlx::query("SELECT pg_advisory_lock_shared($1)").bind(SERVED))
            .await?;
        let mut server = Self {
            listener,
            voice,
            own,
            called: 0,
            heard: 0,
            hearing: None,
        };
        server.call().await?;
        Ok(server)
    }

    async fn call(&mut self) -> sqlx::Result<()> {
        self.called += 1;
        let call = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(&self.own)
            .bind(self.called.to_string());
        let called = timeout(LOOK, self.voice.execute(call)).await;
        called.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|_| ())
    }

    async fn next(&mut self) -> Result<News> {
        loop {
            match timeout(LOOK, self.listener.try_recv()).await {
                Ok(Ok(Some(told))) if told.channel() == self.own => {
                    self.heard = told.payload().parse().unwrap_or(self.heard);
                    if self.hearing != Some(true) && self.heard == self.called {
                        self.hearing = Some(true);
                        return Ok(News::Told);
                    }
                }
                Ok(Ok(Some(told))) => return Ok(News::Changed(parse(told.payload()))),
                Ok(Ok(None)) => return Err(lost()),
                Ok(Err(error)) => return Err(error.into()),
                // Nothing was told: whether there is still anybody who would.
                Err(_) => {
                    let unheard = self.heard < self.called;
                    self.call().await?;
                    if unheard && self.hearing != Some(false) {
                        self.hearing = Some(false);
                        return Ok(News::Untold);
                    }
                }
            }
        }
    }
}

fn lost() -> Error {
    Error::Unavailable("the connection that listens is lost".to_owned())
}

fn parse(payload: &str) -> Change {
    if payload == "setting" {
        return Change::Setting;
    }
    let told = payload.split_once(' ').and_then(|(kind, id)| {
        let id = uuid::Uuid::parse_str(id).ok()?;
        match kind {
            "organization" => Some(Change::Organization(OrganizationId::from_uuid(id))),
            "account" => Some(Change::Account(AccountId::from_uuid(id))),
            _ => None,
        }
    });
    // Also what a later version tells of, and this one does not know.
    told.unwrap_or(Change::Anything)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_names_an_organization_an_account_or_else_anything() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let uuid = uuid::Uuid::parse_str(id).unwrap();
        assert_eq!(
            parse(&format!("account {id}")),
            Change::Account(AccountId::from_uuid(uuid))
        );
        assert_eq!(
            parse(&format!("organization {id}")),
            Change::Organization(OrganizationId::from_uuid(uuid))
        );
        assert_eq!(parse("setting"), Change::Setting);
        for text in ["", "account", "account 7", "everything"] {
            assert_eq!(parse(text), Change::Anything, "{text}");
        }
    }
}

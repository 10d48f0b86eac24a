//! An instance in the test's own process, on a database of its own, with a clock that moves only when it is told to.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Timestamp;
use domain::actor::{Medium, Origin};
use domain::listener::{FIRST, Listener, Serves};
use secrecy::SecretString;
use service::ambient::{self, Clock};
use service::setting::First;
use service::{
    Database, Fixed, FixedBy, Hasher, Key, OrganizationRef, Params, Request, Roster, Settings, Store, Throttle,
};
use tempfile::TempDir;

use crate::persona::{self, Persona};
use crate::{Mailbox, NameServer, PostgresUrl, postgres};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Runs each story twice, as `name::on_sqlite` and `name::on_postgres`. A story is an async function of an [`App`], or of
/// anything else that is [`Start`].
#[macro_export]
macro_rules! on_both_databases {
    ($($story:ident,)+) => {$(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                $crate::app::run($crate::On::Sqlite, super::$story).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                $crate::app::run($crate::On::Postgres, super::$story).await;
            }
        }
    )+};
}

/// What a story can be about.
pub trait Start: Sized {
    /// `None`, said loudly, where this machine lacks the database.
    fn start(on: On) -> impl Future<Output = Option<Self>>;
}

pub async fn run<T: Start>(on: On, story: impl AsyncFnOnce(T)) {
    if let Some(start) = T::start(on).await {
        story(start).await;
    }
}

/// An empty database, gone with this value.
#[derive(Debug)]
pub struct Home {
    pub database: Database,
    _kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Folder(TempDir),
    Server(#[expect(dead_code, reason = "dropping it drops the database")] PostgresUrl),
}

impl Start for Home {
    async fn start(on: On) -> Option<Self> {
        match on {
            On::Sqlite => {
                let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
                let database = Database::Sqlite(folder.path().join("roster.db"));
                Some(Self {
                    database,
                    _kept: Kept::Folder(folder),
                })
            }
            On::Postgres => {
                let url = postgres::database().await?;
                let database = Database::Postgres(url.to_string());
                Some(Self {
                    database,
                    _kept: Kept::Server(url),
                })
            }
        }
    }
}

impl Home {
    /// Opens the database as a node that starts does.
    pub async fn open(&self) -> Store {
        let opened = Store::open(&self.database, ambient::new_id(MORNING), MORNING).await;
        opened.unwrap_or_else(|error| panic!("the database does not open: {error}"))
    }

    /// The folder of a SQLite file.
    pub fn folder(&self) -> Option<&Path> {
        match &self._kept {
            Kept::Folder(folder) => Some(folder.path()),
            Kept::Server(_) => None,
        }
    }
}

impl Start for Store {
    async fn start(on: On) -> Option<Self> {
        // The folder goes when the process does; the file stays open until then.
        let home = Home::start(on).await?;
        let store = home.open().await;
        std::mem::forget(home);
        Some(store)
    }
}

/// When every story begins: 2026-11-22T09:00:00Z.
pub const MORNING: Timestamp = Timestamp::from_micros(1_795_338_000_000_000);

/// An instance that nobody has set up yet.
pub struct Empty {
    pub roster: Roster,
    pub mailbox: Mailbox,
    pub names: NameServer,
    time: Arc<AtomicI64>,
    home: Home,
}

impl Start for Empty {
    async fn start(on: On) -> Option<Self> {
        let home = Home::start(on).await?;
        let mailbox = Mailbox::start().await;
        let names = NameServer::start().await;
        let time = Arc::new(AtomicI64::new(MORNING.micros()));
        let roster = roster(&home, (&mailbox, &names), &time, |_| {}).await;
        Some(Self {
            roster,
            mailbox,
            names,
            time,
            home,
        })
    }
}

async fn roster(
    home: &Home,
    (mailbox, names): (&Mailbox, &NameServer),
    time: &Arc<AtomicI64>,
    change: impl FnOnce(&mut Settings),
) -> Roster {
    let mail = service::mail::Server::parse(&mailbox.url(), "Roster <roster@example.com>");
    let mut settings = Settings {
        public_url: "https://roster.example".to_owned(),
        mail: Some(Fixed::new(
            FixedBy::Flag,
            mail.unwrap_or_else(|error| panic!("the mailbox's address: {error}")),
        )),
        first: Some(First {
            listener: Listener {
                name: FIRST.to_owned(),
                address: IpAddr::from([127, 0, 0, 1]),
                port: 1,
                tls: false,
                serves: Serves::ALL.to_vec(),
            },
            by: None,
        }),
        name_server: Some(names.address()),
        contact: Some("people@example.com".to_owned()),
        // Few, so that a test has not to guess long.
        throttle: Throttle {
            tries: 10,
            ..Throttle::default()
        },
        ..Settings::default()
    };
    change(&mut settings);
    let hasher = Hasher::new(Params::smallest(), 2);
    Roster::new(
        home.open().await,
        hasher,
        Clock::Manual(Arc::clone(time)),
        settings,
        Key::from_entropy([7; 32]),
    )
}

/// An instance with Acme in it, where olivia is Owner, adam Admin, mia Member and gus Guest, and with eve's Elsewhere; sid is
/// superuser and in neither.
pub struct App {
    pub roster: Roster,
    pub mailbox: Mailbox,
    pub names: NameServer,
    pub acme: OrganizationRef,
    pub elsewhere: OrganizationRef,
    pub olivia: Persona,
    pub adam: Persona,
    pub mia: Persona,
    pub gus: Persona,
    pub sid: Persona,
    pub eve: Persona,
    time: Arc<AtomicI64>,
    home: Home,
}

impl Start for App {
    async fn start(on: On) -> Option<Self> {
        let Empty {
            roster,
            mailbox,
            names,
            time,
            home,
        } = Empty::start(on).await?;
        let people = persona::settle(&roster).await;
        let persona::People {
            olivia,
            adam,
            mia,
            gus,
            sid,
            eve,
        } = people;
        let (acme, elsewhere) = (persona::organization("acme"), persona::organization("elsewhere"));
        Some(Self {
            roster,
            mailbox,
            names,
            acme,
            elsewhere,
            olivia,
            adam,
            mia,
            gus,
            sid,
            eve,
            time,
            home,
        })
    }
}

impl App {
    /// Another node on the same database, its settings changed.
    pub async fn node(&self, change: impl FnOnce(&mut Settings)) -> Roster {
        roster(&self.home, (&self.mailbox, &self.names), &self.time, change).await
    }

    /// Another node on the same database; a SQLite file has only the one.
    pub async fn peer(&self) -> Roster {
        if self.home.folder().is_some() {
            self.roster.clone()
        } else {
            self.node(|_| {}).await
        }
    }

    /// A request by somebody who is signed in, a moment after the one before.
    pub async fn by(&self, persona: &Persona) -> Request {
        self.pass(1);
        persona::request(&self.roster, &persona.token).await
    }

    /// The same request, to be tried only.
    pub async fn tried_by(&self, persona: &Persona) -> Request {
        self.by(persona).await.with_dry_run(true)
    }

    /// Moves the clock: microseconds.
    pub fn pass(&self, micros: i64) {
        self.time.fetch_add(micros, Ordering::SeqCst);
    }

    pub fn home(&self) -> &Home {
        &self.home
    }
}

impl Empty {
    /// Another node on the same database.
    pub async fn node(&self) -> Roster {
        roster(&self.home, (&self.mailbox, &self.names), &self.time, |_| {}).await
    }

    /// Moves the clock: microseconds.
    pub fn pass(&self, micros: i64) {
        self.time.fetch_add(micros, Ordering::SeqCst);
    }

    pub fn home(&self) -> &Home {
        &self.home
    }
}

/// Where the requests of tests come from.
pub fn origin() -> Origin {
    origin_at("192.0.2.1")
}

pub fn origin_at(address: &str) -> Origin {
    Origin {
        address: address.to_owned(),
        user_agent: "a test".to_owned(),
        medium: Medium::Api,
        request_id: ambient::request_id(),
    }
}

pub fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

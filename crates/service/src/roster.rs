//! The program's state: one value, cloned into whatever serves a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Timestamp;
use domain::actor::Caller;
use domain::id::{OrganizationId, SessionId};
use domain::session::Session;
use moka::sync::Cache;
use signin::password::Hasher;
use store::Store;
use store::sign_in::NewSignIn;
use tokio::sync::Notify;

use crate::ambient::{Clock, new_id};
use crate::{Request, Result};

/// What the operator configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the instance, without a slash at the end. Links are built from it alone.
    pub public_url: String,
    pub instance_name: String,
    pub mail: Option<crate::mail::Server>,
    /// Whom an organization asks for more member slots.
    pub contact: Option<String>,
    pub pricing_url: Option<String>,
    pub throttle: Throttle,
    /// Characters a new password has at least.
    pub password_length: usize,
}

/// From how many failed tries in a row on further ones have to wait, and for how long at most (seconds).
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// One name from one address.
    pub tries: i64,
    /// One name from anywhere; an account has two, its username and its address.
    pub account_tries: i64,
    /// Any account from one address.
    pub address_tries: i64,
    pub longest_wait: u64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            tries: 40,
            account_tries: 50,
            address_tries: 200,
            longest_wait: 60,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".to_owned(),
            instance_name: "Roster".to_owned(),
            mail: None,
            contact: None,
            pricing_url: None,
            throttle: Throttle::default(),
            password_length: 15,
        }
    }
}

#[derive(Clone)]
pub struct Roster {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub store: Store,
    pub hasher: Hasher,
    pub clock: Clock,
    pub settings: Settings,
    /// Wakes the worker when there is a new job.
    pub jobs: Notify,
    sessions: Cache<[u8; 32], KnownSession>,
    generation: AtomicU64,
    /// Sessions that have entered an organization already.
    entries: Cache<(SessionId, OrganizationId), ()>,
}

#[derive(Clone)]
struct KnownSession {
    generation: u64,
    session: Arc<(Session, Caller)>,
}

/// Other nodes change what this one remembers; it asks again after this long.
const REMEMBERED: Duration = Duration::from_millis(900);

/// After so long without a request, coming back to an organization is a new entry.
const ENTRY: Duration = Duration::from_secs(12 * 3_600);

impl Roster {
    pub fn new(store: Store, hasher: Hasher, clock: Clock, settings: Settings) -> Self {
        let sessions = Cache::builder().max_capacity(100_000).time_to_live(REMEMBERED).build();
        let entries = Cache::builder().max_capacity(100_000).time_to_idle(ENTRY).build();
        let shared = Shared {
            store,
            hasher,
            clock,
            settings,
            jobs: Notify::new(),
            sessions,
            generation: AtomicU64::new(0),
            entries,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.shared.hasher
    }

    /// Forgets whatever was remembered of who may do what. Called after the change is on disk.
    pub(crate) fn access_changed(&self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn generation(&self) -> u64 {
        self.shared.generation.load(Ordering::SeqCst)
    }

    pub(crate) fn remembered_session(&self, hash: &[u8; 32]) -> Option<Arc<(Session, Caller)>> {
        let known = self.shared.sessions.get(hash)?;
        (known.generation == self.generation()).then_some(known.session)
    }

    /// `generation` is the one before the session was read: what changed since then is not remembered wrongly.
    pub(crate) fn remember_session(&self, hash: [u8; 32], generation: u64, session: Arc<(Session, Caller)>) {
        self.shared.sessions.insert(hash, KnownSession { generation, session });
    }

    /// Records the first step of a session into an organization, beside the request that makes it.
    pub(crate) fn note_entry(&self, request: &Request, organization: OrganizationId) {
        let entry = (request.caller.session, organization);
        if self.shared.entries.contains_key(&entry) {
            return;
        }
        self.shared.entries.insert(entry, ());
        let (roster, request) = (self.clone(), request.clone());
        tokio::spawn(async move {
            if let Err(error) = roster.record_entry(&request, organization).await {
                tracing::warn!(%error, "an entry into an organization was not recorded");
            }
        });
    }

    async fn record_entry(&self, request: &Request, organization: OrganizationId) -> Result<()> {
        let entry = NewSignIn {
            id: new_id(request.now),
            account: request.caller.account,
            organization: Some(organization),
            action: "entry",
            failure: None,
            origin: &request.origin,
            at: request.now,
        };
        let mut tx = self.store().sign_in().await?;
        store::sign_in::insert(&mut tx, &entry).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) fn jobs_added(&self) {
        self.shared.jobs.notify_one();
    }
}

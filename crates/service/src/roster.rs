//! The program's state: one value, cloned into whatever serves a request.

use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use domain::actor::Actor;
use domain::audit::{Action, Event, Target};
use domain::id::{AccountId, OrganizationId};
use domain::organization::Organization;
use domain::setting::Fixed;
use domain::time::{HOUR, MINUTE};
use domain::trace::TARGET;
use signin::passkey::Passkeys;
use signin::password::{Breached, Hasher};
use signin::seal::Key;
use store::Store;
use store::sign_in::NewSignIn;
use tokio::sync::Notify;
use tracing::{Level, event};

use crate::ambient::{Clock, entropy, new_id};
use crate::memory::Memory;
use crate::setting::{Current, First, Listening, Replaced};
use crate::tls::Identity;
use crate::{OrganizationRef, Request, Result};

/// What the operator configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the instance, without a slash at the end. Links are built from it alone.
    pub public_url: String,
    pub instance_name: String,
    /// Where the operator gave it; else superusers set it.
    pub mail: Option<Fixed<crate::mail::Server>>,
    /// Whom mails are from, the same.
    pub sender: Option<Fixed<String>>,
    /// The first address that is listened on; none where nobody listens.
    pub first: Option<First>,
    /// Whether a proxy is named, behind which plain HTTP may be spoken.
    pub behind_proxy: bool,
    /// How long a mail server may take for a test mail.
    pub mail_patience: Duration,
    /// The name server that is asked for records which prove a domain; none: the machine's own.
    pub name_server: Option<std::net::SocketAddr>,
    /// Whom an organization asks for more member slots.
    pub contact: Option<String>,
    pub pricing_url: Option<String>,
    /// Whether organizations may forward their audit log to addresses inside the network that the server stands in.
    pub forward_inside: bool,
    pub throttle: Throttle,
    /// Those that people may sign in with.
    pub providers: signin::federation::Providers,
    /// Characters a new password has at least.
    pub password_length: usize,
    /// Stolen ones, which no new password may be.
    pub breached: Option<Arc<Breached>>,
    /// The folder for files that are needed for a while: those that are imported, and copies on which something is tried.
    pub spool: std::path::PathBuf,
    /// Asks the system for passwords, where the operator allows it.
    pub pam: Option<signin::pam::Pam>,
}

impl Settings {
    /// What this place is called and where it is: words that nobody's password may be made of.
    pub(crate) fn own_words(&self) -> [String; 2] {
        let rest = self
            .public_url
            .split_once("://")
            .map_or(self.public_url.as_str(), |(_, rest)| rest);
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        [self.instance_name.clone(), host.to_owned()]
    }
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
            sender: None,
            first: None,
            behind_proxy: false,
            mail_patience: Duration::from_secs(20),
            name_server: None,
            contact: None,
            pricing_url: None,
            forward_inside: false,
            throttle: Throttle::default(),
            providers: signin::federation::Providers::default(),
            password_length: signin::password::policy::MINIMUM,
            breached: None,
            spool: std::env::temp_dir(),
            pam: None,
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
    pub memory: Memory,
    /// None where the public URL is such that browsers have no passkeys for it.
    pub passkeys: Option<Passkeys>,
    /// What superusers have set.
    pub(crate) settled: Replaced<Arc<Current>>,
    /// The certificate in the operator's files.
    pub(crate) fixed_tls: Replaced<Option<Fixed<Arc<Identity>>>>,
    pub(crate) listening: Listening,
    /// Imports that somebody watches.
    desk: crate::moving::Desk,
    key: Key,
}

/// After so long without a request, coming back to an organization is a new entry (microseconds).
const ENTRY: i64 = 12 * HOUR;
/// How old the remembered time of the last request may be before it is renewed (microseconds).
const ENTRY_GRAIN: i64 = 5 * MINUTE;

impl Roster {
    pub fn new(store: Store, hasher: Hasher, clock: Clock, settings: Settings, key: Key) -> Self {
        let shared = Shared {
            passkeys: Passkeys::new(&settings.public_url, &settings.instance_name),
            store,
            hasher,
            clock,
            settings,
            jobs: Notify::new(),
            // Until somebody tells of other nodes' changes.
            memory: Memory::new(false),
            settled: Replaced::default(),
            fixed_tls: Replaced::default(),
            listening: Listening::default(),
            desk: crate::moving::Desk::default(),
            key,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The same instance, on which everything can be done and nothing remains of it, with a memory of its own.
    pub(crate) async fn staged(&self) -> Result<Self> {
        let shared = &self.shared;
        // Its files go at once; what has them open keeps them until it ends, however it ends.
        let ground = crate::moving::ground(&self.settings().spool)?;
        let stage = Self::new(
            shared.store.staged(&ground.path().join("copy.db")).await?,
            shared.hasher.clone(),
            shared.clock.clone(),
            shared.settings.clone(),
            shared.key.clone(),
        );
        stage.shared.settled.set(shared.settled.get());
        Ok(stage)
    }

    pub(crate) fn desk(&self) -> &crate::moving::Desk {
        &self.shared.desk
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

    pub(crate) fn memory(&self) -> &Memory {
        &self.shared.memory
    }

    /// What secrets are sealed by.
    pub(crate) fn key(&self) -> &Key {
        &self.shared.key
    }

    /// Seals a secret for a purpose; what it is for and whose it is.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> String {
        self.shared.key.seal(purpose, secret, entropy())
    }

    /// # Errors
    /// It was sealed by another key or for another purpose.
    pub fn open_seal(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>> {
        let opened = self.shared.key.open(purpose, sealed);
        opened.map_err(|broken| crate::Error::Unexpected(format!("a secret for {purpose} {broken}")))
    }

    /// Says in the request's trace, where there is one, which organization it is about.
    pub(crate) fn trace(organization: OrganizationId) {
        event!(target: TARGET, Level::TRACE, roster.organization.id = %organization);
    }

    /// Records the first step of a session into an organization, beside the request that makes it.
    pub(crate) fn note_entry(&self, request: &Request, organization: OrganizationId) {
        let (Ok(session), Ok(account)) = (request.caller.session(), request.caller.account()) else {
            return;
        };
        let entry = (session, organization);
        let entries = &self.memory().entries;
        let last = entries.get(&entry);
        if last.is_none_or(|last| request.now.since(last) > ENTRY_GRAIN) {
            entries.insert(entry, request.now);
        }
        if last.is_some_and(|last| request.now.since(last) <= ENTRY) {
            return;
        }
        let (roster, request) = (self.clone(), request.clone());
        tokio::spawn(async move {
            if let Err(error) = roster.record_entry(&request, account, organization).await {
                tracing::warn!(%error, "an entry into an organization was not recorded");
            }
        });
    }

    /// Records in an organization's own log that a superuser who is no member looks into it: once for each session or token, and
    /// again after as long without a request as for an entry. Beside the request that makes it.
    pub(crate) fn note_look(&self, request: &Request, actor: &Actor, organization: &Organization) {
        if !actor.superuser || actor.member.is_some() {
            return;
        }
        let (look, looks) = ((request.caller.credential, organization.id), &self.memory().looks);
        let last = looks.get(&look);
        looks.insert(look, request.now);
        if last.is_some_and(|last| request.now.since(last) <= ENTRY) {
            return;
        }
        let (roster, request) = (self.clone(), request.clone());
        let target = crate::organization::target(organization);
        let id = organization.id;
        tokio::spawn(async move {
            if let Err(error) = roster.record_look(&request, id, target).await {
                tracing::warn!(%error, "that a superuser looked into an organization was not recorded");
            }
        });
    }

    async fn record_look(&self, request: &Request, organization: OrganizationId, target: Target) -> Result<()> {
        let event = Event::new(Action::SuperuserEntered, target);
        let actor = crate::audit::superuser(request);
        let mut scope = self.store().change(&OrganizationRef::Id(organization)).await?;
        crate::audit::record_by(
            scope.tx(),
            Some(organization),
            &event,
            (&actor, &request.origin),
            request.now,
        )
        .await?;
        Ok(scope.commit().await?)
    }

    async fn record_entry(&self, request: &Request, account: AccountId, organization: OrganizationId) -> Result<()> {
        let entry = NewSignIn {
            id: new_id(request.now),
            account,
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

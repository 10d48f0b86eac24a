//! What this node remembers of who may do what, so that a check touches no database while nothing changes. Nothing is told
//! to forget one by one: each thing remembered bears the epochs it was read in, and a change moves the epoch of its
//! organization or account. What was being read meanwhile bears the old one and is not believed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use domain::Timestamp;
use domain::access::{Holding, OrganizationAccess, Principal, ProjectFacts};
use domain::actor::Credential;
use domain::id::{AccountId, Id, MemberId, OrganizationId, ProjectId, SessionId};
use domain::session::LAST_SEEN_GRAIN;
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use store::access::Known;

use crate::credential::KnownCredential;

/// Epochs are shared by what falls into the same slot: a change now and then makes a stranger be read again.
const SLOTS: usize = 8_192;

/// Where nobody tells this node of other nodes' changes, it asks again after this long (microseconds).
const UNTOLD: i64 = 900_000;

/// How many of each are kept; the least used go first. A cache that is nearly full loses some that are in use.
const SESSIONS: usize = 2_000_000;
const HOLDINGS: usize = 2_000_000;
const ORGANIZATIONS: usize = 10_000;
const PROJECTS: usize = 500_000;
const ENTRIES: usize = 100_000;
const LOOKS: usize = 10_000;

/// When something was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    organization: u32,
    account: u32,
    everything: u32,
    at: Timestamp,
}

impl Stamp {
    /// For what belongs to the organization alone.
    pub fn without_account(self) -> Self {
        Self { account: 0, ..self }
    }
}

/// A principal's place and grants in one organization: small, for there are as many as people are signed in.
#[derive(Clone, Debug)]
pub struct Held {
    pub member: Option<MemberId>,
    pub is_service_account: bool,
    /// The account is suspended, wherever it is a member.
    pub suspended: bool,
    pub joined_at: Option<Timestamp>,
    /// Members who hold the same plain thing share it.
    pub holding: Arc<Holding>,
    /// The organization's access revision they were read at.
    pub revision: i64,
}

impl Held {
    pub fn new(known: &Known, holding: Arc<Holding>, revision: i64) -> Self {
        Self {
            member: known.member,
            is_service_account: known.service_account.is_some(),
            suspended: known.suspended,
            joined_at: known.joined_at,
            holding,
            revision,
        }
    }
}

pub struct Memory {
    organization_epochs: Box<[AtomicU32]>,
    account_epochs: Box<[AtomicU32]>,
    everything: AtomicU32,
    /// Whether changes that are made elsewhere are told here.
    told: AtomicBool,
    pub(crate) credentials: Cache<[u8; 32], Remembered<KnownCredential>>,
    organizations: Cache<OrganizationId, Remembered<Arc<OrganizationAccess>>>,
    holdings: Cache<(OrganizationId, Principal), Remembered<Held>>,
    projects: Cache<ProjectId, Remembered<ProjectFacts>>,
    /// Believed only while the organization still says so itself.
    slugs: Cache<Box<str>, OrganizationId>,
    project_slugs: Cache<(OrganizationId, Box<str>), Remembered<ProjectId>>,
    /// A membership never moves to another account.
    accounts: Cache<MemberId, AccountId>,
    /// When a session was last in an organization.
    pub(crate) entries: Cache<(SessionId, OrganizationId), Timestamp>,
    /// When a superuser's session or token last looked into one it is no member of.
    pub(crate) looks: Cache<(Credential, OrganizationId), Timestamp>,
}

/// How many of each are remembered.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub credentials: u64,
    pub holdings: u64,
    pub organizations: u64,
}

#[derive(Clone)]
pub struct Remembered<T> {
    stamp: Stamp,
    value: T,
}

/// A project's slug as it is looked up, without a text of its own.
#[derive(Hash)]
struct Slug<'a>(OrganizationId, &'a str);

impl Equivalent<(OrganizationId, Box<str>)> for Slug<'_> {
    fn equivalent(&self, key: &(OrganizationId, Box<str>)) -> bool {
        self.0 == key.0 && *self.1 == *key.1
    }
}

fn slots() -> Box<[AtomicU32]> {
    (0..SLOTS).map(|_| AtomicU32::new(0)).collect()
}

impl Memory {
    pub fn new(told: bool) -> Self {
        Self {
            organization_epochs: slots(),
            account_epochs: slots(),
            everything: AtomicU32::new(0),
            told: AtomicBool::new(told),
            credentials: Cache::new(SESSIONS),
            organizations: Cache::new(ORGANIZATIONS),
            holdings: Cache::new(HOLDINGS),
            projects: Cache::new(PROJECTS),
            slugs: Cache::new(ORGANIZATIONS),
            project_slugs: Cache::new(PROJECTS),
            accounts: Cache::new(HOLDINGS),
            entries: Cache::new(ENTRIES),
            looks: Cache::new(LOOKS),
        }
    }

    /// To be taken before reading what is to be remembered.
    pub fn stamp(&self, organization: Option<OrganizationId>, account: Option<AccountId>, now: Timestamp) -> Stamp {
        let organization = organization.map(|id| epoch(&self.organization_epochs, id));
        let account = account.map(|id| epoch(&self.account_epochs, id));
        Stamp {
            organization: organization.map_or(0, |epoch| epoch.load(Ordering::SeqCst)),
            account: account.map_or(0, |epoch| epoch.load(Ordering::SeqCst)),
            everything: self.everything.load(Ordering::SeqCst),
            at: now,
        }
    }

    fn holds(
        &self,
        stamp: Stamp,
        organization: Option<OrganizationId>,
        account: Option<AccountId>,
        now: Timestamp,
    ) -> bool {
        let current = self.stamp(organization, account, stamp.at);
        stamp == current && (self.told.load(Ordering::Relaxed) || (0..UNTOLD).contains(&now.since(stamp.at)))
    }

    /// Who may do what in the organization has changed. Called after the change is on disk, before it is acknowledged.
    pub fn organization_changed(&self, id: OrganizationId) {
        epoch(&self.organization_epochs, id).fetch_add(1, Ordering::SeqCst);
    }

    /// An account's credentials, standing or powers have changed.
    pub fn account_changed(&self, id: AccountId) {
        epoch(&self.account_epochs, id).fetch_add(1, Ordering::SeqCst);
    }

    /// Anything may have changed.
    pub fn everything_changed(&self) {
        self.everything.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether other nodes' changes are told here; where they are not, nothing is believed for long. Returns whether they
    /// were.
    pub fn set_told(&self, told: bool) -> bool {
        // What was read before they were told is not believed for a moment longer than before.
        self.everything_changed();
        self.told.swap(told, Ordering::SeqCst)
    }

    pub fn is_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// One that is still good, and its last use noted recently enough.
    pub fn credential(&self, hash: &[u8; 32], now: Timestamp) -> Option<KnownCredential> {
        let Remembered { stamp, value } = self.credentials.get(hash)?;
        let is_good = self.holds(stamp, value.organization(), value.account(), now)
            && value.is_live(now)
            && now.since(stamp.at) <= LAST_SEEN_GRAIN;
        is_good.then_some(value)
    }

    pub fn remember_credential(&self, hash: [u8; 32], stamp: Stamp, value: KnownCredential) {
        self.credentials.insert(hash, Remembered { stamp, value });
    }

    pub fn organization(&self, id: OrganizationId, now: Timestamp) -> Option<Arc<OrganizationAccess>> {
        let known = self.organizations.get(&id)?;
        self.holds(known.stamp, Some(id), None, now).then_some(known.value)
    }

    pub fn remember_organization(&self, stamp: Stamp, value: Arc<OrganizationAccess>) {
        self.organizations
            .insert(value.organization, Remembered { stamp, value });
    }

    /// Of a principal that is no member: those are remembered by their accounts.
    pub fn held(&self, organization: OrganizationId, principal: Principal, now: Timestamp) -> Option<Held> {
        let known = self.holdings.get(&(organization, principal))?;
        self.holds(known.stamp, Some(organization), account_of(principal), now)
            .then_some(known.value)
    }

    pub fn remember_held(&self, organization: OrganizationId, principal: Principal, stamp: Stamp, value: Held) {
        self.holdings
            .insert((organization, principal), Remembered { stamp, value });
    }

    /// Whether both the organization and what this one holds there are remembered.
    pub fn knows(&self, organization: OrganizationId, principal: Principal, now: Timestamp) -> bool {
        self.organization(organization, now).is_some() && self.held(organization, principal, now).is_some()
    }

    pub fn project(&self, id: ProjectId, now: Timestamp) -> Option<ProjectFacts> {
        let known = self.projects.get(&id)?;
        self.holds(known.stamp, Some(known.value.organization), None, now)
            .then_some(known.value)
    }

    pub fn remember_project(&self, stamp: Stamp, value: ProjectFacts) {
        self.projects.insert(value.id, Remembered { stamp, value });
    }

    pub fn organization_of_slug(&self, slug: &str) -> Option<OrganizationId> {
        self.slugs.get(slug)
    }

    pub fn remember_slug(&self, slug: &str, id: OrganizationId) {
        self.slugs.insert(slug.into(), id);
    }

    pub fn project_of_slug(&self, organization: OrganizationId, slug: &str, now: Timestamp) -> Option<ProjectId> {
        let known = self.project_slugs.get(&Slug(organization, slug))?;
        self.holds(known.stamp, Some(organization), None, now)
            .then_some(known.value)
    }

    pub fn remember_project_slug(&self, organization: OrganizationId, slug: &str, stamp: Stamp, id: ProjectId) {
        self.project_slugs
            .insert((organization, slug.into()), Remembered { stamp, value: id });
    }

    /// How much is remembered.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            credentials: self.credentials.len() as u64,
            holdings: self.holdings.len() as u64,
            organizations: self.organizations.len() as u64,
        }
    }

    pub fn account(&self, member: MemberId) -> Option<AccountId> {
        self.accounts.get(&member)
    }

    pub fn remember_account(&self, member: MemberId, account: AccountId) {
        self.accounts.insert(member, account);
    }
}

pub fn account_of(principal: Principal) -> Option<AccountId> {
    match principal {
        Principal::Account(account) => Some(account),
        _ => None,
    }
}

/// The last bits of an id are chance.
fn epoch(epochs: &[AtomicU32], id: impl Id) -> &AtomicU32 {
    let slot = usize::try_from(id.uuid().as_u128() % SLOTS as u128).unwrap_or(0);
    &epochs[slot]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(5);

    fn facts() -> ProjectFacts {
        ProjectFacts {
            id: ProjectId::new(NOW, [1; 10]),
            organization: OrganizationId::new(NOW, [2; 10]),
            open: true,
        }
    }

    #[test]
    fn what_was_read_before_a_change_is_not_believed_after_it() {
        let (memory, facts) = (Memory::new(true), facts());
        let early = memory.stamp(Some(facts.organization), None, NOW);
        memory.remember_project(early, facts);
        assert_eq!(memory.project(facts.id, NOW), Some(facts));
        memory.organization_changed(facts.organization);
        assert_eq!(memory.project(facts.id, NOW), None);
        // It was being read while the change was made.
        memory.remember_project(early, facts);
        assert_eq!(memory.project(facts.id, NOW), None);
    }

    #[test]
    fn a_node_that_is_not_told_of_changes_elsewhere_asks_again_within_a_second() {
        let (memory, facts) = (Memory::new(false), facts());
        let stamp = memory.stamp(Some(facts.organization), None, NOW);
        memory.remember_project(stamp, facts);
        assert_eq!(memory.project(facts.id, NOW.plus(UNTOLD - 1)), Some(facts));
        assert_eq!(memory.project(facts.id, NOW.plus(UNTOLD)), None);
        // A clock that was set back does not make anything new.
        assert_eq!(memory.project(facts.id, NOW.plus(-1)), None);
    }
}

//! The audit log: one entry for each committed change, written in its transaction and tied to the one before.
// tidy: long because one entry is written and read by one list of columns

#[cfg(feature = "yardstick")]
pub mod yardstick;

use domain::Timestamp;
use domain::actor::Origin;
use domain::audit::chain::VERSION;
use domain::audit::{Chain, Digest, Entry, Event, Salting, Seed, Target};
use domain::id::{EventId, Id, OrganizationId};
use uuid::Uuid;

use crate::audit_chain::{self, Head};
use crate::db::{Bind as _, Error, Query, Result, Row, Value, assembled, json, query};
use crate::many::Many;
use crate::{Mode, Tx, Writing};

/// `organization` is `None` for the instance's own log.
pub struct NewEntry<'a> {
    pub id: EventId,
    pub organization: Option<OrganizationId>,
    pub at: Timestamp,
    pub actor: &'a Target,
    pub event: &'a Event,
    pub origin: &'a Origin,
    /// Chance: what its fields are salted by.
    pub seed: Seed,
}

/// Ends what a transaction does: on PostgreSQL whoever writes the same log waits from here on until it is committed.
pub async fn append(tx: &mut Tx<Writing>, new: &NewEntry<'_>) -> Result<()> {
    #[cfg(feature = "yardstick")]
    if yardstick::is_off() {
        return Ok(());
    }
    let chain = Chain::of(new.organization);
    if let Some(guess) = tx.heads().guess(chain)
        && insert(tx, &tied(new, chain, guess)?).await?
    {
        return Ok(());
    }
    // It was the one or the other.
    tx.prove().await?;
    let head = audit_chain::take(tx, chain).await?;
    if insert(tx, &tied(new, chain, head)?).await? {
        return Ok(());
    }
    Err(Error::Corrupt(format!(
        "the chain of {chain} has moved while it was held"
    )))
}

/// The same of many entries of one log, in their order.
pub async fn append_all(
    tx: &mut Tx<Writing>,
    organization: Option<OrganizationId>,
    new: &[NewEntry<'_>],
) -> Result<()> {
    #[cfg(feature = "yardstick")]
    if yardstick::is_off() {
        return Ok(());
    }
    tx.prove().await?;
    let chain = Chain::of(organization);
    let mut head = audit_chain::take(tx, chain).await?;
    let mut rows = Many::new(INSERT, COLUMNS_INSERTED);
    for new in new {
        let entry = tied(new, chain, head)?;
        head = Head::of(&entry);
        for value in values(&entry)? {
            rows.put(value);
        }
    }
    rows.execute(tx).await?;
    audit_chain::put(tx, chain, head).await?;
    tx.heads().believe(chain, head);
    Ok(())
}

fn tied(new: &NewEntry<'_>, chain: Chain, head: Head) -> Result<Entry> {
    let mut entry = Entry {
        id: new.id,
        at: new.at,
        actor: storable(new.actor),
        action: new.event.action.name().to_owned(),
        target: storable(&new.event.target),
        before: new.event.before.clone(),
        after: new.event.after.clone(),
        address: storable_text(&new.origin.address),
        medium: new.origin.medium.name().to_owned(),
        request_id: storable_text(&new.origin.request_id),
        chain,
        number: head.number + 1,
        version: VERSION,
        salting: Salting::Whole { seed: new.seed },
        previous_hash: head.hash,
        hash: Digest::NONE,
    };
    entry.hash = hash(&entry)?;
    Ok(entry)
}

pub(crate) fn hash(entry: &Entry) -> Result<Digest> {
    entry.computed_hash().map_err(|error| Error::Corrupt(error.to_string()))
}

/// As PostgreSQL keeps a text: the hash is to be of what will be read again.
fn storable_text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn storable(target: &Target) -> Target {
    Target {
        kind: storable_text(&target.kind),
        id: storable_text(&target.id),
        name: storable_text(&target.name),
    }
}

macro_rules! insert {
    () => {
        "INSERT INTO audit_event (organization_id, id, at, actor_type, actor_id, actor_name, action, target_type,
             target_id, target_name, before_state, after_state, address, medium, request_id, number, version, seed, salting, hash)"
    };
}

const INSERT: &str = insert!();
const COLUMNS_INSERTED: usize = 20;

/// The entry and the chain's new head, at one go, which does nothing where the head is another one than the entry follows, or
/// where the session has ended by which the change is made. Returns whether it was that one, and lives.
async fn insert(tx: &mut Tx<Writing>, entry: &Entry) -> Result<bool> {
    let session = tx.unproved();
    let mut statement = query(match (tx.is_sqlite(), session.is_some()) {
        (true, false) => SQLITE_INSERT,
        (true, true) => SQLITE_INSERT_BY_SESSION,
        (false, false) => POSTGRES_INSERT,
        (false, true) => POSTGRES_INSERT_BY_SESSION,
    });
    for value in values(entry)? {
        statement = statement.bind(value);
    }
    statement = statement.bind(entry.previous_hash.bytes());
    if let Some(session) = session {
        statement = statement.bind(session);
    }
    let met = statement.execute(tx).await?;
    if met > 0 {
        tx.proved();
        tx.heads().believe(entry.chain, Head::of(entry));
    }
    Ok(met > 0)
}

fn values(entry: &Entry) -> Result<[Value; COLUMNS_INSERTED]> {
    Ok([
        entry.chain.key().value(),
        entry.id.value(),
        entry.at.value(),
        entry.actor.kind.as_str().value(),
        entry.actor.id.as_str().value(),
        entry.actor.name.as_str().value(),
        entry.action.as_str().value(),
        entry.target.kind.as_str().value(),
        entry.target.id.as_str().value(),
        entry.target.name.as_str().value(),
        json(&entry.before)?.value(),
        json(&entry.after)?.value(),
        entry.address.as_str().value(),
        entry.medium.as_str().value(),
        entry.request_id.as_str().value(),
        entry.number.value(),
        entry.version.value(),
        seed(&entry.salting).value(),
        salting(&entry.salting)?.value(),
        entry.hash.bytes().value(),
    ])
}

// A trigger moves the head.
macro_rules! sqlite_insert {
    ($condition:literal) => {
        concat!(
            insert!(),
            " SELECT organization_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
              FROM audit_chain WHERE organization_id = $1 AND number = $16 - 1 AND hash = $21",
            $condition
        )
    };
}

macro_rules! postgres_insert {
    ($condition:literal) => {
        concat!(
            "WITH head AS (
                 UPDATE audit_chain SET number = $16, hash = $20
                 WHERE organization_id = $1 AND number = $16 - 1 AND hash = $21",
            $condition,
            "    RETURNING organization_id
             ) ",
            insert!(),
            " SELECT organization_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
              FROM head"
        )
    };
}

const SQLITE_INSERT: &str = sqlite_insert!("");
const SQLITE_INSERT_BY_SESSION: &str = sqlite_insert!(" AND EXISTS (SELECT 1 FROM session WHERE id = $22)");
const POSTGRES_INSERT: &str = postgres_insert!("");
const POSTGRES_INSERT_BY_SESSION: &str = postgres_insert!(" AND EXISTS (SELECT 1 FROM session WHERE id = $22)");

pub(crate) fn seed(salting: &Salting) -> Option<Vec<u8>> {
    match salting {
        Salting::Whole { seed } => Some(seed.0.to_vec()),
        Salting::Partial { .. } => None,
    }
}

pub(crate) fn salting(salting: &Salting) -> Result<Option<String>> {
    match salting {
        Salting::Whole { .. } => Ok(None),
        Salting::Partial { .. } => json(salting).map(Some),
    }
}

/// What to look for; everything given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub target: Option<String>,
    pub medium: Option<String>,
    pub after: Option<Timestamp>,
    pub before: Option<Timestamp>,
    /// Part of a name of actor or target, or of an address or a request's id.
    pub query: Option<String>,
    /// The last entry already seen.
    pub older_than: Option<EventId>,
}

impl Filter {
    /// Whether every entry matches.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An entry with the hash of the one before, which for the first that is left is the checkpoint.
const COLUMNS: &str = "SELECT e.organization_id, e.id, e.at, e.actor_type, e.actor_id, e.actor_name, e.action, e.target_type,
             e.target_id, e.target_name, e.before_state, e.after_state, e.address, e.medium, e.request_id, e.number,
             e.version, e.seed, e.salting, e.hash,
             COALESCE(
                 (SELECT p.hash FROM audit_event p WHERE p.organization_id = e.organization_id AND p.number = e.number - 1),
                 (SELECT c.pruned_hash FROM audit_chain c WHERE c.organization_id = e.organization_id)
             ) AS previous_hash
         FROM audit_event e";

/// The latest first.
pub async fn list(tx: &mut Tx<impl Mode>, chain: Chain, filter: &Filter, limit: i64) -> Result<Vec<Entry>> {
    let older_than = filter.older_than.map_or(Uuid::max(), Id::uuid);
    matching("e.id < $2", "e.id DESC", chain, filter, limit, |statement| {
        statement.bind(older_than)
    })
    .fetch_all(tx)
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// In the order they were written, from behind a number on.
pub async fn follow(
    tx: &mut Tx<impl Mode>,
    chain: Chain,
    filter: &Filter,
    behind: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    matching("e.number > $2", "e.number", chain, filter, limit, |statement| {
        statement.bind(behind)
    })
    .fetch_all(tx)
    .await?
    .iter()
    .map(from_row)
    .collect()
}

/// How many entries are older than that.
pub async fn count_before(tx: &mut Tx<impl Mode>, chain: Chain, before: Timestamp) -> Result<i64> {
    query("SELECT COUNT(*) AS count FROM audit_event WHERE organization_id = $1 AND id < $2 AND at < $3")
        .bind(chain.key())
        .bind(edge(before, false))
        .bind(before)
        .fetch_one(tx)
        .await?
        .get("count")
}

fn matching(
    place: &str,
    order: &str,
    chain: Chain,
    filter: &Filter,
    limit: i64,
    placed: impl FnOnce(Query) -> Query,
) -> Query {
    let mut sql = format!("{COLUMNS} WHERE e.organization_id = $1 AND {place}");
    let mut texts: Vec<String> = Vec::new();
    let mut add = |condition: &str, text: String| {
        texts.push(text);
        sql.push_str(&condition.replace('?', &format!("${}", texts.len() + 2)));
    };
    for (condition, text) in [
        (" AND e.actor_id = ?", &filter.actor),
        (" AND e.action = ?", &filter.action),
        (" AND e.target_id = ?", &filter.target),
        (" AND e.medium = ?", &filter.medium),
    ] {
        if let Some(text) = text {
            add(condition, text.clone());
        }
    }
    if let Some(needle) = &filter.query {
        let pattern = format!("%{}%", crate::account::escape_like(&needle.to_lowercase()));
        add(
            " AND (LOWER(e.actor_name) LIKE ? ESCAPE '!' OR LOWER(e.target_name) LIKE ? ESCAPE '!'
                 OR e.address LIKE ? ESCAPE '!' OR e.request_id LIKE ? ESCAPE '!')",
            pattern,
        );
    }
    // An id begins with its time, so that the index finds where a span of time begins and ends.
    let mut span: Vec<(Timestamp, EventId)> = Vec::new();
    for (at, since, condition) in [
        (filter.after, true, " AND e.at >= ? AND e.id >= !"),
        (filter.before, false, " AND e.at < ? AND e.id < !"),
    ] {
        if let Some(at) = at {
            let first = texts.len() + 3 + span.len() * 2;
            let condition = condition.replace('?', &format!("${first}"));
            sql.push_str(&condition.replace('!', &format!("${}", first + 1)));
            span.push((at, edge(at, since)));
        }
    }
    sql.push_str(&format!(" ORDER BY {order} LIMIT {limit}"));
    let mut statement = placed(assembled(sql).bind(chain.key()));
    for text in texts {
        statement = statement.bind(text);
    }
    for (at, id) in span {
        statement = statement.bind(at).bind(id);
    }
    statement
}

/// An id that no entry of that time or later is below, or that every entry before it is below.
fn edge(at: Timestamp, since: bool) -> EventId {
    let millis = u128::try_from(at.micros() / 1_000).unwrap_or(0).min((1 << 48) - 2);
    EventId::from_uuid(Uuid::from_u128((millis + u128::from(!since)) << 80))
}

pub(crate) fn from_row(row: &Row) -> Result<Entry> {
    let salting = match row.get::<Option<Vec<u8>>>("seed")? {
        Some(bytes) => Salting::Whole {
            seed: Seed(sized(&bytes, "seed")?),
        },
        None => row.json("salting")?,
    };
    Ok(Entry {
        id: row.id("id")?,
        at: row.get("at")?,
        actor: Target {
            kind: row.get("actor_type")?,
            id: row.get("actor_id")?,
            name: row.get("actor_name")?,
        },
        action: row.get("action")?,
        target: Target {
            kind: row.get("target_type")?,
            id: row.get("target_id")?,
            name: row.get("target_name")?,
        },
        before: row.json("before_state")?,
        after: row.json("after_state")?,
        address: row.get("address")?,
        medium: row.get("medium")?,
        request_id: row.get("request_id")?,
        chain: Chain::from_key(row.id("organization_id")?),
        number: row.get("number")?,
        version: row.get("version")?,
        salting,
        previous_hash: digest(row, "previous_hash")?,
        hash: digest(row, "hash")?,
    })
}

/// What was written before there were chains has none until it is tied.
pub(crate) fn digest(row: &Row, column: &str) -> Result<Digest> {
    match row.get::<Option<Vec<u8>>>(column)? {
        Some(bytes) => sized(&bytes, column).map(Digest::from_bytes),
        None => Ok(Digest::NONE),
    }
}

fn sized<const N: usize>(bytes: &[u8], column: &str) -> Result<[u8; N]> {
    bytes
        .try_into()
        .map_err(|_| Error::Corrupt(format!("column {column} has {} bytes", bytes.len())))
}

/// One entry of a chain.
pub(crate) async fn find(tx: &mut Tx<impl Mode>, chain: Chain, id: EventId) -> Result<Option<Entry>> {
    let row = assembled(format!("{COLUMNS} WHERE e.organization_id = $1 AND e.id = $2"))
        .bind(chain.key())
        .bind(id)
        .fetch_optional(tx)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Entries to be changed, which nobody else changes meanwhile.
pub(crate) async fn take(tx: &mut Tx<Writing>, chain: Chain, number: i64) -> Result<Option<Entry>> {
    let lock = if tx.is_sqlite() { "" } else { " FOR UPDATE OF e" };
    let row = assembled(format!(
        "{COLUMNS} WHERE e.organization_id = $1 AND e.number = $2{lock}"
    ))
    .bind(chain.key())
    .bind(number)
    .fetch_optional(tx)
    .await?;
    row.as_ref().map(from_row).transpose()
}

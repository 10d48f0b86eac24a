//! Where each chain of audit entries ends and begins: its last entry, and the last of those that were removed because they
//! were old.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use domain::audit::chain::VERSION;
use domain::audit::{Chain, Digest, Entry};

use crate::audit::{digest, from_row, hash};
use crate::db::{Result, assembled, query};
use crate::{Mode, Tx, Writing};

/// The last entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// 0 where there is none.
    pub number: i64,
    pub hash: Digest,
}

impl Head {
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            hash: entry.hash,
        }
    }
}

/// How many chains' heads are believed to be known.
const KNOWN: usize = 4_096;

/// Where each chain is believed to end, so that whoever writes into one need not ask first. Only believed: the statement that
/// writes finds out whether it is so, after a change that was taken back or made by another node it is not.
#[derive(Clone, Default)]
pub(crate) struct Heads(Arc<Mutex<HashMap<Chain, Head>>>);

impl Heads {
    pub fn guess(&self, chain: Chain) -> Option<Head> {
        self.known().get(&chain).copied()
    }

    pub fn believe(&self, chain: Chain, head: Head) {
        let mut known = self.known();
        if known.len() >= KNOWN && !known.contains_key(&chain) {
            known.clear();
        }
        known.insert(chain, head);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Chain, Head>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A chain from where it begins to where it ends.
#[derive(Clone, Copy, Debug)]
pub struct State {
    pub head: Head,
    /// What the first entry that is left continues.
    pub checkpoint: Head,
    pub pruned_at: Timestamp,
}

/// The chain's end, which is this transaction's until its own end. An organization's writers stand in line already; those
/// of the instance's do so here.
pub(crate) async fn take(tx: &mut Tx<Writing>, chain: Chain) -> Result<Head> {
    if let Some(head) = locked(tx, chain).await? {
        return Ok(head);
    }
    query(
        "INSERT INTO audit_chain (organization_id, number, hash, pruned_number, pruned_hash, pruned_at)
         VALUES ($1, 0, $2, 0, $2, 0) ON CONFLICT (organization_id) DO NOTHING",
    )
    .bind(chain.key())
    .bind(Digest::NONE.bytes())
    .execute(tx)
    .await?;
    Ok(locked(tx, chain).await?.unwrap_or(Head {
        number: 0,
        hash: Digest::NONE,
    }))
}

async fn locked(tx: &mut Tx<Writing>, chain: Chain) -> Result<Option<Head>> {
    let lock = if tx.is_sqlite() { "" } else { " FOR UPDATE" };
    let row = assembled(format!(
        "SELECT number, hash FROM audit_chain WHERE organization_id = $1{lock}"
    ))
    .bind(chain.key())
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        Ok(Head {
            number: row.get("number")?,
            hash: digest(&row, "hash")?,
        })
    })
    .transpose()
}

pub(crate) async fn put(tx: &mut Tx<Writing>, chain: Chain, head: Head) -> Result<()> {
    query("UPDATE audit_chain SET number = $2, hash = $3 WHERE organization_id = $1")
        .bind(chain.key())
        .bind(head.number)
        .bind(head.hash.bytes())
        .execute(tx)
        .await?;
    Ok(())
}

/// `None` where nothing was ever written.
pub async fn state(tx: &mut Tx<impl Mode>, chain: Chain) -> Result<Option<State>> {
    let row =
        query("SELECT number, hash, pruned_number, pruned_hash, pruned_at FROM audit_chain WHERE organization_id = $1")
            .bind(chain.key())
            .fetch_optional(tx)
            .await?;
    row.map(|row| {
        Ok(State {
            head: Head {
                number: row.get("number")?,
                hash: digest(&row, "hash")?,
            },
            checkpoint: Head {
                number: row.get("pruned_number")?,
                hash: digest(&row, "pruned_hash")?,
            },
            pruned_at: row.get("pruned_at")?,
        })
    })
    .transpose()
}

/// Every chain, some at a time.
pub async fn list(tx: &mut Tx<impl Mode>, after: Option<Chain>, limit: i64) -> Result<Vec<Chain>> {
    let sql = match after {
        None => "SELECT organization_id FROM audit_chain ORDER BY organization_id LIMIT $1 + 0",
        Some(_) => {
            "SELECT organization_id FROM audit_chain WHERE organization_id > $2 ORDER BY organization_id LIMIT $1 + 0"
        }
    };
    let mut statement = query(sql).bind(limit);
    if let Some(after) = after {
        statement = statement.bind(after.key());
    }
    let rows = statement.fetch_all(tx).await?;
    rows.iter()
        .map(|row| row.id("organization_id").map(Chain::from_key))
        .collect()
}

/// The last of up to `limit` entries at the beginning, all of them older than `before` and none beyond `up_to`.
pub async fn outdated(
    tx: &mut Tx<impl Mode>,
    chain: Chain,
    before: Timestamp,
    up_to: i64,
    limit: i64,
) -> Result<Option<Head>> {
    let rows = query(
        "SELECT at, number, hash FROM audit_event WHERE organization_id = $1 AND number <= $2 ORDER BY number LIMIT $3 + 0",
    )
    .bind(chain.key())
    .bind(up_to)
    .bind(limit)
    .fetch_all(tx)
    .await?;
    let mut last = None;
    for row in &rows {
        if row.get::<Timestamp>("at")? >= before {
            break;
        }
        last = Some(Head {
            number: row.get("number")?,
            hash: digest(row, "hash")?,
        });
    }
    Ok(last)
}

/// Removes what is no later than the checkpoint, which the rest goes on from.
pub async fn prune(tx: &mut Tx<Writing>, chain: Chain, checkpoint: Head, now: Timestamp) -> Result<u64> {
    let moved = query(
        "UPDATE audit_chain SET pruned_number = $2, pruned_hash = $3, pruned_at = $4
         WHERE organization_id = $1 AND pruned_number < $2",
    )
    .bind(chain.key())
    .bind(checkpoint.number)
    .bind(checkpoint.hash.bytes())
    .bind(now)
    .execute(tx)
    .await?;
    if moved == 0 {
        // Another node was faster.
        return Ok(0);
    }
    query("DELETE FROM audit_event WHERE organization_id = $1 AND number <= $2")
        .bind(chain.key())
        .bind(checkpoint.number)
        .execute(tx)
        .await
}

/// Ties together what was written before there were chains, in the order of its time.
pub(crate) async fn tie_all(tx: &mut Tx<Writing>) -> Result<()> {
    let rows = query("SELECT DISTINCT organization_id FROM audit_event")
        .fetch_all(tx)
        .await?;
    for row in &rows {
        tie(tx, Chain::from_key(row.id("organization_id")?)).await?;
    }
    query("CREATE UNIQUE INDEX audit_event_number ON audit_event (organization_id, number)")
        .execute(tx)
        .await?;
    // The instance's is there from the beginning: nobody waits for who makes it.
    take(tx, Chain::Instance).await?;
    Ok(())
}

async fn tie(tx: &mut Tx<Writing>, chain: Chain) -> Result<()> {
    let mut head = take(tx, chain).await?;
    let mut after = uuid::Uuid::nil();
    loop {
        let rows = query(
            "SELECT organization_id, id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name,
                 before_state, after_state, address, medium, request_id, number, version, seed, salting,
                 hash, hash AS previous_hash
             FROM audit_event WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT 500",
        )
        .bind(chain.key())
        .bind(after)
        .fetch_all(tx)
        .await?;
        let Some(last) = rows.last() else { break };
        after = last.get("id")?;
        for row in &rows {
            let mut entry = Entry {
                chain,
                number: head.number + 1,
                version: VERSION,
                previous_hash: head.hash,
                ..from_row(row)?
            };
            entry.hash = hash(&entry)?;
            head = Head {
                number: entry.number,
                hash: entry.hash,
            };
            tied(tx, &entry).await?;
        }
    }
    put(tx, chain, head).await
}

async fn tied(tx: &mut Tx<Writing>, entry: &Entry) -> Result<()> {
    query("UPDATE audit_event SET number = $3, version = $4, hash = $5 WHERE organization_id = $1 AND id = $2")
        .bind(entry.chain.key())
        .bind(entry.id)
        .bind(entry.number)
        .bind(entry.version)
        .bind(entry.hash.bytes())
        .execute(tx)
        .await?;
    Ok(())
}

//! The end of a restoration: what an older state must not bring back to life ends, the log says that it happened, and
//! whoever restores is told what was taken away since and is there again.

use std::collections::HashSet;

use domain::Timestamp;
use domain::audit::{Action, Event, Target};
use domain::id::{EventId, InstanceId};
use domain::revival::{Happened, Revived, revived};
use domain::time::HOUR;
use serde_json::json;
use store::still::{self, Facts};
use store::{Still, Store};

use crate::superuser::from_the_machine;
use crate::{Error, Result};

/// How many entries are read at once.
const AT_ONCE: i64 = 1_000;
/// A clock that was set back may have put later entries this long before the last one of the backup.
const MARGIN: i64 = HOUR;

/// What restoring has ended.
pub struct Ended {
    /// Open invitations, whose links are good no more.
    pub invitations: i64,
}

/// Ends every session and one-time link, and records the restoration in the instance's log.
///
/// # Errors
/// The database does not answer.
pub async fn finish(store: &Store, made_at: Timestamp, now: Timestamp) -> Result<Ended> {
    let mut tx = store.server().await?;
    let instance = store::instance::find(&mut tx).await?;
    let instance = instance.ok_or_else(|| Error::Unexpected("the instance has no row of its own".to_owned()))?;
    store::backup::end_what_opens(&mut tx).await?;
    let invitations = store::backup::open_invitations(&mut tx).await?;
    let target = Target::new("instance", instance.id, "instance");
    let event = Event::new(Action::InstanceRestored, target).after(json!({
        "as_of": made_at,
        "sessions": "ended",
        "links": "ended",
    }));
    let by = Target::new("system", "", "command line");
    crate::audit::record_by(&mut tx, None, &event, (&by, &from_the_machine()), now).await?;
    tx.commit().await?;
    Ok(Ended { invitations })
}

/// What the former database has recorded since.
///
/// # Errors
/// It cannot be read, or is of another instance.
pub async fn recorded_since(former: &Still, backup: &Facts) -> Result<Vec<Happened>> {
    let mut scope = former.look().await?;
    let facts = still::facts(&mut scope).await?;
    same_instance(facts.instance, backup.instance)?;
    let since = since(backup);
    let (mut happened, mut last): (Vec<Happened>, Option<EventId>) = (Vec::new(), None);
    loop {
        let entries = still::recorded_since(&mut scope, since, last, AT_ONCE).await?;
        let Some((newest, _)) = entries.last() else {
            return Ok(happened);
        };
        last = Some(*newest);
        happened.extend(entries.into_iter().map(|(_, entry)| entry));
    }
}

fn same_instance(former: InstanceId, restored: InstanceId) -> Result<()> {
    if former == restored {
        return Ok(());
    }
    Err(Error::Unexpected(format!(
        "the former database is the instance {former}, the backup is of {restored}"
    )))
}

fn since(backup: &Facts) -> Timestamp {
    backup.last_entry_at.map_or(Timestamp::default(), |at| at.plus(-MARGIN))
}

/// Of what was recorded elsewhere, what the restored database does not know of and has alive again.
///
/// # Errors
/// The database does not answer.
pub async fn undone(restored: &Store, backup: &Facts, mut happened: Vec<Happened>) -> Result<Vec<Revived>> {
    let known = known(restored, since(backup)).await?;
    happened.retain(|entry| entry.at >= since(backup) && !known.contains(&entry.id));
    happened.sort_by_key(|entry| entry.at);
    Ok(revived(&happened))
}

async fn known(restored: &Store, since: Timestamp) -> Result<HashSet<String>> {
    let mut scope = restored.see_server().await?;
    let (mut known, mut last) = (HashSet::new(), None);
    loop {
        let entries = still::recorded_since(&mut scope, since, last, AT_ONCE).await?;
        let Some((newest, _)) = entries.last() else {
            return Ok(known);
        };
        last = Some(*newest);
        known.extend(entries.into_iter().map(|(_, entry)| entry.id));
    }
}

//! Undoing an audit entry: the opposite change, made by whoever may make it, as they would make it by hand. Its preview, its
//! permission, `can_grant`, slots, events and all else are that change's own.

mod carried_out;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use domain::Refusal;
use domain::audit::{Entry, Event};
use domain::id::EventId;
use domain::permission::AuditLogView;
use domain::undo::{Recorded, UNDOES};
use serde_json::{Value, json};
use store::{Reading, Scope, Writing};

use crate::authorization::Outcome;
use crate::{Authorized, Error, OrganizationRef, Request, Result, Roster};

/// Goes along with the request that takes an entry back, to the place where its change is committed.
#[derive(Clone, Debug)]
pub struct Undoing {
    recorded: Arc<Recorded>,
    made: Arc<OnceLock<Made>>,
}

/// The entry of the opposite change.
#[derive(Clone, Debug)]
pub struct Made {
    pub id: EventId,
    pub event: Event,
}

/// Takes back what an entry tells of.
///
/// # Errors
/// The caller may not see the log or not make the opposite change; there is none; the entry was taken back already, or what it
/// changed has changed since.
pub async fn undo(
    roster: &Roster,
    request: &Request,
    organization: &OrganizationRef,
    event: EventId,
) -> Result<Outcome<Made>> {
    let mut seen = roster.see::<AuditLogView>(request, organization).await?;
    let found = store::undo::find(seen.scope(), event).await?;
    // The change opens the organization itself.
    drop(seen);
    let recorded = found.ok_or(Refusal::NotFound { what: "audit entry" })?;
    if recorded.undone_by.is_some() {
        return Err(Refusal::AlreadyUndone.into());
    }
    let opposite = recorded
        .opposite()
        .map_err(|why| Refusal::NotReversible { why: why.0 })?;
    let undoing = Undoing {
        recorded: Arc::new(recorded),
        made: Arc::default(),
    };
    let request = Request {
        undoing: Some(undoing.clone()),
        if_match: None,
        ..request.clone()
    };
    let carried_out = Box::pin(carried_out::carry_out(roster, &request, organization, opposite)).await;
    match carried_out.map_err(no_longer)? {
        Outcome::Previewed(preview) => Ok(Outcome::Previewed(preview)),
        Outcome::Done(()) => match undoing.made.get() {
            Some(made) => Ok(Outcome::Done(made.clone())),
            // What finds nothing to do writes no entry.
            None => Err(Refusal::ChangedSince {
                detail: "it is as it was before already".to_owned(),
            }
            .into()),
        },
    }
}

/// Whether there is a change that takes the entry back, as far as its own words tell.
pub fn is_reversible(entry: &Entry) -> bool {
    Recorded::from(entry).opposite().is_ok()
}

/// One entry of the log.
///
/// # Errors
/// There is none in this organization.
pub async fn find(seen: &mut Authorized<AuditLogView, Reading>, event: EventId) -> Result<Recorded> {
    let found = store::undo::find(seen.scope(), event).await?;
    Ok(found.ok_or(Refusal::NotFound { what: "audit entry" })?)
}

/// Which entries were taken back, each with the one that did.
///
/// # Errors
/// The database does not answer.
pub async fn undone(
    seen: &mut Authorized<AuditLogView, Reading>,
    events: &[EventId],
) -> Result<HashMap<EventId, EventId>> {
    Ok(store::undo::undone(seen.scope(), events).await?)
}

/// What the opposite change cannot find or take any more has changed since; that is what its reader has to know.
fn no_longer(error: Error) -> Error {
    let detail = match error {
        Error::Refused(Refusal::NotFound { what }) => format!("the {what} is no longer there"),
        Error::Invalid(fields) => {
            let told: Vec<String> = fields
                .iter()
                .map(|field| format!("{} {}", field.pointer.trim_start_matches('/'), field.detail))
                .collect();
            told.join("; ")
        }
        other => return other,
    };
    Refusal::ChangedSince { detail }.into()
}

impl Undoing {
    /// # Errors
    /// What the entry changed is not as it left it. `present` is what the opposite change found, in its own transaction.
    pub(crate) fn still_fits(&self, present: &Value) -> Result<()> {
        let moved_on = self.recorded.moved_on(present);
        if moved_on.is_empty() {
            return Ok(());
        }
        let detail = moved_on.join("; ");
        Err(Refusal::ChangedSince { detail }.into())
    }

    /// The event of the opposite change, which says what it took back.
    pub(crate) fn named_in(&self, mut event: Event) -> Event {
        if event.after.is_null() {
            event.after = json!({});
        }
        if let Some(after) = event.after.as_object_mut() {
            after.insert(UNDOES.to_owned(), json!(self.recorded.id));
        }
        event
    }

    /// Keeps that the entry was taken back, once.
    pub(crate) async fn mark(&self, scope: &mut Scope<Writing>, id: EventId, event: &Event) -> Result<()> {
        store::undo::mark(scope, self.recorded.id, id).await?;
        let event = event.clone();
        let _made_once = self.made.set(Made { id, event });
        Ok(())
    }
}

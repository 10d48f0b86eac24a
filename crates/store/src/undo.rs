//! Entries of the audit log that are taken back, each once: which they are, and by which entry.

use std::collections::HashMap;

use domain::Refusal;
use domain::audit::Chain;
use domain::id::EventId;
use domain::undo::Recorded;

use crate::db::{Result, assembled, query};
use crate::{Mode, Scope, Writing, audit};

/// An entry of this organization, and whether it was taken back.
pub async fn find(scope: &mut Scope<impl Mode>, id: EventId) -> Result<Option<Recorded>> {
    let chain = Chain::Organization(scope.organization().id);
    let Some(entry) = audit::find(scope.tx(), chain, id).await? else {
        return Ok(None);
    };
    Ok(Some(Recorded {
        undone_by: undone(scope, &[id]).await?.remove(&id),
        ..Recorded::from(&entry)
    }))
}

/// Which of them were taken back, each with the entry that did.
pub async fn undone(scope: &mut Scope<impl Mode>, events: &[EventId]) -> Result<HashMap<EventId, EventId>> {
    if events.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (2..events.len() + 2).map(|number| format!("${number}")).collect();
    let mut statement = assembled(format!(
        "SELECT event_id, undone_by_id FROM audit_undone WHERE organization_id = $1 AND event_id IN ({})",
        places.join(", ")
    ))
    .bind(scope.organization().id);
    for event in events {
        statement = statement.bind(*event);
    }
    let rows = statement.fetch_all(scope.tx()).await?;
    rows.iter()
        .map(|row| Ok((row.id("event_id")?, row.id("undone_by_id")?)))
        .collect()
}

/// Of two who take back the same, one does.
pub async fn mark(scope: &mut Scope<Writing>, event: EventId, by: EventId) -> Result<()> {
    let organization = scope.organization().id;
    query("INSERT INTO audit_undone (organization_id, event_id, undone_by_id) VALUES ($1, $2, $3)")
        .bind(organization)
        .bind(event)
        .bind(by)
        .conflict(Refusal::AlreadyUndone)
        .execute(scope.tx())
        .await?;
    Ok(())
}

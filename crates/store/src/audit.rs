//! The audit log: one entry for each committed change, written in its transaction.

use domain::Timestamp;
use domain::actor::Origin;
use domain::audit::{Entry, Event, Target};
use domain::id::{EventId, Id, OrganizationId};
use uuid::Uuid;

use crate::db::{Result, Row, assembled, json, query};
use crate::{Mode, Tx, Writing};

/// `organization` is `None` for the instance's own log.
pub struct NewEntry<'a> {
    pub id: EventId,
    pub organization: Option<OrganizationId>,
    pub at: Timestamp,
    pub actor: &'a Target,
    pub event: &'a Event,
    pub origin: &'a Origin,
}

pub async fn append(tx: &mut Tx<Writing>, new: &NewEntry<'_>) -> Result<()> {
    query(
        "INSERT INTO audit_event (organization_id, id, at, actor_type, actor_id, actor_name, action, target_type, target_id,
             target_name, before_state, after_state, address, medium, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(chain(new.organization))
    .bind(new.id)
    .bind(new.at)
    .bind(new.actor.kind.as_str())
    .bind(new.actor.id.as_str())
    .bind(new.actor.name.as_str())
    .bind(new.event.action.name())
    .bind(new.event.target.kind.as_str())
    .bind(new.event.target.id.as_str())
    .bind(new.event.target.name.as_str())
    .bind(json(&new.event.before)?)
    .bind(json(&new.event.after)?)
    .bind(new.origin.address.as_str())
    .bind(new.origin.medium.name())
    .bind(new.origin.request_id.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

/// What to look for; everything given must fit.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub target: Option<String>,
    pub after: Option<Timestamp>,
    pub before: Option<Timestamp>,
    /// Part of a name of actor or target.
    pub query: Option<String>,
    /// The last entry already seen.
    pub older_than: Option<EventId>,
}

/// The latest first.
pub async fn list(
    tx: &mut Tx<impl Mode>,
    organization: Option<OrganizationId>,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Entry>> {
    let mut sql =
        "SELECT id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, before_state,
             after_state, address, medium, request_id
         FROM audit_event
         WHERE organization_id = $1 AND id < $2"
            .to_owned();
    let mut texts: Vec<String> = Vec::new();
    let mut add = |condition: &str, text: String| {
        texts.push(text);
        sql.push_str(&condition.replace('?', &format!("${}", texts.len() + 4)));
    };
    if let Some(actor) = &filter.actor {
        add(" AND actor_id = ?", actor.clone());
    }
    if let Some(action) = &filter.action {
        add(" AND action = ?", action.clone());
    }
    if let Some(target) = &filter.target {
        add(" AND target_id = ?", target.clone());
    }
    if let Some(needle) = &filter.query {
        let pattern = format!("%{}%", crate::account::escape_like(&needle.to_lowercase()));
        add(
            " AND (LOWER(actor_name) LIKE ? ESCAPE '!' OR LOWER(target_name) LIKE ? ESCAPE '!')",
            pattern,
        );
    }
    sql.push_str(" AND at >= $3 AND at < $4 ORDER BY id DESC LIMIT ");
    sql.push_str(&limit.to_string());
    let mut statement = assembled(sql)
        .bind(chain(organization))
        .bind(filter.older_than.map_or(Uuid::max(), Id::uuid))
        .bind(filter.after.map_or(i64::MIN, Timestamp::micros))
        .bind(filter.before.map_or(i64::MAX, Timestamp::micros));
    for text in texts {
        statement = statement.bind(text);
    }
    statement.fetch_all(tx).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Entry> {
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
    })
}

fn chain(organization: Option<OrganizationId>) -> OrganizationId {
    organization.unwrap_or_else(|| OrganizationId::from_uuid(Uuid::nil()))
}

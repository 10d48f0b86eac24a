//! The audit log, of an organization and of the instance: by pages, and as a file of any length.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderMap;
use domain::Timestamp;
use domain::actor::Medium;
use domain::audit::Entry;
use domain::id::EventId;
use domain::permission::{AuditLogView, Permission};
use serde::{Deserialize, Serialize};
use service::audit::{self, Filter};
use service::undo;
use utoipa::ToSchema;

use super::body::{Answer, ok, seen_as};
use super::inside::Inside;
use super::page::{self, Paging, cut, one_more};
use super::representation::{AuditEvent, AuditEventList};
use super::route::{Access, JSON, LINES, Method, Parameter, Routes, TABLE};
use crate::App;
use crate::api::address::Query;
use crate::audit_export::{self, Format};
use crate::context::Caller;
use crate::problem::Problem;

const TAG: &str = "Audit";
const PARAMETERS: &[Parameter] = &[
    ("actor", "Id of who did it"),
    ("action", "Such as member.role_changed"),
    ("target", "Id of what it was done to"),
    ("medium", "web, api, cli or system"),
    ("after", "From this time on"),
    ("before", "Before this time"),
    (
        "query",
        "Part of a name of actor or target, of an address or a request's id",
    ),
];
const ANSWER: &str = "The latest first, by pages. With `Accept: text/csv` or `application/x-ndjson` all that match, \
                      streamed in the order they were written; `roster audit verify` checks the latter.";

pub fn routes(routes: &mut Routes) {
    let permission = Access::Permission(Permission::AuditLogView);
    routes.add(
        (Method::Get, "/organizations/{org}/audit-events"),
        permission,
        (TAG, "list_audit_events", "List what happened"),
        list,
        |route| {
            route
                .query(PARAMETERS)
                .query(page::PARAMETERS)
                .answers::<AuditEventList>(200, ANSWER)
                .as_kinds(&[JSON, LINES, TABLE])
        },
    );
    routes.add(
        (Method::Get, "/organizations/{org}/audit-chain"),
        permission,
        (TAG, "get_audit_chain", "See where the chain of entries begins and ends"),
        chain,
        |route| route.answers::<AuditChainBody>(200, "Its last entry, and the last that was removed for its age"),
    );
    routes.add(
        (Method::Get, "/instance/audit-events"),
        Access::Superuser,
        (TAG, "list_instance_audit_events", "List what happened to the instance"),
        list_of_instance,
        |route| {
            route
                .query(PARAMETERS)
                .query(page::PARAMETERS)
                .answers::<AuditEventList>(200, ANSWER)
                .as_kinds(&[JSON, LINES, TABLE])
        },
    );
    routes.add(
        (Method::Get, "/instance/audit-chain"),
        Access::Superuser,
        (
            TAG,
            "get_instance_audit_chain",
            "See where the instance's chain of entries begins and ends",
        ),
        chain_of_instance,
        |route| route.answers::<AuditChainBody>(200, "Its last entry, and the last that was removed for its age"),
    );
}

#[derive(Deserialize)]
struct ListQuery {
    actor: Option<String>,
    action: Option<String>,
    target: Option<String>,
    medium: Option<String>,
    after: Option<String>,
    before: Option<String>,
    query: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// What was asked for, parsed.
struct Asked {
    filter: Filter,
    limit: usize,
}

impl ListQuery {
    fn parsed(self) -> Result<Asked, Problem> {
        let paging = Paging::of(self.limit, self.cursor);
        let limit = paging.limit()?;
        let present = |text: Option<String>| text.filter(|text| !text.is_empty());
        let filter = Filter {
            actor: present(self.actor),
            action: present(self.action),
            target: present(self.target),
            medium: medium(self.medium)?,
            after: time("after", self.after)?,
            before: time("before", self.before)?,
            query: present(self.query),
            older_than: paging.cursor::<EventId>()?,
        };
        Ok(Asked { filter, limit })
    }

    fn filter(self) -> Result<Filter, Problem> {
        Ok(Filter {
            older_than: None,
            ..self.parsed()?.filter
        })
    }
}

fn medium(text: Option<String>) -> Result<Option<String>, Problem> {
    let known = [Medium::Web, Medium::Api, Medium::Cli, Medium::System].map(Medium::name);
    match text.filter(|text| !text.is_empty()) {
        Some(text) if !known.contains(&text.as_str()) => {
            Err(page::invalid("medium", "must be web, api, cli or system"))
        }
        medium => Ok(medium),
    }
}

async fn list(inside: Inside, headers: HeaderMap, Query(query): Query<ListQuery>) -> Answer {
    if let Some(format) = Format::accepted(&headers) {
        let seen = inside.see::<AuditLogView>().await?;
        let slug = seen.organization().slug.clone();
        let export = audit::export(seen, query.filter()?).await?;
        return Ok(audit_export::file(export, format, &slug));
    }
    let seen = inside.see::<AuditLogView>().await?;
    let asked = query.parsed()?;
    let entries = audit::list(seen, &asked.filter, one_more(asked.limit)).await?;
    let ids: Vec<EventId> = entries.iter().map(|entry| entry.id).collect();
    let undone = undo::undone(&mut inside.see::<AuditLogView>().await?, &ids).await?;
    Ok(paged(entries, asked.limit, &undone))
}

async fn list_of_instance(
    State(app): State<App>,
    Caller(request): Caller,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Answer {
    if let Some(format) = Format::accepted(&headers) {
        let export = app.roster.export_instance_audit(&request, query.filter()?).await?;
        return Ok(audit_export::file(export, format, "instance"));
    }
    let asked = query.parsed()?;
    let limit = one_more(asked.limit);
    let entries = app.roster.instance_audit(&request, &asked.filter, limit).await?;
    Ok(paged(entries, asked.limit, &Undone::new()))
}

/// Entries that were taken back, each with the one that did.
type Undone = HashMap<EventId, EventId>;

fn paged(entries: Vec<Entry>, limit: usize, undone: &Undone) -> axum::response::Response {
    let (entries, more) = cut(entries, limit);
    let next_cursor = entries.last().filter(|_| more).map(|last| page::cursor(&last.id));
    ok(&AuditEventList {
        items: entries
            .into_iter()
            .map(|entry| AuditEvent {
                undone_by: undone.get(&entry.id).map(ToString::to_string),
                ..AuditEvent::from(entry)
            })
            .collect(),
        next_cursor,
    })
}

fn time(field: &str, text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| page::invalid(field, "must be a time such as 2026-11-22T09:30:00Z"))
}

#[derive(Serialize, ToSchema)]
struct AuditChainBody {
    /// Of the last entry; 0 where there is none.
    number: i64,
    /// SHA-256, in hex.
    hash: String,
    /// Of the last entry that was removed because it was old; 0 where none was.
    pruned_number: i64,
    /// What the first entry that is left continues.
    pruned_hash: String,
}

fn of_state(state: Option<audit::State>) -> axum::response::Response {
    let (head, checkpoint) = state.map_or_else(Default::default, |state| (state.head, state.checkpoint));
    seen_as(&AuditChainBody {
        number: head.number,
        hash: head.hash.to_string(),
        pruned_number: checkpoint.number,
        pruned_hash: checkpoint.hash.to_string(),
    })
}

async fn chain(inside: Inside) -> Answer {
    let mut seen = inside.see::<AuditLogView>().await?;
    Ok(of_state(audit::state(&mut seen).await?))
}

async fn chain_of_instance(State(app): State<App>, Caller(request): Caller) -> Answer {
    Ok(of_state(app.roster.instance_audit_state(&request).await?))
}

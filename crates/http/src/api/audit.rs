//! The audit log.

use domain::Timestamp;
use domain::audit::Entry;
use domain::id::EventId;
use domain::permission::{AuditLogView, Permission};
use serde::Deserialize;
use service::audit::{self, Filter};

use super::body::{Answer, Query, ok};
use super::inside::Inside;
use super::page::{self, Paging, cut, one_more};
use super::representation::{AuditEvent, AuditEventList};
use super::route::{Access, Method, Routes};
use crate::problem::Problem;

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Get, "/organizations/{org}/audit-events"),
        Access::Permission(Permission::AuditLogView),
        ("Audit", "list_audit_events", "List what happened"),
        list,
        |route| {
            route
                .query(&[
                    ("actor", "Id of who did it"),
                    ("action", "Such as member.role_changed"),
                    ("target", "Id of what it was done to"),
                    ("after", "From this time on"),
                    ("before", "Before this time"),
                    ("query", "Part of a name of actor or target"),
                ])
                .query(page::PARAMETERS)
                .answers::<AuditEventList>(200, "The latest first")
        },
    );
}

#[derive(Deserialize)]
struct ListQuery {
    actor: Option<String>,
    action: Option<String>,
    target: Option<String>,
    after: Option<String>,
    before: Option<String>,
    query: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

async fn list(inside: Inside, Query(query): Query<ListQuery>) -> Answer {
    let seen = inside.see::<AuditLogView>().await?;
    let paging = Paging::of(query.limit, query.cursor);
    let limit = paging.limit()?;
    let present = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = Filter {
        actor: present(query.actor),
        action: present(query.action),
        target: present(query.target),
        after: time("after", query.after)?,
        before: time("before", query.before)?,
        query: present(query.query),
        older_than: paging.cursor::<EventId>()?,
    };
    let (entries, more) = cut(audit::list(seen, &filter, one_more(limit)).await?, limit);
    let next_cursor = entries.last().filter(|_| more).map(|last| page::cursor(&last.id));
    Ok(ok(&AuditEventList {
        items: entries.into_iter().map(event).collect(),
        next_cursor,
    }))
}

fn time(field: &str, text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| page::invalid(field, "must be a time such as 2026-11-22T09:30:00Z"))
}

fn event(entry: Entry) -> AuditEvent {
    AuditEvent {
        id: entry.id.to_string(),
        at: entry.at.to_string(),
        actor: entry.actor.into(),
        action: entry.action,
        target: entry.target.into(),
        before: entry.before,
        after: entry.after,
        address: entry.address,
        medium: entry.medium,
        request_id: entry.request_id,
    }
}

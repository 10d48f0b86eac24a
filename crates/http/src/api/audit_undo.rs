//! Undoing what an entry of the audit log tells of.
use domain::permission::Permission;
use serde::Serialize;
use service::undo::{self, Made};
use utoipa::ToSchema;

use super::body::{Answer, id, ok, outcome};
use super::inside::Inside;
use super::representation::TypedName;
use super::route::{Access, Method, Routes};
use crate::api::address::Path;

pub fn routes(routes: &mut Routes) {
    routes.add(
        (Method::Post, "/organizations/{org}/audit-events/{event}/undo"),
        Access::Permission(Permission::AuditLogView),
        (
            "Audit",
            "undo_audit_event",
            "Undo what happened, by the opposite change",
        ),
        undo_entry,
        |route| {
            route
                .answers::<Undone>(
                    200,
                    "The entry of the change that undid it; takes the permission for that change too",
                )
                .previews()
        },
    );
}

/// The entry of the opposite change.
#[derive(Serialize, ToSchema)]
struct Undone {
    id: String,
    action: String,
    target: TypedName,
    before: serde_json::Value,
    after: serde_json::Value,
    /// The entry that it took back.
    undoes: String,
}

async fn undo_entry(inside: Inside, Path((_, event)): Path<(String, String)>) -> Answer {
    let event = id(&event, "audit entry")?;
    let made = undo::undo(inside.roster(), &inside.request, &inside.organization, event).await?;
    Ok(outcome(made, |made: Made| {
        ok(&Undone {
            id: made.id.to_string(),
            action: made.event.action.name().to_owned(),
            target: made.event.target.into(),
            before: made.event.before,
            after: made.event.after,
            undoes: event.to_string(),
        })
    }))
}

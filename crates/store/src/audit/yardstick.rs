//! What changes would cost if nobody wrote them down, and a log of any length to export. Built for measuring alone.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::Timestamp;
use domain::actor::{Medium, Origin};
use domain::audit::{Action, Event, Seed, Target};
use domain::id::{EventId, Id, OrganizationId};

use super::{NewEntry, append};
use crate::Store;
use crate::db::Result;

static OFF: AtomicBool = AtomicBool::new(false);

/// Whether entries are left out.
pub fn switch(off: bool) {
    OFF.store(off, Ordering::SeqCst);
}

pub(super) fn is_off() -> bool {
    OFF.load(Ordering::SeqCst)
}

/// Entries such as a change of a role makes, so many in one transaction.
pub async fn write(store: &Store, organization: OrganizationId, count: i64, at: Timestamp) -> Result<()> {
    let mut tx = store.job("fill the audit log").await?.into_inner();
    let actor = Target::new("account", "acc_01m817qnm0e00byt4j0e7sec18", "Olivia Ortega");
    let origin = Origin {
        address: "203.0.113.7".to_owned(),
        user_agent: String::new(),
        medium: Medium::Web,
        request_id: "9de7d78f4fd44353".to_owned(),
    };
    for number in 0..count {
        let at = at.plus(number);
        let person = serde_json::json!({
            "name": format!("Person {number}"), "username": format!("person-{number}"),
            "email": format!("person-{number}@example.com"), "phone": null, "role": "member", "role_until": null,
            "status": "active",
        });
        let mut after = person.clone();
        after["role"] = "admin".into();
        let target = Target::new("member", "mem_01m817qnm0e00byt4j0e7sec18", "Person");
        let event = Event::new(Action::MemberRoleChanged, target)
            .before(person)
            .after(after);
        let mut chance = [0; 10];
        chance[2..].copy_from_slice(&number.to_be_bytes());
        let entry = NewEntry {
            id: EventId::new(at, chance),
            organization: Some(organization),
            at,
            actor: &actor,
            event: &event,
            origin: &origin,
            seed: Seed([7; 16]),
        };
        append(&mut tx, &entry).await?;
    }
    tx.commit().await
}

//! The audit log's chains: whoever writes, and whatever is taken back, the next entry follows the last one that is there.

use domain::actor::{Medium, Origin};
use domain::audit::verification::{Extent, Verification};
use domain::audit::{Action, Chain, Event, Seed, Target};
use domain::id::{EventId, Id};
use store::Store;
use store::audit::{Filter, NewEntry};
use testkit::app::MORNING;
use testkit::{Home, on_both_databases};

on_both_databases! {
    a_chain_goes_on_after_what_was_taken_back_and_after_another_node,
}

/// The number of an entry is where in the day it is written.
async fn write(store: &Store, number: i64, kept: bool) {
    let origin = Origin {
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
        medium: Medium::System,
        request_id: String::new(),
    };
    let who = Target::new("account", "acc_1", "Ada");
    let event = Event::new(Action::AccountEdited, who.clone()).after(serde_json::json!({ "turn": number }));
    let at = MORNING.plus(number);
    let mut tx = store.server().await.unwrap();
    // Two of each change, for a chain may be written more than once in one.
    for twice in 0..2 {
        let entry = NewEntry {
            id: EventId::new(at, [twice; 10]),
            organization: None,
            at,
            actor: &who,
            event: &event,
            origin: &origin,
            seed: Seed([twice; 16]),
        };
        store::audit::append(&mut tx, &entry).await.unwrap();
    }
    if kept {
        tx.commit().await.unwrap();
    } else {
        tx.rollback().await.unwrap();
    }
}

async fn a_chain_goes_on_after_what_was_taken_back_and_after_another_node(home: Home) {
    let (one, two) = (home.open().await, home.open().await);
    write(&one, 1, true).await;
    write(&two, 2, true).await;
    write(&one, 3, false).await;
    write(&one, 4, true).await;
    write(&two, 5, false).await;
    write(&one, 6, true).await;
    write(&two, 7, true).await;

    let mut tx = one.see_server().await.unwrap();
    let entries = store::audit::follow(&mut tx, Chain::Instance, &Filter::default(), 0, 100)
        .await
        .unwrap();
    let mut verification = Verification::new(Extent::Whole);
    for entry in &entries {
        verification.entry(entry).unwrap();
    }
    let verified = verification.finish().unwrap();
    assert_eq!((verified.count, verified.first.number), (10, 1));
    let turns: Vec<_> = entries.iter().map(|entry| entry.after["turn"].clone()).collect();
    assert_eq!(turns, [1, 1, 2, 2, 4, 4, 6, 6, 7, 7]);
    let state = store::audit_chain::state(&mut tx, Chain::Instance).await.unwrap();
    let head = state.unwrap().head;
    assert_eq!((head.number, head.hash), (verified.last.number, verified.last.hash));
}

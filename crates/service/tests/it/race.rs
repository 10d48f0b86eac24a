//! Many at once: limits hold in any interleaving.

use std::pin::pin;
use std::time::Duration;

use domain::permission::{InvitationSend, MemberManage};
use domain::policy::PolicyChange;
use futures_util::StreamExt;
use service::invitation_acceptance::Acceptance;
use service::member::creation::NewPerson;
use service::member::credential::end_member_sessions;
use service::superuser::Filter;
use service::{Error, bulk};
use testkit::app::{origin, secret};
use testkit::persona::{PASSWORD, done};
use testkit::{App, on_both_databases};

use crate::story::{audited, change_policies, invite, unmailed};

on_both_databases! {
    of_forty_invitations_accepted_by_eight_at_once_ten_find_a_slot,
    one_link_opened_by_many_at_once_lets_one_in,
    two_people_made_at_once_do_not_share_a_name,
    one_address_made_twice_at_once_is_one_account,
    a_list_whose_answer_is_read_slowly_holds_nobody_up,
    a_session_that_ended_while_a_change_was_on_its_way_changes_nothing,
    whoever_ends_their_own_sessions_is_believed_to_the_end_of_it,
}

/// For what would otherwise never end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Slots for so many more than the four who are there.
async fn leave_slots(app: &App, free: u32) {
    let change = PolicyChange {
        member_limit: Some(Some(4 + free)),
        ..PolicyChange::default()
    };
    change_policies(app, &app.sid, change).await.unwrap();
}

fn accepting(name: String) -> Acceptance {
    Acceptance {
        username: Some(name),
        password: Some(secret(PASSWORD)),
        ..Acceptance::default()
    }
}

async fn of_forty_invitations_accepted_by_eight_at_once_ten_find_a_slot(app: App) {
    leave_slots(&app, 10).await;
    let mut links = Vec::new();
    for number in 0..40 {
        let sent = invite(&app, &app.adam, unmailed(&format!("guest{number}@example.net"))).await;
        links.push((number, sent.link.expose().to_owned()));
    }
    let second = app.peer().await;
    let clients: Vec<_> = links
        .chunks(5)
        .enumerate()
        .map(|(client, links)| {
            let roster = if client % 2 == 0 {
                app.roster.clone()
            } else {
                second.clone()
            };
            let links = links.to_vec();
            tokio::spawn(async move {
                let (mut accepted, mut refused) = (0, 0);
                for (number, link) in links {
                    match roster
                        .accept_invitation(&link, None, accepting(format!("guest{number}")), &origin())
                        .await
                    {
                        Ok(_) => accepted += 1,
                        Err(Error::Refused(refusal)) if refusal.code() == "member_limit_reached" => refused += 1,
                        Err(error) => panic!("{error:?}"),
                    }
                }
                (accepted, refused)
            })
        })
        .collect();
    let mut totals = (0, 0);
    for client in clients {
        let (accepted, refused) = client.await.unwrap();
        totals = (totals.0 + accepted, totals.1 + refused);
    }
    assert_eq!(totals, (10, 30));
    let mut scope = app.roster.store().see(&app.acme).await.unwrap();
    assert_eq!(store::member::count_slots(&mut scope, 100).await.unwrap(), 14);
    // Whoever was refused has no account left behind.
    let accounts = app
        .roster
        .accounts(&app.by(&app.sid).await, &Filter::of(Some("guest")), 100)
        .await
        .unwrap();
    assert_eq!(accounts.len(), 10);
}

async fn one_link_opened_by_many_at_once_lets_one_in(app: App) {
    let sent = invite(&app, &app.adam, unmailed("ada@example.net")).await;
    let tries: Vec<_> = (0..8)
        .map(|number| {
            let (roster, link) = (app.roster.clone(), sent.link.expose().to_owned());
            tokio::spawn(async move {
                roster
                    .accept_invitation(&link, None, accepting(format!("ada{number}")), &origin())
                    .await
                    .is_ok()
            })
        })
        .collect();
    let mut accepted = 0;
    for one in tries {
        accepted += usize::from(one.await.unwrap());
    }
    assert_eq!(accepted, 1);
}

async fn two_people_made_at_once_do_not_share_a_name(app: App) {
    let by_adam = app.by(&app.adam).await;
    let tries: Vec<_> = (0..6)
        .map(|number| {
            let (roster, request, acme) = (app.roster.clone(), by_adam.clone(), app.acme.clone());
            let new = NewPerson {
                email: Some(format!("ada@{number}.example.net")),
                ..NewPerson::default()
            };
            tokio::spawn(async move { service::member::creation::create(&roster, &request, &acme, new).await })
        })
        .collect();
    let mut names = std::collections::BTreeSet::new();
    for one in tries {
        let created = testkit::persona::done(one.await.unwrap());
        names.insert(created.member.account.username);
    }
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["ada", "ada2", "ada3", "ada4", "ada5", "ada6"]
    );
}

async fn one_address_made_twice_at_once_is_one_account(app: App) {
    let by_adam = app.by(&app.adam).await;
    let tries: Vec<_> = (0..4)
        .map(|_| {
            let (roster, request, acme) = (app.roster.clone(), by_adam.clone(), app.acme.clone());
            let new = NewPerson {
                email: Some("ada@example.net".to_owned()),
                ..NewPerson::default()
            };
            tokio::spawn(async move { service::member::creation::create(&roster, &request, &acme, new).await })
        })
        .collect();
    let mut made = 0;
    for one in tries {
        match one.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(testkit::persona::refused::<()>(Err(error)), "already_member"),
        }
    }
    assert_eq!(made, 1);
}

/// Nobody reads on while somebody else writes, who must not wait for the rows in between.
async fn a_list_whose_answer_is_read_slowly_holds_nobody_up(app: App) {
    let rows = (0..30).map(|number| unmailed(&format!("guest{number}@example.net")));
    let request = app.by(&app.adam).await;
    let outcomes = bulk::invite(app.roster.clone(), request, app.acme.clone(), rows.collect())
        .await
        .unwrap();
    let mut outcomes = pin!(outcomes);
    let mut number = 0;
    while let Some(row) = outcomes.next().await {
        assert!(row.outcome.is_ok(), "row {}", row.number);
        number += 1;
        let other = unmailed(&format!("other{number}@example.net"));
        tokio::time::timeout(PATIENCE, invite(&app, &app.adam, other))
            .await
            .expect("somebody who writes waits for whoever does not read");
    }
    assert_eq!(number, 30);
}

async fn a_session_that_ended_while_a_change_was_on_its_way_changes_nothing(app: App) {
    let on_its_way = app.by(&app.adam).await;
    let tried = app.tried_by(&app.adam).await;
    app.roster.sign_out(&on_its_way).await.unwrap();
    let before = audited(&app).await;
    // One that knows where the chain ends, and one that does not.
    for roster in [app.roster.clone(), app.peer().await] {
        for request in [&on_its_way, &tried] {
            let authorized = roster.authorize::<InvitationSend>(request, &app.acme).await.unwrap();
            let late = service::invitation::send(authorized, unmailed("ada@example.net")).await;
            assert!(matches!(late, Err(Error::SignInRequired)));
        }
        let authorized = roster.authorize::<MemberManage>(&on_its_way, &app.acme).await.unwrap();
        let late = authorized.unchanged(()).await;
        assert!(matches!(late, Err(Error::SignInRequired)));
    }
    assert_eq!(audited(&app).await, before);
    invite(&app, &app.olivia, unmailed("ada@example.net")).await;
}

async fn whoever_ends_their_own_sessions_is_believed_to_the_end_of_it(app: App) {
    let by = app.by(&app.adam).await;
    let authorized = app.roster.authorize::<MemberManage>(&by, &app.acme).await.unwrap();
    let ended = done(end_member_sessions(authorized, app.adam.id(), None).await);
    assert_eq!(ended, 1);
    assert!(audited(&app).await.contains(&"session.ended".to_owned()));
    let again = app.roster.authenticate(&app.adam.token, &origin()).await;
    assert!(matches!(again, Err(Error::SignInRequired)));
}

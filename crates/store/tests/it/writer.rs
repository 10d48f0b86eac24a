//! Many changes at once: what was acknowledged is there, and nothing else.

use std::task::Poll;

use domain::Refusal;
use store::{Error, Store};
use testkit::on_both_databases;

use crate::tenant::{account, found, id};

on_both_databases! {
    of_two_hundred_changes_at_once_the_acknowledged_ones_are_there,
    a_caller_who_goes_away_leaves_no_half_change,
    a_change_given_up_at_any_moment_disturbs_no_later_one,
    the_writers_of_one_organization_line_up,
    a_failed_change_takes_no_other_with_it,
    what_is_acknowledged_is_seen_at_once,
    a_change_spans_organizations_or_is_not_there,
}

async fn exists(store: &Store, username: &str) -> bool {
    let mut tx = store.see_account().await.unwrap();
    store::account::find_by_login(&mut tx, username)
        .await
        .unwrap()
        .is_some()
}

async fn of_two_hundred_changes_at_once_the_acknowledged_ones_are_there(store: Store) {
    let changes = (0..200).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut tx = store.server().await.unwrap();
            account(&mut tx, &format!("person{number}"), "Person").await.unwrap();
            if number % 7 == 0 {
                tokio::task::yield_now().await;
            }
            match number % 4 {
                0 => {
                    tx.rollback().await.unwrap();
                    false
                }
                1 => {
                    drop(tx);
                    false
                }
                _ => {
                    // A row that cannot be there twice: the change fails in its middle and is given up.
                    let fails = number % 10 == 3;
                    if fails {
                        assert!(account(&mut tx, &format!("person{number}"), "Person").await.is_err());
                        drop(tx);
                        return false;
                    }
                    tx.commit().await.unwrap();
                    true
                }
            }
        })
    });
    let mut acknowledged = Vec::new();
    for change in changes.collect::<Vec<_>>() {
        acknowledged.push(change.await.unwrap());
    }
    assert!(acknowledged.iter().filter(|done| **done).count() > 50);
    for (number, acknowledged) in acknowledged.into_iter().enumerate() {
        assert_eq!(
            exists(&store, &format!("person{number}")).await,
            acknowledged,
            "person{number}"
        );
    }
}

async fn a_caller_who_goes_away_leaves_no_half_change(store: Store) {
    for number in 0..60 {
        let store = store.clone();
        let change = tokio::spawn(async move {
            let mut tx = store.server().await.unwrap();
            account(&mut tx, &format!("left{number}"), "Left").await.unwrap();
            account(&mut tx, &format!("right{number}"), "Right").await.unwrap();
            tx.commit().await.unwrap();
        });
        for _ in 0..number % 12 {
            tokio::task::yield_now().await;
        }
        change.abort();
        let _ = change.await;
    }
    // The writer still works, and each pair is there or not.
    let mut tx = store.server().await.unwrap();
    account(&mut tx, "ada", "Ada").await.unwrap();
    tx.commit().await.unwrap();
    for number in 0..60 {
        let pair = (
            exists(&store, &format!("left{number}")).await,
            exists(&store, &format!("right{number}")).await,
        );
        assert_eq!(pair.0, pair.1, "{number}");
    }
}

/// Lets a future go on so often, then drops it.
async fn give_up_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut left = polls;
    std::future::poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn a_change_given_up_at_any_moment_disturbs_no_later_one(store: Store) {
    for polls in 1..60 {
        let change = async {
            let mut tx = store.server().await.unwrap();
            account(&mut tx, &format!("left{polls}"), "Left").await.unwrap();
            account(&mut tx, &format!("right{polls}"), "Right").await.unwrap();
            tx.commit().await.unwrap();
        };
        give_up_after(polls, change).await;
        let tried = async {
            let mut tx = store.server().await.unwrap();
            account(&mut tx, &format!("tried{polls}"), "Tried").await.unwrap();
            tx.rollback().await.unwrap();
        };
        give_up_after(polls, tried).await;
        let mut tx = store.server().await.unwrap();
        account(&mut tx, &format!("later{polls}"), "Later").await.unwrap();
        tx.commit().await.unwrap();
        let pair = (
            exists(&store, &format!("left{polls}")).await,
            exists(&store, &format!("right{polls}")).await,
        );
        assert_eq!(pair.0, pair.1, "{polls}");
        assert!(!exists(&store, &format!("tried{polls}")).await, "{polls}");
        assert!(exists(&store, &format!("later{polls}")).await, "{polls}");
    }
}

async fn the_writers_of_one_organization_line_up(store: Store) {
    let scope = found(&store, "acme").await;
    let acme = store::organization::OrganizationRef::Id(scope.organization().id);
    scope.commit().await.unwrap();
    let changes = (0..40).map(|_| {
        let (store, acme) = (store.clone(), acme.clone());
        tokio::spawn(async move {
            let scope = store.change(&acme).await.unwrap();
            let revision = scope.revision();
            scope.commit().await.unwrap();
            revision
        })
    });
    let mut revisions = Vec::new();
    for change in changes.collect::<Vec<_>>() {
        revisions.push(change.await.unwrap());
    }
    revisions.sort_unstable();
    assert_eq!(revisions, (2..=41).collect::<Vec<_>>());
}

async fn a_failed_change_takes_no_other_with_it(store: Store) {
    let changes = (0..40).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut tx = store.server().await.unwrap();
            // Of every four who want the same name, one gets it.
            match account(&mut tx, &format!("wanted{}", number / 4), "Wanted").await {
                Ok(_) => {
                    tx.commit().await.unwrap();
                    true
                }
                Err(Error::Refused(Refusal::UsernameTaken { .. })) => false,
                Err(error) => panic!("{error}"),
            }
        })
    });
    let mut done = 0;
    for change in changes.collect::<Vec<_>>() {
        done += usize::from(change.await.unwrap());
    }
    assert_eq!(done, 10);
}

async fn what_is_acknowledged_is_seen_at_once(store: Store) {
    let changes = (0..50).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let name = format!("person{number}");
            let mut tx = store.server().await.unwrap();
            account(&mut tx, &name, "Person").await.unwrap();
            tx.commit().await.unwrap();
            assert!(exists(&store, &name).await);
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
}

async fn a_change_spans_organizations_or_is_not_there(store: Store) {
    let first = found(&store, "acme").await;
    let second = store::organization::NewOrganization {
        id: id(),
        slug: domain::text::OrganizationSlug::parse("acme").unwrap(),
        name: domain::text::Title::parse("Acme again").unwrap(),
        preset: "standard".to_owned(),
        status: domain::organization::OrganizationStatus::Active,
        policies: domain::policy::Policies::default(),
        words: domain::words::Words::default(),
        access_model: domain::organization::AccessModel::default(),
        created_at: crate::tenant::NOW,
    };
    let taken = store::organization::insert(first.leave(), &second).await;
    assert!(matches!(taken, Err(Error::Refused(Refusal::SlugTaken { .. }))));
    drop(taken);
    let mut tx = store.see_server().await.unwrap();
    assert!(
        store::organization::list_all(&mut tx, None, None, 5)
            .await
            .unwrap()
            .is_empty()
    );
}

//! A moment that lasts: it sees what was, others see what is, and it ends.

use std::time::Duration;

use domain::text::{OrganizationSlug, Title};
use store::Error;
use store::organization::OrganizationRef;
use testkit::{Home, on_both_databases};

use crate::tenant::{found, role};

on_both_databases! {
    whoever_looks_at_a_moment_sees_none_of_what_comes_later,
    a_moment_ends,
}

const LONG: Duration = Duration::from_secs(600);

async fn whoever_looks_at_a_moment_sees_none_of_what_comes_later(home: Home) {
    let store = home.open().await;
    let mut scope = found(&store, "acme").await;
    role(&mut scope, "member").await;
    scope.commit().await.unwrap();
    let acme = OrganizationRef::parse("acme");
    let mut moment = store.snapshot(&acme, LONG).await.unwrap();

    let mut scope = store.change(&acme).await.unwrap();
    role(&mut scope, "guest").await;
    let name = Title::parse("Anew").unwrap();
    let slug = OrganizationSlug::parse("anew").unwrap();
    store::organization::rename(&mut scope, &name, &slug).await.unwrap();
    scope.commit().await.unwrap();

    let then = moment.scope().unwrap();
    assert_eq!(then.organization().slug, "acme");
    assert_eq!(store::role::list(then).await.unwrap().len(), 1);
    let mut now = store.see(&OrganizationRef::parse("anew")).await.unwrap();
    assert_eq!(store::role::list(&mut now).await.unwrap().len(), 2);
    drop((moment, now));
    // The next one is of its own moment, whatever connection it has.
    let mut moment = store.snapshot(&OrganizationRef::parse("anew"), LONG).await.unwrap();
    assert_eq!(store::role::list(moment.scope().unwrap()).await.unwrap().len(), 2);
    drop(moment);
    store.close().await;
}

async fn a_moment_ends(home: Home) {
    let store = home.open().await;
    found(&store, "acme").await.commit().await.unwrap();
    let acme = OrganizationRef::parse("acme");
    let mut moment = store.snapshot(&acme, Duration::ZERO).await.unwrap();
    assert!(matches!(moment.scope(), Err(Error::Unavailable(_))));
    drop(moment);
    store.close().await;
}

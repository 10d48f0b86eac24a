//! Who runs the instance.

use domain::member::Act;
use domain::permission::OrganizationView;
use service::member::suspension::suspend;
use service::superuser::Filter;
use testkit::persona::{refused, superuser};
use testkit::{App, on_both_databases};

use crate::story::manage;

on_both_databases! {
    the_last_superuser_stays,
    of_two_superusers_who_demote_each_other_one_stays,
    only_a_superuser_makes_superusers,
    a_superuser_looks_into_every_organization_without_being_a_member,
}

async fn the_last_superuser_stays(app: App) {
    let by_sid = app.by(&app.sid).await;
    assert_eq!(
        refused(app.roster.set_superuser(&by_sid, app.sid.account, false).await),
        "last_superuser"
    );
    app.roster.set_superuser(&by_sid, app.mia.account, true).await.unwrap();
    app.roster.set_superuser(&by_sid, app.sid.account, false).await.unwrap();
    assert_eq!(
        refused(app.roster.set_superuser(&by_sid, app.sid.account, true).await),
        "superuser_required"
    );
    // An organization's Owner cannot suspend the instance's superuser.
    assert_eq!(
        refused(suspend(manage(&app, &app.olivia).await, app.mia.id(), None).await),
        "greater_than_you"
    );
    let mia = crate::story::member(&app, app.mia.id()).await;
    let seen = app
        .roster
        .see::<domain::permission::MemberView>(&app.by(&app.olivia).await, &app.acme)
        .await
        .unwrap();
    assert!(service::member::possible(&seen, &mia, Act::ResetPassword).is_err());
}

async fn of_two_superusers_who_demote_each_other_one_stays(app: App) {
    let sue = superuser(&app.roster, "sue").await;
    let second = app.peer().await;
    let (by_sid, by_sue) = (app.by(&app.sid).await, app.by(&sue).await);
    let (first, roster) = (app.roster.clone(), second);
    let (sid_id, sue_id) = (app.sid.account, sue.account);
    let one = tokio::spawn(async move { first.set_superuser(&by_sid, sue_id, false).await.is_ok() });
    let other = tokio::spawn(async move { roster.set_superuser(&by_sue, sid_id, false).await.is_ok() });
    let outcomes = [one.await.unwrap(), other.await.unwrap()];
    assert_eq!(outcomes.iter().filter(|done| **done).count(), 1, "{outcomes:?}");
    let mut tx = app.roster.store().server().await.unwrap();
    assert_eq!(store::account::count_active_superusers(&mut tx).await.unwrap(), 1);
}

async fn only_a_superuser_makes_superusers(app: App) {
    let by_olivia = app.by(&app.olivia).await;
    assert_eq!(
        refused(app.roster.set_superuser(&by_olivia, app.olivia.account, true).await),
        "superuser_required"
    );
    assert_eq!(
        refused(app.roster.accounts(&by_olivia, &Filter::default(), 10).await),
        "superuser_required"
    );
    assert_eq!(
        refused(app.roster.instance_policies(&by_olivia).await),
        "superuser_required"
    );
}

async fn a_superuser_looks_into_every_organization_without_being_a_member(app: App) {
    let by_sid = app.by(&app.sid).await;
    for organization in [&app.acme, &app.elsewhere] {
        let seen = app.roster.see::<OrganizationView>(&by_sid, organization).await.unwrap();
        assert_eq!(seen.actor().member, None);
    }
    assert_eq!(
        app.roster.organizations(&by_sid, None, None, 10).await.unwrap().len(),
        2
    );
    assert_eq!(
        app.roster
            .organizations(&app.by(&app.mia).await, None, None, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

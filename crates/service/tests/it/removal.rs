//! Removing people who own something.

use domain::id::{JobId, MemberId};
use domain::member::MemberStatus;
use service::ambient::new_id;
use service::member::disablement::disable;
use service::member::removal::{delete_account, remove};
use testkit::persona::{done, previewed, refused};
use testkit::{App, on_both_databases};

use crate::story::{entries, manage, member};

on_both_databases! {
    what_somebody_owns_keeps_them_until_it_is_handed_over,
    disabling_works_whatever_is_owned,
    nothing_is_handed_to_somebody_who_cannot_take_it,
    a_deleted_account_is_gone_with_its_name_free_again,
    a_deleted_account_is_found_nowhere_any_more,
}

/// Something of the kinds that later columns bring.
async fn give(app: &App, owner: MemberId, name: &str) {
    let mut scope = app.roster.store().change(&app.acme).await.unwrap();
    store::ownership::insert(&mut scope, new_id::<JobId>(app.roster.now()), "project", name, owner)
        .await
        .unwrap();
    scope.commit().await.unwrap();
}

async fn owned(app: &App, owner: MemberId) -> Vec<String> {
    let mut scope = app.roster.store().see(&app.acme).await.unwrap();
    store::ownership::of_member(&mut scope, owner)
        .await
        .unwrap()
        .into_iter()
        .map(|thing| thing.name)
        .collect()
}

async fn what_somebody_owns_keeps_them_until_it_is_handed_over(app: App) {
    let (mia, gus) = (app.mia.id(), app.gus.id());
    give(&app, mia, "Website").await;
    give(&app, mia, "Handbook").await;
    let kept = remove(manage(&app, &app.adam).await, mia, None).await;
    let Err(service::Error::Refused(refusal)) = kept else {
        panic!("she was removed")
    };
    assert_eq!(
        refusal.to_string(),
        "Mia still owns 2 things. Transfer or delete what is owned, or disable access instead."
    );
    assert_eq!(
        refused(delete_account(manage(&app, &app.adam).await, mia).await),
        "still_owns"
    );
    assert_eq!(
        refused(app.roster.leave(&app.by(&app.mia).await, &app.acme).await),
        "still_owns"
    );
    assert_eq!(owned(&app, mia).await, ["Handbook", "Website"]);

    let request = app.tried_by(&app.adam).await;
    let tried = app.roster.authorize(&request, &app.acme).await.unwrap();
    let preview = previewed(remove(tried, mia, Some(gus)).await);
    assert_eq!(preview.counts["ownership_transferred"], 2);
    assert_eq!(owned(&app, mia).await.len(), 2);

    done(remove(manage(&app, &app.adam).await, mia, Some(gus)).await);
    assert_eq!(owned(&app, gus).await, ["Handbook", "Website"]);
    assert_eq!(entries(&app).await[0].after["transferred"], 2);
}

async fn disabling_works_whatever_is_owned(app: App) {
    give(&app, app.mia.id(), "Website").await;
    done(disable(manage(&app, &app.adam).await, app.mia.id(), None).await);
    assert_eq!(member(&app, app.mia.id()).await.status(), MemberStatus::Disabled);
    assert_eq!(owned(&app, app.mia.id()).await, ["Website"]);
}

async fn nothing_is_handed_to_somebody_who_cannot_take_it(app: App) {
    let (mia, gus) = (app.mia.id(), app.gus.id());
    give(&app, mia, "Website").await;
    done(disable(manage(&app, &app.adam).await, gus, None).await);
    for (receiver, code) in [
        (gus, "not_a_transfer_target"),
        (mia, "not_a_transfer_target"),
        (app.eve.id(), "not_found"),
    ] {
        assert_eq!(
            refused(remove(manage(&app, &app.adam).await, mia, Some(receiver)).await),
            code
        );
    }
    assert_eq!(owned(&app, mia).await, ["Website"]);
}

async fn a_deleted_account_is_gone_with_its_name_free_again(app: App) {
    done(delete_account(manage(&app, &app.adam).await, app.mia.id()).await);
    assert!(
        app.roster
            .authenticate(&app.mia.token, &testkit::app::origin())
            .await
            .is_err()
    );
    let again = testkit::persona::create(&app.roster, &app.adam, &app.acme, "mia", "guest").await;
    assert_ne!(again.account, app.mia.account);
    assert_eq!(member(&app, again.id()).await.role.slug, "guest");
}

async fn a_deleted_account_is_found_nowhere_any_more(app: App) {
    let asked = service::member::creation::NewPerson {
        email: Some(app.mia.email.clone()),
        ..Default::default()
    };
    done(service::member::creation::create(&app.roster, &app.by(&app.eve).await, &app.elsewhere, asked).await);
    done(delete_account(manage(&app, &app.adam).await, app.mia.id()).await);
    for organization in [&app.acme, &app.elsewhere] {
        let request = app.by(&app.sid).await;
        let mut seen = app
            .roster
            .see::<domain::permission::MemberView>(&request, organization)
            .await
            .unwrap();
        let question = service::people::Question {
            needle: Some("mia".to_owned()),
            shown: service::people::Shown::All,
            role: None,
            after: None,
            members_only: false,
            limit: 50,
        };
        assert!(
            service::people::list(&mut seen, question)
                .await
                .unwrap()
                .people
                .is_empty()
        );
    }
    // Her request for consent is not mailed.
    app.roster.deliver_due().await.unwrap();
    assert_eq!(app.mailbox.deliveries(), 0);
}

//! A request that is made twice does its work once.

use domain::permission::MemberManage;
use service::Error;
use service::member::role_change::change_role;
use service::request::IdempotencyKey;
use testkit::persona::done;
use testkit::{App, on_both_databases};

use crate::story::audited;

on_both_databases! {
    a_repeated_request_changes_nothing_and_gets_the_first_answer,
    a_key_is_not_used_up_by_a_change_that_failed_or_was_tried,
}

fn key(text: &str, fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey {
        key: text.to_owned(),
        fingerprint: [fingerprint; 32],
    }
}

async fn a_repeated_request_changes_nothing_and_gets_the_first_answer(app: App) {
    let mut request = app.by(&app.adam).await;
    request.idempotency = Some(key("one", 1));
    assert!(
        app.roster
            .first_answer(&request, &key("one", 1))
            .await
            .unwrap()
            .is_none()
    );
    let first = app.roster.authorize::<MemberManage>(&request, &app.acme).await.unwrap();
    done(change_role(first, app.mia.id(), "guest", None).await);
    assert!(matches!(
        app.roster.first_answer(&request, &key("one", 1)).await,
        Err(Error::AnswerLost)
    ));
    let answer = store::idempotency::Answer {
        status: 200,
        location: None,
        body: "{}".to_owned(),
    };
    app.roster.keep_answer(&request, &key("one", 1), &answer).await.unwrap();

    let changes = audited(&app).await.len();
    let again = app.roster.authorize::<MemberManage>(&request, &app.acme).await.unwrap();
    assert!(matches!(
        change_role(again, app.mia.id(), "admin", None).await,
        Err(Error::Repeated)
    ));
    assert_eq!(audited(&app).await.len(), changes);
    assert_eq!(crate::story::member(&app, app.mia.id()).await.role.slug, "guest");
    assert_eq!(
        app.roster
            .first_answer(&request, &key("one", 1))
            .await
            .unwrap()
            .unwrap()
            .body,
        "{}"
    );
    assert!(matches!(
        app.roster.first_answer(&request, &key("one", 2)).await,
        Err(Error::IdempotencyKeyReused)
    ));
    // Somebody else's key of the same text is another key.
    let by_olivia = app.by(&app.olivia).await;
    assert!(
        app.roster
            .first_answer(&by_olivia, &key("one", 2))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_key_is_not_used_up_by_a_change_that_failed_or_was_tried(app: App) {
    let mut request = app.by(&app.adam).await;
    request.idempotency = Some(key("one", 1));
    let failing = app.roster.authorize::<MemberManage>(&request, &app.acme).await.unwrap();
    assert!(change_role(failing, app.olivia.id(), "guest", None).await.is_err());
    let tried = app
        .roster
        .authorize::<MemberManage>(&request.with_dry_run(true), &app.acme)
        .await
        .unwrap();
    testkit::persona::previewed(change_role(tried, app.mia.id(), "guest", None).await);
    let real = app.roster.authorize::<MemberManage>(&request, &app.acme).await.unwrap();
    done(change_role(real, app.mia.id(), "guest", None).await);
}

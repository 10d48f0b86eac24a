//! Passkeys: made, signed in with alone, and gone when they are removed.

use domain::session::Method;
use service::Error;
use service::member::suspension::suspend;
use service::sign_in::Next;
use testkit::app::origin;
use testkit::persona::{done, refused, request};
use testkit::{App, Authenticator, on_both_databases};

use crate::factor::{SITE, add_passkey, answer, enrol, password};
use crate::story::manage;

on_both_databases! {
    a_passkey_signs_in_alone_and_counts_as_two_factors,
    a_passkey_answers_each_question_once,
    a_removed_passkey_signs_nobody_in,
    a_suspended_account_is_not_let_in_by_its_passkey,
    what_one_session_asked_another_does_not_confirm,
    the_first_passkey_comes_with_recovery_codes_and_the_second_does_not,
}

async fn a_passkey_signs_in_alone_and_counts_as_two_factors(app: App) {
    enrol(&app, &app.mia).await;
    let mut laptop = add_passkey(&app, &app.mia).await;
    let answered = answer(&app.roster, &mut laptop, None).await;
    let signed_in = app.roster.sign_in_with_passkey(answered, &origin()).await.unwrap();
    assert_eq!(signed_in.account.id, app.mia.account);
    assert_eq!(signed_in.next, Next::Done);
    let by_mia = request(&app.roster, signed_in.token.expose()).await;
    let proof = by_mia.caller.visitor.proof.unwrap();
    assert_eq!(proof.method, Method::Passkey);
    assert!(proof.second_factor_at.is_some());
    let passkeys = app.roster.mfa(&by_mia).await.unwrap().passkeys;
    assert_eq!(passkeys[0].name, "Laptop");
    assert!(passkeys[0].last_used_at.is_some());
}

async fn a_passkey_answers_each_question_once(app: App) {
    let mut laptop = add_passkey(&app, &app.mia).await;
    let answered = answer(&app.roster, &mut laptop, None).await;
    assert!(
        app.roster
            .sign_in_with_passkey(answered.clone(), &origin())
            .await
            .is_ok()
    );
    let again = app.roster.sign_in_with_passkey(answered, &origin()).await;
    assert!(matches!(again, Err(Error::WrongCode)));
    let late = answer(&app.roster, &mut laptop, None).await;
    app.pass(10 * 60 * 1_000_000);
    let late = app.roster.sign_in_with_passkey(late, &origin()).await;
    assert!(matches!(late, Err(Error::WrongCode)));
    // Asked for mia as a second factor, it says nothing at the door.
    let pending = answer(&app.roster, &mut laptop, Some(&app.mia)).await;
    let pending = app.roster.sign_in_with_passkey(pending, &origin()).await;
    assert!(matches!(pending, Err(Error::WrongCode)));
}

async fn a_removed_passkey_signs_nobody_in(app: App) {
    let mut laptop = add_passkey(&app, &app.mia).await;
    let by_mia = app.by(&app.mia).await;
    let passkey = app.roster.mfa(&by_mia).await.unwrap().passkeys.remove(0);
    let by_gus = app.by(&app.gus).await;
    assert_eq!(
        refused(app.roster.remove_passkey(&by_gus, passkey.id).await),
        "not_found"
    );
    app.roster.remove_passkey(&by_mia, passkey.id).await.unwrap();
    let answered = answer(&app.roster, &mut laptop, None).await;
    let gone = app.roster.sign_in_with_passkey(answered, &origin()).await;
    assert!(matches!(gone, Err(Error::WrongCode)));
    assert_eq!(password(&app, &app.mia).await.next, Next::Done);
}

async fn a_suspended_account_is_not_let_in_by_its_passkey(app: App) {
    let mut laptop = add_passkey(&app, &app.mia).await;
    done(suspend(manage(&app, &app.adam).await, app.mia.id(), None).await);
    let answered = answer(&app.roster, &mut laptop, None).await;
    let suspended = app.roster.sign_in_with_passkey(answered, &origin()).await;
    assert!(matches!(suspended, Err(Error::AccountSuspended)));
}

async fn what_one_session_asked_another_does_not_confirm(app: App) {
    let by_mia = app.by(&app.mia).await;
    let options = app.roster.begin_passkey(&by_mia).await.unwrap();
    let (_, answered) = Authenticator::make(SITE, &options);
    let by_gus = app.by(&app.gus).await;
    let stolen = app.roster.finish_passkey(&by_gus, None, answered.clone()).await;
    assert_eq!(refused(stolen), "nothing_to_confirm");
    // A try uses it up, whoever tried.
    let late = app.roster.finish_passkey(&by_mia, None, answered).await;
    assert_eq!(refused(late), "nothing_to_confirm");
}

async fn the_first_passkey_comes_with_recovery_codes_and_the_second_does_not(app: App) {
    for expected in [10, 0] {
        let by_mia = app.by(&app.mia).await;
        let options = app.roster.begin_passkey(&by_mia).await.unwrap();
        let (_, answered) = Authenticator::make(SITE, &options);
        let added = app.roster.finish_passkey(&by_mia, None, answered).await.unwrap();
        assert_eq!(
            (added.recovery_codes.len(), added.passkey.name.as_str()),
            (expected, "Passkey")
        );
    }
}

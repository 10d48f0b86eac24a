//! Passwords that others hand out, and sessions that others end.

use domain::permission::{MemberManage, MemberView};
use domain::time::DAY;
use secrecy::ExposeSecret;
use service::Error;
use service::member::credential::{end_member_sessions, reset_password};
use service::sign_in::Next;
use testkit::app::{origin, secret};
use testkit::persona::{PASSWORD, create_only, done, refused, request, sign_in};
use testkit::{App, on_both_databases};

use crate::story::manage;

on_both_databases! {
    a_temporary_password_is_good_for_nothing_but_being_changed,
    a_temporary_password_expires,
    a_typed_temporary_password_is_held_to_the_rules,
    a_reset_ends_every_session_and_the_old_password,
    changing_ones_password_ends_the_other_sessions,
    an_admin_ends_one_session_and_then_all,
}

async fn a_temporary_password_is_good_for_nothing_but_being_changed(app: App) {
    let (_, temporary) = create_only(&app.roster, &app.adam, &app.acme, "ada", "admin").await;
    let signed_in = app.roster.sign_in("ada", temporary.clone(), &origin()).await.unwrap();
    assert_eq!(signed_in.next, Next::ChangePassword);
    let by_ada = request(&app.roster, signed_in.token.expose()).await;
    let pending = "Change your password first: it is a temporary one.";
    assert_eq!(refused(app.roster.see::<MemberView>(&by_ada, &app.acme).await), pending);
    assert_eq!(
        refused(app.roster.authorize::<MemberManage>(&by_ada, &app.acme).await),
        pending
    );
    assert_eq!(refused(app.roster.my_sessions(&by_ada).await), pending);
    assert_eq!(refused(app.roster.organizations(&by_ada, None, None, 5).await), pending);
    assert_eq!(refused(app.roster.leave(&by_ada, &app.acme).await), pending);
    assert_eq!(
        refused(
            app.roster
                .edit_me(&by_ada, &service::account::ProfileEdit::default())
                .await
        ),
        pending
    );
    assert!(app.roster.me(&by_ada).await.unwrap().must_change_password);
    let same = app
        .roster
        .change_password(&by_ada, temporary.clone(), temporary.clone())
        .await;
    assert_eq!(refused(same), "/new_password must not be the one you have");
    let token = app
        .roster
        .change_password(&by_ada, temporary, secret(PASSWORD))
        .await
        .unwrap();
    let by_ada = request(&app.roster, token.expose()).await;
    assert!(app.roster.see::<MemberManage>(&by_ada, &app.acme).await.is_ok());
}

async fn a_temporary_password_expires(app: App) {
    let (_, temporary) = create_only(&app.roster, &app.adam, &app.acme, "ada", "member").await;
    app.pass(7 * DAY);
    let late = app.roster.sign_in("ada", temporary, &origin()).await;
    assert!(matches!(late, Err(Error::TemporaryPasswordExpired)));
}

async fn a_typed_temporary_password_is_held_to_the_rules(app: App) {
    let by_adam = app.by(&app.adam).await;
    let weak = reset_password(&app.roster, &by_adam, &app.acme, app.mia.id(), Some(secret("short"))).await;
    assert!(refused(weak).starts_with("/temporary_password has 5 characters and needs at least 15"));
    let typed = secret("vivid otter juggles plums");
    done(reset_password(&app.roster, &by_adam, &app.acme, app.mia.id(), Some(typed.clone())).await);
    assert_eq!(
        app.roster.sign_in("mia", typed, &origin()).await.unwrap().next,
        Next::ChangePassword
    );
}

async fn a_reset_ends_every_session_and_the_old_password(app: App) {
    let other = sign_in(&app.roster, "mia", PASSWORD).await;
    let by_adam = app.by(&app.adam).await;
    let temporary = done(reset_password(&app.roster, &by_adam, &app.acme, app.mia.id(), None).await);
    for token in [&app.mia.token, &other] {
        assert!(matches!(
            app.roster.authenticate(token, &origin()).await,
            Err(Error::SignInRequired)
        ));
    }
    assert!(matches!(
        app.roster.sign_in("mia", secret(PASSWORD), &origin()).await,
        Err(Error::WrongCredentials)
    ));
    assert!(temporary.expose_secret().len() >= 15);
    assert!(app.roster.sign_in("mia", temporary, &origin()).await.is_ok());
}

async fn changing_ones_password_ends_the_other_sessions(app: App) {
    let other = sign_in(&app.roster, "mia", PASSWORD).await;
    let by_mia = app.by(&app.mia).await;
    let wrong = app
        .roster
        .change_password(&by_mia, secret("something else"), secret("vivid otter juggles plums"))
        .await;
    assert_eq!(refused(wrong), "/current_password is wrong");
    let token = app
        .roster
        .change_password(&by_mia, secret(PASSWORD), secret("vivid otter juggles plums"))
        .await
        .unwrap();
    assert!(app.roster.authenticate(&other, &origin()).await.is_err());
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
    let again = request(&app.roster, token.expose()).await;
    assert_eq!(app.roster.my_sessions(&again).await.unwrap().len(), 1);
}

async fn an_admin_ends_one_session_and_then_all(app: App) {
    sign_in(&app.roster, "mia", PASSWORD).await;
    let by_adam = app.by(&app.adam).await;
    let mut seen = app.roster.see::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    let sessions = service::member::sessions(&mut seen, app.mia.id()).await.unwrap();
    drop(seen);
    // One from before the temporary password was changed is gone already.
    assert_eq!(sessions.len(), 2);
    let one = sessions[0].id;
    assert_eq!(
        done(end_member_sessions(manage(&app, &app.adam).await, app.mia.id(), Some(one)).await),
        1
    );
    let again = end_member_sessions(manage(&app, &app.adam).await, app.mia.id(), Some(one)).await;
    assert_eq!(refused(again), "not_found");
    assert_eq!(
        done(end_member_sessions(manage(&app, &app.adam).await, app.mia.id(), None).await),
        1
    );
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
}

//! Signing in, guessing, and staying signed in.

use domain::permission::MemberManage;
use domain::session::{ABSOLUTE_LIFETIME, IDLE_LIFETIME};
use domain::time::{DAY, HOUR, SECOND};
use service::{Error, Roster};
use testkit::app::{origin, origin_at, secret};
use testkit::persona::{PASSWORD, request, sign_in};
use testkit::{App, on_both_databases};

on_both_databases! {
    people_sign_in_by_username_or_address_in_any_case,
    an_unknown_name_and_a_wrong_password_are_answered_alike,
    guessing_at_one_account_from_one_address_has_to_wait,
    guessing_many_times_at_once_is_counted_as_often,
    guessing_from_everywhere_does_not_lock_the_owner_out,
    guessing_at_many_accounts_from_one_address_has_to_wait,
    a_session_ends_unused_and_at_last,
    signing_out_ends_the_session_at_once,
    failures_show_in_the_activity_with_their_reason,
    what_has_expired_is_cleared_away,
}

async fn attempt(roster: &Roster, login: &str, password: &str, address: &str) -> &'static str {
    match roster.sign_in(login, secret(password), &origin_at(address)).await {
        Ok(_) => "in",
        Err(Error::WrongCredentials) => "wrong",
        Err(Error::Throttled { .. }) => "wait",
        Err(error) => panic!("{error:?}"),
    }
}

async fn people_sign_in_by_username_or_address_in_any_case(app: App) {
    for login in ["mia", "MIA", " mia ", "mia@example.com", "Mia@Example.Com"] {
        sign_in(&app.roster, login, PASSWORD).await;
    }
}

async fn an_unknown_name_and_a_wrong_password_are_answered_alike(app: App) {
    for login in ["mia", "nobody", "nobody@example.com", "", "%", "mia\0"] {
        let answer = app
            .roster
            .sign_in(login, secret("vivid otter juggles"), &origin())
            .await;
        assert!(matches!(answer, Err(Error::WrongCredentials)), "{login}");
    }
    // Guessing at somebody who does not exist is held back like guessing at somebody who does.
    for login in ["mia", "nobody"] {
        for _ in 0..9 {
            assert_eq!(attempt(&app.roster, login, "guess", "192.0.2.1").await, "wrong");
        }
        assert_eq!(
            attempt(&app.roster, login, "guess", "192.0.2.1").await,
            "wait",
            "{login}"
        );
    }
}

async fn guessing_at_one_account_from_one_address_has_to_wait(app: App) {
    for _ in 0..10 {
        assert_eq!(attempt(&app.roster, "mia", "guess", "198.51.100.7").await, "wrong");
    }
    assert_eq!(attempt(&app.roster, "mia", PASSWORD, "198.51.100.7").await, "wait");
    // That her address is not held back along with her name tells nobody that the two are one account.
    assert_eq!(
        attempt(&app.roster, "mia@example.com", "guess", "198.51.100.7").await,
        "wrong"
    );
    assert_eq!(attempt(&app.roster, "mia", PASSWORD, "198.51.100.8").await, "in");
    app.pass(SECOND);
    assert_eq!(attempt(&app.roster, "mia", "guess", "198.51.100.7").await, "wrong");
    app.pass(SECOND);
    assert_eq!(attempt(&app.roster, "mia", PASSWORD, "198.51.100.7").await, "wait");
    app.pass(SECOND);
    assert_eq!(attempt(&app.roster, "mia", PASSWORD, "198.51.100.7").await, "in");
    // A success forgets the failures of that pair.
    assert_eq!(attempt(&app.roster, "mia", "guess", "198.51.100.7").await, "wrong");
}

async fn guessing_many_times_at_once_is_counted_as_often(app: App) {
    let guesses: Vec<_> = (0..40)
        .map(|_| {
            let roster = app.roster.clone();
            tokio::spawn(async move { attempt(&roster, "mia", "guess", "198.51.100.7").await })
        })
        .collect();
    let mut judged = 0;
    for guess in guesses {
        judged += usize::from(guess.await.unwrap() == "wrong");
    }
    assert_eq!(judged, 10);
}

async fn guessing_from_everywhere_does_not_lock_the_owner_out(app: App) {
    for number in 0..50 {
        let address = format!("203.0.113.{number}");
        assert_eq!(attempt(&app.roster, "olivia", "guess", &address).await, "wrong");
    }
    assert_eq!(attempt(&app.roster, "olivia", PASSWORD, "203.0.113.200").await, "wait");
    // Olivia signed in from this one before.
    assert_eq!(attempt(&app.roster, "olivia", PASSWORD, "192.0.2.1").await, "in");
    app.pass(HOUR + SECOND);
    assert_eq!(attempt(&app.roster, "olivia", PASSWORD, "203.0.113.200").await, "in");
}

async fn guessing_at_many_accounts_from_one_address_has_to_wait(app: App) {
    for number in 0..200 {
        assert_eq!(
            attempt(&app.roster, &format!("name{number}"), "guess", "203.0.113.9").await,
            "wrong"
        );
    }
    assert_eq!(attempt(&app.roster, "mia", PASSWORD, "203.0.113.9").await, "wait");
    assert_eq!(attempt(&app.roster, "mia", PASSWORD, "203.0.113.10").await, "in");
}

async fn a_session_ends_unused_and_at_last(app: App) {
    let idle = sign_in(&app.roster, "mia", PASSWORD).await;
    let used = sign_in(&app.roster, "mia", PASSWORD).await;
    let mut passed = 0;
    while passed + DAY * 10 < ABSOLUTE_LIFETIME {
        app.pass(DAY * 10);
        passed += DAY * 10;
        request(&app.roster, &used).await;
        if passed > IDLE_LIFETIME {
            assert!(app.roster.authenticate(&idle, &origin()).await.is_err());
        }
    }
    app.pass(DAY * 10);
    assert!(matches!(
        app.roster.authenticate(&used, &origin()).await,
        Err(Error::SignInRequired)
    ));
}

async fn signing_out_ends_the_session_at_once(app: App) {
    let by_mia = app.by(&app.mia).await;
    app.roster.sign_out(&by_mia).await.unwrap();
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
    for token in ["", "roster_session_x", &app.mia.token.replace("session", "personal")] {
        assert!(app.roster.authenticate(token, &origin()).await.is_err());
    }
}

async fn failures_show_in_the_activity_with_their_reason(app: App) {
    attempt(&app.roster, "mia", "guess", "203.0.113.5").await;
    let by_adam = app.by(&app.adam).await;
    let mut seen = app.roster.see::<MemberManage>(&by_adam, &app.acme).await.unwrap();
    let activity = service::member::activity(&mut seen, app.mia.id(), None, 50)
        .await
        .unwrap();
    let failed: Vec<_> = activity.iter().filter(|(_, sign_in)| !sign_in.success).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].1.reason.as_deref(), Some("wrong_password"));
    assert_eq!(failed[0].1.address, "203.0.113.5");
}

async fn what_has_expired_is_cleared_away(app: App) {
    attempt(&app.roster, "mia", "guess", "203.0.113.5").await;
    app.pass(ABSOLUTE_LIFETIME + DAY);
    app.roster.clear_expired().await.unwrap();
    assert!(app.roster.authenticate(&app.mia.token, &origin()).await.is_err());
    let mut tx = app.roster.store().account().await.unwrap();
    assert_eq!(
        store::session::end_all(&mut tx, app.mia.account, None).await.unwrap(),
        0
    );
}
